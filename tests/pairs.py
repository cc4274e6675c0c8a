"""The pairs of `fixtures/eml`: a mail and what must be decided about it (fixtures/README.md has the format)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cached_property
from pathlib import Path
from typing import Any

from connector.mail.model import Envelope
from connector.pipeline.explain import as_dict
from storage.changes import Author
from storage.records import NewRecipient, Parcel, Result
from tests.house import PUBLIC, ROOT, House

FOLDER = ROOT / "fixtures" / "eml"
KEYS = {"about", "rows", "open", "settings", "before", "envelope", "expect", "written", "head"}
KEYS |= {"ticket", "entry", "attachments"}
LEASE_SECONDS = 1e9  # longer than any step waits: what was sent before is not sent again

Told = dict[str, Any]


@dataclass(frozen=True)
class Pair:
    """One mail as a file, and its expectation."""

    mail: Path

    @property
    def name(self) -> str:
        return self.mail.stem

    @cached_property
    def raw(self) -> bytes:
        return self.mail.read_bytes()

    @cached_property
    def told(self) -> Told:
        told: Told = json.loads(self.mail.with_suffix(".expect.json").read_text(encoding="utf-8"))
        return told

    @property
    def envelope(self) -> Envelope:
        return Envelope(**_values({"rcpt_to": [PUBLIC], **self.told.get("envelope", {})}))


@dataclass(frozen=True)
class Ran:
    """What became of a pair's mail: the decision (dry and real), the mails to send, the rows of the store."""

    dry: Told
    real: Told
    parcels: tuple[Parcel, ...]
    ticket: Told
    entry: Told
    attachments: list[str]

    @property
    def heads(self) -> list[str]:
        """The header blocks of the mails to send, unfolded."""
        return [parcel.head.decode("ascii").replace("\r\n\t", " ").replace("\r\n ", " ") for parcel in self.parcels]


def _values(given: Told) -> Told:
    """JSON's values as frozen dataclasses hold them."""
    return {key: tuple(value) if isinstance(value, list) else value for key, value in given.items()}


def find_pairs(folder: Path = FOLDER) -> list[Pair]:
    """Every pair, the private ones too, by name."""
    return [Pair(mail) for mail in sorted((*folder.glob("*.eml"), *folder.glob("private/*.eml")))]


def run(pair: Pair, folder: Path) -> Ran:
    """Make the state that the pair asks for, then process its mail: dry first, then really."""
    house = House(folder)
    house.use(replace(house.settings.connector, **_values(pair.told.get("settings", {}))))
    for step in pair.told.get("before", ()):
        take_step(house, step, pair.mail.parent)
    dry = house.dry_run(pair.raw, pair.envelope)
    parcels, real, entry_id = _process(house, pair)
    found = house.store.entry(entry_id) if entry_id else None
    return Ran(
        without_ids(as_dict(dry.decision)),
        without_ids(real),
        parcels,
        house.store.ticket(real["match"]["ticket"] or "") or {},
        found.row if found else {},
        [attachment.name for attachment in found.attachments] if found else [],
    )


def _process(house: House, pair: Pair) -> tuple[tuple[Parcel, ...], Told, int | None]:
    """Process the mail; what it makes the service send, the decision as JSON, the entry."""
    done = house.take(pair.raw, pair.envelope)
    assert done.filed is not None
    soon = house.clock() + timedelta(seconds=1)
    parcels = tuple(house.store.claim_deliveries(soon, 1000, LEASE_SECONDS, "test"))
    return parcels, as_dict(done.decision, done.filed.entry_id), done.filed.entry_id


def without_ids(told: Told) -> Told:
    """The decision as JSON has it, without what differs from run to run."""
    plain: Told = json.loads(json.dumps(told))
    for delivery in plain["deliveries"]:
        delivery.pop("message_id")
    plain.pop("entry")
    return plain


# -- the steps before --------------------------------------------------------------------------------------------


def take_step(house: House, step: Told, folder: Path) -> None:
    """One step of `before`; a step of no known kind is a mistake in the file."""
    author = Author("administrator", house.clock())
    if "mail" in step:
        near = folder / step["mail"]
        sent = _process(house, Pair(near if near.exists() else FOLDER / step["mail"]))[0]
        house.store.record_results(_all_sent(sent, house.clock()), house.clock())
        _name_messages(house, sent, step.get("sent_as", {}))
    elif "close" in step:
        house.store.set_status(step["close"], "Completed", author)
        house.clock.forward(days=step.get("days_ago", 0))
    elif "merge" in step:
        _merge(house, *step["merge"])
    elif "recipients" in step:
        house.store.add_recipients(step["recipients"], [_recipient(house, text) for text in step["add"]], author)
    else:
        raise ValueError(f"step {step}: known are mail, close, merge, recipients")


