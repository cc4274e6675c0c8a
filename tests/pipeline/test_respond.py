"""Part of stage 8: the automatic response."""

from __future__ import annotations

from email import message_from_bytes

import pytest

from connector.mail.model import Envelope
from tests.house import PUBLIC, Build, House, mail_bytes
from tests.sent import Sent, response, sent_for

JANE = "Jane Doe <jane@acme.example>"


def answered(house: House, sender: str = JANE, **mail: str) -> Sent | None:
    return response(house, house.send(sender, **mail))


def text(mail: Sent) -> str:
    """The answer's text as its receiver reads it."""
    payload = message_from_bytes(mail.head + mail.body).get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode("utf-8")


def test_respond__new_ticket_of_a_customer(house: House) -> None:
    """B86: null return path, number in the subject, Reply-To the public address, Auto-Submitted."""
    mail = answered(house, Message_ID="<1@acme.example>")

    assert mail is not None
    assert (mail.envelope_from, mail.envelope) == ("", ("jane@acme.example",))
    assert {
        name: mail.headers[name] for name in ("From", "Reply-To", "To", "Subject", "Auto-Submitted", "In-Reply-To")
    } == {
        "From": f"Support <{PUBLIC}>",
        "Reply-To": PUBLIC,
        "To": JANE,
        "Subject": "Ticket [0500-1000] Printer",
        "Auto-Submitted": "auto-replied",
        "In-Reply-To": "<1@acme.example>",
    }


def test_respond__repeats_nothing_of_the_body(house: House) -> None:
    """B86: the text is the template's: number and name, nothing of the sender's body."""
    mail = answered(house, body="SECRET-OFFER https://evil.example\r\n")

    assert mail is not None
    assert "0500-1000" in text(mail)
    assert "SECRET" not in text(mail) + mail.head.decode()


def test_respond__repeats_nothing_of_a_stranger(house: House) -> None:
    """B86: a stranger's name and subject are not repeated either: nobody sends spam through the answer."""
    mail = answered(house, "Buy now <x@else.example>", subject="Cheap pills")

    assert mail is not None
    assert (mail.headers["Subject"], mail.headers["To"]) == ("Ticket [0500-1000]", "x@else.example")
    assert "Buy" not in text(mail)


def test_respond__names_the_closed_ticket_that_it_follows(build: Build) -> None:
    """B35, B86: the answer says which closed ticket the new one follows."""
    house = build(reopen_days=0)
    house.send(JANE)
    house.store.db.run("UPDATE ticket SET status = 'Completed', closed_at = opened_at")

    mail = answered(house, subject="[0500-1000] again")

    assert mail is not None
    assert "follows ticket 0500-1000" in text(mail)


@pytest.mark.parametrize(
    ("sender", "mail"),
    [
        (JANE, {"Auto_Submitted": "auto-replied"}),
        (JANE, {"Precedence": "bulk"}),
        (JANE, {"List_Id": "<x.else.example>"}),
        (JANE, {"subject": "*123*"}),
        ("alice@company.example", {}),
        ("desk@company.example", {}),
        ("dave@company.example", {}),
        ("jane@acme.example, x@else.example", {}),
        ("no-reply@acme.example", {}),
        ("mailer-daemon@acme.example", {}),
    ],
)
def test_respond__never(house: House, sender: str, mail: dict[str, str]) -> None:
    """B10, B22, B23, B27, B40, B86: robots, internal mail, employees of any kind and nobody are not answered."""
    assert answered(house, sender, **mail) is None


def test_respond__not_to_a_null_return_path(house: House) -> None:
    """B10: a mail with the null return path is not answered."""
    done = house.take(mail_bytes(JANE), Envelope(mail_from="", has_sender=True))

    assert [mail.kind for mail in sent_for(house, done)] == ["distribution"]


def test_respond__not_to_what_was_released_as_unverified(house: House) -> None:
    """B9, B86: a person doubted it; it is not answered."""
    done = house.take(mail_bytes(JANE), Envelope(release="unverified", released_by="bob@company.example"))

    assert response(house, done) is None


def test_respond__only_to_new_tickets(house: House) -> None:
    """B86: a further mail on the ticket is not answered."""
    house.send(JANE)

    assert answered(house, subject="[0500-1000]") is None


@pytest.mark.parametrize(
    ("settings", "sender"),
    [({"respond_to_new_tickets": False}, JANE), ({"respond_to_unknown_senders": False}, "x@else.example")],
)
def test_respond__switched_off(build: Build, settings: dict[str, bool], sender: str) -> None:
    """B86: RespondToNewTickets=N, and RespondToUnknownSenders=N for strangers."""
    assert answered(build(**settings), sender) is None


def test_respond__strangers_switch_is_theirs_alone(build: Build) -> None:
    """B86: RespondToUnknownSenders=N does not silence answers to customers."""
    assert answered(build(respond_to_unknown_senders=False)) is not None


def test_respond__goes_to_reply_to(house: House) -> None:
    """B27: Reply-To is the address to answer a customer at."""
    mail = answered(house, Reply_To="Jane <jane@private.example>")

    assert mail is not None
    assert mail.envelope == ("jane@private.example",)


