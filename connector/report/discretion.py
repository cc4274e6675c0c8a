"""How the house stands in a report for customers: no employee's address is readable in it (B84)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import idna

from storage.addresses import normalise, split


@dataclass(frozen=True)
class Discretion:
    """The public address and the house's name; employees' addresses, and whether their names may be shown."""

    public_address: str
    house: str
    employees: frozenset[str]
    shows_names: bool

    @property
    def issuer(self) -> str:
        """In whose name a report is given out."""
        return f"{self.house} <{self.public_address}>"

    @cached_property
    def _addresses(self) -> re.Pattern[str]:
        """Any employee's address, in any letter case, with the domain in either spelling."""
        spellings = sorted({spelling for one in self.employees for spelling in _spellings(one)}, key=len, reverse=True)
        return re.compile(rf"(?<![\w.+-])(?:{'|'.join(map(re.escape, spellings)) or '(?!)'})(?![\w-])", re.IGNORECASE)

    def hide(self, text: str) -> str:
        """The text with the public address in place of every employee's."""
        return self._addresses.sub(lambda _: self.public_address, text)

    def writer(self, name: str, address: str, kind: str) -> str:
        """Who wrote an entry: a customer by name and address; an employee, and what nobody wrote, as the house."""
        if not address:
            return self.house
        if kind == "employee" or normalise(address) in self.employees:
            return f"{name if name and self.shows_names else self.house} <{self.public_address}>"
        return f"{name} <{address}>" if name else address


def _spellings(address: str) -> Iterable[str]:
    yield address
    local, domain = split(address)
    try:
        yield f"{local}@{idna.decode(domain)}"
    except (idna.IDNAError, UnicodeError):
        return
