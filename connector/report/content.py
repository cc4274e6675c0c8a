"""Puts a report together out of rows of the stable views (B90, B71); for customers what they may see alone (B84).

A report for customers holds Public entries, the External Recipients in To and Cc, and no field that is the house's own.
Employees stand in it as their mails show them: by name (or by `ResponseFromName`) and the public address.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Any

from connector.report.discretion import Discretion
from connector.report.model import Changes, Entry, File, Report
from storage.report_reads import Beside
from storage.times import to_text

Row = Mapping[str, Any]

KINDS = {
    "email": "Mail",
    "note": "Note",
    "response": "Automatic answer",
    "alert": "Notice to customers",
    "delivery-report": "Delivery report",
}
MARKS = {"unread": "unread", "in_inbox": "in the Inbox", "dispatching": "waits for dispatching"}
HEADINGS = {"to": "To", "cc": "Cc", "bcc": "Bcc", None: "Employees"}
OF_CUSTOMERS = ("to", "cc")
"""Where recipients stand that other customers may see."""

STORED_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
MAX_LINE = 300
"""Characters of a change or a subject that are told."""

PREFIX = re.compile(r"\w{1,9}(?:\[\d+\])?[:：]")
"""What clients put in front of a subject that they answer or forward: Re:, AW:, Antwort:, Re[2]:"""

NOTHING = Beside()


@dataclass(frozen=True, slots=True)
class Material:
    """What the store has on a ticket: rows of ticket_v1, recipient_v1, history_v1, and what stands beside entries."""

    ticket: Row
    recipients: Sequence[Row]
    history: Sequence[Row]
    beside: Mapping[int, Beside]


def for_employees(found: Material, issuer: str, now: datetime) -> Report:
    """Everything that employees may see of a ticket."""
    return Report(
        number=found.ticket["number"],
        subject=_compact(found.ticket["subject"]),
        issuer=issuer,
        printed_at=zoned(to_text(now)),
        public=False,
        fields=_filled({**_common(found.ticket), **_internal(found.ticket)}),
        description=_description(found),
        recipients=_recipients(found.recipients),
        history=tuple(_history(found)),
    )


def for_customers(found: Material, discretion: Discretion, now: datetime) -> Report:
    """What customers may see of a ticket, said so that no employee's address is in it."""
    shown = [row for row in found.history if row["public"]]
    hide = discretion.hide
    outside = [row for row in found.recipients if row["list"] == "external" and row["type"] in OF_CUSTOMERS]
    recipients = _recipients(outside)
    return Report(
        number=found.ticket["number"],
        subject=hide(_compact(found.ticket["subject"])),
        issuer=discretion.issuer,
        printed_at=zoned(to_text(now)),
        public=True,
        fields={name: hide(value) for name, value in _filled(_common(found.ticket)).items()},
        description="",
        recipients={heading: tuple(map(hide, people)) for heading, people in recipients.items()},
        history=tuple(_public_entry(row, found, discretion) for row in shown),
    )


def zoned(time: str | None) -> str:
    """A stored time to the minute, with its zone."""
    return f"{time[:16].replace('T', ' ')} UTC" if time else ""


def person(name: str | None, address: str | None) -> str:
    """Name and address, or what there is of them."""
    return f"{name} <{address}>" if name and address else name or address or ""


def _common(ticket: Row) -> dict[str, str]:
    return {
        "Status": ticket["status"],
        "Account": ticket["account"],
        "Contact": person(ticket["contact"], ticket["contact_address"]),
        "Opened": zoned(ticket["opened_at"]),
        "Closed": zoned(ticket["closed_at"]),
    }


def _internal(ticket: Row) -> dict[str, str]:
    return {
        "Manager": person(ticket["manager"], ticket["manager_address"]) or "nobody",
        "Priority": ticket["priority"],
        "Type": ticket["type"],
        "Labels": ", ".join(ticket["labels"]),
        "Marks": ", ".join(words for name, words in MARKS.items() if ticket[name]),
        "Due": zoned(ticket["due_at"]),
        "Changed": zoned(ticket["changed_at"]),
    }


