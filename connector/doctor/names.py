"""Questions to the DNS, each with its time limit."""

from __future__ import annotations

from collections.abc import Iterator

import dns.exception
import dns.rdatatype
import dns.resolver
from dns.rdtypes.ANY.MX import MX
from dns.rdtypes.txtbase import TXTBase

from connector.trust.keys import NoAnswer

SECONDS = 5.0
LONGEST = 300
"""Characters of a record that are told."""


def texts(name: str) -> list[str]:
    """The text records of a name, each in one piece. NoAnswer where that cannot be known now."""
    return [b"".join(one.strings).decode("utf-8", "replace") for one in _ask(name, "TXT") if isinstance(one, TXTBase)]


def mail_servers(domain: str) -> list[str]:
    """The hosts that take a domain's mail, the preferred first. NoAnswer where that cannot be known now."""
    found = [one for one in _ask(domain, "MX") if isinstance(one, MX)]
    return [one.exchange.to_text() for one in sorted(found, key=lambda one: one.preference)]


def has_address(host: str) -> bool:
    """Whether a host has an address, of either kind. NoAnswer where that cannot be known now."""
    return any(True for kind in ("A", "AAAA") for _ in _ask(host, kind))


def _ask(name: str, kind: str) -> Iterator[object]:
    """The records of a kind; none where there is no such name."""
    try:
        yield from dns.resolver.resolve(f"{name.rstrip('.')}.", kind, lifetime=SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return
    except (dns.exception.DNSException, OSError) as error:
        raise NoAnswer(f"{name} {kind}: {error}") from error


def shown(record: str) -> str:
    """A record in one line, not too long."""
    return record if len(record) <= LONGEST else f"{record[:LONGEST]}…"
