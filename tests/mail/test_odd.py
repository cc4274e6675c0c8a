"""Mails as odd programs make them; `odd/expected.json` says what is in each."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from bench.adapters import parse

ODD = Path(__file__).parent / "odd"
EXPECTED: dict[str, dict[str, Any]] = json.loads((ODD / "expected.json").read_text(encoding="utf-8"))

Parsed = dict[str, Any]

CHECKS: dict[str, Callable[[Parsed, Any], bool]] = {
    "subject": lambda mail, want: mail["subject"] == want,
    "subject_any": lambda mail, want: mail["subject"] in want,
    "from": lambda mail, want: [list(pair) for pair in mail["from"]] == want,
    "from_any": lambda mail, want: not {address for _, address in mail["from"]}.isdisjoint(want),
    "to": lambda mail, want: [list(pair) for pair in mail["to"]] == want,
    "text": lambda mail, want: mail["text"].split() == want.split(),
    "text_has": lambda mail, want: all(each in mail["text"] for each in want),
    "text_has_not": lambda mail, want: not any(each in mail["text"] for each in want),
    "html_has": lambda mail, want: all(each in mail["html"] for each in want),
    "attachments": lambda mail, want: _attachments(mail) == want,
    "attachments_count": lambda mail, want: len(mail["attachments"]) == want,
    "attachment_any": lambda mail, want: not {each["name"] for each in mail["attachments"]}.isdisjoint(want),
    "leaf": lambda mail, want: any(want.encode("latin-1") in leaf for leaf in mail["leaves"]),
}
"""What each key of an expectation asks of a mail; blanks of texts do not count."""


def _attachments(mail: Parsed) -> list[list[str]]:
    return [[each["name"], each["data"].rstrip(b"\r\n").decode("latin-1")] for each in mail["attachments"]]


@pytest.mark.parametrize("name", EXPECTED)
def test_odd_mail__is_read_as_it_was_meant(name: str) -> None:
    """B8: whatever program made it, what the sender meant is what is read."""
    mail = parse((ODD / f"{name}.eml").read_bytes())
    wrong = [key for key, want in EXPECTED[name].items() if not CHECKS[key](mail, want)]
    assert wrong == []


def test_odd_mails__each_has_an_expectation() -> None:
    """A file without an expectation would test nothing."""
    assert {file.stem for file in ODD.glob("*.eml")} == set(EXPECTED)
