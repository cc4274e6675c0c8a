"""Stage 3: which ticket the mail belongs to, and who has a say there."""

from __future__ import annotations

from base64 import b64encode
from dataclasses import replace

import pytest

from connector.mail.model import Envelope
from connector.pipeline.verdicts import Match
from connector.processing import Processed, Processor
from storage import changes
from storage.records import NewRecipient, Wanted
from tests.house import Build, House, mail_bytes
from tests.sent import distribution, response, ticket_of

JANE, ALICE, STRANGER = "Jane Doe <jane@acme.example>", "Alice Archer <alice@company.example>", "eve@else.example"


def codes(match: Match) -> tuple[str, ...]:
    return tuple(reason.code for reason in match.because)


def opened(house: House, subject: str = "Printer", sender: str = JANE) -> str:
    """The number of a new ticket; no two mails are the same."""
    return house.send(sender, subject=subject, body=f"{house.clock()}\r\n").decision.match.number


def close(house: House, number: str) -> None:
    changes.set_status(house.store.db, number, "Completed", changes.Author("alice@company.example", house.clock()))


def merge(house: House, number: str, into: str) -> None:
    sql = "UPDATE ticket SET merged_into_id = (SELECT id FROM ticket WHERE number = ?) WHERE number = ?"
    house.store.db.run(sql, (into, number))


def replied(house: House, number: str, sender: str = JANE, **mail: str) -> Match:
    return house.send(sender, subject=f"Re: [{number}]", **mail).decision.match


# -- the number --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "subject",
    [
        "Ticket [{0}] Printer",
        "Printer [{0}]",
        "Re: AW: SV: Fwd: RE[2]: Ticket [{0}]",
        "x[{0}]y",
        "=?utf-8?q?Drucker_=5B{0}=5D?=",
        "Printer\r\n [{0}]",
        "a " * 300 + "[{0}]",
    ],
)
def test_match__number_anywhere_in_the_subject(house: House, subject: str) -> None:
    """B30: the number is found anywhere, folded, encoded or behind any chain of prefixes."""
    number = opened(house)

    match = house.send(JANE, subject=subject.format(number)).decision.match

    assert (match.number, match.new) == (number, False)
    assert codes(match)[0] == "number-in-subject"


def test_match__number_split_over_two_encoded_words(house: House) -> None:
    """B30: a number that two encoded words share is found."""
    number = opened(house)
    words = [b64encode(part.encode()).decode() for part in (f"Ticket [{number[:4]}", f"{number[4:]}]")]

    match = house.send(JANE, subject=" ".join(f"=?utf-8?b?{word}?=" for word in words)).decision.match

    assert match.number == number


@pytest.mark.parametrize("form", ["{0}", "({0})", "[ {0} ]", "[{0}-1]", "[x{0}]"])
def test_match__other_forms_are_no_numbers(house: House, form: str) -> None:
    """B30: only the configured form is a number."""
    number = opened(house)

    assert house.send(JANE, subject=form.format(number)).decision.match.new


def test_match__first_number_that_exists(house: House) -> None:
    """B31: a number that names no ticket is noted, and the search goes on."""
    first, second = opened(house), opened(house)

    match = house.send(JANE, subject=f"[0500-9999] [{second}] [{first}]").decision.match

    assert match.number == second
    assert codes(match)[:2] == ("number-names-no-ticket", "number-in-subject")


def test_match__number_in_the_body_is_none(house: House) -> None:
    """B30: the subject alone is searched."""
    number = opened(house)

    assert house.send(JANE, subject="Printer", body=f"[{number}]\r\n").decision.match.new


def test_match__merged_ticket_leads_on(house: House) -> None:
    """B34: a merged ticket's number leads to the end of the chain, with the reason."""
    first, second, third = opened(house), opened(house), opened(house)
    merge(house, first, second)
    merge(house, second, third)

    match = replied(house, first)

    assert (match.number, codes(match)[1]) == (third, "ticket-was-merged")


# -- an entry that was taken elsewhere ---------------------------------------------------------------------------


@pytest.fixture
def taken(house: House) -> tuple[str, str, tuple[str, str]]:
    """Two tickets; a mail filed on the first was taken to the second; its Message-ID, and that of its distribution."""
    first, second = opened(house), opened(house, "Scanner")
    filed = house.send(JANE, subject=f"Re: [{first}]", body="Scanner.\r\n", Message_ID="<scanner@acme.example>")
    assert filed.filed is not None
    assert filed.filed.entry_id is not None
    house.store.take(filed.filed.entry_id, second, changes.Author("bob@company.example", house.clock()))
    return first, second, ("<scanner@acme.example>", distribution(house, filed).message_id)


