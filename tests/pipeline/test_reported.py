"""B11: what is believed of a delivery report, and what follows."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from connector.mail.model import Envelope
from connector.pipeline.explain import in_lines
from connector.pipeline.marker import MARKER
from storage.records import Parcel
from tests.house import PUBLIC, House, mail_bytes
from tests.pipeline.reports import bounce, codes, report, returned, send_all, sent_to, states

JANE = "jane@acme.example"


def written_to(house: House) -> Parcel:
    """The automatic answer to Jane, as it was sent."""
    house.send(f"Jane Doe <{JANE}>", Message_ID="<1@acme.example>")
    return sent_to(house, JANE)


def failing(house: House) -> dict[str, int]:
    return {one.address: one.failures for one in house.store.failing.every()}


def without_marker(head: str) -> str:
    return re.sub(rf"\n{MARKER}:.*(?:\n[ \t].*)*", "", head)


def test_report__fails_the_delivery_and_is_filed_on_its_ticket(house: House) -> None:
    """B11, B87: Not Public, in words, the original kept; the delivery failed after all; employees alone are told."""
    answer = written_to(house)
    house.store.db.run("UPDATE ticket SET in_inbox = 0")

    done = bounce(house, report(JANE, returned(answer)))

    assert done.filed is not None
    assert done.filed.entry_id is not None
    entry = house.store.entry(done.filed.entry_id)
    assert entry is not None
    assert (entry.row["kind"], entry.row["public"], entry.row["ticket"]) == ("delivery-report", False, "0500-1000")
    assert entry.row["text"].splitlines()[:2] == [
        f"Not delivered to {JANE}: no such mailbox (5.1.1)",
        "  mx.acme.example answered: 550 5.1.1 No such user",
    ]
    assert states(house)[JANE] == ["failed"]
    assert failing(house) == {JANE: 1}
    assert house.store.ticket("0500-1000")["in_inbox"] is True  # type: ignore[index]
    assert [change.why for change in done.decision.record.changes] == ["delivery failed"]
    told = done.decision.deliveries
    assert [one.kind for one in told] == ["distribution"]
    assert JANE not in told[0].envelope
    assert (told[0].outward, told[0].envelope_from) == (False, "")


def test_report__dry_run_says_what_is_believed(house: House) -> None:
    """B105: an administrator reads that it is a report, on which mail, and whether it counts."""
    answer = written_to(house)

    shown = "\n".join(in_lines(house.dry_run(report(JANE, returned(answer))).decision))

    assert f"the report is about {answer.message_id}, a mail (response) that this service sent" in shown
    assert f"the mail did not reach {JANE}: no such mailbox (5.1.1); this counts" in shown


def test_report__one_delivery_counts_once(house: House) -> None:
    """B11: a second report on the same delivery is filed, and changes nothing."""
    answer = written_to(house)
    bounce(house, report(JANE, returned(answer)))

    again = bounce(house, report(JANE, returned(answer), key="2"))

    assert again.decision.record.outcome == "filed"
    assert "report-of-the-known" in codes(again)
    assert failing(house) == {JANE: 1}


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"action": "delayed", "status": "4.4.1"}, "report-of-delay"),
        ({"action": "delivered", "status": "2.0.0", "answer": "250 ok"}, "report-of-arrival"),
    ],
)
def test_report__of_what_is_not_final_changes_nothing(house: House, fields: dict[str, str], code: str) -> None:
    """B11: a delay is filed and no more; so is good news."""
    answer = written_to(house)
    house.store.db.run("UPDATE ticket SET in_inbox = 0")

    done = bounce(house, report(JANE, returned(answer), **fields))

    assert code in codes(done)
    assert (states(house)[JANE], failing(house)) == (["sent"], {})
    assert house.store.ticket("0500-1000")["in_inbox"] is False  # type: ignore[index]


@pytest.mark.parametrize(("status", "answer"), [("5.2.2", "552 5.2.2 full"), ("5.7.1", "550 5.7.1 no"), ("4.4.7", "")])
def test_report__failure_that_is_not_the_address_s_fault_is_not_counted(house: House, status: str, answer: str) -> None:
    """B11: the delivery failed for good, and the address may be alive."""
    mail = written_to(house)

    done = bounce(house, report(JANE, returned(mail), status=status, answer=answer))

    assert "report-blames-no-address" in codes(done)
    assert (states(house)[JANE], failing(house)) == (["failed"], {})


def test_report__by_the_marker_where_the_relay_wrote_another_message_id(house: House) -> None:
    """B11, B12: the marker tells the Message-ID that was issued."""
    head = written_to(house)
    rewritten = returned(head).replace(f"Message-ID: {head.message_id}", "Message-ID: <other@relay.example>")
    assert rewritten != returned(head)

    assert states_after(house, rewritten) == "failed"


def states_after(house: House, about: str) -> str:
    bounce(house, report(JANE, about))
    return states(house)[JANE][0]


def test_report__by_the_message_id_where_the_marker_is_lost(house: House) -> None:
    """B11: many servers return a few header fields."""
    about = without_marker(returned(written_to(house)))
    assert MARKER not in about

    assert states_after(house, about) == "failed"


def test_forged_report__with_an_unknown_message_id(house: House) -> None:
    """B11: backscatter: recorded with the reason, kept, not filed, nobody told; nobody marked."""
    written_to(house)

    done = bounce(house, report(JANE, "From: support@example.com\nMessage-ID: <guessed@example.com>"))

    assert (done.decision.record.outcome, done.decision.deliveries) == ("skipped", ())
    assert codes(done) >= {"report-not-ours"}
    assert (states(house)[JANE], failing(house)) == (["sent"], {})
    assert house.originals.path(done.decision.mail.sha256).exists()


def test_forged_report__with_a_marker_that_is_not_ours(house: House) -> None:
    """B11, B12: the right Message-ID does not help where the marker is forged."""
    answer = written_to(house)
    forged = f"Message-ID: {answer.message_id}\n{MARKER}: {house.store.installation} {answer.message_id} {'0' * 32}"

    done = bounce(house, report(JANE, forged))
    numbered = bounce(house, report(JANE, f"{forged}\nSubject: [0500-1000]", key="2"))

    assert done.decision.record.outcome == "skipped"
    assert (numbered.decision.match.number, numbered.decision.match.verified) == ("0500-1000", False)
    assert codes(done) >= {"report-marker-forged"} <= codes(numbered)
    assert (states(house)[JANE], failing(house)) == (["sent"], {})


@pytest.mark.parametrize("victim", ["bob@acme.example", "alice@company.example", "boss@else.example"])
def test_forged_report__on_somebody_to_whom_that_mail_was_not_sent(house: House, victim: str) -> None:
    """B11: it is filed unverified on its ticket, for people to look at; nobody is marked."""
    answer = written_to(house)

    done = bounce(house, report(victim, returned(answer)))

    assert codes(done) >= {"report-names-nobody", "unverified"}
    assert not done.decision.match.verified
    assert set(states(house)[JANE]) == {"sent"}
    assert failing(house) == {}


def test_forged_report__by_an_employee_s_address_goes_to_nobody_outside(house: House) -> None:
    """B80: with an employee in From a report is not passed on to customers."""
    answer = written_to(house)

    done = bounce(house, report(JANE, returned(answer), sender="Alice <alice@company.example>"))

    assert done.decision.scope.internal
    assert all(address.endswith("@company.example") for one in done.decision.deliveries for address in one.envelope)


def test_report__before_the_mail_was_sent_is_not_believed(house: House) -> None:
    """B11: what no relay has taken yet cannot have failed on the way."""
    house.send(f"Jane Doe <{JANE}>")
    parcels = house.store.claim_deliveries(house.clock(), 1000, 60, "test")
    answer = next(one for one in parcels if one.kind == "response")

    done = bounce(house, report(JANE, returned(answer)))

    assert "report-of-the-known" in codes(done)
    assert failing(house) == {}


def test_odd_form__names_nobody_and_had_one_recipient(house: House) -> None:
    """B11: a text that names no recipient is about the only one whom the mail went to."""
    answer = written_to(house)
    text = f"Your message could not be delivered.\r\n550 5.1.1 unknown\r\n\r\n{returned(answer)}\r\n"
    raw = mail_bytes("MAILER-DAEMON@mx.acme.example", subject="Mail delivery failed", body=text)

    done = bounce(house, raw)

    assert "report-of-failure" in codes(done)
    assert states(house)[JANE] == ["failed"]


def test_report__out_of_office_is_none(house: House) -> None:
    """B11: an absent person's answer with the null return path, in reply to our mail, is filed as a mail."""
    answer = written_to(house)
    raw = mail_bytes(
        f"Jane Doe <{JANE}>",
        subject="Automatic reply: Ticket [0500-1000] Printer",
        In_Reply_To=answer.message_id,
        body=f"I am away. Your message was not delivered to me.\r\n\r\n{returned(answer)}\r\n",
    )

    done = bounce(house, raw)

    assert done.filed is not None
    assert done.filed.entry_id is not None
    entry = house.store.entry(done.filed.entry_id)
    assert entry is not None
    assert entry.row["kind"] == "email"
    assert (states(house)[JANE], failing(house)) == (["sent"], {})


