"""Tickets opened, answered, noted on, closed, moved and merged by command; entries edited and taken elsewhere."""

from __future__ import annotations

import json
from email import message_from_bytes
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Desk
from tests.house import PUBLIC

ALICE, BOB, CAROL, HEIDI = (f"{name}@company.example" for name in ("alice", "bob", "carol", "heidi"))
JANE = "jane@acme.example"


def history(desk: Desk, number: str = "0500-1000") -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = desk.json("history", number)
    return found


def kinds(desk: Desk, number: str = "0500-1000") -> list[str]:
    return [row["kind"] for row in history(desk, number)]


def alerts(desk: Desk) -> list[dict[str, Any]]:
    return [row for row in desk.json("deliveries") if row["kind"] == "alert"]


def sent(desk: Desk, recipient: str, kind: str) -> Message:
    """The newest mail of a kind to somebody, as it leaves."""
    store = desk.store()
    rows = store.db.rows(
        "SELECT o.head, o.body FROM outgoing o JOIN delivery d ON d.outgoing_id = o.id "
        "WHERE d.recipient = ? AND o.kind = ? ORDER BY o.id DESC",
        (recipient, kind),
    )
    store.close()
    return message_from_bytes(bytes(rows[0][0]) + bytes(rows[0][1] or b""))


# -- ticket new --------------------------------------------------------------------------------------------------


def test_new__number_recipients_and_first_alert(desk: Desk) -> None:
    """B63, B86, B90: the number is printed; recipients chosen before the ticket is there get the first alert."""
    words = [
        "--account",
        "acme ltd",
        "--subject",
        "New  phone",
        "--description",
        "For the\nworkshop",
        "--priority",
        "1",
    ]
    chosen = ["--recipient", "x@else.example:cc", "--recipient", "y@else.example, z@else.example:bcc", "--label", "red"]
    result = desk.type("ticket", "new", *words, *chosen, "--as", ALICE)

    assert (result.exit_code, result.stdout) == (0, "0500-1000\n"), result.output
    assert "no service is running: mails to send wait for it (3)" in result.stderr
    row = desk.json("ticket", "show", "0500-1000")
    named = (
        "account",
        "subject",
        "description",
        "priority",
        "labels",
        "status",
        "manager_address",
        "unread",
        "in_inbox",
    )
    assert [row[name] for name in named] == [
        "Acme Ltd", "New phone", "For the\nworkshop", "1", ["red"], "New", ALICE, False, False,
    ]  # fmt: skip
    external = {one["address"]: one["type"] for one in row["recipients"] if one["list"] == "external"}
    assert external == {"x@else.example": "cc", "y@else.example": "bcc", "z@else.example": "bcc"}
    assert {one["recipient"] for one in alerts(desk)} == set(external)
    mail = sent(desk, "x@else.example", "alert")
    assert (mail["To"], mail["Cc"], mail["From"]) == (PUBLIC, "x@else.example", f"Support <{PUBLIC}>")
    assert mail["Subject"] == "Ticket [0500-1000] New phone"
    assert (mail["Auto-Submitted"], mail["Bcc"]) == ("auto-generated", None)
    assert "For the\r\nworkshop" in str(mail.get_payload())
    assert ALICE not in mail.as_string()


def test_new__contact_is_told_where_nobody_was_chosen(desk: Desk) -> None:
    """B63: the account's main contact, or the one that was named, is the External Recipient."""
    desk.done("ticket", "new", "--account", "Acme Ltd", "--subject", "One")
    desk.done("ticket", "new", "--account", "Acme Ltd", "--subject", "Two", "--contact", "john@acme.example")
    to = [
        [one["address"] for one in desk.json("recipients", n) if one["list"] == "external"]
        for n in ("0500-1000", "0500-1001")
    ]
    assert to == [[JANE], ["john@acme.example"]]
    assert desk.json("ticket", "show", "0500-1001")["contact_address"] == "john@acme.example"


