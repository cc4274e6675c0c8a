"""HTML of mails made harmless, in a process of its own that has seconds; what is too large or deep is not tried."""

from __future__ import annotations

import subprocess
import sys

from connector.mail.html import is_too_deep, without_data_uris

MAX_CHARACTERS = 1024 * 1024
MAX_RESULT = 8 * 1024 * 1024
WAIT = 20
"""Seconds until a child that does not even get its processor time is given up."""


def sanitised(html: str) -> str | None:
    """Harmless HTML that shows the same words, for the body of a document; None where that cannot be had in time."""
    html = without_data_uris(html) if len(html) > MAX_CHARACTERS else html
    if len(html) > MAX_CHARACTERS or is_too_deep(html):
        return None
    child = [sys.executable, "-I", "-m", "connector.harmless"]
    try:
        data = html.encode("utf-8", "replace")
        done = subprocess.run(child, input=data, capture_output=True, timeout=WAIT, check=True)
    except (subprocess.SubprocessError, OSError):
        return None
    return done.stdout.decode("utf-8") if len(done.stdout) <= MAX_RESULT else None
