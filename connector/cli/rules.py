"""`rules`: the rule workbench: what there is, whether it is in order and quick, what it does to a mail (B52, B55)."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from connector.cli.actor import authorise
from connector.cli.escape import json_text, one_line
from connector.cli.groups import DefaultGroup
from connector.cli.options import json_option, limit_option
from connector.cli.progress import progress
from connector.cli.refusal import Misused, Refused
from connector.cli.session import Session, pass_session
from connector.cli.tables import Row, column, print_rows
from connector.privileges import EDIT_RULES, OTHER_TICKETS

if TYPE_CHECKING:
    from connector.rulebook import Rules
    from connector.workbench.timing import Timed

COLUMNS = (
    column("Rule", "name", weight=4),
    column("Kind", "kind"),
    column("Language", "language", weight=1),
    column("Client", "client", weight=1),
    column("Ex.", "examples", fixed=True),
    column("Place", "place"),
)
folder_option = click.option(
    "--rules",
    "folder",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Candidate rules in this folder, in place of the ones in use.",
)


@click.group(cls=DefaultGroup, subcommand_metavar="[list|check|test|replay] …")
def rules() -> None:
    """The rules for quoted text, signatures, footers and automatic mail. Without a further word they are listed."""


@rules.command("list")
@click.option("--kind", help="Of this kind alone.")
@click.option("--language", help="Of this language alone, as the rules name it.")
@json_option
@pass_session
def list_(session: Session, kind: str | None, language: str | None, as_json: bool) -> None:
    """List every rule in the order in which rules are asked, with file and line; those switched off say so."""
    from connector.workbench.listing import listed

    rows: list[Row] = [
        asdict(one) | {"place": f"{Path(one.file).name}:{one.line}{'' if one.active else ' (off)'}"}
        for one in listed(session.settings.rules.directory)
        if (not kind or one.kind == kind.lower()) and (not language or one.language.lower() == language.lower())
    ]
    if as_json:
        rows = [{name: value for name, value in row.items() if name != "place"} for row in rows]
    print_rows(rows, COLUMNS, as_json=as_json, empty="no rules of this kind and language")


@rules.command()
@folder_option
@json_option
@pass_session
def check(session: Session, folder: Path | None, as_json: bool) -> None:
    """Read all rules, execute their examples, and time each on nasty lines.

    Everything that is wrong is told at once; then the exit status is 2. A rule that takes longer than
    RuleTimeoutMilliseconds on a line is named, with the line; then it is 1. Candidates need the privilege edit-rules.
    """
    from connector.workbench.timing import time_rules, trials

    found = _rules(session, folder)
    wanted, limit = trials(found), found.limits.rule
    with progress("rules", len(wanted)) as step:
        timed = list(time_rules(wanted, limit, step))
    slow = [one for one in timed if one.fault]
    if as_json:
        click.echo(json_text({"rules": len(found), "limit": limit, "timed": [asdict(one) for one in timed]}))
    if slow:
        raise Refused("\n".join(map(_told, slow)))
    if not as_json:
        slowest = max(timed, key=lambda one: one.milliseconds, default=None)
        last = f"; the slowest takes {slowest.milliseconds:.1f} ms: {one_line(slowest.name)}" if slowest else ""
        click.echo(f"{len(found)} rules in order, none over {limit} ms on any line{last}")


@rules.command("test")
@click.argument("file", type=click.Path(path_type=Path), metavar="FILE", help="A mail.")
@folder_option
@click.option(
    "--parent",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="The mail that it answers, as the store would know it.",
)
@click.option("--first", is_flag=True, help="As the first mail of a ticket, which keeps what it quotes.")
@json_option
@pass_session
def test_(session: Session, file: Path, folder: Path | None, parent: Path | None, first: bool, as_json: bool) -> None:
    """Show a mail's text with what is kept and what is cut, by which rule, and how long each rule took.

    The lines bear the numbers that decisions name. Nothing is stored. Candidates need the privilege edit-rules.
    """
    from connector.cli.rules_trial import as_dict, print_tried
    from connector.workbench.trial import try_mail

    tried = try_mail(
        file.read_bytes(),
        _rules(session, folder),
        parent=parent.read_bytes() if parent else None,
        first_mail=first,
        signatures=session.settings.connector.strip_signatures,
    )
    if as_json:
        click.echo(json_text(as_dict(tried)))
    else:
        print_tried(tried)


@rules.command()
@folder_option
@click.option("--since", metavar="TIME", help="Mails since this date or time (ISO 8601; UTC where it says nothing).")
@click.option("--ticket", "number", default="", metavar="NUMBER", help="Mails of this ticket alone.")
@limit_option
@click.option("--hits", is_flag=True, help="In place of the differences: in how many mails each rule matched.")
@json_option
@pass_session
def replay(
    session: Session, folder: Path | None, since: str | None, number: str, limit: int, hits: bool, as_json: bool
) -> None:
    """Show what candidate rules would change, over the originals of all stored mails. Nothing is written.

    Both texts are made now, from the original and what the ticket knew then; what was edited by hand is not looked at.
    A mail that cannot be replayed is named, and the exit status is 1. With --json the summary is on standard error.
    Needs the privilege edit-rules; without other-employees-tickets one sees one's own tickets.
    """
    from connector.book import read_book
    from connector.cli.export import time_of
    from connector.cli.rules_replay import print_hits, print_replayed
    from connector.workbench import replay as replaying
    from storage.replay import Wanted, count

    authorise(session.actor, EDIT_RULES, to="replay rules")
    wanted = Wanted(
        time_of(since) if since else None,
        session.ticket(number).number if number else "",
        None if session.actor.may(OTHER_TICKETS) else session.actor.employee_id,
    )
    candidates, book = _rules(session, folder), read_book(session.settings.rules)
    found = replaying.replay(session.settings, book, candidates, session.store, wanted)
    with progress("mails", count(session.store.db, wanted)) as step:
        if hits:
            print_hits(found, book.rules, candidates, step, as_json=as_json)
        else:
            print_replayed(found, limit, step, as_json=as_json)


def _rules(session: Session, folder: Path | None) -> Rules:
    """The rules in use, or the candidates; whatever is wrong in the files is told at once."""
    from connector.rulebook import Limits, RuleErrors
    from connector.workbench.reading import read_in_child

    if folder is not None:
        authorise(session.actor, EDIT_RULES, to="try candidate rules")
    files = session.settings.rules
    try:
        return read_in_child(folder or files.directory, Limits(files.rule_timeout, files.mail_timeout))
    except RuleErrors as errors:
        raise Misused(str(errors)) from None


def _told(timed: Timed) -> str:
    line = f", on a line that begins {timed.line!r}" if timed.line else ""
    return f"rule {timed.name}: {timed.fault}{line}; allowed is a pattern that is quick on any line"
