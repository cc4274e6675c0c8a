"""Bytes to `Mail`, and header blocks for what goes out."""
