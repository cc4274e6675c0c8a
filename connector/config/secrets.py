"""Where secrets lie: in files of their own or among systemd's credentials (B102)."""

from __future__ import annotations

import os
from pathlib import Path

READABLE = "a file that can be read, or the name of a systemd credential"
"""What a token that names a secret file may hold."""


def secret_file(name: str, base: Path) -> Path | None:
    """Where a secret lies: among systemd's credentials first, for a name without a slash (B102); None: nowhere."""
    credentials = os.environ.get("CREDENTIALS_DIRECTORY")
    places = [Path(credentials) / name] if credentials and "/" not in name else []
    places.append(base / Path(name).expanduser())
    return next((place.absolute() for place in places if os.access(place, os.R_OK) and place.is_file()), None)