@pytest.mark.parametrize("answered", [0, 1], ids=["received", "sent"])
@pytest.mark.parametrize("header", ["In-Reply-To", "References"])
@pytest.mark.parametrize("sender", [JANE, ALICE])
def test_match__answers_follow_what_was_taken_elsewhere(
    house: House, taken: tuple[str, str, tuple[str, str]], sender: str, header: str, answered: int
) -> None:
    """B38: the mail answered bears the old ticket's number, and so do the answers to it."""
    first, second, ids = taken
    match = replied(house, first, sender, **{header: ids[answered]})
    assert (match.number, codes(match)[:2]) == (second, ("number-in-subject", "entry-was-taken"))


def test_match__other_answers_stay(house: House, taken: tuple[str, str, tuple[str, str]]) -> None:
    """B30, B38: what answers nothing, or another mail of the first, goes by the number; so does a third one's."""
    first, second, (moved, _) = taken
    third = opened(house, "Toner")
    replied(house, first, Message_ID="<stays@acme.example>")
    assert replied(house, first, body="One.\r\n").number == first
    stays = {"In-Reply-To": "<stays@acme.example>", "References": f"{moved} <stays@acme.example>"}
    assert replied(house, first, body="Two.\r\n", **stays).number == first
    for number in (second, third):
        assert replied(house, number, **{"In-Reply-To": moved}).number == number


def test_match__who_has_no_say_there_has_none(house: House, taken: tuple[str, str, tuple[str, str]]) -> None:
    """B33, B38: the sender's say is asked on the ticket where the mail goes."""
    first, second, (moved, _) = taken
    match = replied(house, first, "birgit@borealis.example", **{"In-Reply-To": moved})
    assert (match.number, match.verified) == (second, False)


# -- the thread --------------------------------------------------------------------------------------------------


def test_match__in_reply_to_before_references(house: House) -> None:
    """B32: without a number the message answered decides, In-Reply-To first."""
    first, second = (house.send(JANE, Message_ID=f"<{n}@acme.example>", subject=f"s{n}") for n in (1, 2))

    match = house.send(
        JANE, subject="x", In_Reply_To="<1@acme.example>", References="<1@acme.example> <2@acme.example>"
    ).decision.match

    assert match.number == first.decision.match.number != second.decision.match.number


def test_match__references_from_the_newest(house: House) -> None:
    """B32: of several References the newest known one decides."""
    for n in (1, 2):
        house.send(JANE, Message_ID=f"<{n}@acme.example>", subject=f"s{n}")
    references = "<1@acme.example> <2@acme.example> <unknown@acme.example>"

    assert house.send(JANE, subject="x", References=references).decision.match.number == "0500-1001"


def test_match__answer_to_a_mail_that_was_sent(house: House) -> None:
    """B32: Message-IDs of what the service sent lead back to the ticket."""
    done = house.send(JANE)
    answer = response(house, done)
    assert answer is not None

    match = house.send(JANE, subject="x", In_Reply_To=answer.message_id).decision.match

    assert match.number == done.decision.match.number


def test_match__number_beats_thread(house: House) -> None:
    """B32: threading is asked where there is no number."""
    first = house.send(JANE, Message_ID="<1@acme.example>").decision.match.number
    second = opened(house)

    assert replied(house, second, In_Reply_To="<1@acme.example>").number == second != first


# -- who has a say -----------------------------------------------------------------------------------------------


def test_match__stranger_with_a_number_is_unverified(house: House) -> None:
    """B33: a number alone gives a stranger no say: Not Public, adds nobody, goes to employees only."""
    number = opened(house)

    done = house.send(STRANGER, subject=f"[{number}]", Cc="friend@else.example")

    assert (done.decision.match.number, done.decision.match.verified) == (number, False)
    assert codes(done.decision.match)[-1] == "not-on-ticket"
    assert (done.decision.scope.public, done.decision.additions.added) == (False, ())
    assert distribution(house, done).envelope == ("alice@company.example", "bob@company.example")


@pytest.mark.parametrize(
    ("sender", "code"),
    [
        (JANE, "sender-is-recipient"),
        ("john@acme.example", "sender-of-account"),
        ("new@acme.example", "sender-of-account"),
        ("office@acme.example", "sender-of-account"),
        (ALICE, "sender-is-employee"),
    ],
)
def test_match__people_of_the_ticket_have_a_say(house: House, sender: str, code: str) -> None:
    """B33: recipient, account, account domain and employees are trusted with a number."""
    match = replied(house, opened(house), sender)

    assert (match.verified, codes(match)[-1]) == (True, code)