@pytest.mark.parametrize("reply_to", ["alice@company.example", "support+x@example.com", "bounces@else.example"])
def test_respond__never_goes_to_employees_public_addresses_or_robots(house: House, reply_to: str) -> None:
    """B27, B61, B83: a forged Reply-To turns the answer on nobody of the house."""
    mail = answered(house, Reply_To=reply_to)

    assert mail is not None
    assert mail.envelope == ("jane@acme.example",)


def test_respond__so_many_an_hour(build: Build) -> None:
    """B13: a sender gets AutoResponsesPerSenderPerHour answers; an hour later there are some again."""
    house = build(auto_responses_per_hour=2)

    answers = [
        answered(house, f"{case('jane')}@acme.example", subject=f"{n}") for n, case in enumerate((str, str.upper, str))
    ]
    assert [mail is not None for mail in answers] == [True, True, False]
    assert answered(house, "john@acme.example", subject="other sender") is not None

    house.clock.forward(minutes=61)
    assert answered(house, subject="later") is not None


def test_respond__many_senders_cannot_flood_one_reply_to(build: Build) -> None:
    """B13: the limit holds for the address that is answered, though every mail has another From."""
    house = build(auto_responses_per_hour=2)

    answers = [answered(house, f"x{n}@else.example", Reply_To="victim@private.example") for n in range(4)]

    assert sum(mail is not None for mail in answers) == 2


def test_respond__a_contact_is_one_sender_by_all_addresses(build: Build) -> None:
    """B13: who has two addresses, and plus-forms of both, gets no more answers than others; an hour later he does."""
    house = build(auto_responses_per_hour=2)
    first, second = "chloe+{}@corvus.example", "chloe.martin+{}@mail.example"
    plain = [form.replace("+{}", "") for form in (first, second)]

    answers = [answered(house, sender, subject=f"{n}") for n, sender in enumerate((*plain, *plain))]
    assert [mail is not None for mail in answers] == [True, True, False, False]
    assert answered(house, first.format("x"), subject="by a plus-form") is None

    house.clock.forward(minutes=58)
    assert answered(house, plain[1], subject="too early") is None
    house.clock.forward(minutes=2)
    assert answered(house, plain[0], subject="in time") is not None


def test_respond__time_spent_waiting_does_not_count(build: Build) -> None:
    """B13: the hour is that of the answers, not of the arrival of mails that waited in the spool."""
    house = build(auto_responses_per_hour=1)
    early = house.clock()
    house.clock.forward(hours=5)
    made = [
        house.processor.process(
            mail_bytes(JANE, subject=f"{n}"), Envelope(rcpt_to=(PUBLIC,)), f"{n:016x}-11111111", early
        )
        for n in range(3)
    ]
    assert [response(house, done) is not None for done in made] == [True, False, False]


def test_respond__none_where_the_limit_is_nought(build: Build) -> None:
    """B13: 0 means no automatic response at all."""
    assert answered(build(auto_responses_per_hour=0)) is None


@pytest.mark.parametrize(
    "name", ["=?utf-8?q?x=0D=0ABcc:_evil@else.example?=", '"x\\"\r\n <y@else.example>, \\""', "é" * 3000, "n" * 3000]
)
def test_respond__name_cannot_add_a_header(house: House, name: str) -> None:
    """B27, B84: whatever the display name holds, the answer's header block is one field each and of short lines."""
    done = house.send(f"{name} <jane@acme.example>")

    for mail in sent_for(house, done):
        assert "Bcc" not in mail.headers
        assert max(map(len, mail.head.split(b"\r\n"))) <= 998
        assert "evil@else.example" not in mail.envelope


def test_respond__fields(house: House) -> None:
    """B86, RFC 3834: an answer that no machine answers, on the mail it answers, with no field of that mail."""
    mail = answered(
        house,
        Message_ID="<1@acme.example>",
        References="<0@acme.example>",
        Importance="high",
        Content_Type="text/html",
        X_Auto_Response_Suppress="None",
    )

    assert mail is not None
    assert mail.envelope_from == ""
    assert {
        name: mail.headers.get_all(name) for name in ("Auto-Submitted", "X-Auto-Response-Suppress", "Precedence")
    } == {
        "Auto-Submitted": ["auto-replied"],
        "X-Auto-Response-Suppress": ["All"],
        "Precedence": None,
    }
    assert (mail.headers["In-Reply-To"], mail.headers["References"]) == ("<1@acme.example>", "<1@acme.example>")
    assert mail.headers["Importance"] is None
    assert mail.headers.get_content_type() == "text/plain"


@pytest.mark.parametrize(
    "more",
    [
        {"List_Unsubscribe": "<mailto:x@else.example>"},
        {"Precedence": "list"},
        {"Return_Path": "<>"},
        {"X_Auto_Response_Suppress": "OOF, AutoReply"},
        {"subject": "Out of office: Printer"},
        {"Auto_Submitted": "auto-replied (vacation)"},
        {"X_Autoreply": "yes"},
    ],
)
def test_respond__never_to_machines_and_lists(house: House, more: dict[str, str]) -> None:
    """B10, B86: nothing that a machine or a list sent is answered, whichever way it says so."""
    assert answered(house, **more) is None