def test_new__recipients_are_told_with_their_type(desk: Desk) -> None:
    """B64, B71: one who was named twice stands there once, as last named."""
    chosen = ("--recipient", "x@else.example:cc", "--recipient", "X@else.example", "--recipient", "y@else.example:bcc")
    desk.done("ticket", "new", "--account", "Acme Ltd", "--subject", "x", *chosen)
    rows = {row["subject"]: row["text"] for row in history(desk) if row["kind"] == "change"}
    assert rows["recipients"] == "recipients: – → to x@else.example, bcc y@else.example (chosen for the new ticket)"


@pytest.mark.parametrize(("address", "told"), [(BOB, "is an employee's address"), (PUBLIC, "is a public address")])
def test_new__contact_who_is_nobody_outside_is_refused(desk: Desk, address: str, told: str) -> None:
    """B63, B64: a contact with an address of the house is not written to as a customer, named or by default."""
    desk.done("contacts", "add", "Odd One", address, "--account", "Corvus SA", "--main")
    for named in ((), ("--contact", address)):
        assert told in desk.refused("ticket", "new", "--account", "Corvus SA", "--subject", "x", *named)
    words = ("--subject", "x", "--recipient", "x@else.example")
    assert desk.done("ticket", "new", "--account", "Corvus SA", *words) == "0500-1000\n"


def test_new__default_manager_who_left_manages_nothing(build: Any) -> None:
    """B63: as for a ticket by mail: an inactive one is nobody, and the ticket is opened all the same."""
    desk = build(TICKETS__DefaultManager="dave@company.example")
    desk.done("ticket", "new", "--account", "Corvus SA", "--subject", "x")
    assert desk.json("ticket", "show", "0500-1000")["manager"] is None


def test_new__for_another_is_unread(desk: Desk) -> None:
    """B93: a ticket that one employee opens for another is unread; one's own is not."""
    own, other = (("--manager", who, "--as", ALICE) for who in (ALICE, BOB))
    for words in (own, other):
        desk.done("ticket", "new", "--account", "Acme Ltd", "--subject", "x", *words)
    unread = {row["number"]: row["unread"] for row in desk.json("tickets")}
    assert unread == {"0500-1000": False, "0500-1001": True}


def test_new__tells_nobody_where_that_is_not_wanted(build: Any) -> None:
    """B86: AlertCustomersOnNew=N, or --no-alert, tells nobody."""
    desk = build(EMAILCONNECTOR__AlertCustomersOnNew="N")
    desk.done("ticket", "new", "--account", "Acme Ltd", "--subject", "x")
    assert alerts(desk) == []


@pytest.mark.parametrize(
    ("words", "status", "told"),
    [
        (["--account", "Nowhere", "--subject", "x"], 1, "account 'Nowhere': there is none"),
        (["--account", "Acme Ltd", "--subject", " "], 2, "needs one"),
        (["--account", "Acme Ltd", "--subject", "x", "--contact", "no@x.example"], 1, "has none with this address"),
        (["--account", "Acme Ltd", "--subject", "x", "--recipient", "Jane <j@x.example>"], 1, "not a plain address"),
        (["--account", "Acme Ltd", "--subject", "x", "--recipient", "j@x.example:bbc"], 2, "to|cc|bcc"),
        (["--account", "Acme Ltd", "--subject", "x", "--recipient", PUBLIC], 1, "is a public address"),
        (["--account", "Acme Ltd", "--subject", "x", "--recipient", BOB], 1, "is an employee's address"),
        (["--account", "Acme Ltd", "--subject", "x", "--manager", "no@x.example"], 1, "no employee has this address"),
        (["--account", "Acme Ltd", "--subject", "x", "--status", "Nice"], 2, "status 'Nice'"),
    ],
)
def test_new__wrong_words_open_nothing(desk: Desk, words: list[str], status: int, told: str) -> None:
    """B64, B90: what cannot be is refused with what is wrong, and no ticket is opened."""
    assert told in desk.refused("ticket", "new", *words, status=status)
    assert desk.json("tickets") == []


# -- note and reply ----------------------------------------------------------------------------------------------


