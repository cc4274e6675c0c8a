"""Tests of connector/config."""
