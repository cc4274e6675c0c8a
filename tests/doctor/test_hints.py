"""What servers say, and what an administrator is told to do about it (B106)."""

from __future__ import annotations

import re

import pytest

from connector.doctor.hints import HINTS, what_to_do


@pytest.mark.parametrize(
    ("answer", "todo"),
    [
        (
            "535 5.7.139 Authentication unsuccessful, SmtpClientAuthentication is disabled for the Tenant.",
            "SMTP AUTH on",
        ),
        ("550 5.7.60 SMTP; Client does not have permissions to send as this sender", "SendAs"),
        ("folder INBOX: select failed: User is authenticated but not connected.", "FullAccess"),
        ("the log-in was refused: LOGIN failed. BasicAuthBlocked", "set OAuth"),
        ("login.microsoftonline.com answered 401: invalid_client AADSTS7000215: Invalid client secret", "its id"),
        ("login.microsoftonline.com answered 401: invalid_client AADSTS7000222: expired", "make a new client secret"),
        ("oauth2.googleapis.com answered 401: unauthorized_client Client is unauthorized", "domain-wide delegation"),
        ("oauth2.googleapis.com answered 400: invalid_grant Invalid JWT: Token must be short-lived", "set the clock"),
        ("534 5.7.9 Application-specific password required.", "password for apps"),
        ("535 5.7.8 Username and Password not accepted.", "password for apps"),
        ("[SSL: WRONG_VERSION_NUMBER] wrong version number (_ssl.c:1006)", "Tls = starttls"),
        ("SMTP STARTTLS extension not supported by server.", "Tls = tls"),
        ("the server offers no STLS, and nothing is sent in the clear", "Tls = tls"),
        ("certificate verify failed: Hostname mismatch, certificate is not valid for 'mail'", "certificate is for"),
        ("AUTH: it takes no password, but offers XOAUTH2", "set OAuth"),
        ("nobody is logged in: run `email-connector oauth login IMAP:office`", "log in"),
        ("[Errno 111] Connect call failed ('127.0.0.1', 1)", "firewall"),
        ("550 5.7.1 something else", "otherwise"),
    ],
)
def test_what_to_do(answer: str, todo: str) -> None:
    """B106: the first hint that fits, else what is said otherwise."""
    assert todo in what_to_do(f"relay mail.example:587: {answer}", "otherwise")


def test_hints__each_can_be_read() -> None:
    """A pattern that does not compile would be found by an administrator."""
    assert all(re.compile(pattern) and todo for pattern, todo in HINTS)
