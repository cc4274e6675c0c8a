"""Stage 8: who is told, and how the mail presents itself."""

from __future__ import annotations

import pytest

from connector.mail.model import Envelope
from storage import changes
from storage.records import NewRecipient, Wanted
from tests.house import PUBLIC, Build, House, mail_bytes
from tests.sent import Sent, distribution, sent_for

ALICE, BOB, JANE = "Alice Archer <alice@company.example>", "bob@company.example", "Jane Doe <jane@acme.example>"
NUMBER = "0500-1000"


@pytest.fixture
def with_ticket(house: House) -> House:
    """A house with ticket 0500-1000 of Jane at Acme, managed by Alice."""
    house.send(JANE)
    return house


def join(house: House, *people: NewRecipient) -> None:
    changes.add_recipients(house.store.db, NUMBER, people, changes.Author("administrator", house.clock()))


def external(type_: str, address: str, name: str = "") -> NewRecipient:
    return NewRecipient("external", type_, address, name)


def employee(house: House, address: str) -> NewRecipient:
    directory = house.store.facts(Wanted()).directory
    return NewRecipient("employee", employee_id=directory.by_address[address][0].id)


def reply(house: House, sender: str = ALICE, **mail: str) -> Sent:
    """An employee's external mail on the ticket, as it leaves."""
    return distribution(house, house.send(sender, **{"subject": f"Re: [{NUMBER}] Printer", **mail}))


# -- who ---------------------------------------------------------------------------------------------------------


def test_distribute__employees_mail_goes_to_everybody_but_the_sender(with_ticket: House) -> None:
    """B80: External Recipients as set for each, Employee Recipients in Bcc, the sender not at all."""
    join(
        with_ticket,
        external("to", "t@else.example", "Tim"),
        external("cc", "c@else.example"),
        external("bcc", "b@else.example"),
    )

    mail = reply(with_ticket)

    assert mail.headers["To"] == "Jane Doe <jane@acme.example>, Tim <t@else.example>"
    assert mail.headers["Cc"] == "c@else.example"
    assert mail.envelope == ("jane@acme.example", "t@else.example", "c@else.example", "b@else.example", BOB)


def test_distribute__who_stands_in_the_mail_has_it_already(with_ticket: House) -> None:
    """B80: a recipient in To or Cc gets no second copy and stays in the header as set on the ticket."""
    join(with_ticket, external("cc", "c@else.example"))

    mail = reply(with_ticket, to=f"{PUBLIC}, JANE@Acme.Example", Cc="bob@company.example")

    assert mail.envelope == ("c@else.example", BOB)
    assert "jane@acme.example" in mail.headers["To"]


def test_distribute__only_bcc_recipients_leave_the_public_address_in_to(with_ticket: House) -> None:
    """B79, B80: nobody is left for To: the public address stands there, never in the envelope."""
    changes.remove_recipients(
        with_ticket.store.db, NUMBER, [external("to", "jane@acme.example")], changes.Author("x", with_ticket.clock())
    )
    join(with_ticket, external("bcc", "b@else.example"))

    mail = reply(with_ticket)

    assert (mail.headers["To"], mail.headers["Cc"], mail.envelope) == (PUBLIC, None, ("b@else.example", BOB))


def test_distribute__customers_mail_goes_to_employees(with_ticket: House) -> None:
    """B81: the Ticket Manager in To, the others in Cc, nobody else."""
    join(with_ticket, external("cc", "c@else.example"), employee(with_ticket, "carol@company.example"))

    mail = distribution(with_ticket, with_ticket.send(JANE, subject=f"[{NUMBER}] x"))

    assert mail.headers["To"] == "Alice Archer <alice@company.example>"
    assert mail.headers["Cc"] == "Bob Baker <bob@company.example>, Carol Clark <carol@company.example>"
    assert mail.envelope == ("alice@company.example", BOB, "carol@company.example")


def test_distribute__without_a_manager_the_public_address_stands_in_to(house: House) -> None:
    """B79, B81: a ticket without manager."""
    mail = distribution(house, house.send("chloe@corvus.example"))

    assert (mail.headers["To"], mail.envelope) == (PUBLIC, (BOB,))


