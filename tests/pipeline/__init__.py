"""Tests of connector/pipeline."""
