"""How addresses are compared (B20): letter case ignored, Unicode NFC, the domain in its IDNA form."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from functools import lru_cache

import idna
import regex

PLAIN = regex.compile(r"[^\s\p{C}<>()\[\],;:\\\"@]+@[a-z0-9_-]+(?:\.[a-z0-9_-]+)*", regex.IGNORECASE)
"""An address that can stand in a header and in an envelope as it is: no blanks, quotes or control characters, and a
domain that can be one (RFC 1123, section 2.1); `a@b.example?subject=x` is a piece of a link."""


QUOTED = regex.compile(r'"([a-z0-9!#$%&\'*+/=?^_`{|}~-]+(?:\.[a-z0-9!#$%&\'*+/=?^_`{|}~-]+)*)"')
"""A quoted local part that needs no quotes (RFC 5321, section 4.1.2)."""


def split(address: str) -> tuple[str, str]:
    """Local part and domain of an address; without an `@` the domain is empty."""
    local, at, domain = address.rpartition("@")
    return (local, domain) if at else (address, "")


@lru_cache(maxsize=4096)
def normalise(address: str) -> str:
    """The address in the form in which addresses are stored and compared: case, Unicode form, needless quotes."""
    local, domain = split(address.strip())
    local = unicodedata.normalize("NFC", local).lower()
    if quoted := QUOTED.fullmatch(local):
        local = quoted[1]
    return f"{local}@{normalise_domain(domain)}" if domain else local


@lru_cache(maxsize=4096)
def normalise_domain(domain: str) -> str:
    """The domain lowered, without a final dot, in A-label form (RFC 5891) where it has other letters."""
    domain = unicodedata.normalize("NFC", domain.strip().rstrip(".")).lower()
    if domain.isascii():
        return domain
    try:
        return idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return domain


@lru_cache(maxsize=4096)
def domain_of(address: str) -> str:
    """The normalised domain of an address, or nothing."""
    return normalise_domain(split(address)[1])


def is_among(address: str, public: Iterable[str]) -> bool:
    """Whether the address is one of the public ones, or a plus-form of one (`support+x@…`); all are normalised."""
    local, domain = split(address)
    return any(
        domain == its_domain and (local == its_local or local.startswith(f"{its_local}+"))
        for its_local, its_domain in map(split, public)
    )


def is_folded(address: str) -> bool:
    """Whether an address as written has letters that become plain ones when it is compared: another mailbox's."""
    return not split(address)[0].isascii() and split(normalise(address))[0].isascii()


@lru_cache(maxsize=4096)
def mailbox_of(address: str) -> str:
    """The address without what stands behind a plus sign: so many addresses are one mailbox."""
    local, domain = split(address)
    return f"{local.partition('+')[0]}@{domain}" if domain else local


def pair_name(address: str) -> str:
    """What a paused pair of sender and ticket names the sender by (B13): his mailbox, or `unknown` without address."""
    return mailbox_of(address) or "unknown"


@lru_cache(maxsize=4096)
def is_plain(address: str) -> bool:
    """Whether a normalised address needs neither quoting nor guessing; 254 characters at most (RFC 5321, 4.5.3.1)."""
    return len(address) <= 254 and "=?" not in address and PLAIN.fullmatch(address) is not None


def is_writable(address: str) -> bool:
    """Whether mail can be sent to the normalised address by every relay: plain, and without SMTPUTF8."""
    return address.isascii() and is_plain(address)
