"""Tests; see docs/developers.md for what lies where."""