def test_report__that_brings_nothing_back_is_ordinary_automatic_mail(house: House) -> None:
    """B11: nothing can be told, so nothing is thrown away."""
    done = bounce(house, report("x@y.example", "Subject: hello"))

    assert done.decision.record.outcome == "filed"
    assert done.decision.scope.automatic
    assert [one.kind for one in done.decision.deliveries] == ["distribution"]


def test_report__with_our_number_alone_is_filed_there_unverified(house: House) -> None:
    """B11, B33: where a relay changed all that is ours, the number in the returned subject leads to the ticket."""
    written_to(house)

    done = bounce(house, report(JANE, "Message-ID: <other@x.example>\nSubject: Ticket [0500-1000] Printer"))

    assert done.decision.record.outcome == "filed"
    assert (done.decision.match.number, done.decision.match.verified) == ("0500-1000", False)
    assert failing(house) == {}


def test_report__of_an_unknown_server_is_not_held(house: House) -> None:
    """B25, B11: UnknownSender=hold does not keep back what is believed; backscatter is not worth a decision."""
    house.use(replace(house.settings.connector, unknown_sender="hold"))
    answer = written_to(house)

    assert bounce(house, report(JANE, returned(answer))).decision.record.outcome == "filed"
    assert bounce(house, report(JANE, "Message-ID: <no@x.example>")).decision.record.outcome == "skipped"