def test_note__is_for_the_house(desk: Desk, ticket: str) -> None:
    """B71: a note is an entry of its own, Not Public unless that is asked for, and tells nobody."""
    before = len(desk.json("deliveries"))
    desk.done("ticket", "note", ticket, "Called her.", "--as", ALICE)
    assert desk.type("ticket", "note", ticket, "-", "--public", stdin="From\na pipe\n").exit_code == 0
    notes = [(row["actor"], row["public"], row["text"]) for row in history(desk) if row["kind"] == "note"]
    assert notes == [(ALICE, False, "Called her."), ("administrator", True, "From\na pipe")]
    assert len(desk.json("deliveries")) == before
    assert "needs a text" in desk.refused("ticket", "note", ticket, "  ")


def test_reply__as_by_mail(desk: Desk, ticket: str) -> None:
    """B80, B84: a reply reaches the customer from the public address, and the employee's own is in no header."""
    told = desk.done("ticket", "reply", ticket, "It is on its way.\n\n-- \nAlice", "--as", ALICE)
    assert JANE in told
    entry = history(desk)[-1]
    assert (entry["kind"], entry["sender_address"], entry["public"]) == ("email", ALICE, True)
    assert entry["text"] == "It is on its way."
    mail = sent(desk, JANE, "distribution")
    assert (mail["From"], mail["To"]) == (f"Alice Archer <{PUBLIC}>", f"Jane Doe <{JANE}>")
    assert ticket in mail["Subject"]
    assert ALICE not in mail.as_string()
    assert "It is on its way." in desk.done("history", "show", str(entry["id"]))


@pytest.mark.parametrize("internal", [False, True])
def test_reply__is_decided_as_the_same_mail_would_be(desk: Desk, ticket: str, *, internal: bool) -> None:
    """B41, B80 to B84: sender, scope, recipients and headers of a reply by command are those of the mail by a road."""
    desk.done("recipients", ticket, "add", "cc@else.example", "--type", "cc")
    desk.done("recipients", ticket, "add", "bcc@else.example", "--type", "bcc")
    desk.done("ticket", "reply", ticket, "Here.", "--as", ALICE, *(["--internal"] if internal else []))
    by_command = history(desk)[-1]
    where = {"to": "", "Cc": PUBLIC} if internal else {}
    desk.take("same.eml", f"Alice Archer <{ALICE}>", subject=f"Re: Ticket [{ticket}] Printer", body="Here.", **where)
    by_mail = history(desk)[-1]

    alike = ("kind", "direction", "actor", "sender_address", "sender_kind", "verified", "public", "text", "subject")
    assert [by_command[name] for name in alike] == [by_mail[name] for name in alike]
    decisions = [
        json.loads(desk.done("history", "show", str(row["id"]), "--decision")) for row in (by_command, by_mail)
    ]
    for stage in ("scope", "additions", "not_added"):
        assert decisions[0][stage] == decisions[1][stage]
    named = ("from", "reply_to", "to", "cc", "envelope", "subject", "kind")
    first, second = ([{name: one[name] for name in named} for one in told["deliveries"]] for told in decisions)
    assert first == second
    assert len(first) == 1


def test_reply__internal_stays_inside(desk: Desk, ticket: str) -> None:
    """B41, B82: with --internal the colleagues get it and nobody else."""
    desk.done("recipients", ticket, "add-employee", BOB)
    told = desk.done("ticket", "reply", ticket, "She is upset.", "--internal", "--as", ALICE)
    assert (BOB in told, JANE in told) == (True, False)
    assert [row["public"] for row in history(desk) if row["kind"] == "email"] == [True, False]


def test_reply__file_goes_as_it_is(desk: Desk, ticket: str, tmp_path: Path) -> None:
    """B85: an .eml of the employee's is sent in its original form."""
    file = desk.mail("reply.eml", f"Alice <{ALICE}>", subject=f"Re: Ticket [{ticket}] Printer", body="From a file.\r\n")
    desk.done("ticket", "reply", ticket, "--file", file, "--as", ALICE)
    entry = history(desk)[-1]
    assert (entry["kind"], entry["text"]) == ("email", "From a file.")


