"""`doctor`: what an administrator gets wrong (B106); each theme in a file, each check a function that finds."""
