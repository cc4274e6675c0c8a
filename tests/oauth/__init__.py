"""Log-ins by OAuth 2."""
