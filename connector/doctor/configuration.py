"""The INI, the rules, and the tokens whose defaults are rarely what is wanted."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from connector.book import read_book
from connector.config.load import ConfigError, load
from connector.config.settings import Settings
from connector.doctor.findings import Finding, ok, problem, warning
from connector.ini import Problem


def read(file: Path) -> tuple[Settings | None, list[Finding]]:
    """The settings, if the INI can be used, and everything that is wrong with it, the rules and the templates."""
    try:
        settings = load(file)
    except ConfigError as error:
        return None, [_wrong(one) for one in error.problems]
    try:
        read_book(settings.rules)
    except ConfigError as error:
        return settings, [_wrong(one) for one in error.problems]
    return settings, [ok("configuration", f"{file}: in order, rules and templates too")]


def _wrong(one: Problem) -> Finding:
    return problem("configuration", str(one), "correct it; `email-connector config check` looks again")


def choices(settings: Settings) -> Iterator[Finding]:
    """Tokens that are left as they are shipped."""
    connector = settings.connector
    if not connector.alarm_address:
        yield warning(
            "AlarmAddress", "it is empty: nobody gets a mail when something fails", "set it in [EMAILCONNECTOR]"
        )
    if not settings.tickets.default_manager:
        yield warning(
            "DefaultManager",
            "it is empty: a ticket of an account without a manager has none, and nobody gets its mail",
            "set it in [TICKETS] to an employee's e-mail",
        )
    if settings.outgoing.transport == "outbox":
        yield warning(
            "Transport",
            f"outgoing mail goes to nobody: it lands in the folder {settings.outgoing.outbox}",
            "set Transport = smtp, Host and User in [OUTGOING]",
        )
    yield _authentication(settings)


def _authentication(settings: Settings) -> Finding:
    """Whoever forges an employee's address may be believed (B26)."""
    about, value = "EmployeeAuthentication", settings.connector.employee_authentication
    if value == "required":
        return ok(about, "an employee's mail needs proof")
    if value == "off":
        what = "it is off: whoever writes an employee's address into From is taken for the employee"
    else:
        what = f"it is {value}: an employee's mail that nothing proves or refutes is taken"
    return warning(about, what, "set it to required in [EMAILCONNECTOR] once your own mail is authentic")
