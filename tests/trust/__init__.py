"""What is looked up to know who wrote a mail."""
