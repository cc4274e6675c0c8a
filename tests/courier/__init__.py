"""Tests of the courier."""
