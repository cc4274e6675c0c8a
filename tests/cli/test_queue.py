"""Held, quarantined and waiting mail; outgoing mail; how the service is."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from connector.cli.health import health
from connector.mail.model import Envelope
from connector.originals import Originals
from connector.spool import Spool
from storage import alarms
from storage.views import COLUMNS
from tests.cli.conftest import Desk
from tests.house import mail_bytes

STRANGER = "eve@elsewhere.example"


@pytest.fixture
def held(build: Callable[..., Desk]) -> Desk:
    """An installation that holds unknown senders' mail, and has one."""
    desk = build(EMAILCONNECTOR__UnknownSender="hold")
    desk.take(sender=STRANGER, subject="Held \x1b[2J mail")
    return desk


def only(desk: Desk) -> dict[str, Any]:
    (row,) = desk.json("queue")
    return dict(row)


def quarantine(desk: Desk) -> str:
    """A mail in quarantine; its id."""
    claim = Spool(desk.settings.store.spool).accept_claimed(mail_bytes(STRANGER, subject="Bad"), Envelope())
    claim.quarantine("failed", "ValueError: a defect")
    return claim.id


def ledger(desk: Desk, mail: str) -> dict[str, Any]:
    store = desk.store()
    row = store.mail(mail)
    store.close()
    assert row is not None
    return row


def test_list_has_the_columns_of_the_interface(held: Desk) -> None:
    """interface, B9: id, state, reason, tries, received_at, from, subject, size."""
    row = only(held)
    assert list(row) == ["id", "state", "reason", "tries", "received_at", "from", "subject", "size"]
    assert (row["state"], row["from"], "unknown" in row["reason"]) == ("held", STRANGER, True)
    assert row["received_at"].endswith("Z")
    assert row["id"] in held.done("queue", "list", width=120)


def test_show_tells_envelope_and_text(held: Desk) -> None:
    """B9: what a person needs to decide; no escape sequence of the mail reaches the terminal."""
    shown = held.done("queue", "show", only(held)["id"])
    assert all(part in shown for part in (STRANGER, "Hello.", "UnknownSender is hold", "file"))
    assert "\x1b" not in shown


def test_release_lets_it_through(held: Desk) -> None:
    """B9: as it is, or as unverified; who did it goes with the mail."""
    mail = only(held)["id"]
    held.done("queue", "release", mail, "--as-unverified", "--as", "bob@company.example")
    assert only(held)["state"] == "spooled"
    claim = Spool(held.settings.store.spool).claim(mail)
    assert claim is not None
    envelope = claim.read().envelope
    claim.close()
    assert (envelope.release, envelope.released_by) == ("unverified", "bob@company.example")


def test_reject_keeps_original_and_ledger(held: Desk) -> None:
    """B4, B9: the mail leaves the queue; the ledger says rejected, and by whom."""
    mail = only(held)["id"]
    held.done("queue", "reject", mail, "--as", "bob@company.example")
    assert held.json("queue") == []
    row = ledger(held, mail)
    assert (row["outcome"], row["reason"], row["sender"]) == ("rejected", "rejected by bob@company.example", STRANGER)
    assert Originals(held.settings.store.originals).read(row["sha256"]) == (held.folder / "mail.eml").read_bytes()
    assert held.json("tickets") == []


def test_retry_and_drop_of_quarantined_mail(desk: Desk) -> None:
    """B7: sent through again, or taken away with the original kept."""
    first, second = quarantine(desk), quarantine(desk)
    desk.done("queue", "retry", first)
    assert {row["id"]: row["state"] for row in desk.json("queue")} == {first: "spooled", second: "quarantined"}
    desk.done("queue", "drop", first, second)
    assert desk.json("queue") == []
    assert ledger(desk, second)["outcome"] == "rejected"
    assert len(list(desk.settings.store.originals.glob("*/*.eml"))) == 1


def test_wrong_state_is_refused_and_the_others_done(held: Desk) -> None:
    """interface: exit status 1; each mail by itself."""
    mail, bad = only(held)["id"], quarantine(held)
    assert f"no mail '{bad}' is held" in held.refused("queue", "reject", bad, mail)
    assert [row["id"] for row in held.json("queue")] == [bad]
    assert "no mail 'nope'" in held.refused("queue", "show", "nope")