def test_reply__file_reaches_whom_it_names(desk: Desk, ticket: str) -> None:
    """B80: no mail program has sent it to those in To and Cc, so that nobody has it already."""
    file = desk.mail(
        "reply.eml", ALICE, to=f"{PUBLIC}, {JANE}", subject=f"Re: Ticket [{ticket}]", Cc="new@else.example"
    )
    told = desk.done("ticket", "reply", ticket, "--file", file, "--as", ALICE)
    assert told == f"on ticket {ticket}; it goes to {JANE}, new@else.example, {BOB}\n"
    mail = sent(desk, "new@else.example", "distribution")
    assert (mail["To"], mail["Cc"]) == (f"Jane Doe <{JANE}>", "new@else.example")


def test_reply__says_what_it_did_and_no_more(desk: Desk, ticket: str) -> None:
    """B104: no log line stands on standard output."""
    told = desk.done("ticket", "reply", ticket, "On its way.", "--as", ALICE)
    assert told == f"on ticket {ticket}; it goes to {JANE}, {BOB}\n"


def test_reply__has_the_subject_of_an_answer(desk: Desk, ticket: str) -> None:
    """B85: as a mail program would write it."""
    desk.done("ticket", "reply", ticket, "Second.", "--as", ALICE)
    assert sent(desk, JANE, "distribution")["Subject"] == f"Re: Ticket [{ticket}] Printer"


@pytest.mark.parametrize(
    ("mail", "words", "told"),
    [
        ({"sender": BOB}, [], "the mail is from bob@company.example, not from alice@company.example"),
        ({"subject": "Something else"}, [], "lead to ticket 0500-1001, not to 0500-1000"),
        ({"subject": "[0500-1000] *123*"}, [], "it would stay inside"),
        ({}, ["--internal"], "it would go to customers"),
    ],
)
def test_reply__what_the_stages_would_take_for_something_else(
    desk: Desk, ticket: str, mail: dict[str, str], words: list[str], told: str
) -> None:
    """B40, B41: nothing is filed or sent unless the mail is what was asked for."""
    file = desk.mail("reply.eml", **{"sender": ALICE, "subject": f"Re: Ticket [{ticket}]", **mail})
    before = len(desk.json("deliveries")), len(history(desk))
    assert told in desk.refused("ticket", "reply", ticket, "--file", file, *words, "--as", ALICE)
    assert (len(desk.json("deliveries")), len(history(desk))) == before
    assert [row["number"] for row in desk.json("tickets")] == [ticket]


def test_reply__somebody_must_write(desk: Desk, ticket: str) -> None:
    """B96: the administrator is no employee; a reply is a text or a file."""
    assert "say with --as" in desk.refused("ticket", "reply", ticket, "x", status=2)
    assert "either a TEXT or --file" in desk.refused("ticket", "reply", ticket, "--as", ALICE, status=2)
    assert "needs a text" in desk.refused("ticket", "reply", ticket, " ", "--as", ALICE)


# -- closing -----------------------------------------------------------------------------------------------------


def test_status__completed_tells_the_customers_once(desk: Desk, ticket: str) -> None:
    """B86: Completed tells the External Recipients, with an entry; again, or Canceled, tells nobody."""
    desk.done("ticket", "status", ticket, "Completed", "--as", ALICE)
    desk.done("ticket", "status", ticket, "Completed", "--as", ALICE)
    desk.done("ticket", "status", ticket, "Canceled", "--as", ALICE)
    assert [row["recipient"] for row in alerts(desk)] == [JANE]
    assert kinds(desk).count("alert") == 1
    mail = sent(desk, JANE, "alert")
    assert "is completed" in str(mail.get_payload())
    assert mail["References"] is not None
    entry = next(row for row in history(desk) if row["kind"] == "alert")
    assert (entry["direction"], entry["public"], entry["actor"]) == ("out", True, ALICE)


@pytest.mark.parametrize(
    ("values", "words"), [({"EMAILCONNECTOR__AlertCustomersOnClose": "N"}, []), ({}, ["--no-alert"])]
)
def test_status__completed_in_silence(build: Any, values: dict[str, str], words: list[str]) -> None:
    """B86: AlertCustomersOnClose=N, or --no-alert, tells nobody."""
    desk = build(**values)
    desk.take()
    desk.done("ticket", "status", "0500-1000", "Completed", *words)
    assert alerts(desk) == []


