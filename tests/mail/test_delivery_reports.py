"""B11: what delivery reports say, in the form of RFC 3464 and in those of programs and providers that keep to none."""

from __future__ import annotations

import base64

import pytest

from connector.mail.model import DeliveryReport, Envelope, Mail
from connector.mail.parse import parse
from tests.mail.mails import mixed, multipart

ID = "<18f.answer@desk.example>"
HEADERS = f"""From: Support <support@desk.example>
To: jane@acme.example
Subject: Ticket [0500-1000] Printer
Message-ID: {ID}
"""
STATUS = "Reporting-MTA: dns; mx.desk.example\nOriginal-Envelope-Id: E17\n\n"
JANE = """Final-Recipient: rfc822; Jane@ACME.example
Action: failed
Status: 5.1.1
Diagnostic-Code: smtp; 550 5.1.1 No such user
"""

QMAIL = f"""Hi. This is the qmail-send program at mx.acme.example.
I'm afraid I wasn't able to deliver your message to the following addresses.
This is a permanent error; I've given up. Sorry it didn't work out.

<jane@acme.example>:
Sorry, no mailbox here by that name. (#5.1.1)

--- Below this line is a copy of the message.

Return-Path: <support@desk.example>
{HEADERS}
Dear Jane"""

EXIM = f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of its
recipients. This is a permanent error. The following address(es) failed:

  jane@acme.example
    SMTP error from remote mail server after RCPT TO:<jane@acme.example>:
    host mx.acme.example [192.0.2.80]: 550 5.1.1 Unknown user

------ This is a copy of the message, including all the headers. ------

Return-path: <support@desk.example>
{HEADERS}
Dear Jane"""

YAHOO = f"""Sorry, we were unable to deliver your message to the following address.

<jane@acme.example>:
554: delivery error: dd This user doesn't have an account (jane@acme.example) [0]

--- Below this line is a copy of the message.

{HEADERS}
Dear Jane"""

GMX = f"""This message was created automatically by mail delivery software.

A message that you sent could not be delivered to one or more of
its recipients. This is a permanent error. The following address
failed:

jane@acme.example:
SMTP error from remote server for RCPT TO command, host: mx.acme.example
(192.0.2.80) reason: 550 5.1.1 unknown user

--- The header of the original message is following. ---

Received: from mx.desk.example by mx.gmx.example
{HEADERS}
"""

T_ONLINE = f"""|------------------------- Message log follows: -------------------------|
 no valid recipients were found for this message
|------------------------- Failed addresses follow: ---------------------|
 <jane@acme.example> ... unknown User
|------------------------- Message text follows: ------------------------|
{HEADERS}
Dear Jane"""

EXCHANGE = f"""Delivery has failed to these recipients or groups:

jane@acme.example<mailto:jane@acme.example>
The email address you entered couldn't be found.

Diagnostic information for administrators:

Generating server: EX01.acme.example

jane@acme.example
Remote Server returned '550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup'

Original message headers:

Received: from mx.desk.example (192.0.2.1) by EX01.acme.example
{HEADERS}X-CmtEmailConnector: abc
 {ID} 0123456789abcdef
"""

GOOGLE = f"""Delivery to the following recipient failed permanently:

     jane@acme.example

Technical details of permanent failure:
Google tried to deliver your message, but it was rejected by the server for the recipient domain acme.example.
The error that the other server returned was:
550 5.1.1 User unknown

----- Original message -----

{HEADERS}
Dear Jane"""

GERMAN = f"""Ihre Nachricht konnte nicht zugestellt werden:

    jane@acme.example (Empfänger unbekannt, 550)

Kopfzeilen der Nachricht:

> Subject: Ticket [0500-1000] Printer
> Message-ID: {ID}
"""

ABSENT = f"""I am out of the office until Monday. In urgent cases write to bob@acme.example.

-----Original Message-----
{HEADERS}"""


def robot(text: str, subject: str = "failure notice", more: str = "", **envelope: object) -> Mail:
    """A machine's mail of plain text."""
    head = f"From: MAILER-DAEMON@mx.acme.example\nTo: support@desk.example\nSubject: {subject}\n{more}"
    raw = f"{head}Content-Type: text/plain; charset=utf-8\n\n{text}".replace("\n", "\r\n").encode()
    return parse(raw, Envelope(has_sender=True, mail_from="", **envelope))  # type: ignore[arg-type]


def rfc3464(*recipients: str, returned: str = HEADERS, type_: str = "text/rfc822-headers") -> Mail:
    """A report in the standard's form."""
    status = STATUS + "\n".join(recipients)
    return mixed(
        "Content-Type: text/plain\n\nNot delivered.",
        f"Content-Type: message/delivery-status\n\n{status}",
        f"Content-Type: {type_}\n\n{returned}",
        kind="report",
    )


def found(mail: Mail) -> DeliveryReport:
    assert mail.delivery_report is not None
    return mail.delivery_report


def test_report__of_rfc_3464_says_who_what_and_why() -> None:
    """B11: each recipient with action, status and answer; the returned header names the mail."""
    report = found(
        rfc3464(
            JANE,
            "Original-Recipient: rfc822;bob@acme.example\nFinal-Recipient: rfc822; robert@mail.example\n"
            "Action: Delayed (will retry)\nStatus: 4.4.1 (no answer)\nRemote-MTA: dns; mx.mail.example\n",
        )
    )

    jane, bob = report.recipients
    assert (report.form, report.envelope_id, report.returned["message-id"]) == ("status", "E17", ID)
    assert (jane.addresses, jane.action, jane.status) == (("jane@acme.example",), "failed", "5.1.1")
    assert jane.answer == "550 5.1.1 No such user"
    assert bob.addresses == ("robert@mail.example", "bob@acme.example")
    assert (bob.action, bob.status, bob.remote) == ("delayed", "4.4.1", "mx.mail.example")


