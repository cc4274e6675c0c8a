"""Measures: what other programs call, and what is compared with peers and limits."""
