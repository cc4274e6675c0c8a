"""Our own mail comes back; and what only looks like it (B12)."""

from __future__ import annotations

from dataclasses import replace

import pytest

from connector.pipeline.marker import MARKER, marker_value
from connector.pipeline.policy import Installation
from connector.processing import Processed
from tests.house import PUBLIC, House, mail_bytes
from tests.sent import Sent, sent_for

ALICE, JANE = "alice@company.example", "jane@acme.example"
OTHER = Installation("another-installation", b"another key")


def outcome(done: Processed) -> tuple[str, str]:
    record = done.decision.record
    return record.outcome, record.because[0].code if record.because else ""


def sent(house: House) -> tuple[str, Sent]:
    """The number of Jane's ticket, and an employee's mail to her as it left."""
    number = house.send(JANE).decision.match.number
    (mail,) = sent_for(house, house.send(ALICE, subject=f"[{number}] It works again"))
    return number, mail


def markers(mail: Sent) -> list[str]:
    return [" ".join(value.split()) for value in mail.headers.get_all(MARKER, [])]


def rows(house: House) -> int:
    ((entries,),) = house.store.db.rows("SELECT COUNT(*) FROM entry")
    return int(entries)


def test_own__by_its_message_id(house: House) -> None:
    """B12: counted, not filed, not distributed, though the subject holds the number of an open ticket."""
    _, mail = sent(house)
    before = rows(house)
    done = house.take(mail.head + mail.body)
    assert (outcome(done), sent_for(house, done), rows(house)) == (("own", "own-message-id"), [], before)
    assert house.store.counts().mails["own"] == 1


def test_own__by_the_copy_of_its_message_id(house: House) -> None:
    """B12: a relay that writes Message-IDs anew leaves the marker, which holds the old one under the keyed hash."""
    _, mail = sent(house)
    raw = (mail.head + mail.body).replace(f"Message-ID: {mail.message_id}".encode(), b"Message-ID: <1@relay.example>")
    assert outcome(house.take(b"Received: from a by b; Mon, 2 Mar 2026 09:00:00 +0000\r\n" + raw)) == (
        "own",
        "own-marker",
    )


def test_own__also_what_would_be_held(house: House) -> None:
    """B12: our own mail has the public address as sender, and perhaps made a round; it is proved, so nobody decides."""
    marker = marker_value(house.policy.installation, "<gone@example.com>")
    hops = {f"Received_{n}": "x" for n in range(60)}
    raw = mail_bytes(PUBLIC, **{MARKER: marker}, **hops).replace(b"Received-", b"Received: ")
    assert outcome(house.take(raw)) == ("own", "own-marker")


@pytest.mark.parametrize(
    "change",
    [
        lambda value, house: value[:-1] + ("0" if value[-1] != "0" else "1"),
        lambda value, house: value.replace("<1@", "<2@"),
        lambda value, house: value.rpartition(" ")[0],
        lambda value, house: marker_value(OTHER, "<1@example.com>"),
        lambda value, house: marker_value(replace(OTHER, id=house.policy.installation.id), "<1@example.com>"),
    ],
    ids=["other-hash", "other-id", "no-hash", "other-installation", "other-key"],
)
def test_own__a_marker_that_is_not_ours_says_nothing(house: House, change: object) -> None:
    """B12: forged, or another installation's: an ordinary mail, filed and distributed, and the marker stays behind."""
    value = change(marker_value(house.policy.installation, "<1@example.com>"), house)  # type: ignore[operator]
    done = house.send(JANE, **{MARKER: value})
    assert outcome(done) == ("filed", "")
    mails = sent_for(house, done)
    assert len(mails) == 2
    for mail in mails:
        assert value.encode() not in mail.head
        assert markers(mail) == [marker_value(house.policy.installation, mail.message_id)]


def test_own__a_forged_marker_is_removed_from_an_employees_mail(house: House) -> None:
    """B12: in any spelling of the header's name, several times, folded: outside stands ours alone."""
    number, _ = sent(house)
    forged = f"x-cmtemailconnector: forged\r\n{MARKER.upper()}: {house.policy.installation.id}\r\n <x@y> 0\r\n".encode()
    (mail,) = sent_for(house, house.take(forged + mail_bytes(ALICE, subject=f"[{number}] more")))
    assert markers(mail) == [marker_value(house.policy.installation, mail.message_id)]
    assert b"forged" not in mail.head


def test_own__looks_like_it(house: House) -> None:
    """B12, B28: a contact form that writes as the public address is held, with a forged marker and without."""
    assert outcome(house.send(PUBLIC)) == ("held", "public-address-as-sender")
    assert outcome(house.send(PUBLIC, **{MARKER: "x <y@z> 0"})) == ("held", "public-address-as-sender")


def test_own__another_installation_answers(house: House) -> None:
    """B12: a mail of another installation, with its marker, is a mail of its public address like anybody's."""
    done = house.send("help@other.example", **{MARKER: marker_value(OTHER, "<7@other.example>")})
    assert outcome(done) == ("filed", "")
    assert done.decision.match.new
