"""Carries what goes out to its receivers, and looks into every byte that an outsider gets."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from connector.originals import Originals
from storage.records import Parcel, Result
from storage.store import Store
from tests.simulation.letters import SECRET, Letter
from tests.simulation.world import HOME, HOUSE, PUBLIC, is_inside

FORBIDDEN = re.compile(rf"{SECRET}-\d|@{re.escape(HOUSE)}|@{re.escape(HOME)}".encode())
"""What no outsider may read: a text that is not for him, an employee's own address."""
SUBJECT = re.compile(rb"^Subject: (.*?)\r\n(?![ \t])", re.DOTALL | re.MULTILINE)
AT_ONCE = 500
LEASE = 60.0


@dataclass(frozen=True)
class Copy:
    """One copy of an outgoing mail in its receiver's mailbox; `letter` is the mail that it came of."""

    receiver: str
    kind: str
    letter: Letter
    ticket: str
    subject: str
    message_id: str
    head: str


class Post:
    """Takes deliveries out of the store as the courier does, and hands them over at once."""

    def __init__(self, store: Store, originals: Originals) -> None:
        self._store = store
        self._originals = originals
        self.findings: list[str] = []
        self.kinds: Counter[str] = Counter()
        self.responses: defaultdict[str, list[datetime]] = defaultdict(list)

    def carry(self, now: datetime, letters: dict[str, Letter]) -> Iterator[Copy]:
        """Every copy that is due; `letters` are the processed ones by their ids in the spool."""
        while parcels := self._store.claim_deliveries(now, AT_ONCE, LEASE, "post"):
            drops = [drop for parcel in parcels for drop in parcel.drops]
            self._store.record_results([Result(drop.delivery_id, "sent", "250", now) for drop in drops], now)
            for parcel in parcels:
                if parcel.kind == "alarm":
                    self._alarm(parcel)
                else:
                    yield from self._hand_over(parcel, letters[parcel.mail], now)

    def _alarm(self, parcel: Parcel) -> None:
        """What the service tells of its own accord is for the house alone."""
        self.kinds["alarm"] += len(parcel.drops)
        outside = [drop.address for drop in parcel.drops if not is_inside(drop.address)]
        if outside:
            self.findings.append(f"an alarm went to {', '.join(outside)}")

    def _hand_over(self, parcel: Parcel, letter: Letter, now: datetime) -> Iterator[Copy]:
        receivers = [drop.address for drop in parcel.drops]
        self.kinds[parcel.kind] += len(receivers)
        if not all(map(is_inside, receivers)):
            self._look_into(parcel, letter)
        if PUBLIC in receivers:
            self.findings.append(f"letter {letter.number}: the public address is in an envelope (B83)")
        subject = SUBJECT.search(parcel.head)
        shown = re.sub(r"\r\n[ \t]", " ", subject[1].decode()) if subject else ""
        head = parcel.head.decode()
        for receiver in receivers:
            if parcel.kind == "response":
                self.responses[receiver].append(now)
            yield Copy(receiver, parcel.kind, letter, parcel.ticket_number, shown, parcel.message_id, head)

    def _look_into(self, parcel: Parcel, letter: Letter) -> None:
        body = parcel.body
        if body is None:
            body = self._originals.read(parcel.original_sha256)[parcel.body_start :]
        for what in {found[0] for found in FORBIDDEN.finditer(parcel.head + body)}:
            self.findings.append(f"letter {letter.number} ({letter.sort}): an outsider can read {what.decode()}")