def _all_sent(parcels: tuple[Parcel, ...], at: datetime) -> list[Result]:
    """What the relay says of mails that it takes."""
    return [Result(drop.delivery_id, "sent", "250 ok", at) for parcel in parcels for drop in parcel.drops]


def _recipient(house: House, text: str) -> NewRecipient:
    """`ADDRESS[:to|cc|bcc]`; an employee's address makes an Employee Recipient."""
    address, _, type_ = text.partition(":")
    employees = house.store.directory().by_address.get(address, ())
    if employees:
        return NewRecipient("employee", employee_id=employees[0].id)
    return NewRecipient("external", type_ or "to", address)


def _name_messages(house: House, sent: tuple[Parcel, ...], names: dict[str, str]) -> None:
    """Give mails that were sent the Message-IDs that the pair's mail answers; real ones cannot be known before."""
    for parcel in sent:
        if parcel.kind in names:
            for table in ("outgoing", "message"):
                query = f"UPDATE {table} SET message_id = ? WHERE message_id = ?"
                house.store.db.run(query, (names[parcel.kind], parcel.message_id))


def _merge(house: House, number: str, into: str) -> None:
    """Merge a ticket into another one."""
    query = "UPDATE ticket SET merged_into_id = (SELECT id FROM ticket WHERE number = ?) WHERE number = ?"
    house.store.db.run(query, (into, number))


# -- comparing ---------------------------------------------------------------------------------------------------


def failures(pair: Pair, ran: Ran) -> list[str]:
    """All that is not as the pair says, one line each."""
    told = pair.told
    found = list(differences(told["expect"], ran.real, "expect"))
    if "written" in told and told["written"] != ran.real["written"]["text"]:
        found.append(f"written: {ran.real['written']['text']!r}, not {told['written']!r}")
    for key, actual in (("ticket", ran.ticket), ("entry", ran.entry), ("attachments", ran.attachments)):
        found += differences(told[key], actual, key) if key in told else []
    head = told.get("head", {})
    found += [f"head: {text!r} is missing" for text in head.get("has", ()) if not any(text in h for h in ran.heads)]
    shown = "\n".join(ran.heads).casefold()
    found += [f"head: {text!r} must not be there" for text in head.get("not", ()) if text.casefold() in shown]
    return found


def differences(expected: Any, actual: Any, where: str) -> Iterator[str]:
    """Where `actual` is not as expected: objects by the keys given, lists in any order, the rest by equality."""
    if isinstance(expected, str) and isinstance(actual, dict) and "code" in actual:
        actual = actual["code"]
    if isinstance(expected, dict) and expected.keys() & {"has", "not"}:
        yield from _has(expected, actual, where)
    elif isinstance(expected, dict) and isinstance(actual, dict):
        for key, value in expected.items():
            yield from differences(value, actual.get(key, "(missing)"), f"{where}.{key}")
    elif isinstance(expected, list) and isinstance(actual, list):
        if len(expected) != len(actual) or not _all_found(expected, actual):
            yield f"{where}: {json.dumps(actual, ensure_ascii=False)}, not {json.dumps(expected, ensure_ascii=False)}"
    elif expected != actual:
        yield f"{where}: {actual!r}, not {expected!r}"


def _has(expected: Told, actual: Any, where: str) -> Iterator[str]:
    """Parts of a text or members of a list that must be there, or must not."""
    for wanted in expected.get("has", ()):
        if not _holds(actual, wanted):
            yield f"{where}: {wanted!r} is not in {actual!r}"
    for unwanted in expected.get("not", ()):
        if _holds(actual, unwanted):
            yield f"{where}: {unwanted!r} must not be in {actual!r}"


def _holds(actual: Any, wanted: Any) -> bool:
    if isinstance(actual, str):
        return wanted in actual
    return any(not any(differences(wanted, one, "")) for one in actual)


def _all_found(expected: list[Any], actual: list[Any]) -> bool:
    """Whether each expected member has an actual one of its own."""
    left = list(actual)
    for wanted in expected:
        place = next((i for i, one in enumerate(left) if not any(differences(wanted, one, ""))), None)
        if place is None:
            return False
        del left[place]
    return True
