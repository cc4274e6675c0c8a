"""`oauth`: the log-ins that need a person once (B102)."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from connector.cli.escape import escape_lines, one_line
from connector.cli.refusal import Refused
from connector.cli.session import Session, pass_session

if TYPE_CHECKING:
    from connector.config.settings import OAuth
    from connector.oauth.grants import Prompt


@click.group()
def oauth() -> None:
    """Log-ins by OAuth 2 at Microsoft and Google."""


@oauth.command()
@click.argument("section", help="The section of the INI, such as IMAP:office or OUTGOING.")
@pass_session
def login(session: Session, section: str) -> None:
    """Log in by OAuth 2 for a section, where a person has to; elsewhere try whether a token can be had.

    Prints where to log in, and waits. What is got is kept beside the spool's mails, for the service alone to read; the
    service takes it up by itself. Run it as the user that the service runs as, or as root.
    """
    from connector.doctor.hints import what_to_do
    from connector.oauth import grants
    from connector.oauth.errors import OAuthFailed
    from connector.oauth.tokens import Tokens

    found = _find(session, section)
    tokens = Tokens(found)
    try:
        if grants.needs_person(found):
            tokens.keep(grants.by_person(found, _ask, time.sleep))
        else:
            tokens.get()
    except OAuthFailed as error:
        raise Refused("\n".join(filter(None, (f"{found.section}: {error}", what_to_do(str(error), ""))))) from None
    click.echo(f"{one_line(found.section)}: a token was had for {one_line(found.user)}")


def _find(session: Session, section: str) -> OAuth:
    known = {one.section.lower(): one for one in session.settings.oauths}
    found = known.get(section.strip("[] ").lower())
    if found is None:
        named = ", ".join(one.section for one in known.values()) or "no section"
        raise Refused(f"{section}: it does not log in by OAuth; {named} does")
    return found


def _ask(prompt: Prompt) -> str:
    click.echo(escape_lines(prompt.text), err=True)
    return str(click.prompt("Address", err=True)) if prompt.answer_needed else ""
