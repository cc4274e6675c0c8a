"""Attacks: one directory each, with its mails, what the attacker wants, and the assertion that it fails.

docs/attacks.md says how to add one.
"""