def test_distribute__internal_mail_goes_to_employees_but_the_sender(with_ticket: House) -> None:
    """B82: placed as in B81; the manager is the sender here, so the public address stands in To."""
    mail = reply(with_ticket, subject=f"[{NUMBER}] *123*")

    assert (mail.headers["To"], mail.headers["Cc"]) == (PUBLIC, "Bob Baker <bob@company.example>")
    assert mail.envelope == (BOB,)


@pytest.mark.parametrize("sender", ["ALICE@company.example", "alice.archer@home.example"])
def test_distribute__never_back_to_the_sender_by_any_address(with_ticket: House, sender: str) -> None:
    """B83: an External Recipient who is the sender's own other address gets nothing and stands in no header."""
    join(with_ticket, external("to", "alice.archer@home.example"), external("cc", "Alice@Company.Example"))

    mail = reply(with_ticket, sender)

    assert mail.envelope == ("jane@acme.example", BOB)
    assert b"alice" not in mail.head.lower().replace(b"alice archer", b"")


def test_distribute__customer_gets_no_copy_of_his_own_mail(with_ticket: House) -> None:
    """B83: also where an employee has the customer's second address."""
    mail = distribution(with_ticket, with_ticket.send(JANE, subject=f"[{NUMBER}] *123*"))

    assert "jane@acme.example" not in mail.envelope


def test_distribute__shared_address_gets_nothing_of_its_own_mail(with_ticket: House) -> None:
    """B22, B83: mail from desk@ reaches neither of those who have it, by their other addresses neither."""
    join(with_ticket, employee(with_ticket, "erin@company.example"), employee(with_ticket, "frank@company.example"))

    done = with_ticket.send("desk@company.example", subject=f"[{NUMBER}]")

    assert distribution(with_ticket, done).envelope == ("alice@company.example", BOB)


def test_distribute__nobody_gets_two_copies(with_ticket: House) -> None:
    """B83: two employees with one first address are one envelope recipient."""
    join(with_ticket, employee(with_ticket, "erin@company.example"), employee(with_ticket, "frank@company.example"))

    assert reply(with_ticket).envelope.count("desk@company.example") == 1


def test_distribute__employee_on_the_external_list_is_an_employee(with_ticket: House) -> None:
    """B80, B83: an employee's address among the External Recipients is told as an employee or not at all."""
    join(
        with_ticket,
        external("to", BOB),
        external("to", "grace@company.example"),
        external("to", "dave@company.example"),
    )

    mail = reply(with_ticket)

    assert mail.headers["To"] == "Jane Doe <jane@acme.example>"
    assert mail.envelope == ("jane@acme.example", BOB)


def test_distribute__public_address_on_the_list_is_never_told(with_ticket: House) -> None:
    """B83: no public address, nor a plus-form, is ever an envelope recipient."""
    join(with_ticket, external("to", PUBLIC), external("cc", "Support+x@example.com"))

    assert reply(with_ticket).envelope == ("jane@acme.example", BOB)


def test_distribute__address_that_no_header_can_hold_stops_nobody(with_ticket: House) -> None:
    """B8, B87: a recipient with letters beyond ASCII is left out; the others get the mail."""
    join(with_ticket, external("to", "jürgen@acme.example"))

    assert reply(with_ticket).envelope == ("jane@acme.example", BOB)


def test_distribute__inactive_employees_mail_goes_to_nobody(with_ticket: House) -> None:
    """B23: filed, and distributed to nobody."""
    done = with_ticket.send("dave@company.example", subject=f"[{NUMBER}]")

    assert (done.decision.record.outcome, sent_for(with_ticket, done)) == ("filed", [])


@pytest.mark.parametrize("sender", [ALICE, JANE])
def test_distribute__released_as_unverified_goes_to_employees_only(with_ticket: House, sender: str) -> None:
    """B9, B33: even an employee's mail that was released as unverified never reaches a customer."""
    join(with_ticket, external("cc", "c@else.example"))
    envelope = Envelope(release="unverified", released_by=BOB)

    done = with_ticket.take(mail_bytes(sender, subject=f"[{NUMBER}]"), envelope)

    assert set(distribution(with_ticket, done).envelope) <= {"alice@company.example", BOB}


# -- which employees (B89) ---------------------------------------------------------------------------------------

OPTIONS = ("off", "all", "subscribed", "manager", "account-manager")