def _filled(fields: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in fields.items() if value}


def _description(found: Material) -> str:
    """The description, unless it is but the beginning of an entry, as in a ticket that a mail opened."""
    text = str(found.ticket["description"]).strip()
    repeated = any(str(row["text"]).strip().startswith(text) for row in found.history if row["kind"] != "change")
    return "" if repeated else text


def _recipients(rows: Sequence[Row]) -> dict[str, tuple[str, ...]]:
    people = {
        heading: tuple(person(row["name"], row["address"]) for row in rows if row["type"] == type_)
        for type_, heading in HEADINGS.items()
    }
    return {heading: listed for heading, listed in people.items() if listed}


def _history(found: Material) -> Iterator[Entry | Changes]:
    """The entries; changes that follow each other are put together where who and when are the same."""
    for (changed, at, who), rows in groupby(found.history, _alike):
        if changed:
            yield Changes(at, who, tuple(_change(row["text"]) for row in rows))
        else:
            yield from (_entry(row, found) for row in rows)


def _change(text: str) -> str:
    """A change, with stored times (a due date, say) as all others are."""
    return _compact(STORED_TIME.sub(lambda time: zoned(time[0]), text))


def _compact(text: str) -> str:
    """A text in one line: of an edited one not all that it was and is."""
    line = " ".join(text.split())
    return line if len(line) <= MAX_LINE else f"{line[:MAX_LINE]}…"


def _alike(row: Row) -> tuple[bool, str, str]:
    changed = row["kind"] == "change"
    return (True, zoned(row["at"]), row["actor"]) if changed else (False, "", "")


def _entry(row: Row, found: Material) -> Entry:
    """An entry as employees see it."""
    beside = found.beside.get(row["id"], NOTHING)
    flags = ("public" if row["public"] else "not public", "" if row["verified"] else "unverified sender")
    return Entry(
        id=row["id"],
        kind=str(KINDS.get(row["kind"], row["kind"])),
        at=zoned(row["at"]),
        who=_writer(beside, row),
        marks=tuple(filter(None, flags)),
        subject=_own_subject(row, found),
        text=row["text"],
        files=tuple(_files(beside)),
    )


def _writer(beside: Beside, row: Row) -> str:
    """Who wrote the entry, and whose mail he or she forwarded (B37)."""
    writer = person(beside.sender_name, row["sender_address"]) or row["actor"]
    return f"{writer}, forwarded from {person(*beside.on_behalf)}" if beside.on_behalf[1] else writer


def _public_entry(row: Row, found: Material, discretion: Discretion) -> Entry:
    """An entry as customers see it: its writer is one of them, or the house."""
    beside = found.beside.get(row["id"], NOTHING)
    hide = discretion.hide
    return Entry(
        id=None,
        kind=str(KINDS.get(row["kind"], row["kind"])),
        at=zoned(row["at"]),
        who=hide(discretion.writer(beside.sender_name, row["sender_address"], row["sender_kind"])),
        marks=(),
        subject=hide(_own_subject(row, found)),
        text=hide(row["text"]),
        files=tuple(File(hide(file.name), file.size) for file in _files(beside)),
    )


def _files(beside: Beside) -> Iterable[File]:
    return (File(one.name or f"attachment {one.number}", one.size) for one in beside.attachments)


def _own_subject(row: Row, found: Material) -> str:
    """A mail's subject where it says more than the ticket's does."""
    if row["kind"] == "note" or _bare(row["subject"], found) == _bare(found.ticket["subject"], found):
        return ""
    return _compact(row["subject"])


def _bare(subject: str, found: Material) -> str:
    """A subject without the ticket's number and the prefixes of answers."""
    words = [word for word in subject.casefold().split() if found.ticket["number"] not in word]
    return " ".join(word for word in words if word != "ticket" and not PREFIX.fullmatch(word))
