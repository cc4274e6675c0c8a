"""The INI file: every token, how it is read, and the values that come of it."""
