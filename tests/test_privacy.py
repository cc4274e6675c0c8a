"""Privacy as a property: whatever people, settings and mails come together, nobody learns what is not for them.

The directory, the settings and up to eight mails are made up (tests/worlds.py); the mails go through the stages and the
store as in the service; what is then in the store's outgoing mail is judged by rules written down here once more,
straight from the contract.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, assume, given, settings

from connector.mail.model import Envelope
from connector.people import write_people
from connector.pipeline.explain import as_dict
from connector.privileges import GROUPS
from storage import changes
from storage.addresses import normalise
from storage.people_rows import PeopleRefused
from storage.records import Directory, Employee, NewRecipient, StoreError, Ticket, Wanted
from tests.house import PUBLIC, House
from tests.readings import message, readings, spellings
from tests.worlds import Letter, World, worlds

EXAMPLES = int(os.environ.get("PRIVACY_EXAMPLES", "0"))
"""So many random examples instead of the fixed ones, to hunt for failures and make them small (which takes minutes)."""

ON_THE_LIST = frozenset((
    "from", "reply-to", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references", "auto-submitted",
    "importance", "x-priority", "sensitivity", "x-auto-response-suppress", "x-cmtemailconnector", "mime-version",
    "content-type", "content-transfer-encoding", "content-disposition", "content-language",
))  # fmt: skip
ONCE = ("From", "Reply-To", "To", "Subject", "Date", "Message-ID", "X-CmtEmailConnector")

OUTGOING = """
SELECT o.kind, o.head, o.envelope_from, d.recipient FROM outgoing o JOIN delivery d ON d.outgoing_id = o.id
WHERE o.mail_id = ? ORDER BY o.id, d.id
"""


@dataclass(frozen=True)
class Sent:
    """One delivery as the courier will find it."""

    kind: str
    head: bytes
    envelope_from: str
    recipient: str


@dataclass(frozen=True)
class Case:
    """One processed mail and all that is needed to judge what became of it."""

    letter: Letter
    told: dict[str, Any]
    sent: list[Sent]
    directory: Directory
    ticket: Ticket | None
    account_manager: int | None
    keyword: str
    public: tuple[str, ...]

    @property
    def employees(self) -> tuple[Employee, ...]:
        """The active employees with the sender's address; one, and a sound From: an employee wrote."""
        having = self.directory.by_address.get(normalise(self.letter.sender), ())
        return tuple(employee for employee in having if employee.active)

    @property
    def by_employee(self) -> bool:
        if self.letter.sound is None:
            return bool(self.told["sender"]["kind"] == "employee")
        return self.letter.sound and len(self.employees) == 1

    @property
    def own(self) -> set[str]:
        """Every address of the sender."""
        having = self.directory.by_address.get(normalise(self.letter.sender), ())
        own = having if len(self.employees) != 1 else self.employees
        if self.letter.sound is False or self.told["sender"]["because"][0]["code"] == "from-identifies-nobody":
            own = ()
        wrote = any(self.letter.sender in line for line in self.letter.from_lines)
        return {*((normalise(self.letter.sender),) if wrote else ()), *(a for one in own for a in one.addresses)}

    def is_public(self, address: str) -> bool:
        """A public address or a plus-form of one."""
        local, _, domain = address.partition("@")
        pairs = [public.split("@") for public in self.public]
        return any(d == domain and (local == p or local.startswith(f"{p}+")) for p, d in pairs)

    @property
    def must_stay_inside(self) -> bool:
        """B22, B23, B33, B40, B41, B81: this mail is for employees alone."""
        addressed = {normalise(address) for _, address in self.letter.to}
        told = self.told
        return (
            not self.by_employee
            or bool(self.keyword and self.keyword in self.letter.subject)
            or not any(map(self.is_public, addressed))
            or self.letter.release == "unverified"
            or not told["match"]["verified"]
            or told["scope"]["automatic"]
            or told["scope"]["internal"]
        )

    def entitled(self, address: str) -> bool:
        """B89: whether some employee with this first address may be told of the ticket."""
        having = self.directory.by_address.get(address, ())
        return any(e.addresses[0] == address and self._may_be_told(e) for e in having)

    def _may_be_told(self, employee: Employee) -> bool:
        ticket = self.ticket
        assert ticket is not None
        listed = employee.id in ticket.employee_ids
        manages = employee.id == ticket.manager_id
        manages_account = employee.id == self.account_manager
        wants = {
            "off": False,
            "all": True,
            "subscribed": listed,
            "manager": listed or manages,
            "account-manager": listed or manages or manages_account,
        }[employee.mail_option]
        privileges = GROUPS[employee.group]
        sees = "other-employees-tickets" in privileges or manages or employee.id == ticket.opened_by_id
        return employee.active and wants and "email-messages" in privileges and sees


