"""Tokens on disk: one file a section, for its owner alone, replaced as a whole (B102)."""

from __future__ import annotations

import json
import os
import secrets
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path

from connector.config.settings import OAuth
from connector.oauth.errors import OAuthFailed


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a log-in; times of the epoch in seconds, 0: not said. `of` is whose it is."""

    of: str = ""
    access_token: str = field(default="", repr=False)
    expires_at: float = 0
    refresh_token: str = field(default="", repr=False)
    refresh_expires_at: float = 0


def identity(oauth: OAuth) -> str:
    """Tokens that were got for another one are of no use."""
    return " ".join((oauth.provider, oauth.tenant, oauth.client_id, oauth.user))


def read(oauth: OAuth) -> Kept:
    """What is kept; nothing where it is of another log-in, or is no such file. Raises OAuthFailed: it is another's."""
    try:
        kept = Kept(**json.loads(oauth.cache.read_bytes()))
    except PermissionError:
        why = f"tokens cannot be read from {oauth.cache}: let the service's user own the folder {oauth.cache.parent}"
        raise OAuthFailed(why, urgent=True) from None
    except (OSError, ValueError, TypeError):
        return Kept()
    return kept if kept.of == identity(oauth) else Kept()


def write(oauth: OAuth, kept: Kept) -> None:
    """Keep it; what root writes belongs to the spool's owner. Raises OAuthFailed: a lost log-in would need a person."""
    name = oauth.cache.with_name(f".{oauth.cache.name}.{secrets.token_hex(4)}")
    try:
        oauth.cache.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _give_away(oauth.cache.parent, oauth.cache.parent.parent)
        with open(os.open(name, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(asdict(kept), file)
            file.flush()
            os.fsync(file.fileno())
        _give_away(name, oauth.cache.parent.parent)
        name.replace(oauth.cache)
    except OSError as error:
        with suppress(OSError):
            name.unlink()
        why = f"tokens cannot be kept in {oauth.cache}: {error.strerror or type(error).__name__}"
        raise OAuthFailed(why, urgent=True) from None


def _give_away(place: Path, spool: Path) -> None:
    """An administrator logs in as root, and the service has to read what he got."""
    if os.geteuid() == 0:
        owner = spool.stat()
        os.chown(place, owner.st_uid, owner.st_gid)
