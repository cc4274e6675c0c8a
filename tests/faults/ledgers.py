"""Three ledgers held against each other: what the clients were told, what the store holds, what the sink got.

What must hold (B2, B5, B70, B87, B88): a mail that was accepted is filed, once, and each id that a client was told has
its outcome; whoever is to be told of it was, and by nobody but the store; a delivery that is written down as sent was
taken by the sink, and one that failed was refused there; nobody has a mail twice, unless the service died between the
relay's 250 and the commit.
"""

from __future__ import annotations

import subprocess
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from storage.store import Store
from tests.faults.client import KINDS, MARKER, Told, message_id
from tests.faults.installation import Death, Installation
from tests.faults.sink import Sent, Sink

FILED = "SELECT message_id, COUNT(*) FROM entry WHERE kind = 'email' GROUP BY message_id"
OUTCOMES = "SELECT spool_id, outcome FROM mail"
DELIVERIES = """
SELECT o.message_id, d.recipient, d.state, COALESCE(m.message_id, ''), d.last_answer
FROM delivery d JOIN outgoing o ON o.id = d.outgoing_id LEFT JOIN mail m ON m.id = o.mail_id
"""
FAILED_TOLD = "SELECT COUNT(*) FROM entry WHERE kind = 'delivery-report'"
Pair = tuple[str, str]
"""Message-ID and recipient."""


@dataclass
class Compared:
    """What came of it; `findings` in words, each one a broken promise."""

    findings: list[str] = field(default_factory=list)
    filed: int = 0
    outcomes: Counter[str] = field(default_factory=Counter)
    deliveries: Counter[str] = field(default_factory=Counter)
    sent_twice: int = 0  # possible duplicates, each with a crash between the relay's 250 and the commit


def compare(told: Mapping[int, Told], installation: Installation) -> Compared:
    """Hold the ledgers against each other, when all is drained."""
    compared = Compared()
    sink = installation.sink
    with installation.store() as store:
        deliveries: list[tuple[str, str, str, str, str]] = store.db.rows(DELIVERIES)  # type: ignore[assignment]
        compared.findings += _told_and_filed(told, store, compared)
        compared.findings += _written_and_sent(deliveries, sink, compared)
        compared.findings += _failures(deliveries, store)
    compared.findings += _concerned(told, deliveries)
    compared.findings += _subjects(told, sink.sent(), deliveries)
    compared.findings += _twice(sink.sent(), _marks(installation), compared)
    compared.findings += _left(installation)
    return compared


def _told_and_filed(told: Mapping[int, Told], store: Store, compared: Compared) -> Iterator[str]:
    filed: dict[str, int] = dict(store.db.rows(FILED))
    outcomes: dict[str, str] = dict(store.db.rows(OUTCOMES))
    compared.outcomes = Counter(outcomes.values())
    for number, one in sorted(told.items()):
        times = filed.get(message_id(number), 0)
        compared.filed += times
        if one.accepted and not times:
            yield f"mail {number} was accepted ({one.codes}) and is not filed"
        if times > 1:
            yield f"mail {number} ({one.codes}) is filed {times} times"
        for code in one.codes:
            if code >= 500:
                yield f"mail {number} was refused with {code}"
        for name in one.ids:
            if name not in outcomes:
                yield f"mail {number} was accepted as {name}, of which the store knows no outcome"
    if strange := set(outcomes.values()) - {"filed", "duplicate"}:
        yield f"outcomes {strange} are not expected"


def _written_and_sent(deliveries: Sequence[Sequence[str]], sink: Sink, compared: Compared) -> Iterator[str]:
    got = sink.counts()
    compared.deliveries = Counter(state for _, _, state, _, _ in deliveries)
    for name, recipient, state, _, answer in deliveries:
        if state == "sent" and not got[name, recipient]:
            yield f"{name} to {recipient} is written down as sent, and the relay never took it: {answer}"
        elif state == "failed" and recipient not in sink.refused:
            yield f"{name} to {recipient} has failed, and the relay never refused it: {answer}"
        elif state not in ("sent", "failed"):
            yield f"{name} to {recipient} is still {state}: {answer}"
    for name, recipient in set(got) - {(name, recipient) for name, recipient, *_ in deliveries}:
        yield f"{recipient} has got {name}, which the store does not know"