def test_report__on_a_report_goes_to_nobody(house: House) -> None:
    """B11, B13: employees whose mailboxes fail are not told of that by mail without end."""
    answer = written_to(house)
    bounce(house, report(JANE, returned(answer)))
    told = sent_to(house, "alice@company.example")

    first = bounce(house, report("alice@company.example", returned(told), key="2"))

    assert first.decision.record.outcome == "filed"
    assert first.decision.deliveries == ()
    assert send_all(house) == []


def test_report__is_not_passed_on_to_whom_it_names(house: House) -> None:
    """B11: who cannot be reached is not told of it there."""
    house.send(f"Jane Doe <{JANE}>")
    mail = sent_to(house, "alice@company.example")

    done = bounce(house, report("alice@company.example", returned(mail)))

    assert "report-of-failure" in codes(done)
    assert all("alice@company.example" not in one.envelope for one in done.decision.deliveries)


def test_report__on_a_merged_ticket_goes_to_the_end_of_merges(house: House) -> None:
    """B34, B11: the report is filed where the ticket is now."""
    answer = written_to(house)
    house.send(f"Jane Doe <{JANE}>", subject="Another")
    query = "UPDATE ticket SET merged_into_id = (SELECT id FROM ticket WHERE number = ?) WHERE number = ?"
    house.store.db.run(query, ("0500-1001", "0500-1000"))

    assert bounce(house, report(JANE, returned(answer))).decision.match.number == "0500-1001"


def test_report__sent_on_by_a_person_is_his_mail(house: House) -> None:
    """B11: a customer who forwards what came back, part by part, writes a mail as any other."""
    answer = written_to(house)
    raw = report(JANE, returned(answer), sender=f"Jane Doe <{JANE}>").replace(b"multipart/report", b"multipart/mixed")
    raw = raw.replace(b"Auto-Submitted: auto-replied\r\n", b"")

    done = house.take(raw, Envelope(rcpt_to=(PUBLIC,), mail_from=JANE, has_sender=True))

    assert done.decision.match.reported is None
    assert states(house)[JANE][0] == "sent"
