"""Conversations of our own writing, and the reply to each as some thirty mail clients would write it (B56)."""