# -- moving, merging, taking, editing ----------------------------------------------------------------------------


def test_merge__mail_with_the_old_number_follows(desk: Desk, ticket: str) -> None:
    """B34, B95: by command, and then by mail."""
    desk.take("two.eml", subject="Printer again")
    desk.done("ticket", "merge", "0500-1001", ticket)
    desk.take("three.eml", subject="Re: Ticket [0500-1001] Printer again", body="Still broken.\r\n")
    assert "Still broken." in [row["text"] for row in history(desk)]
    assert desk.json("ticket", "show", "0500-1001", "--peek")["merged_into"] == ticket


def test_merge__answers_follow_through_a_chain(desk: Desk, ticket: str) -> None:
    """B34, B95: by the first number, by what was received, and by what was sent; by mail and by command."""
    first = sent(desk, JANE, "response")["Message-ID"]
    for name in ("two", "three"):
        desk.take(f"{name}.eml", subject=name)
    desk.done("ticket", "merge", ticket, "0500-1001")
    desk.done("ticket", "merge", "0500-1001", "0500-1002")
    desk.take("number.eml", subject=f"Re: Ticket [{ticket}] Printer", body="By number.\r\n")
    desk.take("received.eml", subject="Re: two", In_Reply_To="<two.eml@acme.example>", body="By received.\r\n")
    desk.take("sent.eml", subject="Re: thanks", References=first, body="By sent.\r\n")
    desk.done("ticket", "reply", ticket, "By command.", "--as", ALICE)
    texts = [row["text"] for row in history(desk, "0500-1002") if row["kind"] == "email"]
    assert texts[-4:] == ["By number.", "By received.", "By sent.", "By command."]
    assert "was merged into 0500-1002; change that" in desk.refused("ticket", "status", ticket, "Hold")


def test_move__recipients_are_named(desk: Desk, ticket: str) -> None:
    """B95: the command says who outside stays on the ticket."""
    told = desk.done("ticket", "move", ticket, "Borealis GmbH")
    assert "Borealis GmbH" in told
    assert JANE in told


@pytest.mark.parametrize(
    "words",
    [["ticket", "move", "0500-1000", "Acme Ltd"], ["ticket", "merge", "0500-1000", "0500-1001"],
     ["history", "take", "1", "--to", "new"]],
)  # fmt: skip
def test_moves__need_the_privilege(desk: Desk, ticket: str, words: list[str]) -> None:
    """B95, B96: without merge-and-move it is refused, and the refusal names it."""
    desk.done("ticket", "assign", ticket, HEIDI)
    assert "the privilege merge-and-move is missing" in desk.refused(*words, "--as", HEIDI)


def test_take__to_a_new_ticket(desk: Desk, ticket: str) -> None:
    """B38: a wrongly filed mail gets a ticket of its own, as it would have opened it; replies follow."""
    desk.take("wrong.eml", subject=f"Ticket [{ticket}] something else", body="Scanner.\r\n")
    mail = next(row for row in history(desk) if row["text"] == "Scanner.")
    assert "new ticket 0500-1001" in desk.done("history", "take", str(mail["id"]), "--to", "new")
    taken = desk.json("ticket", "show", "0500-1001", "--peek")
    assert (taken["account"], taken["contact_address"], taken["description"]) == ("Acme Ltd", JANE, "Scanner.")
    assert [one["address"] for one in taken["recipients"] if one["list"] == "external"] == [JANE]
    desk.take("answer.eml", subject="Re: something else", In_Reply_To="<wrong.eml@acme.example>", body="And toner.\r\n")
    assert "And toner." in [row["text"] for row in history(desk, "0500-1001")]


