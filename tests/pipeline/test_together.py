"""Several mails that are decided on side by side and filed in one commit: the same comes of them as one by one."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from connector.mail.model import Envelope
from connector.processing import Processed, Work
from connector.worker import MOST_TOGETHER
from storage.records import Filed, Filing
from storage.store import Store
from storage.views import TicketFilter
from tests.house import PUBLIC, ROOT, House, mail_bytes

ENVELOPE = Envelope(rcpt_to=(PUBLIC,))
JANE, JOHN, BIRGIT, CHLOE, ALICE = (
    "jane@acme.example",
    "john@acme.example",
    "birgit@borealis.example",
    "chloe@corvus.example",
    "alice@company.example",
)
FIXTURES = [file.read_bytes() for file in sorted((ROOT / "fixtures" / "eml").glob("*.eml"))]
TABLES = {
    "mails": "SELECT sha256, outcome, reason FROM mail ORDER BY sha256, outcome",
    "entries": """
        SELECT m.sha256, t.number, e.kind, e.public, e.text FROM entry e JOIN ticket t ON t.id = e.ticket_id
        LEFT JOIN mail m ON m.id = e.mail_id ORDER BY 1, 2, 3, 5
    """,
    "recipients": "SELECT t.number, r.slot FROM recipient r JOIN ticket t ON t.id = r.ticket_id ORDER BY 1, 2",
    "deliveries": """
        SELECT t.number, d.recipient FROM delivery d JOIN outgoing o ON o.id = d.outgoing_id
        LEFT JOIN ticket t ON t.id = o.ticket_id ORDER BY 1, 2
    """,
    "tickets": "SELECT number, subject, status, in_inbox, unread FROM ticket ORDER BY number",
}


def take(house: House, mails: Sequence[bytes]) -> list[Processed]:
    """All of them in one hand."""
    works = []
    for raw in mails:
        house.clock.forward(seconds=1)
        house._count += 1
        works.append(Work(raw, ENVELOPE, f"{house._count:016x}-00000000", house.clock()))
    return house.processor.process_together(works)


def numbers(done: Sequence[Processed]) -> list[str]:
    return [one.decision.match.number for one in done]


@pytest.mark.parametrize(
    "size", [MOST_TOGETHER, pytest.param(2, marks=pytest.mark.long), pytest.param(40, marks=pytest.mark.long)]
)
def test_together__as_one_by_one(tmp_path: Path, size: int, commits: list[int]) -> None:
    """B70: of all fixtures the same comes, however many are filed in one commit."""
    one, many = House(tmp_path / "one"), House(tmp_path / "many")
    for raw in FIXTURES:
        one.take(raw)
    singly = len(commits)
    for start in range(0, len(FIXTURES), size):
        take(many, FIXTURES[start : start + size])

    for name, sql in TABLES.items():
        assert many.store.db.rows(sql) == one.store.db.rows(sql), name
    assert len(commits) - singly < singly


def test_together__numbers_follow_each_other(house: House, commits: list[int]) -> None:
    """B90: each mail that opens a ticket gets the next number, in the order of arrival, in one commit."""
    done = take(house, [mail_bytes(sender) for sender in (JANE, BIRGIT, "new@somewhere.example", ALICE)])
    assert numbers(done) == ["0500-1000", "0500-1001", "0500-1002", "0500-1003"]
    assert commits == [4]


def test_together__one_that_opens_nothing_takes_no_number(house: House, commits: list[int]) -> None:
    """B90: behind a mail that is held, which nobody can know before it is decided on, no number is left out."""
    held = b"Received: by x\r\n" * 99 + mail_bytes(BIRGIT)
    take(house, [mail_bytes(JANE), held, mail_bytes("new@somewhere.example"), mail_bytes(ALICE)])
    rows = house.store.tickets(TicketFilter())
    assert sorted(row["number"] for row in rows) == ["0500-1000", "0500-1001", "0500-1002"]
    assert commits == [4]


def test_together__an_answer_waits_for_what_it_answers(house: House, commits: list[int]) -> None:
    """B32: what answers a mail that came right before it joins its ticket."""
    first = mail_bytes(JANE, Message_ID="<1@acme.example>")
    answer = mail_bytes(JOHN, subject="Re: Printer", In_Reply_To="<1@acme.example>")
    assert numbers(take(house, [first, answer, mail_bytes(BIRGIT)])) == ["0500-1000", "0500-1000", "0500-1001"]
    assert commits == [1, 2]


def test_together__a_number_that_is_not_there_yet(house: House, commits: list[int]) -> None:
    """B31: a number that another mail in hand is about to give is looked for when it has it."""
    done = take(house, [mail_bytes(JANE), mail_bytes(ALICE, subject="Re: Ticket [0500-1000]")])
    assert numbers(done) == ["0500-1000", "0500-1000"]
    assert commits == [1, 1]


def test_together__the_same_mail_twice(house: House) -> None:
    """B5: it is filed once."""
    raw = mail_bytes(JANE, Message_ID="<1@acme.example>")
    done = take(house, [raw, mail_bytes(BIRGIT), raw])
    assert [one.filed.outcome for one in done if one.filed] == ["filed", "filed", "duplicate"]


def test_together__one_person_with_two_addresses(tmp_path: Path) -> None:
    """B12, B86: automatic responses to all addresses of a contact count together."""
    responses = "SELECT COUNT(*) FROM outgoing WHERE response_to IS NOT NULL OR response_for IS NOT NULL"
    one, many = House(tmp_path / "one"), House(tmp_path / "many")
    addresses = [CHLOE, "chloe.martin@mail.example"]
    mails = [mail_bytes(address, subject=f"No. {i}") for i in range(8) for address in addresses]
    for raw in mails:
        one.take(raw)
    for start in range(0, len(mails), 2):
        take(many, mails[start : start + 2])
    assert many.store.db.rows(responses) == one.store.db.rows(responses)


def test_together__two_mails_for_one_ticket(house: House, commits: list[int]) -> None:
    """B70: the second is decided on when the first is there."""
    take(house, [mail_bytes(JANE)])
    answers = [mail_bytes(sender, subject="Re: Ticket [0500-1000]", body=f"{sender}\r\n") for sender in (JOHN, ALICE)]
    take(house, answers)
    assert commits == [1, 1, 1]
    assert len([entry for entry in house.store.history("0500-1000") if entry["kind"] == "email"]) == 3


def test_together__somebody_else_was_quicker(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    """B70: where another process took the number meanwhile, nothing is filed with it, and all are decided on anew."""
    whole = Store.file_all

    def late(store: Store, filings: Sequence[Filing]) -> list[Filed]:
        monkeypatch.setattr(Store, "file_all", whole)
        house.send("zed@nowhere.example")
        return whole(store, filings)

    monkeypatch.setattr(Store, "file_all", late)
    assert numbers(take(house, [mail_bytes(JANE), mail_bytes(BIRGIT)])) == ["0500-1001", "0500-1002"]
    assert len(house.store.tickets(TicketFilter())) == 3


def test_what_opens_a_ticket_is_stripped_before_the_store_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B56: the same is stripped of a mail that opens a ticket, before others wait for its number or behind that."""
    before = [done.decision.written for done in take(House(tmp_path / "before"), FIXTURES)]
    asked: list[str] = []
    monkeypatch.setattr("connector.pipeline.may_open", lambda wanted: asked.append(wanted.message_id))
    behind = [done.decision.written for done in take(House(tmp_path / "behind"), FIXTURES)]
    assert len(asked) >= len(FIXTURES) > 0
    assert before == behind
