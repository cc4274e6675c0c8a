"""`ticket label`, `ticket dispatch`, `ticket set`: what a ticket has besides status and manager (B90)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

import click

from connector.cli.directory import given
from connector.cli.escape import one_line
from connector.cli.options import number_argument, typed_text
from connector.cli.refusal import Misused
from connector.cli.session import Session, pass_session
from storage.times import to_text


@click.command()
@number_argument
@click.option("--add", multiple=True, metavar="LABEL", help="Put this label on it; several times for more.")
@click.option("--remove", multiple=True, metavar="LABEL", help="Take this label off; several times for more.")
@pass_session
def label(session: Session, number: str, add: tuple[str, ...], remove: tuple[str, ...]) -> None:
    """Put labels on a ticket, and take them off."""
    given({"add": add or None, "remove": remove or None})
    session.ticket(number)
    session.store.set_labels(number, add, remove, session.author())
    click.echo(f"labels of ticket {number}: {one_line(', '.join(session.row(number)['labels'])) or 'none'}")


@click.command()
@number_argument
@click.argument(
    "on", type=click.Choice(["on", "off"], case_sensitive=False), metavar="on|off", help="Whether it waits."
)
@pass_session
def dispatch(session: Session, number: str, on: str) -> None:
    """Let a ticket wait for dispatching, or no longer; `tickets --view dispatching` lists those that do."""
    session.ticket(number)
    session.store.set_dispatching(number, on == "on", session.author())
    click.echo(f"ticket {number} {'waits for dispatching' if on == 'on' else 'does not wait for dispatching'}")


@click.command("set")
@number_argument
@click.option("--priority", metavar="TEXT", help="Its priority, in your own words.")
@click.option("--type", metavar="TEXT", help="What kind of ticket it is, in your own words.")
@click.option("--due", metavar="DATE", help="When it is due: 2026-12-01 (00:00 UTC) or 2026-12-01T14:30+01:00.")
@click.option("--description", metavar="TEXT", help="What it is about; - reads standard input.")
@pass_session
def set_(session: Session, /, number: str, **typed: str | None) -> None:
    """Set fields of a ticket; an empty text clears one."""
    fields = {name: READERS[name](value) for name, value in given(typed).items()}
    session.ticket(number)
    session.store.set_fields(number, fields, session.author())
    click.echo(f"ticket {number}: {', '.join(fields)} set")


def _words(typed: str) -> str:
    """One line without surplus blanks."""
    return " ".join(typed.split())


def _due(typed: str) -> str:
    """A date or a time in ISO 8601 as it is stored; without a zone it is UTC."""
    if not typed.strip():
        return ""
    try:
        due = datetime.fromisoformat(typed.strip())
        return to_text(due if due.tzinfo else due.replace(tzinfo=UTC))
    except (ValueError, OverflowError) as error:
        allowed = "2026-12-01, 2026-12-01T14:30 or 2026-12-01T14:30+01:00, and nothing to clear it"
        raise Misused(f"--due {typed!r}: allowed are {allowed}") from error


def _text(typed: str) -> str:
    """The text, or what stands on standard input."""
    return typed_text(typed).strip()


READERS: Mapping[str, Callable[[str], str]] = {"priority": _words, "type": _words, "due": _due, "description": _text}
