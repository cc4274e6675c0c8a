"""The rows in which people come in and go out, as in the columns of the CSV file; and what an import answers."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from storage.records import StoreError


@dataclass(frozen=True, slots=True)
class EmployeeRow:
    """One employee; `line` is where the row stands in the file, for messages (0: in none)."""

    name: str
    email1: str
    email2: str = ""
    active: bool = True
    group: str = "Full"
    mail_option: str = "manager"
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """One account; `manager` is an employee's address, `domains` are the mail domains that belong to it."""

    name: str
    email1: str = ""
    email2: str = ""
    domains: tuple[str, ...] = ()
    manager: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class ContactRow:
    """One person of an account, which is given by its name."""

    name: str
    account: str
    email1: str
    email2: str = ""
    main: bool = False
    line: int = field(default=0, compare=False)


PersonRow = EmployeeRow | AccountRow | ContactRow

KINDS = {EmployeeRow: "employee", AccountRow: "account", ContactRow: "contact"}


@dataclass(slots=True)
class Imported:
    """What an import did: rows counted by kind and by `new`, `changed` or `same`; and what to look at."""

    counts: Counter[tuple[str, str]] = field(default_factory=Counter)
    warnings: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return any(what != "same" for _, what in self.counts)


class PeopleRefused(StoreError):
    """Rows that cannot be imported; nothing was. `problems` has one line for each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


def at_line(row: PersonRow) -> str:
    """`line 3: employee 'Ann'`, or without the line where there is none."""
    place = f"line {row.line}: " if row.line else ""
    return f"{place}{KINDS[type(row)]} {row.name!r}"
