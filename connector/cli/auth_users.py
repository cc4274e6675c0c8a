"""`auth-users`: who may log in by SMTP, to prove that a mail is his or hers (B26, B102)."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import click

from connector import users_file
from connector.cli.actor import authorise
from connector.cli.escape import one_line
from connector.cli.groups import DefaultGroup
from connector.cli.options import json_option
from connector.cli.refusal import Misused, Refused
from connector.cli.session import Session, pass_session
from connector.cli.tables import Column, Row, column, print_rows
from connector.privileges import PRIVILEGES
from connector.users_file import UsersFileError
from storage.addresses import is_writable, normalise
from storage.records import Employee

TOKEN = "SMTPIN.AuthUsersFile"
SHORT = 8

COLUMNS = (
    column("user", "user", weight=3),
    column("employee", "employee", weight=2),
    Column("active", lambda row: "yes" if row["active"] else "no", fixed=True),
)

user_argument = click.argument("user", metavar="EMAIL", help="An e-mail of the employee's.")


@click.group(cls=DefaultGroup, subcommand_metavar="[list|add EMAIL|remove EMAIL]")
def auth_users() -> None:
    """Who may log in by SMTP, in AuthUsersFile of [SMTPIN]. Without a further word they are listed.

    To see and change them needs every privilege. A change counts at once.
    """


@auth_users.command("list")
@json_option
@pass_session
def list_(session: Session, as_json: bool) -> None:
    """List who may log in, and which employee it is; for an e-mail that no employee has, nobody."""
    file = _file(session, "see who may log in")
    known = session.directory.by_address
    rows = [_row(user, known.get(user, ())) for user in (users_file.read(file) if file.exists() else {})]
    print_rows(rows, COLUMNS, as_json=as_json, empty="nobody may log in; `auth-users add EMAIL` lets somebody")


def _row(user: str, employees: Sequence[Employee]) -> Row:
    return {
        "user": user,
        "employee": " and ".join(employee.name for employee in employees) or None,
        "active": any(employee.active for employee in employees),
    }


@auth_users.command()
@user_argument
@pass_session
def add(session: Session, user: str) -> None:
    """Let an employee log in, or give another password: it is asked for, or read from standard input.

    What is kept is a hash. The file is made where there is none, for its owner alone.
    """
    file = _file(session, "let somebody log in")
    user = _user(user)
    employees = session.directory.by_address.get(user, ())
    if not any(employee.active for employee in employees):
        _warn(f"{user} is no active employee's e-mail: mail after this log-in is proved to be nobody's")
    users_file.put(file, user, _password())
    click.echo(f"{one_line(user)} may log in")


@auth_users.command()
@user_argument
@pass_session
def remove(session: Session, user: str) -> None:
    """Let somebody log in no more."""
    file = _file(session, "take log-ins away")
    user = normalise(user)
    if not file.exists() or user not in users_file.read(file):
        raise Refused(f"{user}: nobody logs in by this name; `auth-users` lists them")
    users_file.remove(file, user)
    click.echo(f"{one_line(user)} may not log in any more")


def _file(session: Session, to: str) -> Path:
    """The file, for who may see and change it; that it is missing is no reason not to make it."""
    session.passing_over += (TOKEN,)
    authorise(session.actor, *PRIVILEGES, to=to)
    file = session.settings.smtp_in.auth_users_file
    if file is None:
        raise Refused("AuthUsersFile in [SMTPIN] says nothing: name there the file that log-ins are kept in")
    try:
        users_file.read(file)
    except FileNotFoundError:
        pass  # it is made by the first `add`
    except UsersFileError as error:
        raise Refused(f"{file}: {error}") from error
    return file


def _user(typed: str) -> str:
    user = normalise(typed)
    if not is_writable(user):
        raise Misused(f"user {typed!r}: allowed is an e-mail such as anna@example.com")
    return user


def _password() -> str:
    """Asked for twice, unseen; from standard input where that is no terminal: its first line."""
    if sys.stdin.isatty():
        password: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    else:
        password = sys.stdin.readline().rstrip("\r\n")
    if not password or any(char < " " or char == "\x7f" for char in password):
        raise Misused("the password: found nothing, or characters that nobody can type; allowed is a line of text")
    if len(password) < SHORT:
        _warn(f"the password has fewer than {SHORT} characters: it is soon guessed")
    return password


def _warn(text: str) -> None:
    click.echo(f"warning: {one_line(text)}", err=True)
