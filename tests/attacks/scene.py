"""The place of an attack: a copy of the prepared world, in which mails arrive and every mail that leaves is judged."""

from __future__ import annotations

import re
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parseaddr
from pathlib import Path
from typing import Any

from connector.mail.clean import is_hidden
from connector.mail.model import Envelope
from connector.pipeline.explain import as_dict
from connector.pipeline.marker import MARKER
from connector.pipeline.verdicts import Decision
from connector.spool import Spool
from connector.spool_queue import listing
from storage.addresses import is_among
from storage.records import ExternalRecipient, Parcel, Wanted
from tests.cli.conftest import Desk
from tests.house import PEOPLE, PUBLIC, Clock, House
from tests.readings import message

LATER = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
"""When an attack begins; the world was made before."""

FIRST = 1000
"""Counter of spool ids; the world's are lower."""

SECRET = b"opens with 4711"
"""Stands in an internal mail of the world, and must not leave the house."""

HEAD = (
    b"From: Jane Doe <jane@acme.example>\r\nTo: support@example.com\r\nSubject: [0500-1000] x\r\nMIME-Version: 1.0\r\n"
)
"""The beginning of a mail by the customer of 0500-1000, whatever its content is."""

INSIDE = ("@company.example", "@home.example")
LEASE_SECONDS = 1e9
PLACEHOLDER = re.compile(rb"@@(ISSUED|MARKER) ([^@]+@[^@]+)@@")
LAST_SENT = """
SELECT o.message_id, o.head FROM outgoing o JOIN delivery d ON d.outgoing_id = o.id
WHERE d.recipient = ? ORDER BY o.id DESC LIMIT 1
"""


def is_outside(address: str) -> bool:
    """Whether a receiver is no employee of the world."""
    return not address.endswith(INSIDE)


@dataclass(frozen=True)
class Sent:
    """One mail as it leaves."""

    kind: str
    envelope_from: str
    recipients: tuple[str, ...]
    head: bytes
    body: bytes

    @property
    def outside(self) -> bool:
        return any(map(is_outside, self.recipients))


@dataclass(frozen=True)
class Arrived:
    """What became of one mail."""

    decision: Decision
    sent: tuple[Sent, ...]

    @property
    def told(self) -> dict[str, Any]:
        """The decision as JSON has it."""
        return as_dict(self.decision)

    def receivers(self, *kinds: str) -> set[str]:
        """Who gets mails of these kinds; without any of all kinds but automatic responses."""
        asked = [one for one in self.sent if (one.kind in kinds if kinds else one.kind != "response")]
        return {address for one in asked for address in one.recipients}

    def codes(self) -> set[str]:
        """Every reason code of the decision."""
        return set(_codes(self.told))


def _codes(told: object) -> list[str]:
    if isinstance(told, dict):
        own = [str(told["code"])] if "code" in told else []
        return own + [code for value in told.values() for code in _codes(value)]
    return [code for value in told for code in _codes(value)] if isinstance(told, list) else []


