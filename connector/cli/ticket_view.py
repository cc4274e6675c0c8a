"""One ticket on the terminal: its fields, both recipient lists, its history."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import click

from connector.cli.escape import escape_lines
from connector.cli.statuses import shown, text_of
from connector.cli.tables import Column, Row, column, minutes, print_fields, print_rows, time_column
from connector.report.content import MARKS

MOST_SHOWN = 400  # characters of an entry's text that are looked at for its line in the history

RECIPIENT_COLUMNS = (
    column("list", "list", fixed=True),
    Column("type", lambda row: row["type"] or "", fixed=True),
    column("name", "name"),
    column("address", "address", weight=4),
    column("added by", "added_by"),
)


def print_recipients(rows: Sequence[Row], *, as_json: bool = False) -> None:
    """Rows of recipient_v1."""
    print_rows(rows, RECIPIENT_COLUMNS, as_json=as_json, empty="no recipients")


def print_history(
    rows: Sequence[Row], forwarded: Mapping[int, str], status_names: Mapping[str, str], *, as_json: bool = False
) -> None:
    """Rows of history_v1, one line each; `forwarded` has whose mail an entry is that an employee forwarded, by id."""
    columns = (
        column("id", "id", fixed=True),
        time_column("at UTC", "at"),
        column("kind", "kind", fixed=True),
        Column("who", lambda row: _who(row, forwarded.get(row["id"], ""))),
        Column("seen by", _seen_by, fixed=True),
        Column("what", lambda row: _what(row, status_names), weight=5),
    )
    print_rows(rows, columns, as_json=as_json, empty="no entries")


def _who(row: Row, original: str) -> str:
    """Who wrote it, whether that is refuted (B26), and whose mail it was if it was forwarded."""
    writer = str(row["sender_address"] or row["actor"])
    writer += " (refuted)" if row["authentication"] == "failed" else ""
    return f"{writer} from {original}" if original else writer


def _seen_by(row: Row) -> str:
    """The public flag and the doubt about the sender, in a word."""
    return "public" if row["public"] else "house" if row["verified"] else "unverified"


def _what(row: Row, status_names: Mapping[str, str]) -> str:
    """How the entry's text begins, its lines in a row, its attachments in front."""
    text = " ".join(text_of(row, status_names)[:MOST_SHOWN].split()) or row["subject"]
    return f"[{row['attachments']} att.] {text}" if row["attachments"] else text


def print_ticket(
    row: Row,
    recipients: Sequence[Row],
    history: Sequence[Row],
    forwarded: Mapping[int, str],
    paused: Sequence[Row],
    status_names: Mapping[str, str],
) -> None:
    """A whole ticket."""
    print_fields(_fields(row, status_names))
    for one in paused:
        words = f"mails of {one['sender']} since {minutes(one['since'])}: filed, nobody is sent them"
        print_fields({"Paused": f"{words}; `ticket resume {row['number']} {one['sender']}` ends it"})
    if row["description"]:
        click.echo("\n" + escape_lines(row["description"]))
    for heading in ("recipients", "history"):
        click.echo(f"\n{heading.capitalize()}")
        print_recipients(recipients) if heading == "recipients" else print_history(history, forwarded, status_names)


def _fields(row: Row, status_names: Mapping[str, str]) -> dict[str, object]:
    """What there is to say of the ticket itself; empty fields are left out."""
    fields = {
        "Ticket": row["number"],
        "Subject": row["subject"],
        "Status": shown(row["status"], status_names),
        "Account": row["account"],
        "Contact": _person(row["contact"], row["contact_address"]),
        "Manager": _person(row["manager"], row["manager_address"]) or "nobody",
        "Priority": row["priority"],
        "Type": row["type"],
        "Labels": ", ".join(row["labels"]),
        "Marks": ", ".join(words for name, words in MARKS.items() if row[name]),
        "Opened": minutes(row["opened_at"]),
        "Changed": minutes(row["changed_at"]),
        "Closed": minutes(row["closed_at"]),
        "Due": minutes(row["due_at"]),
        "Merged into": row["merged_into"],
    }
    return {name: value for name, value in fields.items() if value}


def _person(name: str | None, address: str | None) -> str:
    return f"{name} <{address}>" if name and address else name or address or ""
