"""Stage 7: what is written down, and what is not."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from connector.mail.model import Envelope
from connector.pipeline.marker import MARKER, marker_value
from connector.pipeline.policy import Installation
from connector.processing import Processed
from tests.house import Build, House, mail_bytes
from tests.sent import distribution, response, sent_for, ticket_of

ALICE, JANE = "Alice Archer <alice@company.example>", "Jane Doe <jane@acme.example>"
ID = "<1@acme.example>"


def outcome(done: Processed) -> tuple[str, str]:
    record = done.decision.record
    return record.outcome, record.because[0].code if record.because else ""


def entries(house: House) -> list[tuple[object, ...]]:
    return house.store.db.rows("SELECT kind, public, verified, message_id FROM entry WHERE kind = 'email' ORDER BY id")


# -- the same mail again -----------------------------------------------------------------------------------------


def test_persist__same_mail_is_filed_once(house: House) -> None:
    """B5: the same Message-ID and body by another road, with other trace headers and line ends: filed once."""
    raw = mail_bytes(JANE, Message_ID=ID, body="a\r\nb\r\n")
    house.take(raw)

    again = house.take(b"Received: by x\n" + raw.replace(b"\r\n", b"\n") + b"\n", Envelope(road="pop3"))

    assert (outcome(again), sent_for(house, again)) == (("duplicate", "received-before"), [])
    assert len(entries(house)) == 1


def test_persist__same_message_id_with_another_body_is_filed_and_suspicious(house: House) -> None:
    """B5: one Message-ID with other content is another mail, and the record says so."""
    house.send(JANE, Message_ID=ID, body="one")

    assert outcome(house.send(JANE, Message_ID=ID, body="two")) == ("filed", "message-id-used-before")


def test_persist__other_message_id_with_the_same_body_is_another_mail(house: House) -> None:
    """B5: both count."""
    house.send(JANE, Message_ID=ID)

    assert outcome(house.send(JANE, Message_ID="<2@acme.example>")) == ("filed", "")


def test_persist__held_twin_is_a_duplicate_once_released(build: Build) -> None:
    """B5, B9: two copies are held, both are released: the second one is a duplicate, not a failure."""
    house = build(unknown_sender="hold")
    raw = mail_bytes("x@else.example", Message_ID=ID)
    assert [outcome(house.take(raw))[0] for _ in range(2)] == ["held", "held"]
    released = Envelope(release="as-is", released_by="bob@company.example")

    assert [outcome(house.take(raw, released))[0] for _ in range(2)] == ["filed", "duplicate"]


# -- our own mail ------------------------------------------------------------------------------------------------


def test_persist__own_mail_comes_back(house: House) -> None:
    """B12: a mail with a Message-ID of ours is dropped into the record: not filed, not distributed."""
    answer = response(house, house.send(JANE))
    assert answer is not None

    done = house.take(answer.head + answer.body)

    assert (outcome(done), sent_for(house, done)) == (("own", "own-message-id"), [])
    assert len(entries(house)) == 1


def test_persist__own_mail_comes_back_with_another_message_id(house: House) -> None:
    """B12: a relay rewrote the Message-ID; the marker's copy of it proves the mail ours."""
    answer = response(house, house.send(JANE))
    assert answer is not None
    head = answer.head.replace(b"Message-ID: " + answer.message_id.encode(), b"Message-ID: <x@relay.example>")

    assert outcome(house.take(head + answer.body)) == ("own", "own-marker")


def test_persist__marker_of_a_long_domain(house: House) -> None:
    """B12: words of the marker are never encoded, however long the public address makes them."""
    public = f"support@{'a-very-long-name.' * 12}example.com"
    house.use(replace(house.settings.connector, public_addresses=(public,)))
    answer = response(house, house.send(JANE, to=public))
    assert answer is not None
    assert marker_value(house.policy.installation, answer.message_id).encode() in answer.head.replace(b"\r\n ", b" ")
    head = answer.head.replace(b"Message-ID: " + answer.message_id.encode(), b"Message-ID: <x@relay.example>")

    assert outcome(house.take(head + answer.body)) == ("own", "own-marker")


def test_persist__marker_in_its_own_case_and_folded(house: House) -> None:
    """B12: a relay may refold the marker and change the letter case of its name."""
    value = marker_value(house.policy.installation, "<x@example.com>")

    done = house.send(JANE, x_cmtemailconnector=value.replace(" ", "\r\n\t"))

    assert outcome(done) == ("own", "own-marker")


