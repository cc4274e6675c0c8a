"""The people of the simulation: employees, customers known and unknown, robots, attackers."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from storage.people_rows import AccountRow, ContactRow, EmployeeRow, PersonRow

PUBLIC = "support@service.example"
BORDER = "mx.service.example"
"""The name that the team's own mail server writes into Authentication-Results."""
HOUSE = "house.example"
HOME = "home.example"
"""Domains of employees; no outsider has an address there, and none may ever read one."""

GROUPS = ("Full",) * 12 + ("SysAdmin",) + ("Partial",) * 4 + ("Limited",) * 2 + ("Subcontractors",)
OPTIONS = ("manager",) * 11 + ("subscribed",) * 4 + ("account-manager",) * 4 + ("off",)
GONE = 0.02
WANTING_ALL = 2
"""So many employees want every mail."""


@dataclass(frozen=True)
class Sizes:
    """How many there are of each kind; of ten customers one is known to nobody."""

    employees: int = 200
    customers: int = 2000
    robots: int = 50
    attackers: int = 20


@dataclass(frozen=True)
class World:
    """Everybody. Addresses are as they stand in headers; rows are what the store is told."""

    employees: tuple[EmployeeRow, ...]
    accounts: tuple[AccountRow, ...]
    contacts: tuple[ContactRow, ...]
    strangers: tuple[str, ...]
    robots: tuple[str, ...]
    attackers: tuple[str, ...]
    gone: frozenset[str]  # customers whose addresses are no more: their servers say so afterwards

    @property
    def rows(self) -> tuple[PersonRow, ...]:
        """What the store is told of them; robots are contacts of accounts like others."""
        return (*self.employees, *self.accounts, *self.contacts)


def is_inside(address: str) -> bool:
    """Whether an address is an employee's."""
    return address.endswith((f"@{HOUSE}", f"@{HOME}"))


def make(rng: Random, sizes: Sizes) -> World:
    """A world of these sizes."""
    employees = tuple(_employee(rng, number) for number in range(sizes.employees))
    known = sizes.customers - sizes.customers // 10
    names = [f"Account {number}" for number in range(max(1, known // 6))]
    accounts = tuple(_account(rng, number, name, employees) for number, name in enumerate(names))
    contacts = [_contact(rng, number, f"c{number}", names) for number in range(known)]
    robots = [_contact(rng, known + number, f"robot{number}", names) for number in range(sizes.robots)]
    return World(
        employees,
        accounts,
        (*contacts, *robots),
        tuple(f"s{number}@somewhere{number % 40}.example" for number in range(sizes.customers // 10)),
        tuple(robot.email1 for robot in robots),
        tuple(f"a{number}@attack{number % 5}.example" for number in range(sizes.attackers)),
        frozenset(contact.email1 for contact in contacts if rng.random() < GONE),
    )


def _employee(rng: Random, number: int) -> EmployeeRow:
    second = f"e{number}@{HOME}" if rng.random() < 0.3 else ""
    if number < WANTING_ALL:
        return EmployeeRow(f"Employee {number}", f"e{number}@{HOUSE}", second, group="Full", mail_option="all")
    group, option = rng.choice(GROUPS), rng.choice(OPTIONS)
    active = number % 50 != 49
    return EmployeeRow(f"Employee {number}", f"e{number}@{HOUSE}", second, active, group, option)


def _account(rng: Random, number: int, name: str, employees: tuple[EmployeeRow, ...]) -> AccountRow:
    manager = rng.choice(employees)
    domains = (f"firm{number}.example",) if number % 2 else ()
    return AccountRow(name, domains=domains, manager=manager.email1 if manager.active and number % 10 else "")


def _contact(rng: Random, number: int, local: str, names: list[str]) -> ContactRow:
    at = rng.randrange(len(names))
    return ContactRow(f"Customer {number}", names[at], f"{local}@firm{at}.example")
