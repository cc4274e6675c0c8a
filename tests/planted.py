"""Secrets that tests plant: whatever the program shows, this word is not in it (B102).

What tests capture is looked at after each of them, and so is every line of a service's log and all that commands print.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

MARK = "planted-secret"
"""What every planted password, client secret, token and code begins with."""
KEY_FILE = Path(__file__).parent / "trust" / "key-2048.pem"
"""The planted private key, which signs mail (DKIM) and log-ins (a service account): MARK stands above it."""
PUBLIC_LINES = 6
"""So many of its first lines of base64 may hold what stands in its public key too."""


def _in_base64(text: str) -> set[str]:
    """How base64 writes the text wherever it stands in what is encoded; the first and last letters may vary."""
    return {base64.b64encode(b"x" * shift + text.encode())[4 if shift else 0 : -4].decode() for shift in range(3)}


def key_text() -> str:
    """The planted key as a service account's file holds it: without MARK above it."""
    text = KEY_FILE.read_text(encoding="ascii")
    return text[text.index("-----BEGIN") :]


FORMS = (MARK, *sorted(_in_base64(MARK)), *key_text().splitlines()[1 + PUBLIC_LINES : -2])
_found: list[str] = []


def shows(text: str) -> bool:
    """Whether a planted secret stands in the text, as it is or in base64, in any letter case."""
    lowered = text.lower()
    return any(form.lower() in lowered for form in FORMS)


def look(text: str, where: str) -> None:
    """Fail the running test if the text shows a planted secret; called from any thread."""
    if shows(text):
        _found.append(where)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: Any) -> Iterator[None]:
    """A test fails that was shown a secret, or whose output shows one."""
    report: Any = yield
    found = [*_found, *(name for name, text in report.sections if shows(text))]
    if found:
        _found.clear()
        report.outcome = "failed"
        report.longrepr = f"a planted secret is shown: {', '.join(dict.fromkeys(found))}"
    return report