class Scene(House):
    """`tokens` are those that differ from the shipped INI: `{"EMAILCONNECTOR.UnknownSender": "hold"}`."""

    def __init__(
        self, folder: Path, world: Path | None, tokens: Mapping[str, str] | None = None, url: str = ""
    ) -> None:
        if world is not None:
            shutil.copytree(world, folder / "var")
        (folder / "var").mkdir(exist_ok=True)
        named = {"STORE.Database": url} if url else {}
        self.desk = Desk(folder, **{**named, **(tokens or {})})
        written = self.desk.file.read_text(encoding="utf-8")
        missing = [name for name in tokens or {} if f"\n{name.partition('.')[2]} = " not in written]
        assert not missing, f"there are no tokens {missing}"
        settings = self.desk.settings
        super().__init__(folder / "var", PEOPLE, settings.store.database)
        self.sent: list[Sent] = []
        if world is not None:
            self.clock, self._count = Clock(LATER), FIRST
        self.configure(settings)

    def arrive(self, raw: bytes, envelope: Envelope | None = None) -> Arrived:
        """One mail comes in; whatever must leave because of it leaves."""
        decision = self.take(self.filled_in(raw), envelope or Envelope(rcpt_to=(PUBLIC,))).decision
        sent = tuple(self.leaving())
        return Arrived(decision, sent)

    def leaving(self) -> list[Sent]:
        """Send what is due, and judge it."""
        soon = self.clock() + timedelta(seconds=1)
        parcels = self.store.claim_deliveries(soon, 1000, LEASE_SECONDS, "attack")
        sent = [self._sent(parcel) for parcel in parcels]
        for one in sent:
            judge(one, self.policy.public_address)
        self.sent += sent
        return sent

    def _sent(self, parcel: Parcel) -> Sent:
        body = parcel.body
        if body is None:
            body = self.originals.read(parcel.original_sha256)[parcel.body_start :]
        recipients = tuple(drop.address for drop in parcel.drops)
        return Sent(parcel.kind, parcel.envelope_from, recipients, parcel.head, bytes(body))

    def filled_in(self, raw: bytes) -> bytes:
        """The mail with what cannot be known before in it: Message-ID and marker of the last mail to an address."""

        def value(found: re.Match[bytes]) -> bytes:
            row = self.store.db.row(LAST_SENT, (found[2].decode(),))
            assert row is not None, f"nothing was sent to {found[2].decode()}"
            text = row[0] if found[1] == b"ISSUED" else message(bytes(row[1]))[MARKER]
            return str(text).encode()

        return PLACEHOLDER.sub(value, raw)

    def outsiders(self, number: str) -> set[str]:
        """The External Recipients of a ticket."""
        return {recipient.address for recipient in self._external(number)}

    def _external(self, number: str) -> tuple[ExternalRecipient, ...]:
        facts = self.store.facts(Wanted(numbers=(number,)))
        return facts.tickets[facts.numbers[number]].external

    def type(self, *words: str, status: int = 0) -> str:
        """All that a command says, on both streams; none of it may move a cursor."""
        result = self.desk.type(*words, width=200)
        assert result.exit_code == status, result.output
        hidden = sorted({char for char in result.output if char != "\n" and is_hidden(char)})
        assert not hidden, f"{' '.join(words)} prints {hidden!r}"
        return str(result.output)

    def last_entry(self) -> str:
        """The id of the newest entry that is a mail."""
        row = self.store.db.row("SELECT MAX(id) FROM entry WHERE kind = 'email'")
        assert row is not None
        return str(row[0])

    def first_held(self) -> str:
        """The id of the first mail in the hold queue."""
        return next(row.id for row in listing(Spool(self.settings.store.spool)) if row.state == "held")

    def suspended(self) -> set[str]:
        """The addresses to which nothing is sent any more."""
        return {str(row[0]) for row in self.store.db.rows("SELECT address FROM failing WHERE suspended_at IS NOT NULL")}


def judge(sent: Sent, public: str) -> None:
    """What holds for every mail that leaves, whatever was tried."""
    assert sent.head.isascii()
    assert sent.head.endswith(b"\r\n\r\n")
    lines = sent.head[:-4].split(b"\r\n")
    assert not any(re.search(rb"[\x00-\x08\x0a-\x1f\x7f]", line) or len(line) > 998 for line in lines), sent.head
    assert all(line[:1] in b" \t" or re.match(rb"[!-9;-~]+:", line) for line in lines), sent.head
    assert len(sent.recipients) == len(set(sent.recipients))
    for address in sent.recipients:
        assert re.fullmatch(r"[^\s<>,;\x00-\x20]+@[^\s<>,;@\x00-\x20]+", address), address
        assert not is_among(address, [public])
    assert parseaddr(message(sent.head)["From"])[1] == message(sent.head)["Reply-To"] == public
    if sent.kind == "response":
        assert (sent.envelope_from, message(sent.head)["Auto-Submitted"]) == ("", "auto-replied")
        assert all(map(is_outside, sent.recipients))
    assert not (sent.outside and SECRET in sent.head + sent.body)


def envelope_of(**values: Any) -> Envelope:
    """An envelope as SMTP hands it over."""
    return replace(Envelope(rcpt_to=(PUBLIC,), road="smtp", has_sender=True), **values)
