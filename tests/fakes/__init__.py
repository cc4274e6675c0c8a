"""Fakes with scripted failures."""
