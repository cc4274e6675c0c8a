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
    yield _known_by(row)
    if isinstance(row, ContactRow) and row.main:
        yield ("main", name_key(row.account)), f"the main contact of {row.account!r}"


def _known_by(row: PersonRow) -> tuple[tuple[object, ...], str]:
    """What tells a person from all others, with its words."""
    name, email = name_key(row.name), normalise(row.email1)
    if isinstance(row, AccountRow):
        return (AccountRow, name), "this name"
    if isinstance(row, EmployeeRow):
        return (EmployeeRow, name, email), "this name with this address"
    return (ContactRow, name_key(row.account), name, email), "this name with this address"


def taken(row: PersonRow, others: Iterable[PersonRow]) -> Iterator[str]:
    """What one of the others has already, who is not the person that the row is about."""
    key, what = _known_by(row)
    if any(_known_by(other)[0] == key for other in others):
        yield f"{at_line(row)}: {what} is there already"


def warnings(everybody: Iterable[PersonRow], about: PersonRow | None = None) -> tuple[str, ...]:
    """Addresses of two employees and domains of two accounts, which identify nobody; all, or those of one row."""
    having: dict[str, list[PersonRow]] = {}
    for row in everybody:
        for sign in _signs(row):
            having.setdefault(sign, []).append(row)
    asked = having if about is None else _signs(about)
    return tuple(_shared(sign, rows) for sign, rows in having.items() if len(rows) > 1 and sign in asked)


def _signs(row: PersonRow) -> dict[str, None]:
    """What mail is recognised by and only one may have: an employee's addresses, an account's domains."""
    if isinstance(row, EmployeeRow):
        return dict.fromkeys(normalise(email) for email in (row.email1, row.email2) if email)
    return dict.fromkeys(map(normalise_domain, row.domains)) if isinstance(row, AccountRow) else {}


def _shared(sign: str, rows: Iterable[PersonRow]) -> str:
    names = " and ".join(repr(row.name) for row in rows)
    if "@" in sign:
        return f"address {sign} is that of employees {names}: mail from it is no employee's"
    return f"domain {sign} is that of accounts {names}: it matches neither"
