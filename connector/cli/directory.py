"""What the commands on employees, accounts and contacts share: whom a word names, what is to change, warnings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, TypeVar

import click

from connector.cli.escape import one_line
from connector.cli.refusal import Misused, Refused
from storage.addresses import normalise
from storage.people_rows import Imported
from storage.records import Account, Contact, Employee
from storage.texts import name_key

Person = TypeVar("Person", Employee, Account, Contact)


def the_one(people: Iterable[Person], typed: str, kind: str) -> Person:
    """The one person with this e-mail or, where nobody has it, with this name."""
    everybody = list(people)
    found = [person for person in everybody if normalise(typed) in person.addresses]
    found = found or [person for person in everybody if name_key(person.name) == name_key(typed)]
    if len(found) == 1:
        return found[0]
    if not found:
        raise Refused(f"{typed}: no {kind} has this e-mail or name; `{kind}s list` shows who is there")
    names = " and ".join(f"{person.name} <{', '.join(person.addresses)}>" for person in found)
    raise Refused(f"{typed}: names {names}; use an e-mail or a name that only one of them has")


def given(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options that were typed; wrong use where none was."""
    typed = {name: value for name, value in options.items() if value is not None}
    if not typed:
        raise Misused("nothing to change: name at least one option; --help lists them")
    return typed


def tell(done: Imported, what: str) -> None:
    """What was done, if anything was, and on standard error what to look at (B22, B24)."""
    click.echo(one_line(what if done.changed else "nothing is changed: it was so already"))
    for warning in done.warnings:
        click.echo(f"warning: {one_line(warning)}", err=True)
