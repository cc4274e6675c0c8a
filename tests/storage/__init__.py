"""Tests of the ticket store, each on SQLite and on PostgreSQL."""
