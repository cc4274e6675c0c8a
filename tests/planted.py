"""Secrets that tests plant: whatever the program shows, this word is not in it (B102)."""

from __future__ import annotations

import base64

MARK = "planted-secret"
"""What every planted password begins with."""


def _in_base64(text: str) -> set[str]:
    """How base64 writes the text wherever it stands in what is encoded; the first and last letters may vary."""
    return {base64.b64encode(b"x" * shift + text.encode())[4 if shift else 0 : -4].decode() for shift in range(3)}


FORMS = (MARK, *sorted(_in_base64(MARK)))


def shows(text: str) -> bool:
    """Whether a planted secret stands in the text, as it is or in base64, in any letter case."""
    lowered = text.lower()
    return any(form.lower() in lowered for form in FORMS)