def test_match__contact_of_the_ticket_has_a_say_though_no_recipient(house: House) -> None:
    """B33: the ticket's contact is trusted."""
    number = opened(house)
    author = changes.Author("alice@company.example", house.clock())
    changes.remove_recipients(house.store.db, number, [NewRecipient("external", "to", "jane@acme.example")], author)

    assert codes(replied(house, number))[-1] == "sender-is-contact"


def test_match__stranger_who_answers_what_was_issued_to_the_ticket(house: House) -> None:
    """B33: a thread to a message that the service issued for this very ticket is trust enough."""
    done = house.send(JANE)
    answer = response(house, done)
    assert answer is not None

    match = replied(house, done.decision.match.number, STRANGER, In_Reply_To=answer.message_id)

    assert (match.verified, codes(match)[-1]) == (True, "answers-issued-message")


def test_match__message_issued_for_another_ticket_gives_no_say(house: House) -> None:
    """B33: a Message-ID of one ticket opens no other."""
    other = response(house, house.send("eve@borealis.example"))
    assert other is not None
    number = opened(house)

    assert not replied(house, number, "eve@borealis.example", In_Reply_To=other.message_id).verified


def test_match__message_received_gives_no_say(house: House) -> None:
    """B33: only what the service issued proves that the sender was sent something; customers' ids are no secret."""
    number = house.send(JANE, Message_ID="<1@acme.example>").decision.match.number

    assert not replied(house, number, STRANGER, In_Reply_To="<1@acme.example>").verified


def test_match__defective_from_has_no_say(house: House) -> None:
    """B27, B33: a mail from nobody does not speak for the recipient whose address stands in it."""
    match = replied(house, opened(house), "jane@acme.example, john@acme.example")

    assert (match.verified, codes(match)[-1]) == (False, "sender-not-trusted")


@pytest.mark.parametrize("sender", ["desk@company.example", "dave@company.example"])
def test_match__restricted_employee_has_no_say(house: House, sender: str) -> None:
    """B22, B23: a shared or inactive address adds nobody and stays Not Public, though it is on the ticket."""
    match = replied(house, opened(house), sender)

    assert (match.verified, codes(match)[-1]) == (False, "employee-restricted")


def test_match__released_as_unverified(house: House) -> None:
    """B9, B33: what a person released as unverified has no say, whoever wrote it."""
    number = opened(house)
    envelope = Envelope(release="unverified", released_by="alice@company.example")

    match = house.take(mail_bytes(JANE, subject=f"[{number}]"), envelope).decision.match

    assert (match.verified, codes(match)[-1]) == (False, "released-as-unverified")


# -- closed tickets ----------------------------------------------------------------------------------------------


def test_match__customer_reopens_for_some_days(house: House) -> None:
    """B35: a customer's mail reopens: ReopenStatus, Close Date cleared, with the change in the history."""
    number = opened(house)
    close(house, number)
    house.clock.forward(days=29)

    done = house.send(JANE, subject=f"[{number}]")

    ticket = ticket_of(house, done)
    assert (done.decision.match.reopened, ticket.status, ticket.closed_at) == (True, "Pending", None)
    assert "status" in [change.field for change in done.decision.record.changes]


def test_match__reopens_into_the_configured_status(build: Build) -> None:
    """B35: ReopenStatus decides which of the open statuses it gets."""
    house = build(reopen_status="Hold")
    number = opened(house)
    close(house, number)

    assert ticket_of(house, house.send(JANE, subject=f"[{number}]")).status == "Hold"


@pytest.mark.parametrize("days", [0, 30])
def test_match__closed_too_long_opens_a_new_ticket_that_names_the_old(build: Build, days: int) -> None:
    """B35: past ReopenDays, or with 0 at once, a new ticket follows the old one."""
    house = build(reopen_days=days)
    number = opened(house)
    close(house, number)
    house.clock.forward(days=days, minutes=1)

    done = house.send(JANE, subject=f"Re: [{number}]")

    assert (done.decision.match.new, done.decision.match.follows, ticket_of(house, done).is_open) == (
        True,
        number,
        True,
    )
    answer = response(house, done)
    assert answer is not None
    assert answer.shown("Subject").startswith(f"Ticket [{done.decision.match.number}] ")


