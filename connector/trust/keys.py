"""The public keys of those who sign mail, from the DNS (RFC 6376, section 3.6.2), kept for a while."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

SECONDS = 2.0
"""So long the DNS may take for one key."""

MOST_KEPT = 1000
SHORTEST, LONGEST = 60.0, 3600.0
"""Bounds of how long an answer is kept, whatever it says itself; in seconds."""


class NoAnswer(Exception):
    """The DNS could not be asked, or did not answer in time: whether there is a key is not known."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The text of a name, None where it has none, and for how many seconds that holds."""

    text: bytes | None
    ttl: float = SHORTEST


LookUp = Callable[[str], Answer]
"""Name -> answer; NoAnswer where there is none."""


class Keys:
    """Looks keys up, each once for as long as its answer holds; of those that are kept the oldest goes."""

    def __init__(self, look_up: LookUp | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._look_up = look_up or txt_record
        self._clock = clock
        self._kept: OrderedDict[str, tuple[float, bytes | None]] = OrderedDict()

    def get(self, selector: str, domain: str) -> bytes | None:
        """The key record of a signer, or None where there is none. NoAnswer where that cannot be known now."""
        name = f"{selector}._domainkey.{domain}."
        until, text = self._kept.get(name, (0.0, None))
        if self._clock() < until:
            return text
        answer = self._look_up(name)
        self._kept[name] = (self._clock() + min(max(answer.ttl, SHORTEST), LONGEST), answer.text)
        self._kept.move_to_end(name)
        if len(self._kept) > MOST_KEPT:
            self._kept.popitem(last=False)
        return answer.text


def txt_record(name: str) -> Answer:
    """The first text record of a name that holds a key; asks the DNS servers of this machine."""
    import dns.exception  # heavy, and few mails need it
    import dns.rdtypes.txtbase
    import dns.resolver

    try:
        answer = dns.resolver.resolve(name, "TXT", lifetime=SECONDS, search=False)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return Answer(None)
    except (dns.exception.DNSException, OSError) as error:
        raise NoAnswer(str(error)) from error
    ttl = float(answer.rrset.ttl) if answer.rrset is not None else SHORTEST
    texts = [b"".join(record.strings) for record in answer if isinstance(record, dns.rdtypes.txtbase.TXTBase)]
    return Answer(next((text for text in texts if b"p=" in text), None), ttl)
