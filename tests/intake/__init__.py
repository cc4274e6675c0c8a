"""Tests of the roads in."""