def _failures(deliveries: Sequence[Sequence[str]], store: Store) -> Iterator[str]:
    """Each failure stands on its ticket, once (B87)."""
    failed = sum(state == "failed" for _, _, state, _, _ in deliveries)
    reports = int(store.db.rows(FAILED_TOLD)[0][0])
    if failed != reports:
        yield f"{failed} deliveries have failed, {reports} failures stand in the history"


def _concerned(told: Mapping[int, Told], deliveries: Sequence[Sequence[str]]) -> Iterator[str]:
    """All mails of one kind concern the same people: those of most of them."""
    people: dict[str, set[str]] = defaultdict(set)
    for _, recipient, _, cause, _ in deliveries:
        people[cause].add(MARKER.sub("the writer", recipient) if MARKER.search(recipient) else recipient)
    for kind in KINDS:
        numbers = [number for number, one in told.items() if one.kind == kind and one.accepted]
        groups = {number: _without_pool(people[message_id(number)]) for number in numbers}
        usual = Counter(groups.values()).most_common(1)
        for number, group in groups.items():
            if group != usual[0][0]:
                yield f"mail {number} ({kind}) was to be told to {sorted(group)}, others to {sorted(usual[0][0])}"


def _without_pool(people: set[str]) -> frozenset[str]:
    """The customers of the tickets that many write on are one like the other."""
    return frozenset("a customer" if one.startswith("p") and one.endswith("@acme.example") else one for one in people)


def _subjects(told: Mapping[int, Told], sent: Sequence[Sent], deliveries: Sequence[Sequence[str]]) -> Iterator[str]:
    """What the sink got under a Message-ID is about the mail that the store says."""
    cause = {name: cause for name, _, _, cause, _ in deliveries}
    for one in sent:
        found = MARKER.search(one.content.decode(errors="replace"))
        number = int(found[1] or found[2]) if found else 0
        if number and cause.get(one.message_id) != message_id(number):
            yield f"{one.recipient} has got {one.message_id} about mail {number}, not about {cause.get(one.message_id)}"
        if number and number not in told:
            yield f"{one.recipient} has got a mail about mail {number}, which nobody sent"


def _twice(sent: Sequence[Sent], marks: Sequence[tuple[int, Death]], compared: Compared) -> Iterator[str]:
    """Who has got a mail again: allowed once the service died in between, if it had not written it down (B88)."""
    last: dict[Pair, tuple[int, bytes]] = {}
    for number, one in enumerate(sent):
        pair = (one.message_id, one.recipient)
        before, content = last.get(pair, (-1, one.content))
        last[pair] = number, one.content
        if before < 0:
            continue
        between = [death for at, death in marks if before < at <= number]
        if not any(pair not in death.sent for death in between):
            yield f"{one.recipient} has got {one.message_id} twice, and no crash explains it"
        elif any(pair in death.sent for death in between):
            yield f"{one.recipient} has got {one.message_id} again although it was written down as sent"
        elif content != one.content:
            yield f"{one.recipient} has got {one.message_id} twice, and not the same mail"
        else:
            compared.sent_twice += 1


def _marks(installation: Installation) -> list[tuple[int, Death]]:
    """Each death with the number of the first drop at the sink after it."""
    drops = [0]
    for mail in installation.sink.taken:
        drops.append(drops[-1] + len(mail.recipients))
    return [(drops[death.taken], death) for death in installation.deaths]


def _left(installation: Installation) -> Iterator[str]:
    """What is left lying about, and what `verify` says."""
    for folder in ("tmp", "new", "work", "held", "quarantine"):
        if left := [file.name for file in (installation.spool / folder).iterdir()]:
            yield f"{len(left)} files are left in the spool's {folder}: {left[:3]}"
    command = [sys.executable, "-m", "connector", "--config", str(installation.service.file), "verify"]
    done = subprocess.run(command, capture_output=True, text=True, cwd=installation.service.folder, check=False)
    if done.returncode:
        yield f"verify ended with {done.returncode}: {done.stdout[-1000:]}{done.stderr[-1000:]}"
