"""What is said at a log-in with a token, in IMAP, POP3 and SMTP alike: XOAUTH2 and OAUTHBEARER (RFC 7628)."""

from __future__ import annotations

from collections.abc import Collection

XOAUTH2, OAUTHBEARER = "XOAUTH2", "OAUTHBEARER"


def mechanism(offered: Collection[str]) -> str:
    """The one to use, of those that a server offers (upper case): XOAUTH2, which Microsoft and Google document."""
    return OAUTHBEARER if OAUTHBEARER in offered and XOAUTH2 not in offered else XOAUTH2


def initial_response(mechanism: str, user: str, token: str, host: str, port: int) -> bytes:
    """The whole of what a client says, not yet in base64."""
    if mechanism == XOAUTH2:
        return f"user={user}\1auth=Bearer {token}\1\1".encode()
    authzid = user.replace("=", "=3D").replace(",", "=2C")  # RFC 5801, section 4
    return f"n,a={authzid},\1host={host}\1port={port}\1auth=Bearer {token}\1\1".encode()


def error_answer(mechanism: str) -> bytes:
    """What a client says when the server has told why it refuses (RFC 7628, section 3.2.3)."""
    return b"" if mechanism == XOAUTH2 else b"\1"