def told(
    build: Build, option: str, *, role: str = "", listed: bool = False, active: str = "Y", group: str = "Full"
) -> bool:
    """Whether Ed, with this option and place on the ticket, is told of a customer's mail."""
    of_account = "ed@company.example" if role == "account-manager" else ""
    house = build(
        f"employee,Ed,ed@company.example,,,{active},{group},{option},,,\n"
        f"employee,Bob,bob@company.example,,,Y,Full,off,,,\naccount,A,,,,Y,,,{of_account},,a.example\n"
    )
    house.send("x@a.example")
    author = changes.Author("administrator", house.clock())
    ed, bob = (employee(house, f"{name}@company.example").employee_id for name in ("ed", "bob"))
    changes.assign(house.store.db, NUMBER, ed if role == "manager" else bob, author)
    if listed:
        changes.add_recipients(house.store.db, NUMBER, [NewRecipient("employee", employee_id=ed)], author)
    done = house.send("x@a.example", subject=f"[{NUMBER}] again")
    return any("ed@company.example" in mail.envelope for mail in sent_for(house, done))


@pytest.mark.parametrize(
    ("role", "listed", "expected"),
    [
        ("", False, (False, True, False, False, False)),
        ("", True, (False, True, True, True, True)),
        ("manager", False, (False, True, False, True, True)),
        ("account-manager", False, (False, True, False, False, True)),
        ("manager", True, (False, True, True, True, True)),
    ],
)
def test_distribute__option_decides(build: Build, role: str, listed: bool, expected: tuple[bool, ...]) -> None:
    """B89: OFF never, All always, the others by being listed, Ticket Manager or Account Manager."""
    assert tuple(told(build, option, role=role, listed=listed) for option in OPTIONS) == expected


def test_distribute__without_email_messages_never(build: Build) -> None:
    """B89: without the privilege Email Messages never, as manager and listed neither."""
    assert not told(build, "all", role="manager", listed=True, group="Subcontractors")


def test_distribute__without_other_tickets_only_ones_own(build: Build) -> None:
    """B89: without Other Employees' Tickets only the tickets one manages or opened, though listed."""
    assert not told(build, "all", listed=True, group="Limited")
    assert told(build, "all", role="manager", group="Limited")


def test_distribute__without_other_tickets_what_one_opened(house: House) -> None:
    """B89: the ticket that Heidi opened is hers, whoever manages it now."""
    house.send("heidi@company.example", to=f"{PUBLIC}, jane@acme.example")
    author = changes.Author("administrator", house.clock())
    changes.assign(house.store.db, NUMBER, employee(house, "alice@company.example").employee_id, author)
    join(house, employee(house, "heidi@company.example"))

    assert "heidi@company.example" in distribution(house, house.send(JANE, subject=f"[{NUMBER}]")).envelope


def test_distribute__inactive_employee_never(build: Build) -> None:
    """B89: an inactive employee is told nothing."""
    assert not told(build, "all", listed=True, active="N")


def test_distribute__employee_is_told_at_the_first_address_alone(with_ticket: House) -> None:
    """B83: Email1 is where an employee gets mail; Email2 only identifies."""
    mail = distribution(with_ticket, with_ticket.send(JANE, subject=f"[{NUMBER}] x"))

    assert "alice.archer@home.example" not in mail.envelope


# -- how it presents itself --------------------------------------------------------------------------------------


def test_distribute__from_and_reply_to(with_ticket: House) -> None:
    """B84: From is the mail's name with the public address; Reply-To and envelope sender are the public address."""
    mail = reply(with_ticket, "Ali A. <alice@company.example>")

    assert mail.headers["From"] == f'"Ali A." <{PUBLIC}>'
    assert (mail.headers["Reply-To"], mail.envelope_from) == (PUBLIC, PUBLIC)


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("", "Alice Archer"),
        ('"alice@company.example"', "Support"),
        ("=?utf-8?q?alice=40company=2Eexample?=", "Support"),
        ('"alice＠company.example"', "Support"),
        ('"alice﹫company.example"', "Support"),
        ("Zoë Ünal", "Zoë Ünal"),
        ('"A, \\"B\\" \\\\"', 'A, "B" \\'),
    ],
)
def test_distribute__name_that_is_an_address_is_no_name(with_ticket: House, name: str, shown: str) -> None:
    """B84: the name comes from the mail, else from the directory; one that holds an address is replaced."""
    mail = reply(with_ticket, f"{name} <alice@company.example>")

    assert mail.shown("From").replace('\\"', '"').replace("\\\\", "\\").strip('"').startswith(shown)
    assert mail.headers["From"].endswith(f"<{PUBLIC}>")