def test_damaged_file_is_shown_and_not_dropped(desk: Desk) -> None:
    """faults: a torn spool file keeps no original, so it is not dropped without a word."""
    mail = quarantine(desk)
    (file,) = desk.settings.store.spool.glob(f"quarantine/{mail}.[0-9]*")
    os.truncate(file, 20)
    assert "it was cut" in desk.done("queue", "show", mail)
    assert "is damaged" in desk.refused("queue", "drop", mail)
    assert file.exists()


def test_queue_needs_the_privilege(held: Desk) -> None:
    """B96: mail that belongs to no ticket yet is not for those who see only their own."""
    mail = only(held)["id"]
    for words in (("list",), ("show", mail), ("release", mail), ("reject", mail), ("retry", mail), ("drop", mail)):
        assert "other-employees-tickets is missing" in held.refused("queue", *words, "--as", "heidi@company.example")
    assert only(held)["state"] == "held"


def test_deliveries_by_state(desk: Desk, ticket: str) -> None:
    """B87, B97: rows of delivery_v1, filtered by state and ticket."""
    rows = desk.json("deliveries", "--state", "pending")
    assert list(rows[0]) == COLUMNS["delivery_v1"].split()
    assert {row["kind"] for row in rows} == {"distribution", "response"}
    assert desk.json("deliveries", "--state", "sent", "--state", "failed") == []
    assert desk.json("deliveries", "--ticket", ticket) == rows
    desk.refused("deliveries", "--state", "lost", status=2)


def test_status_is_fine(desk: Desk, ticket: str) -> None:
    """B106: exit status 0; level, reasons, counts."""
    told = desk.json("status")
    assert (list(told), told["level"], told["reasons"]) == (["level", "reasons", "counts"], 0, [])
    counts = told["counts"]
    assert (counts["spooled"], counts["held"], counts["quarantined"]) == (0, 0, 0)
    assert counts["deliveries"] == {"pending": 3}
    assert list(counts["last_mail"]) == ["file"]
    assert "fine" in desk.done("status")


def test_status_warns_of_held_and_quarantined(held: Desk) -> None:
    """B106: exit status 1."""
    quarantine(held)
    result = held.type("status", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["level"], told["reasons"]) == (1, 1, ["1 mails held", "1 mails quarantined"])


def test_status_names_the_alarms_that_stand(desk: Desk) -> None:
    """B106, B107: exit status 1, until they are over."""
    store = desk.store()
    for name in ("relay", "road IMAP:office"):
        alarms.raise_(store.db, name, "It is down", datetime(2026, 3, 2, len(name) // 2, tzinfo=UTC))
    result = desk.type("status", "--json")
    told = json.loads(result.stdout)
    assert (result.exit_code, told["reasons"]) == (1, ["2 alarms: relay, road IMAP:office"])
    assert told["counts"]["alarms"] == ["relay", "road IMAP:office"]
    for name in told["counts"]["alarms"]:
        alarms.end(store.db, name, datetime.now(UTC))
    store.close()
    assert desk.json("status")["counts"]["alarms"] == []


@pytest.mark.parametrize(("minutes", "level"), [(4, 0), (6, 1), (29, 1), (31, 2)])
def test_status_by_the_oldest_waiting(desk: Desk, minutes: int, level: int) -> None:
    """B106: a mail that waits more than 5 minutes is a warning, more than 30 is critical."""
    desk.json("employees")
    Spool(desk.settings.store.spool).accept(mail_bytes(STRANGER), Envelope())
    assert health(desk.settings, datetime.now(UTC) + timedelta(minutes=minutes)).level == level


def test_status_of_late_deliveries(desk: Desk, ticket: str) -> None:
    """B106: deliveries that are due and not sent count too."""
    found = health(desk.settings, datetime.now(UTC) + timedelta(minutes=31))
    assert (found.level, "delivery" in found.reasons[0]) == (2, True)


def test_status_without_a_store_is_critical(empty: Desk) -> None:
    """B106: exit status 2, and nothing is made by looking."""
    assert "there is no store yet" in empty.type("status").stdout
    assert empty.type("status").exit_code == 2
    assert not (empty.folder / "var").exists()


def test_status_with_a_broken_store_is_critical(desk: Desk) -> None:
    """B106: a store that cannot be opened is told, not raised."""
    file = desk.settings.store.database.removeprefix("sqlite:")
    with open(file, "wb") as store:
        store.write(b"no database at all" * 100)
    result = desk.type("status", "--json")
    assert (result.exit_code, "the store cannot be had" in json.loads(result.stdout)["reasons"][0]) == (2, True)