@given(world=worlds())
@settings(
    max_examples=EXAMPLES or 60,
    derandomize=not EXAMPLES,
    database=None,
    deadline=None,
    print_blob=True,
    phases=tuple(Phase) if EXAMPLES else (Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@pytest.mark.timeout(7200 if EXAMPLES else 120)
def test_privacy__nobody_learns_what_is_not_for_them(world: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    """B10, B22, B23, B33, B40, B41, B61, B62, B79 to B84, B89, B105: who is told, by which header block."""
    for case in cases(world, tmp_path_factory.mktemp("world")):
        if case.told["outcome"] != "filed":
            assert case.sent == [], case.told
            continue
        judge_envelopes(case)
        judge_inside(case)
        for sent in case.sent:
            judge_head(case, sent)


def cases(world: World, folder: Path) -> Iterator[Case]:
    """Run the world's mails through a service of its own, one by one."""
    people = folder / "people.csv"
    with people.open("w", encoding="utf-8", newline="") as out:
        write_people(world.people, out)
    try:
        house = House(folder, people, **world.settings)
    except PeopleRefused:
        assume(False)
    numbers: list[str] = []
    before: list[tuple[bytes, Envelope]] = []
    for letter in world.letters:
        if numbers:
            join(house, numbers[-1], letter)
        raw, envelope = written(house, letter, numbers)
        if letter.again and before:
            raw, envelope = before[-1]
            letter = world.letters[len(before) - 1]
        before.append((raw, envelope))
        case = process(house, letter, raw, envelope)
        if case.told["match"]["ticket"]:
            numbers.append(case.told["match"]["ticket"])
        yield case
    house.store.close()


def join(house: House, number: str, letter: Letter) -> None:
    """Put the letter's recipients on a ticket by hand."""
    directory = house.store.facts(Wanted()).directory
    author = changes.Author("administrator", house.clock())
    for type_, address in letter.joining:
        employees = directory.by_address.get(normalise(address), ())
        if type_ != "employee":
            joining = NewRecipient("external", type_, address, "Joined <by> hand")
        elif employees:
            joining = NewRecipient("employee", employee_id=employees[-1].id)
        else:
            continue
        try:
            changes.add_recipients(house.store.db, number, [joining], author)
        except StoreError:
            continue


def written(house: House, letter: Letter, numbers: list[str]) -> tuple[bytes, Envelope]:
    """The letter's bytes, with a number and an answered Message-ID of what was before, and its envelope."""
    number = numbers[letter.number % len(numbers)] if numbers and letter.number is not None else ""
    ids = [row[0] for row in house.store.db.rows("SELECT message_id FROM message ORDER BY id")]
    answered = ids[letter.answers % len(ids)] if ids and letter.answers is not None else ""
    return letter.written(number, answered), Envelope(rcpt_to=(PUBLIC,), release=letter.release, released_by="admin")


def process(house: House, letter: Letter, raw: bytes, envelope: Envelope) -> Case:
    """Dry run and processing, which must agree (B105); then what the store holds."""
    dry = as_dict(house.dry_run(raw, envelope).decision)
    done = house.take(raw, envelope)
    told = as_dict(done.decision)
    assert without_ids(dry) == without_ids(told)
    assert done.filed is not None
    facts = house.store.facts(Wanted(numbers=(told["match"]["ticket"] or "",)))
    ticket = facts.tickets.get(facts.numbers.get(told["match"]["ticket"] or "", 0))
    account = facts.accounts[ticket.account_id] if ticket else None
    return Case(
        letter,
        told,
        [Sent(*row) for row in house.store.db.rows(OUTGOING, (done.filed.mail_id,))] if done.filed.entry_id else [],
        facts.directory,
        ticket,
        account.manager_id if account else None,
        house.policy.connector.internal_keyword,
        house.policy.connector.public_addresses,
    )


def without_ids(told: dict[str, Any]) -> dict[str, Any]:
    """The decision but for the Message-IDs, which are the spool entry's."""
    return {**told, "deliveries": [{**one, "message_id": ""} for one in told["deliveries"]]}


def judge_envelopes(case: Case) -> None:
    """B83, B89: not the sender, no public address, no employee who must not know, nobody twice."""
    recipients = [sent.recipient for sent in case.sent]
    assert len(recipients) == len(set(map(normalise, recipients)))
    for sent in case.sent:
        assert sent.recipient == normalise(sent.recipient)
        assert not case.is_public(sent.recipient)
        if sent.kind == "distribution":
            assert sent.recipient not in case.own
            assert sent.recipient not in case.directory.by_address or case.entitled(sent.recipient), sent.recipient


def judge_inside(case: Case) -> None:
    """B22, B23, B33, B41, B62, B81, B86: what is for employees goes to employees, and who answers whom."""
    external = {recipient.address for recipient in case.ticket.external} if case.ticket else set()
    for sent in case.sent:
        if sent.kind == "response":
            assert not case.by_employee
            assert sent.envelope_from == ""
            assert sent.recipient not in case.directory.by_address
            assert not case.directory.by_address.get(normalise(case.letter.sender))
            assert not case.told["scope"]["internal"]
            assert not case.told["scope"]["automatic"]
        elif case.must_stay_inside:
            assert sent.recipient in case.directory.by_address
        else:
            assert sent.recipient in case.directory.by_address or sent.recipient in external
    if case.letter.sound and not case.employees and case.directory.by_address.get(normalise(case.letter.sender)):
        assert case.sent == []  # B23: an inactive employee's mail goes to nobody


def judge_head(case: Case, sent: Sent) -> None:
    """B84: well formed, nothing that is not on the list, and no address of the employee who wrote to outsiders."""
    assert sent.head.isascii()
    assert sent.head.endswith(b"\r\n\r\n")
    lines = sent.head[:-4].split(b"\r\n")
    assert not any(re.search(rb"[\r\n\0]", line) or len(line) > 998 or not line.strip() for line in lines)
    parsed = message(sent.head)
    assert parsed.defects == []
    assert {name.lower() for name in parsed} <= ON_THE_LIST
    assert all(len(parsed.get_all(name, [])) == 1 for name in ONCE), sent.head
    assert parseaddr(parsed["From"])[1] == PUBLIC
    assert parsed["Reply-To"] == PUBLIC
    if case.by_employee and not case.must_stay_inside:
        own = {spelling for address in case.own if not case.is_public(address) for spelling in spellings(address)}
        texts = [text for text in readings(sent.head) if any(address in text for address in own)]
        assert [text[:500] for text in texts] == [], own
