"""What has to be looked up to know who wrote a mail; the stages get the answers as values."""