def test_distribute__employees_name_hidden(build: Build) -> None:
    """B84: with UseEmployeeSenderName=N customers see ResponseFromName; colleagues see who wrote."""
    house = build(use_employee_sender_name=False, response_from_name="Help Desk")
    house.send(JANE)

    assert reply(house).headers["From"] == f"Help Desk <{PUBLIC}>"
    assert reply(house, subject=f"[{NUMBER}] *123*").headers["From"] == f"Alice Archer <{PUBLIC}>"


def test_distribute__customers_name_or_address_is_shown_to_employees(with_ticket: House) -> None:
    """B84: employees see who wrote; a customer without a name by the address."""
    mail = distribution(with_ticket, with_ticket.send("office@acme.example", subject=f"[{NUMBER}]"))

    assert mail.headers["From"] == f'"office at acme.example" <{PUBLIC}>'


@pytest.mark.parametrize(
    ("subject", "shown"),
    [
        ("Printer", f"Ticket [{NUMBER}] Printer"),
        (f"Re: Ticket [{NUMBER}] Printer", f"Re: Ticket [{NUMBER}] Printer"),
        (f"[0500-7777] [{NUMBER}]", f"Ticket [{NUMBER}] [0500-7777] [{NUMBER}]"),
        ("", f"Ticket [{NUMBER}]"),
    ],
)
def test_distribute__subject_holds_the_number(with_ticket: House, subject: str, shown: str) -> None:
    """B85: the number is there as the first one, added in front where it is not."""
    ids = with_ticket.store.db.row("SELECT message_id FROM message WHERE issued = 1")[0]

    done = with_ticket.send(JANE, subject=subject, In_Reply_To=ids, body="again")

    assert distribution(with_ticket, done).shown("Subject") == shown


def test_distribute__own_number_format(build: Build) -> None:
    """B85: TicketSubjectFormat writes the number."""
    house = build(ticket_subject_format="#[{number}]#")

    assert distribution(house, house.send(JANE, subject="x")).headers["Subject"] == f"#[{NUMBER}]# x"


def test_distribute__thread_for_employees(with_ticket: House) -> None:
    """B85: colleagues' programs find the mail's predecessors and the mail itself."""
    done = with_ticket.send(JANE, subject=f"[{NUMBER}] x", Message_ID="<2@acme.example>")

    mail = distribution(with_ticket, done)

    known = [row[0] for row in with_ticket.store.db.rows("SELECT message_id FROM message ORDER BY id")]
    assert mail.headers["In-Reply-To"] == "<2@acme.example>"
    assert mail.headers["References"].split() == [*known[:2], "<2@acme.example>"]
    assert mail.message_id == mail.headers["Message-ID"] not in known[:2]


def test_distribute__thread_for_customers_is_what_they_know(house: House) -> None:
    """B84, B85: customers see the Message-IDs of their own mails and of what they were sent, none from inside."""
    house.send(JANE, Message_ID="<1@acme.example>")
    house.send(ALICE, subject=f"[{NUMBER}] *123*", Message_ID="<internal@company.example>")

    references = reply(house, Message_ID="<2@company.example>").headers["References"].split()

    assert references[0] == "<1@acme.example>"
    assert not {"<internal@company.example>", "<2@company.example>"} & set(references)


def test_distribute__customers_message_id_that_names_the_employee(house: House) -> None:
    """B84: a Message-ID with the employee's address in it is not referred to."""
    house.send(JANE, Message_ID="<1.Alice@Company.example>")

    assert b"alice@company" not in reply(house).head.lower()


def test_distribute__message_id_is_the_same_at_every_try_and_no_one_elses(with_ticket: House) -> None:
    """B85, B88: the Message-ID depends on the spool entry alone and lies in the public address's domain."""
    raw = mail_bytes(JANE, subject=f"[{NUMBER}]")
    first, second = (with_ticket.dry_run(raw).decision.deliveries[0].message_id for _ in range(2))

    assert first == second
    assert first.endswith("@example.com>")
    assert distribution(with_ticket, with_ticket.take(raw)).message_id != first
