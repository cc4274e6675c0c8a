"""The mails that are measured with: a set in file order, the people in it, and what must become of each mail."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from storage.people_rows import AccountRow, ContactRow, EmployeeRow, PersonRow

SEED = 20240611


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who is known beforehand; `role` is customer or employee."""

    email: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class SetMail:
    """One mail and the number of the ticket that it opens or answers."""

    raw: bytes
    sender: str
    message_id: str
    number: str
    attachment: bool


@dataclass(frozen=True, slots=True)
class MailSet:
    """Mails that, taken in order by an empty store, open `tickets` tickets, and whose replies all find theirs."""

    public_address: str
    people: tuple[Person, ...]
    mails: tuple[SetMail, ...]
    tickets: int

    @property
    def openers(self) -> list[SetMail]:
        """The mails that open a ticket: the first with each number."""
        first: dict[str, SetMail] = {}
        for mail in self.mails:
            first.setdefault(mail.number, mail)
        return list(first.values())

    @property
    def openers_first(self) -> list[SetMail]:
        """All mails, those that answer behind those that open a ticket."""
        openers = self.openers
        opening = {mail.message_id for mail in openers}
        return [*openers, *(mail for mail in self.mails if mail.message_id not in opening)]

    @property
    def small(self) -> list[SetMail]:
        """The mails without attachment."""
        return [mail for mail in self.mails if not mail.attachment]


def renumbered(mail: SetMail, number: str) -> SetMail:
    """An answer as it is written to a ticket that got this number."""
    head, blank, body = mail.raw.partition(b"\r\n\r\n")
    changed = head.replace(f"[{mail.number}]".encode(), f"[{number}]".encode())
    if f"[{number}]".encode() not in changed:
        raise ValueError(f"{mail.message_id} does not tell its ticket {mail.number}")
    return replace(mail, raw=changed + blank + body, number=number)


def from_kit(kit: Path, count: int, folder: Path) -> MailSet:
    """The set that the kit's generator writes into the folder."""
    command = [sys.executable, str(kit / "gen_mail.py"), "--out", str(folder), "--seed", str(SEED)]
    subprocess.run([*command, "--count", str(count), "--known-share", "1.0"], check=True, stdout=sys.stderr)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    people = tuple(Person(person["email"], person["name"], person["role"]) for person in manifest["people"])
    mails = tuple(_listed(folder, entry) for entry in manifest["mails"])
    return MailSet(manifest["support"], people, mails, manifest["tickets"])


def _listed(folder: Path, entry: dict[str, Any]) -> SetMail:
    raw = (folder / entry["file"]).read_bytes()
    return SetMail(raw, entry["sender"], entry["message_id"], entry["number"], entry["attachment"])


def people_rows(people: Iterable[Person]) -> list[PersonRow]:
    """The people as an import: one account for each customers' domain, managed by the employees in turn."""
    people = tuple(people)
    employees = [person for person in people if person.role == "employee"]
    customers = [person for person in people if person.role == "customer"]
    domains = list(dict.fromkeys(_domain(person) for person in customers))
    managers = [employees[i % len(employees)].email for i in range(len(domains))]
    return [
        *(EmployeeRow(person.name, person.email) for person in employees),
        *(AccountRow(name, domains=(name,), manager=of) for name, of in zip(domains, managers, strict=True)),
        *(ContactRow(person.name, _domain(person), person.email) for person in customers),
    ]


def _domain(person: Person) -> str:
    return person.email.partition("@")[2]
