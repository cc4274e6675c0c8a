"""Log-ins by OAuth 2 as the INI describes them: what is missing, and the settings made of it (B100)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

from connector.config import settings as s
from connector.config.secrets import READABLE, secret_file
from connector.config.values import Check, Values, Wrong

FIELDS = ("oauth", "oauth_tenant", "oauth_client_id", "oauth_secret_file")
TOKENS = ("OAuth", "OAuthTenant", "OAuthClientId", "OAuthSecretFile")
FOLDER = "oauth"
"""Below the spool: where tokens are kept."""


def oauth_of(section: str, written: dict[str, Any], base: Path, spool: Path) -> s.OAuth | None:
    """How the section logs in by OAuth 2, taken out of its values; None: it does not."""
    provider, tenant, client_id, file = (written.pop(field) for field in FIELDS)
    if provider == "none":
        return None
    kind, _, name = section.partition(":")
    label = f"{kind.upper()}:{name.strip()}" if name else kind.upper()
    cache = spool / FOLDER / f"{kind.lower()}-{hashlib.sha256(label.encode()).hexdigest()[:16]}.json"
    secret = secret_file(file, base) if file else None
    return s.OAuth(label, provider, written["user"], cache, tenant, client_id, secret)


def oauth_checks(section: str) -> Iterator[tuple[str, Check]]:
    """What can be wrong with the tokens of a section that logs in somewhere, by the token that is told."""
    for token, check in (
        ("User", _no_user),
        ("PasswordFile", _password_too),
        ("OAuthTenant", _no_tenant),
        ("OAuthClientId", _no_client),
        ("OAuthSecretFile", _no_secret),
    ):
        yield f"{section}.{token}", partial(check, section)
    for token, field in zip(TOKENS[1:], FIELDS[1:], strict=True):
        yield f"{section}.{token}", partial(_of_no_use, section, field)


def _of_no_use(section: str, field: str, found: Values, base: Path) -> Wrong:
    value = found[section][field] if found[section]["oauth"] == "none" else ""
    return (repr(value), "nothing, as long as OAuth is none") if value else None


def _no_user(section: str, found: Values, base: Path) -> Wrong:
    missing = found[section]["oauth"] != "none" and not found[section]["user"]
    return ("nothing", "the mailbox's address, which tokens are for") if missing else None


def _password_too(section: str, found: Values, base: Path) -> Wrong:
    name = found[section]["password_file"] if found[section]["oauth"] != "none" else ""
    return (repr(name), "nothing, because OAuth logs in") if name else None


def _no_tenant(section: str, found: Values, base: Path) -> Wrong:
    missing = found[section]["oauth"] == "microsoft" and not found[section]["oauth_tenant"]
    return ("nothing", "the directory's id or domain, because OAuth is microsoft") if missing else None


def _no_client(section: str, found: Values, base: Path) -> Wrong:
    missing = found[section]["oauth"] == "microsoft" and not found[section]["oauth_client_id"]
    return ("nothing", "the application's id, because OAuth is microsoft") if missing else None


def _no_secret(section: str, found: Values, base: Path) -> Wrong:
    name = found[section]["oauth_secret_file"]
    if found[section]["oauth"] == "none":
        return None
    if name:
        return None if secret_file(name, base) is not None else (repr(name), READABLE)
    return ("nothing", "a file, because OAuth is google") if found[section]["oauth"] == "google" else None
