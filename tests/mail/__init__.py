"""Tests of reading mails: `connector.mail`."""
