"""The command `email-connector`: all commands by what they are for, and the options that every one of them takes."""

from __future__ import annotations

import click

from connector import __version__
from connector.cli.groups import Entry, LazyGroup
from connector.cli.session import Session
from connector.config.secrets import CREDENTIALS

COMMANDS = (
    Entry("Start", "welcome", "welcome", "Where things are, and what to do next."),
    Entry("Start", "init", "init", "A configuration folder to start from."),
    Entry("Start", "serve", "serve", "Run the service in the foreground."),
    Entry("Start", "config", "config", "Check, show and explain the configuration."),
    Entry("Tickets", "inbox", "inbox", "The one Inbox: list, add, remove, clear."),
    Entry("Tickets", "tickets", "tickets", "Views, filters and boards."),
    Entry("Tickets", "ticket", "ticket", "One ticket: show and change it."),
    Entry("Tickets", "recipients", "recipients", "Who gets a ticket's mail."),
    Entry("Tickets", "history", "history", "A ticket's entries: list and show them."),
    Entry("Tickets", "numbers", "numbers", "The number of the next ticket: show and raise it."),
    Entry("People", "people", "people", "Import and export the directory."),
    Entry("People", "employees", "employees", "Employees and their groups: list and change them."),
    Entry("People", "accounts", "accounts", "Accounts: list and change them."),
    Entry("People", "contacts", "contacts", "The people of the accounts: list and change them."),
    Entry("People", "auth-users", "auth_users", "Who may log in by SMTP: list, add, remove."),
    Entry("Mail", "process", "process", "Take mails out of files through the eight stages."),
    Entry("Mail", "queue", "queue", "Mail that waits, is held or is quarantined."),
    Entry("Mail", "deliveries", "deliveries", "Outgoing mail, one row a recipient."),
    Entry("Mail", "templates", "templates", "The texts that go to customers: list and try them."),
    Entry("Mail", "rules", "rules", "The rules for quoted text: list, check and try them."),
    Entry("Running it", "status", "status", "How the service is, for people and for monitoring."),
    Entry("Running it", "doctor", "doctor", "What is easily got wrong, and what to do about it."),
    Entry("Running it", "send", "send", "One test mail through the relay, each step told."),
    Entry("Running it", "oauth", "oauth", "Log-ins by OAuth 2 at Microsoft and Google."),
    Entry("Running it", "export", "export", "Tickets with all they have, as JSON Lines."),
    Entry("Running it", "db", "db", "The database: bring it up, back it up."),
    Entry("Running it", "verify", "verify", "Hold store, originals and spool against each other."),
)
"""Every command: heading, name, module, and its help in short."""

USING_SECRETS = ("serve", "doctor", "send", "oauth")
"""Commands that log in somewhere, or listen; the others work where credentials of systemd are not to be had (B102)."""


@click.command(cls=LazyGroup, entries=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--config", "config", metavar="FILE", help="The INI to use.  [EMAIL_CONNECTOR_CONFIG]")
@click.option(
    "--as", "as_", metavar="EMPLOYEE", envvar="EMAIL_CONNECTOR_AS", help="Who acts: an e-mail.  [EMAIL_CONNECTOR_AS]"
)
@click.version_option(__version__, message="%(version)s")
@click.pass_context
def root(context: click.Context, config: str | None, as_: str | None) -> None:
    """Takes the mail of a public address, turns it into tickets and tells the right people, and no one else.

    --config and --as may stand before a command or after it. Without --as the administrator acts, who may do
    everything; with it, the employee's privileges count.

    Exit status: 0 done, 1 refused or not found, 2 wrong use or wrong configuration.
    """
    if as_ is not None and not as_.strip():
        raise click.UsageError("--as: found nothing; allowed is an employee's e-mail, or no --as for the administrator")
    context.obj = Session(config, as_ or "")
    if context.invoked_subcommand not in USING_SECRETS:
        context.obj.passing_over = (CREDENTIALS,)
    context.call_on_close(context.obj.close)
