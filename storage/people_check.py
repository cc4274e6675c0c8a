"""What is wrong with rows of people, all of it at once; and what is odd about everybody (B22, B24)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from storage.addresses import normalise, normalise_domain
from storage.people_rows import AccountRow, ContactRow, EmployeeRow, PersonRow, at_line
from storage.records import MAIL_OPTIONS, StoreError
from storage.texts import name_key, plain_address


def problems(rows: Sequence[PersonRow]) -> Iterator[str]:
    """Rows that are wrong in themselves, and rows that stand there twice."""
    seen: dict[tuple[object, ...], PersonRow] = {}
    for row in rows:
        for problem in _row_problems(row):
            yield f"{at_line(row)}: {problem}"
        for key, what in _unique(row):
            if first := seen.get(key):
                yield f"{at_line(row)}: {what} stands there already, {at_line(first)}"
            seen.setdefault(key, row)


def _row_problems(row: PersonRow) -> Iterator[str]:
    if not name_key(row.name):
        yield "the name is missing"
    if not row.email1 and not isinstance(row, AccountRow):
        yield "email1 is missing"
    for email in filter(None, (row.email1, row.email2)):
        try:
            plain_address(email)
        except StoreError as error:
            yield str(error)
    if isinstance(row, EmployeeRow) and row.mail_option not in MAIL_OPTIONS:
        yield f"mail_option {row.mail_option!r}: allowed are {', '.join(MAIL_OPTIONS)}"
    if isinstance(row, AccountRow):
        yield from (f"domain {d!r} is none" for d in row.domains if "@" in d or not normalise_domain(d))


def _unique(row: PersonRow) -> Iterator[tuple[tuple[object, ...], str]]:
    """What at most one row may have, with its words."""
    name, email = name_key(row.name), normalise(row.email1)
    if isinstance(row, AccountRow):
        yield (AccountRow, name), "this name"
    elif isinstance(row, EmployeeRow):
        yield (EmployeeRow, name, email), "this name with this address"
    else:
        account = name_key(row.account)
        yield (ContactRow, account, name, email), "this name with this address"
        if row.main:
            yield ("main", account), f"the main contact of {row.account!r}"


def warnings(everybody: Iterable[PersonRow]) -> tuple[str, ...]:
    """Addresses of two employees, and domains of two accounts: neither identifies anybody."""
    employees: dict[str, list[str]] = {}
    accounts: dict[str, list[str]] = {}
    for row in everybody:
        if isinstance(row, EmployeeRow):
            for email in dict.fromkeys(filter(None, (row.email1, row.email2))):
                employees.setdefault(email, []).append(row.name)
        elif isinstance(row, AccountRow):
            for domain in row.domains:
                accounts.setdefault(domain, []).append(row.name)
    return (
        *(f"address {a} is that of employees {_names(n)}: mail from it is no employee's" for a, n in _twice(employees)),
        *(f"domain {d} is that of accounts {_names(n)}: it matches neither" for d, n in _twice(accounts)),
    )


def _twice(groups: dict[str, list[str]]) -> list[tuple[str, list[str]]]:
    return [(key, names) for key, names in groups.items() if len(names) > 1]


def _names(names: Iterable[str]) -> str:
    return " and ".join(repr(name) for name in names)
