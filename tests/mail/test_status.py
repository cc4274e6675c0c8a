"""B11: which failures are for good, and which of them say that the address is dead (RFC 3463)."""

from __future__ import annotations

import pytest

from connector.mail import status


@pytest.mark.parametrize(
    ("code", "answer", "blamed"),
    [
        ("5.1.1", "", True),
        ("5.1.2", "", True),
        ("5.1.10", "550 5.1.10 RecipientNotFound", True),
        ("5.1.7", "", False),
        ("5.1.8", "", False),
        ("5.2.1", "", True),
        ("5.2.2", "552 5.2.2 mailbox full", False),
        ("5.2.3", "", False),
        ("5.3.4", "", False),
        ("5.4.1", "550 5.4.1 Recipient address rejected: Access denied", True),
        ("5.4.4", "", True),
        ("5.6.1", "", False),
        ("5.7.1", "550 5.7.1 blocked by policy", False),
        ("5.0.0", "", True),
        ("5.0.0", "550 User unknown", True),
        ("5.0.0", "550-5.7.26 unauthenticated", False),
        ("5.0.0", "550 over quota", False),
        ("", "550 no such user here", True),
        ("", "553 sorry", True),
        ("", "554 transaction failed", False),
        ("", "552 message size exceeds", False),
        ("", "550 rejected as spam", False),
        ("4.4.7", "expired", False),
        ("", "550 5.1.1 <jane@acme.example>: not here", True),
        ("", "given up after 120 hours: 451 4.3.0 later", False),
    ],
)
def test_status__blames_the_address_or_something_else(code: str, answer: str, blamed: bool) -> None:
    """B11: a full mailbox, size, content and policy say nothing of the address."""
    assert status.blames_address(code, answer) is blamed


@pytest.mark.parametrize(
    ("code", "answer", "final"),
    [
        ("5.2.2", "", True),
        ("4.2.2", "", False),
        ("", "550 no", True),
        ("", "451 later", False),
        ("", "gone", True),
    ],
)
def test_status__final_or_not(code: str, answer: str, final: bool) -> None:
    """B11: class 5, or a reply code of the fives."""
    assert status.is_final(code, answer) is final


@pytest.mark.parametrize(
    ("text", "code"),
    [("550 5.1.1 no", "5.1.1"), ("550-5.01.001 no", "5.1.1"), ("from 192.5.1.1 refused", ""), ("5.1.1.7", "")],
)
def test_status__enhanced_code_in_an_answer(text: str, code: str) -> None:
    """B11: a code stands for itself; pieces of IP addresses and versions are none."""
    assert status.enhanced(text) == code


def test_status__in_words() -> None:
    """B11: people read why, not a number."""
    assert status.in_words("5.1.1") == "no such mailbox"
    assert status.in_words("5.1.99") == "something is wrong with the address"
    assert status.in_words("") == status.in_words("5.0.0") == ""