@pytest.mark.parametrize(
    "value", ["", "x", "{id}", "{id} <x@example.com>", "{id} <x@example.com> 00", "{id} {id} {id}"]
)
def test_persist__forged_marker_has_no_effect(house: House, value: str) -> None:
    """B12: a marker without the right key is a stranger's, and does not leave again."""
    raw = mail_bytes(JANE, **{MARKER: value.format(id=house.policy.installation.id)})

    done = house.take(raw)

    assert done.decision.record.outcome == "filed"
    assert len(distribution(house, done).headers.get_all(MARKER)) == 1


def test_persist__marker_of_another_installation_is_not_ours(house: House) -> None:
    """B12: another installation's mail is a mail."""
    other = Installation("0" * 32, b"other key")

    assert house.send(JANE, X_CmtEmailConnector=marker_value(other, "<x@e.example>")).decision.record.outcome == "filed"


# -- held --------------------------------------------------------------------------------------------------------


def test_persist__too_many_hops_are_held(build: Build) -> None:
    """B12: more than MaxReceivedHeaders hops are held; as many are not."""
    house = build(max_received_headers=2)
    raw = mail_bytes(JANE)

    assert outcome(house.dry_run(b"Received: by x\r\n" * 2 + raw)) == ("filed", "")
    assert outcome(house.take(b"Received: by x\r\n" * 3 + raw)) == ("held", "too-many-hops")


def test_persist__held_mail_changes_nothing_but_the_ledger(build: Build) -> None:
    """B9: no ticket, no entry, no delivery, no Message-ID in the way of its own release."""
    house = build(unknown_sender="hold")

    done = house.send("x@else.example", Message_ID=ID)

    counts = [house.store.db.row(f"SELECT COUNT(*) FROM {t}")[0] for t in ("ticket", "entry", "outgoing", "message")]
    assert (done.filed.outcome, counts) == ("held", [0, 0, 0, 0])
    assert house.store.db.row("SELECT dedupe_key FROM mail")[0] is None


# -- the ticket afterwards ---------------------------------------------------------------------------------------


def test_persist__one_mail_one_entry(house: House) -> None:
    """B70: the entry holds who, what, its flags and the whole decision."""
    done = house.send(JANE, Message_ID=ID)

    [entry] = entries(house)
    told = json.loads(house.store.db.row("SELECT decision FROM entry")[0])
    assert entry == ("email", 1, 1, ID)
    assert (told["outcome"], told["match"]["ticket"]) == ("filed", done.decision.match.number)


def test_persist__customers_mail_goes_to_the_inbox_and_is_unread(house: House) -> None:
    """B92, B93: with entries that say so, once."""
    first = house.send(JANE)
    ticket = ticket_of(house, first)

    second = house.send(JANE, subject="[0500-1000]")

    assert (ticket.in_inbox, ticket.unread) == (True, True)
    assert [change.field for change in first.decision.record.changes] == ["inbox"]
    assert second.decision.record.changes == ()


def test_persist__employees_mail_does_not_go_to_the_inbox(house: House) -> None:
    """B92, B93: an employee's mail neither puts the ticket into the Inbox nor marks it unread."""
    ticket = ticket_of(house, house.send(ALICE))

    assert (ticket.in_inbox, ticket.unread) == (False, False)


@pytest.mark.parametrize("sender", ["desk@company.example", "dave@company.example", "x@else.example"])
def test_persist__what_is_no_employees_goes_to_the_inbox(house: House, sender: str) -> None:
    """B22, B23, B25, B92: shared, inactive and unknown addresses too."""
    assert ticket_of(house, house.send(sender)).in_inbox


def test_persist__recipients_that_join_are_in_the_history(house: House) -> None:
    """B71: who joined an existing ticket is a history entry."""
    house.send(JANE)

    done = house.send(JANE, subject="[0500-1000]", Cc="x@else.example")

    assert [(c.field, c.new) for c in done.decision.record.changes] == [("recipients", "x@else.example")]


# -- dry run -----------------------------------------------------------------------------------------------------


def test_persist__dry_run_changes_nothing(house: House) -> None:
    """B105: a dry run decides as the service does and writes neither row nor file."""
    house.send(JANE)
    before = dump(house)

    dry = house.dry_run(mail_bytes(JANE, subject="[0500-1000] again", Cc="x@else.example"))

    assert dump(house) == before
    real = house.take(dry.decision.mail.raw)
    assert dry.filed is None
    assert (dry.decision.match.because, dry.decision.additions) == (
        real.decision.match.because,
        real.decision.additions,
    )
    assert [one.envelope for one in dry.decision.deliveries] == [one.envelope for one in real.decision.deliveries]


def dump(house: House) -> tuple[object, ...]:
    """Every row of every table, and every file."""
    tables = [name for (name,) in house.store.db.rows("SELECT name FROM sqlite_master WHERE type = 'table'")]
    rows = {name: house.store.db.rows(f"SELECT * FROM {name}") for name in tables}
    return rows, sorted(house.originals.folder.rglob("*"))
