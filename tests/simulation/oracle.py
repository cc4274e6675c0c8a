"""Who must get a mail, worked out from the rows alone; nothing in here asks the pipeline.

It keeps its own book of tickets: who is on them, who manages them. Rows are named where they are applied.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from storage.people_rows import AccountRow, ContactRow, EmployeeRow
from tests.simulation.letters import Letter
from tests.simulation.world import PUBLIC, World, is_inside

SEES_ALL = ("Full", "SysAdmin", "Partial")
"""The groups with both privileges: Email Messages and Other Employees' Tickets (B96)."""
NO_MAIL = "Subcontractors"


@dataclass
class Book:
    """One ticket as the oracle knows it; employees by their first address."""

    manager: str = ""
    account_manager: str = ""
    opened_by: str = ""
    external: set[str] = field(default_factory=set)
    listed: set[str] = field(default_factory=set)


class Oracle:
    """The book of all tickets."""

    def __init__(self, world: World) -> None:
        self._employees = {row.email1: row for row in world.employees}
        self._first = {address: row.email1 for row in world.employees for address in (row.email1, row.email2)}
        self._accounts = {row.name: row for row in world.accounts}
        self._contacts = {row.email1: row for row in world.contacts}
        self._domains = {domain: row for row in world.accounts for domain in row.domains}
        self.tickets: dict[str, Book] = {}
        self.strange: set[str] = set()

    def learn(self, letter: Letter, number: str) -> None:
        """A robot or an attacker opened a ticket; what is on the latter's is not worked out."""
        if letter.sort in ("robot", "automatic"):
            book = self.tickets[number] = self._opened(letter)
            if letter.sort == "automatic":
                book.external.clear()  # B62
        else:
            self.strange.add(number)

    def expected(self, letter: Letter, number: str) -> frozenset[str] | None:
        """Who gets the distributed copy of an honest letter, once it is filed on the ticket of this number.

        None on a ticket that an attacker opened.
        """
        if number in self.strange:
            return None
        book = self.tickets.get(number)
        if book is None:
            book = self.tickets[number] = self._opened(letter)
        inside = letter.sort == "internal"
        had = set(letter.to) | set(letter.cc)
        self._join(book, had, inside=inside)
        told = {row.email1 for row in self._employees.values() if self._is_told(row, book)}
        told -= {self._first.get(letter.writer, "")}  # B83
        if letter.sort == "employee":
            told |= {address for address in book.external if address not in had}  # B80
        return frozenset(told)

    def _opened(self, letter: Letter) -> Book:
        """B36, B63: a new ticket."""
        wanting = {row.email1 for row in self._employees.values() if row.mail_option == "all" and _may_see_all(row)}
        if not is_inside(letter.writer):
            account = self._account(letter.writer)
            manager = account.manager if account else ""
            return Book(manager, manager, "", {letter.writer}, wanting)
        first = self._first[letter.writer]
        known = [address for address in (*letter.to, *letter.cc) if self._owner(address)]
        account = self._owner(known[0]) if known else None
        external = {known[0]} if known and letter.sort == "employee" else set()  # internal: when in doubt nobody (B62)
        return Book(first, account.manager if account else "", first, external, wanting)

    def _owner(self, address: str) -> AccountRow | None:
        """The account of a contact."""
        contact: ContactRow | None = self._contacts.get(address)
        return self._accounts[contact.account] if contact else None

    def _account(self, address: str) -> AccountRow | None:
        """B24: by the full address first, then by the domain."""
        return self._owner(address) or self._domains.get(address.rpartition("@")[2])

    def _join(self, book: Book, addressed: Iterable[str], *, inside: bool) -> None:
        """B60, B61: those in To and Cc."""
        for address in addressed:
            if address in self._first:
                if self._employees[self._first[address]].active:
                    book.listed.add(self._first[address])
            elif address != PUBLIC and not inside:
                book.external.add(address)

    def _is_told(self, row: EmployeeRow, book: Book) -> bool:
        """B89."""
        if not row.active or row.mail_option == "off" or row.group == NO_MAIL:
            return False
        own = row.email1 in (book.manager, book.opened_by)
        if not own and row.group not in SEES_ALL:
            return False
        listed = row.email1 in book.listed
        manages = row.email1 == book.manager
        return {
            "all": True,
            "subscribed": listed,
            "manager": listed or manages,
            "account-manager": listed or manages or row.email1 == book.account_manager,
        }[row.mail_option]


def _may_see_all(row: EmployeeRow) -> bool:
    return row.active and row.group in SEES_ALL
