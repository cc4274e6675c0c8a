"""Where secrets lie: in files of their own or among systemd's credentials; and that nothing shows them (B102)."""

from __future__ import annotations

import base64
import os
import re
from pathlib import Path
from urllib.parse import quote, quote_plus

READABLE = "a file that can be read, or the name of a systemd credential"
"""What a token that names a secret file may hold."""

CREDENTIALS = "credentials"
"""Passed over as a token may be: credentials that are not here, for systemd gives them to the service alone."""


def is_elsewhere(found: str, allowed: str) -> bool:
    """Whether a problem is no more than that a credential, named without a slash, is not here."""
    return allowed == READABLE and found != "nothing" and "/" not in found


def secret_file(name: str, base: Path) -> Path | None:
    """Where a secret lies: among systemd's credentials first, for a name without a slash (B102); None: nowhere."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    places = [Path(credentials) / name] if credentials and "/" not in name else []
    places.append(base / Path(name).expanduser())
    return next((place.absolute() for place in places if os.access(place, os.R_OK) and place.is_file()), None)


BASE64 = re.compile(r"[A-Za-z0-9+/]{8,}={0,2}")


def hidden(text: str, secret: str) -> str:
    """What the other side said, although it may have said a secret back: as it is, quoted, in a form, or in base64."""
    if not secret:
        return text
    for form in (secret, secret.replace("\\", "\\\\").replace('"', '\\"'), quote(secret, safe=""), quote_plus(secret)):
        text = text.replace(form, "***")
    return BASE64.sub(lambda word: "***" if _holds(word[0], secret.encode()) else word[0], text)


def _holds(word: str, secret: bytes) -> bool:
    """Whether base64 letters hold the secret, wherever among them what was encoded begins and ends."""
    letters = word.rstrip("=")
    return any(secret in _decoded(letters[start:]) for start in range(4))


def _decoded(letters: str) -> bytes:
    whole = letters[: len(letters) - (len(letters) % 4 == 1)]  # one letter alone is no byte
    return base64.b64decode(whole + "=" * (-len(whole) % 4))
