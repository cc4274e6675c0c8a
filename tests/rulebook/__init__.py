"""The rule files and how they are applied."""
