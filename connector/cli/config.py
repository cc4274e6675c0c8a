"""`config`: check, show and explain the configuration (B100 to B102)."""

from __future__ import annotations

import difflib
from dataclasses import asdict
from itertools import groupby
from pathlib import Path

import click

from connector.book import read_book
from connector.cli.effective import effective
from connector.cli.escape import json_text, one_line
from connector.cli.options import json_option
from connector.cli.refusal import Misused
from connector.cli.session import Session, pass_session
from connector.clock import utc_now
from connector.config.clear import in_the_clear
from connector.config.load import ConfigError, base_of, load, token_of
from connector.config.settings import RuleFiles
from connector.config.tokens import TOKENS, Token, find
from connector.ini import Problem, read_ini
from connector.tls import certificate_trouble

NOTHING, BLANK, ADDRESS_WITHOUT_NAMES = "", " ", "@"


@click.group()
def config() -> None:
    """Check, show and explain the configuration."""


@config.command()
@pass_session
def check(session: Session) -> None:
    """Tell everything that is wrong with INI, rules and templates, without starting anything."""
    problems: list[Problem] = []
    try:
        rules: RuleFiles | None = load(session.file).rules
    except ConfigError as error:
        problems += error.problems
        rules = _rules_of_wrong(session.file)
    try:
        if rules is not None:
            read_book(rules)
    except ConfigError as error:
        problems += error.problems
    if problems:
        raise ConfigError(problems)
    click.echo(f"{session.file}: in order, rules and templates too")
    clear = [f"[{one.section}] {one}" for one in in_the_clear(session.settings)]
    for trouble in filter(None, (certificate_trouble(session.settings.smtp_in, utc_now()), *clear)):
        click.echo(f"warning: {one_line(trouble)}", err=True)


def _rules_of_wrong(file: Path) -> RuleFiles | None:
    """The rules folder of an INI that has mistakes elsewhere; None where there is no such folder."""
    token = find("RULES", "Directory")
    section = read_ini(file).get("RULES")
    entry = section.get("Directory") if section else None
    folder = base_of(file.absolute()) / ((entry.value if entry else "") or (token.default if token else ""))
    return RuleFiles(folder) if folder.is_dir() else None


@config.command()
@json_option
@pass_session
def show(session: Session, as_json: bool) -> None:
    """Print every value that counts, as an INI, with the place it comes from. Secrets are hidden."""
    rows = list(effective(session.settings.file))
    if as_json:
        click.echo(json_text([asdict(row) for row in rows]))
        return
    for number, (section, tokens) in enumerate(groupby(rows, key=lambda row: row.section)):
        click.echo(f"{'' if number == 0 else chr(10)}[{one_line(section)}]")
        for row in tokens:
            click.echo(f"# {one_line(row.source)}\n{row.name} = {one_line(row.value)}".rstrip())


@config.command()
@click.argument("token", help="The token's name, with or without its section.")
@json_option
def explain(token: str, as_json: bool) -> None:
    """Tell what a token of the INI does, its default, and what is allowed."""
    found = token_of(token)
    if not found:
        raise Misused(f"token {token!r}: there is none of this name; {_nearest(token)}")
    if as_json:
        click.echo(json_text([_object(one) for one in found]))
    else:
        click.echo("\n\n".join(_explained(one) for one in found))


def _object(token: Token) -> dict[str, object]:
    default = None if token.required else token.default
    return {
        "section": token.section,
        "name": token.name,
        "help": token.help,
        "default": default,
        "allowed": _allowed(token),
    }


def _explained(token: Token) -> str:
    default = token.default or ("none, it is required" if token.required else "(empty)")
    return f"[{token.section}] {token.name}\n{token.help}\nDefault: {default}\nAllowed: {_allowed(token)}"


def _allowed(token: Token) -> str:
    """What may be written: the readers of values say it themselves, when they refuse one."""
    for probe in (NOTHING, BLANK, ADDRESS_WITHOUT_NAMES):
        try:
            token.read(probe, Path())
        except ValueError as error:
            return str(error).partition("; not ")[0]
    return "any text"


def _nearest(name: str) -> str:
    """The names that resemble a wrong one."""
    bare = name.rpartition(".")[2].lower()
    known = {token.name.lower(): token.name for token in TOKENS}
    close = difflib.get_close_matches(bare, known, n=3, cutoff=0.5)
    close += [one for one in known if bare and bare in one and one not in close][:3]
    return f"near it: {', '.join(known[one] for one in close)}" if close else "`config show` lists them all"
