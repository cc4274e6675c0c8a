"""`templates`: the texts that go to people outside: which there are, and what one would say of a ticket (B86)."""

from __future__ import annotations

import click

from connector.cli.escape import escape_lines, json_text
from connector.cli.groups import DefaultGroup
from connector.cli.options import json_option, number_argument
from connector.cli.refusal import Misused
from connector.cli.session import Session, pass_session
from connector.cli.tables import print_fields
from connector.templates import PURPOSES

SUFFIX = ".txt"


@click.group(cls=DefaultGroup, subcommand_metavar="[list|test] …")
def templates() -> None:
    """The texts that go to customers by themselves, in rules/templates. Without a further word they are listed."""


@templates.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List the templates: file, when it is used, the names it may use."""
    folder = session.settings.rules.directory / "templates"
    rows = [
        {"name": file.removesuffix(SUFFIX), "file": str(folder / file), "when": one.when, "names": dict(one.names)}
        for file, one in PURPOSES.items()
    ]
    if as_json:
        click.echo(json_text(rows))
        return
    for row in rows:
        print_fields({"Template": row["name"], "File": row["file"], "When": row["when"]})
        print_fields({f"  {name}": words for name, words in PURPOSES[f"{row['name']}{SUFFIX}"].names.items()})
        click.echo()


@templates.command("test")
@click.argument("name", help="The template, as `templates list` names it.")
@number_argument
@json_option
@pass_session
def test_(session: Session, name: str, number: str, as_json: bool) -> None:
    """Show the mail that a template makes for a ticket, header and body, and who would get it. Nothing is sent.

    A response is made for the mail that opened the ticket, the others for its External Recipients.
    """
    from connector.clock import utc_now
    from connector.pipeline.policy import Receipt  # the stages are heavy; `templates list` does without
    from connector.template_trial import Trials

    file = _file(name)
    row = session.row(session.ticket(number).number)
    now = utc_now()
    trials = Trials(session.store, session.originals, session.policy, Receipt("templates-test", now, now))
    trial = trials.render(session.templates[file], row)
    head = trial.head.decode("ascii", "backslashreplace").replace("\r\n", "\n").rstrip("\n")
    if as_json:
        about = {"template": file.removesuffix(SUFFIX), "ticket": row["number"]}
        envelope = {"envelope_from": trial.envelope_from, "envelope_to": list(trial.envelope_to)}
        click.echo(json_text({**about, **envelope, "subject": trial.subject, "head": head, "body": trial.body}))
        return
    print_fields({"Envelope from": trial.envelope_from or "<>", "Envelope to": ", ".join(trial.envelope_to)})
    click.echo(f"\n{escape_lines(head)}\n\n{escape_lines(trial.body.rstrip())}")


def _file(name: str) -> str:
    """The file of a template, by its name with or without `.txt`."""
    file = name.removesuffix(SUFFIX) + SUFFIX
    if file not in PURPOSES:
        allowed = ", ".join(one.removesuffix(SUFFIX) for one in PURPOSES)
        raise Misused(f"template {name!r}: there is none of this name; allowed are {allowed}")
    return file
