"""One mail of the queue as people see it: where it is and why, what can be done with it, its text (B9)."""

from __future__ import annotations

import json
from typing import Any

import click

from connector import spool_queue
from connector.cli.escape import escape_lines, json_text, one_line
from connector.cli.session import Session
from connector.cli.tables import Row, print_fields
from connector.mail.parse import parse
from connector.pipeline.explain import why
from connector.pipeline.holding import AS_IS, CHOICES, REJECT, UNVERIFIED, cannot_be_remembered
from connector.spool import Spooled
from connector.spool_queue import QueueRow
from storage.times import to_text

WAYS = {
    AS_IS: ("release {id}", "file it as what it says it is"),
    UNVERIFIED: ("release {id} --as-unverified", "file it Not Public; it adds nobody, employees alone get it"),
    REJECT: ("reject {id}", "do not file it; its original is kept, nobody is told"),
}
"""What can be done with a held mail: the command behind `queue`, and what it does."""


def queue_object(row: QueueRow) -> Row:
    """One mail for programs."""
    return {
        "id": row.id,
        "state": row.state,
        "reason": row.reason,
        "tries": row.tries,
        "received_at": to_text(row.received_at),
        "from": row.sender,
        "subject": row.subject,
        "size": row.size,
    }


def show_mail(session: Session, mail: str, *, as_json: bool) -> None:
    """All there is to say of one mail."""
    row = spool_queue.find(session.spool, mail)
    found = dict(queue_object(row))
    text, ways = "", list[Row]()
    if row.code != "torn":
        spooled = spool_queue.read(session.spool, mail)
        found |= _envelope(spooled)
        text = _text(spooled)
    told = recorded(session, mail) if row.state == "held" else None
    if told is not None:
        found["because"] = why(told)
        ways = _ways(row, codes(told["sender"]["because"]))
    if as_json:
        named = {name.replace(" ", "_"): value for name, value in found.items()}
        click.echo(json_text(named | {"choices": ways, "text": text}))
        return
    print_fields({name: "; ".join(value) if isinstance(value, list) else value for name, value in found.items()})
    _print_ways(ways)
    if text:
        click.echo("\n" + escape_lines(text))


def _envelope(spooled: Spooled) -> dict[str, object]:
    envelope = spooled.envelope
    return {
        "road": envelope.road,
        "envelope from": envelope.mail_from or ("<>" if envelope.has_sender else ""),
        "envelope to": ", ".join(envelope.rcpt_to),
        "client": " ".join(filter(None, (envelope.client, envelope.helo))),
    }


def _text(spooled: Spooled) -> str:
    """The mail's text; one that is in quarantine may be one that cannot be parsed."""
    try:
        return parse(spooled.raw, spooled.envelope).text
    except Exception as error:
        return f"(its text cannot be shown: {type(error).__name__}: {error})"


def recorded(session: Session, mail: str) -> dict[str, Any] | None:
    """The decision as it was recorded when the mail was held; None where the ledger does not know the mail."""
    known = session.store.mail(mail)
    told: dict[str, Any] | None = json.loads(known["decision"]) if known and known["decision"] else None
    return told


def codes(because: list[dict[str, Any]]) -> frozenset[str]:
    """The codes of reasons as they are recorded."""
    return frozenset(reason["code"] for reason in because)


def _ways(row: QueueRow, reasons: frozenset[str]) -> list[Row]:
    """What can be done with a held mail, by which command; whether it can be remembered, and if not, why."""
    ways: list[Row] = []
    for choice in CHOICES:
        command, does = WAYS[choice]
        cannot = cannot_be_remembered(row.code, choice, reasons)
        ways.append({"command": f"queue {command.format(id=row.id)}", "does": does, "not_remembered": cannot})
    return ways


def _print_ways(ways: list[Row]) -> None:
    for way in ways:
        click.echo(f"\nemail-connector {way['command']}\n    {way['does']}")
        if way["not_remembered"]:
            click.echo(f"    not with --remember: {one_line(way['not_remembered'])}")
        else:
            click.echo("    with --remember: so with all later mail of this sender that would be held for this reason")
