"""The strict reading of From: it names one sender, and nothing else could be read in it (B27, RFC 5322 3.4)."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from functools import lru_cache

import idna

from connector.mail import addresses, clean, headers
from connector.mail.model import Address
from storage import addresses as store_addresses

MAX_FROM = 2000  # characters; a longer From is nobody's

_ATEXT = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\-\u00a0-\U0010ffff]"
_QUOTED = r"\"(?:[^\"\\\x00-\x1f\x7f]|\\[ -~])*+\""
_DOT_ATOM = rf"{_ATEXT}++(?:\.{_ATEXT}++)*+"
_DOMAIN = r"(?:[A-Za-z0-9\u00a1-\U0010ffff_-]++(?:\.[A-Za-z0-9\u00a1-\U0010ffff_-]++)*+|\[[0-9A-Za-z:.]++\])"
_ADDR_SPEC = rf"((?:{_DOT_ATOM}|{_QUOTED})@{_DOMAIN})"
_COMMENT = r"(?:[ \t]*\(([^()\\<>@]*+)\))?"
_PHRASE = rf"((?:{_ATEXT}|\.|[ \t]|{_QUOTED})*+)"
_MAILBOX = re.compile(rf"[ \t]*(?:{_ADDR_SPEC}|{_PHRASE}<{_ADDR_SPEC}>){_COMMENT}[ \t]*")


def defects(values: Sequence[str], found: Sequence[Address]) -> tuple[str, ...]:
    """Why the From fields of a mail identify nobody (B27); nothing where there is one sound mailbox."""
    if not values:
        return ("no-from",)
    codes = dict.fromkeys(["several-from-headers"] if len(values) > 1 else [])
    for value in values:
        codes.update(dict.fromkeys(_value_defects(value)))
    if len(values) == 1 and len(found) > 1:
        codes["several-addresses"] = None
    return tuple(codes)


def _value_defects(value: str) -> list[str]:
    """The defects of one From value (unfolded, not decoded)."""
    if len(value) > MAX_FROM:
        return ["unparsable"]
    return _read(value) if len(value) > addresses.MAX_REMEMBERED else [*_short(value)]


@lru_cache(maxsize=1024)
def _short(value: str) -> tuple[str, ...]:
    """As `_value_defects`, remembered: the same few people write."""
    return tuple(_read(value))


def _read(value: str) -> list[str]:
    """As `_value_defects`, read anew."""
    codes = ["control-characters"] if clean.has_hidden(value) else []
    mailbox = _MAILBOX.fullmatch(value)
    if mailbox is None:
        return [*codes, _why_refused(value)]
    address = mailbox[1] or mailbox[3]
    words = map(addresses.word_text, addresses.TOKEN.findall(mailbox[2] or ""))
    name = headers.decode_words("".join(words) or mailbox[4] or "")
    if clean.has_hidden(name) and not codes:
        codes.append("control-characters")
    if _holds_other_address(name, address):
        codes.append("address-in-name")
    if _looks_alike(address):
        codes.append("look-alike")
    return codes


def _why_refused(value: str) -> str:
    """The nearest name for what a strict reading refuses."""
    items = [item for item in addresses.items(value) if "".join(item).strip()]
    angles = [token for item in items for token in item if token[:1] == "<"]
    words = "".join(token for item in items for token in item if token[:1] not in '<("')
    if not value.strip() or (len(angles) == 1 and not angles[0].strip("<> \t")):
        return "no-address"
    if any(angle[1:].lstrip().startswith("@") for angle in angles):
        return "route"
    if ":" in addresses.TOKEN.findall(value):
        return "group"
    if len(items) > 1 or len(angles) > 1:
        return "several-addresses"
    if angles and "@" in words:
        return "address-in-name"
    if any(token[:1] == "(" for item in items for token in item):
        return "comment"
    return "unparsable" if "@" in value else "no-domain"


def _holds_other_address(name: str, address: str) -> bool:
    """Whether a display name holds an at sign, in any form, that is not part of the very address."""
    name = name if name.isascii() else unicodedata.normalize("NFKC", name)
    if "@" not in name:
        return False
    key = addresses.key(address)
    return any("@" in word and addresses.key(word.strip("<>()[]\"',;:")) != key for word in name.split())


def _looks_alike(address: str) -> bool:
    """Whether letters beyond ASCII become others when addresses are compared: K (Kelvin), ﬀ, full-width forms."""
    if address.isascii():
        return False
    local, domain = store_addresses.split(address)
    key_local, key_domain = store_addresses.split(addresses.key(address))
    return (not local.isascii() and key_local.isascii()) or (not domain.isascii() and not _shows(key_domain, domain))


def _shows(key: str, domain: str) -> bool:
    """Whether the domain that is compared reads as it was written, and not as one in plain letters."""
    try:
        shown = idna.decode(key)
    except (idna.IDNAError, UnicodeError):
        return False
    return not shown.isascii() and shown == unicodedata.normalize("NFC", domain).lower().rstrip(".")