def test_take__answers_with_the_old_number_follow(desk: Desk, ticket: str) -> None:
    """B38, B85: mail programs keep the subject, which bears the number of the ticket where the mail was before."""
    desk.take("wrong.eml", subject=f"Re: Ticket [{ticket}] Printer", body="And my scanner?\r\n")
    wrong = history(desk)[-1]["id"]
    copy = sent(desk, ALICE, "distribution")["Message-ID"]
    desk.done("history", "take", str(wrong), "--to", "new")
    subject = f"Re: Ticket [{ticket}] Printer"
    desk.take("employee.eml", ALICE, subject=subject, body="It is here.\r\n", In_Reply_To=copy)
    desk.take("customer.eml", subject=subject, body="Thank you.\r\n", In_Reply_To="<wrong.eml@acme.example>")
    assert [row["text"] for row in history(desk, "0500-1001") if row["kind"] == "email"] == [
        "And my scanner?",
        "It is here.",
        "Thank you.",
    ]
    assert desk.json("ticket", "show", "0500-1001")["subject"] == "Re: Printer"
    assert str(sent(desk, JANE, "distribution")["Subject"]).startswith("Ticket [0500-1001] ")


def test_take__strangers_mail_gets_a_ticket_that_answers_him(desk: Desk, ticket: str) -> None:
    """B33, B38, B92: who had no say on the other ticket is the customer of the new one, which is in the Inbox."""
    desk.take("stranger.eml", "Eve <eve@else.example>", subject=f"Ticket [{ticket}]", body="A quote, please.\r\n")
    entry = history(desk)[-1]
    assert entry["verified"] is False
    desk.done("history", "take", str(entry["id"]), "--to", "new")
    row = desk.json("ticket", "show", "0500-1001")
    assert (row["account"], row["in_inbox"], row["unread"]) == ("Unknown senders", True, True)
    told = desk.done("ticket", "reply", "0500-1001", "Gladly.", "--as", ALICE)
    assert "eve@else.example" in told
    assert JANE not in told


def test_take__says_who_still_gets_mail_and_who_does_not(desk: Desk, ticket: str) -> None:
    """B38: who joined by the wrongly filed mail is named, and the writer whom no answer would reach."""
    desk.take("wrong.eml", subject=f"Ticket [{ticket}]", body="A scanner.\r\n", Cc="boss@acme.example")
    desk.take("other.eml", "birgit@borealis.example", subject="Scanner")
    wrong = next(row["id"] for row in history(desk) if row["text"] == "A scanner.")
    told = desk.done("history", "take", str(wrong), "--to", "0500-1001").splitlines()[1:]
    assert told == [
        f"boss@acme.example joined {ticket} by it, and stays: `recipients {ticket} remove …` takes off",
        f"{JANE} is not on ticket 0500-1001: `recipients 0500-1001 add …` lets answers reach its writer",
    ]
    assert len(desk.done("history", "take", str(wrong), "--to", ticket).splitlines()) == 1


def test_take__to_another_ticket(desk: Desk, ticket: str) -> None:
    """B38: taken to a ticket that is there; a note cannot open one."""
    desk.take("two.eml", subject="Scanner")
    note = desk.done("ticket", "note", "0500-1001", "Belongs elsewhere.").split()[1]
    assert "no longer on 0500-1001" in desk.done("history", "take", note, "--to", ticket)
    assert "Belongs elsewhere." in [row["text"] for row in history(desk)]
    assert "is no mail" in desk.refused("history", "take", note, "--to", "new")


def test_edit__and_flags(desk: Desk, ticket: str) -> None:
    """B44, B72: text and public flag are changed by command; what the actor may not see is refused."""
    entry = str(next(row["id"] for row in history(desk) if row["kind"] == "email"))
    desk.done("history", "edit", entry, "--text", "Shorter.", "--as", ALICE)
    desk.done("history", "private", entry)
    first = next(row for row in history(desk) if row["kind"] == "email")
    assert (first["text"], first["public"]) == ("Shorter.", False)
    desk.done("history", "public", entry)
    assert next(row for row in history(desk) if row["kind"] == "email")["public"] is True
    assert "this text already" in desk.done("history", "edit", entry, "--text", "Shorter.")
    assert "other-employees-tickets is missing" in desk.refused("history", "edit", entry, "--text", "x", "--as", HEIDI)
    assert "there is none with this id" in desk.refused("history", "public", "999")
