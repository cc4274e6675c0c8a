"""B8: reports are recognised (RFC 3464, RFC 8098, RFC 5965), whoever wrote them and however little they say."""

from __future__ import annotations

import pytest

from tests.mail.mails import mail, mixed, multipart

WORDS = "Content-Type: text/plain\n\nYour mail could not be delivered."
STATUS = "Content-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n\nAction: failed\nStatus: 5.1.1\n"
RETURNED = "Content-Type: message/rfc822\n\nSubject: Printer\n\nIt is broken."


@pytest.mark.parametrize(
    ("parsed", "report"),
    [
        (mixed(WORDS, STATUS, RETURNED, kind="report"), "delivery-status"),
        (mixed(WORDS, STATUS), "delivery-status"),
        (
            mixed(WORDS, "Content-Type: message/disposition-notification\n\nx", kind="report"),
            "disposition-notification",
        ),
        (mixed(WORDS, "Content-Type: message/feedback-report\n\nx", RETURNED, kind="report"), "feedback-report"),
        (
            mail(multipart("report", WORDS), "multipart/report; report-type=delivery-status; boundary=b1"),
            "delivery-status",
        ),
        (mail(multipart("report", WORDS), "multipart/report; report-type=other; boundary=b1"), ""),
        (mail(STATUS.partition("\n\n")[2], "message/delivery-status"), "delivery-status"),
        (mixed(WORDS, RETURNED), ""),
        (mixed(WORDS, "Content-Type: message/rfc822\n\n" + STATUS), ""),
    ],
)
def test_report__is_recognised_by_its_parts(parsed, report):
    """B8: what a mail reports stands in it; a report within an attached mail is not this mail's."""
    assert parsed.report == report


def test_report_of_exchange__body_and_returned_mail_are_apart():
    """B8, B73: the words are the body, in both forms; status and returned mail are listed, and read as no text."""
    words = multipart("alternative", WORDS, "Content-Type: text/html\n\n<p>Not delivered</p>", boundary="b2")
    parsed = mixed(f"Content-Type: multipart/alternative; boundary=b2\n\n{words}", STATUS, RETURNED, kind="report")
    assert (parsed.plain, parsed.html) == ("Your mail could not be delivered.", "<p>Not delivered</p>")
    assert [found.name for found in parsed.attachments] == ["", "Printer.eml"]
    assert "broken" not in parsed.text + parsed.html