def test_match__reply_to_the_new_ticket_does_not_go_to_the_closed_one(house: House) -> None:
    """B31, B35: the new number stands in front of the old one, so replies find the new ticket."""
    number = opened(house)
    close(house, number)
    house.clock.forward(days=31)
    answer = response(house, house.send(JANE, subject=f"[{number}]"))
    assert answer is not None

    assert house.send(JANE, subject=f"Re: {answer.shown('Subject')}").decision.match.number == "0500-1001"


@pytest.mark.parametrize(
    ("sender", "header"), [(ALICE, {}), (STRANGER, {}), (JANE, {"Auto_Submitted": "auto-replied"})]
)
def test_match__others_do_not_reopen(house: House, sender: str, header: dict[str, str]) -> None:
    """B10, B33, B35: an employee, a stranger and a robot write on the closed ticket and it stays closed."""
    number = opened(house)
    close(house, number)

    done = house.send(sender, subject=f"[{number}]", **header)

    assert (done.decision.match.number, ticket_of(house, done).status) == (number, "Completed")


# -- new tickets -------------------------------------------------------------------------------------------------


def test_match__new_tickets_are_numbered_on(house: House) -> None:
    """B36: no match is a new ticket, numbered automatically."""
    assert [opened(house, f"s{n}") for n in range(3)] == ["0500-1000", "0500-1001", "0500-1002"]


def test_match__employee_opens_for_the_first_known_contact(house: House) -> None:
    """B36: an employee's ticket lies under the account of the first known contact, managed by the employee."""
    done = house.send(
        ALICE, to="nobody@else.example, support@example.com", Cc="birgit@borealis.example, jane@acme.example"
    )

    opening, ticket = done.decision.match.opening, ticket_of(house, done)
    assert (opening.account_name, ticket.manager_id, ticket.opened_by_id) == (
        "Borealis GmbH",
        done.decision.sender.employee_id,
        done.decision.sender.employee_id,
    )
    assert ticket.contact_addresses == ("birgit@borealis.example",)
    assert ("birgit@borealis.example", "cc") in [(one.address, one.type) for one in ticket.external]


def test_match__employee_without_a_contact_opens_an_internal_ticket(house: House) -> None:
    """B36: nobody known is addressed: EmployeeTicketAccount, and no External Recipient is made up."""
    done = house.send(ALICE)

    assert done.decision.match.opening.account_name == "Internal"
    assert ticket_of(house, done).external == ()


def test_match__public_address_of_an_account_chooses_none(build: Build) -> None:
    """B36: an account that lists the public address as its own is not the contact of every employee's mail."""
    house = build(
        "employee,Alice,alice@company.example,,,Y,Full,all,,,\naccount,Ourselves,support@example.com,,,Y,,,,,\n"
    )

    assert house.send("alice@company.example").decision.match.opening.account_name == "Internal"


@pytest.mark.parametrize("sender", ["desk@company.example", "dave@company.example"])
def test_match__restricted_employee_opens_an_internal_ticket(house: House, sender: str) -> None:
    """B22, B23: a new ticket of a shared or inactive address lies under EmployeeTicketAccount, without contact."""
    done = house.send(sender, Cc="jane@acme.example")

    assert (done.decision.match.opening.account_name, ticket_of(house, done).external) == ("Internal", ())


@pytest.mark.parametrize(
    ("sender", "manager"),
    [
        ("jane@acme.example", "alice@company.example"),
        ("chloe@corvus.example", "bob@company.example"),
        ("nobody@else.example", "bob@company.example"),
    ],
)
def test_match__manager_of_a_customers_ticket(house: House, sender: str, manager: str) -> None:
    """B63: the account's manager, else DefaultManager."""
    policy = replace(house.policy, default_manager="bob@company.example")
    house.processor = Processor(house.store, house.originals, policy, house.clock)

    done = house.send(sender)

    directory = house.store.facts(Wanted()).directory
    assert done.decision.match.opening.manager_id == directory.by_address[manager][0].id


def test_match__nobody_manages_where_nobody_is_named(house: House) -> None:
    """B63: no account manager and no DefaultManager: nobody."""
    assert house.send("chloe@corvus.example").decision.match.opening.manager_id is None


def test_match__opening_says_so(house: House) -> None:
    """B36: the record says that a ticket was opened and under whose account."""
    done: Processed = house.send(JANE)

    assert codes(done.decision.match) == ("new-ticket", "account-of-sender")
