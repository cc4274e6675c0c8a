"""The sections that say where mail is fetched from, each with a name of its own, as settings."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from connector.config import settings as s
from connector.config.oauth import oauth_of
from connector.config.secrets import secret_file
from connector.config.tokens import kind_of
from connector.config.values import Values

IMAP_PORTS = {"tls": 993, "starttls": 143, "none": 143}
POP3_PORTS = {"tls": 995, "starttls": 110, "none": 110}


def road_name(section: str) -> str:
    """The name that a file gives to one of several sections of a kind: `office` of `[MAILDIR:office]`."""
    return section.partition(":")[2].strip()


def imaps(found: Values, base: Path) -> tuple[s.ImapIn, ...]:
    """Every `[IMAP:name]`."""
    return tuple(s.ImapIn(**_mailbox(name, found, base, IMAP_PORTS)) for name in _sections("IMAP:name", found))


def pop3s(found: Values, base: Path) -> tuple[s.Pop3In, ...]:
    """Every `[POP3:name]`."""
    return tuple(s.Pop3In(**_mailbox(name, found, base, POP3_PORTS)) for name in _sections("POP3:name", found))


def maildirs(found: Values) -> tuple[s.MaildirIn, ...]:
    """Every `[MAILDIR:name]`."""
    return tuple(s.MaildirIn(road_name(name), **found[name]) for name in _sections("MAILDIR:name", found))


def mboxes(found: Values) -> tuple[s.MboxIn, ...]:
    """Every `[MBOX:name]`."""
    return tuple(s.MboxIn(road_name(name), **found[name]) for name in _sections("MBOX:name", found))


def _sections(kind: str, found: Values) -> list[str]:
    return [name for name in found if kind_of(name) == kind]


def _mailbox(section: str, found: Values, base: Path, ports: dict[str, int]) -> dict[str, Any]:
    """The values of a mailbox, its port and the place of its password found out."""
    written = found[section]
    oauth = oauth_of(section, written, base, found["STORE"]["spool"])
    return written | {
        "name": road_name(section),
        "port": written["port"] or ports[written["tls"]],
        "password_file": secret_file(written["password_file"], base) if written["password_file"] else None,
        "oauth": oauth,
    }