@pytest.mark.parametrize("type_", ["message/rfc822", "text/rfc822-headers", "message/global-headers"])
def test_report__the_returned_mail_comes_whole_or_as_its_headers(type_: str) -> None:
    """B11: Message-ID and our own marker are read from either."""
    marker = f"X-CmtEmailConnector: abc {ID}\n 0123\n"

    returned = found(rfc3464(JANE, returned=HEADERS + marker + "\nDear Jane\nMessage-ID: <x@y>", type_=type_)).returned

    assert (returned["message-id"], returned["subject"]) == (ID, "Ticket [0500-1000] Printer")
    assert returned["x-cmtemailconnector"] == f"abc {ID} 0123"


def test_report__part_in_a_transfer_encoding_and_fields_without_a_blank_line() -> None:
    """B11: status blocks in base64, or all in one block, are read as well."""
    one_block = "Reporting-MTA: dns; a\n" + JANE
    encoded = base64.b64encode(one_block.encode()).decode()
    mail = mixed(
        "Content-Type: text/plain\n\nNot delivered.",
        f"Content-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\n{encoded}",
        kind="report",
    )

    assert found(mail).recipients[0].addresses == ("jane@acme.example",)
    assert found(mail).returned == {}


@pytest.mark.parametrize(
    ("text", "more"),
    [
        pytest.param(QMAIL, "", id="qmail"),
        pytest.param(EXIM, "X-Failed-Recipients: jane@acme.example\n", id="exim"),
        pytest.param(EXIM, "", id="exim-text-alone"),
        pytest.param(YAHOO, "", id="yahoo"),
        pytest.param(GMX, "", id="gmx"),
        pytest.param(T_ONLINE, "", id="t-online"),
        pytest.param(EXCHANGE, "", id="exchange"),
        pytest.param(GOOGLE, "", id="google"),
        pytest.param(GERMAN, "", id="german"),
    ],
)
def test_report__odd_forms_name_the_recipient_and_the_mail(text: str, more: str) -> None:
    """B11: the forms of programs and providers that write plain text."""
    report = found(robot(text, more=more))

    assert report.form == "text"
    assert report.returned["message-id"] == ID
    assert "jane@acme.example" in {address for one in report.recipients for address in one.addresses}
    assert {one.action for one in report.recipients} == {"failed"}


def test_report__marker_in_text_is_read_across_lines() -> None:
    """B11: relays rewrite Message-IDs; the marker in the copied header tells the one that was issued."""
    assert found(robot(EXCHANGE)).returned["x-cmtemailconnector"] == f"abc {ID} 0123456789abcdef"


def test_report__an_answer_s_status_is_taken_from_the_text() -> None:
    """B11: the relay's answer that an odd form repeats says why."""
    (recipient,) = found(robot(GOOGLE)).recipients

    assert (recipient.status, recipient.answer) == ("5.1.1", "550 5.1.1 User unknown")


def test_report__a_delay_is_no_failure() -> None:
    """B11: what will be tried again is not given up."""
    text = f"Your message is not delivered yet, it is delayed and will be retried:\n\n jane@acme.example\n\n{HEADERS}"

    assert {one.action for one in found(robot(text, "Delivery delayed")).recipients} == {"delayed"}


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Out of office", ABSENT),
        ("Automatic reply: Ticket [0500-1000] Printer", "I am away."),
        ("Ticket [0500-1000] Printer", ABSENT),
        ("Invoice 7", "Dear customer, find the invoice attached."),
    ],
)
def test_report__absent_people_and_other_machines_report_nothing(subject: str, text: str) -> None:
    """B11: neither a null return path nor mailer-daemon proves a report."""
    assert robot(text, subject).delivery_report is None


def test_report__a_person_s_mail_is_none_whatever_it_quotes() -> None:
    """B11: a customer who sends on what came back writes a mail of his own, as text or part by part."""
    raw = f"From: jane@acme.example\nSubject: Fwd: failure notice\n\n{QMAIL}".encode()
    parts = multipart("mixed", f"Content-Type: message/delivery-status\n\n{STATUS}{JANE}")
    attached = f"From: jane@acme.example\nContent-Type: multipart/mixed; boundary=b1\n\n{parts}".encode()

    assert parse(raw, Envelope()).delivery_report is None
    assert parse(attached, Envelope()).delivery_report is None


def test_report__receipts_and_complaints_are_none() -> None:
    """B11: a disposition notification (RFC 8098) and a feedback report (RFC 5965) report no delivery."""
    for type_ in ("disposition-notification", "feedback-report"):
        part = f"Content-Type: message/{type_}\n\n{JANE}"
        mail = mixed("Content-Type: text/plain\n\nfailure notice", part, HEADERS, kind="report")
        assert mail.delivery_report is None


def test_report__of_thousands_of_recipients_is_cut() -> None:
    """B11: at most 500 recipients are read of one report."""
    many = [f"Final-Recipient: rfc822; a{i}@b.example\nAction: failed\nStatus: 5.0.0\n" for i in range(3000)]

    assert len(found(rfc3464(*many)).recipients) == 500
