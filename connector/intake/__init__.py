"""The roads by which mail comes in; each hands bytes and envelope to the spool (B1)."""
