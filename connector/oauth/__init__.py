"""Log-ins by OAuth 2 (RFC 6749): how tokens are asked for, kept and renewed. All of it blocks: call it in a thread."""
