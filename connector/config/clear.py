"""Where the INI lets passwords, tokens or mail cross a network in the clear (B102)."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass

from connector.config.settings import Settings

TODO = "set Tls to tls or starttls, or reach the server on this machine"


@dataclass(frozen=True, slots=True)
class Clear:
    """A section whose `Tls` is none although its server is another machine; `what` goes there in the clear."""

    section: str
    host: str
    what: str
    secret: bool

    def __str__(self) -> str:
        return f"Tls is none: {self.what} in the clear over the network to {self.host}"


def in_the_clear(settings: Settings) -> Iterator[Clear]:
    """Every such section. Each of them works: an administrator may have a network that nobody else is in."""
    for kind, boxes in (("IMAP", settings.imaps), ("POP3", settings.pop3s)):
        for box in boxes:
            if box.tls == "none" and not is_here(box.host):
                yield Clear(f"{kind}:{box.name}", box.host, f"{_secret(box.oauth)} and mail go", True)
    out = settings.outgoing
    if out.transport == "smtp" and out.tls == "none" and not is_here(out.host):
        what = f"{_secret(out.oauth)} and mail go" if out.user else "mail goes"
        yield Clear("OUTGOING", out.host, what, bool(out.user))


def is_here(host: str) -> bool:
    """Whether this is an address of the machine itself, as it is written; no DNS is asked."""
    if host.lower().rstrip(".") == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _secret(oauth: object) -> str:
    return "the password" if oauth is None else "the token"
