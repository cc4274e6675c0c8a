"""The rule workbench: what the rules are, whether they are quick, and what they do to a mail (B52, B55)."""
