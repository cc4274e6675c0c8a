"""IMAP servers that would hold a mailbox up: whatever is wrong with one mail, the others come, and a person is told."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from connector.intake import imap_client, retries
from connector.spool_file import SpoolError
from tests.fakes.imap import FakeImap
from tests.house import mail_bytes
from tests.intake.scripted import Roads, imap_roads
from tests.intake.walking import Walk
from tests.service import until

ONE, TWO, THREE, FOUR = (mail_bytes("jane@acme.example", subject=name) for name in ("One", "Two", "Three", "Four"))
DAY = 86400.0
ALWAYS = 1000


@pytest.fixture
def road(tmp_path: Path) -> Roads:
    """Makes a road to a scripted server."""
    return imap_roads(tmp_path, "planted-Secret-9")


@pytest.mark.parametrize("trick", ["refused", "cut", "number", "nil"])
def test_imap__one_mail_that_is_never_had(road: Roads, trick: str) -> None:
    """B1, B107: after a few tries the connection is left alone, new mail comes, and it is told what stays."""
    with FakeImap({3: ONE, 4: TWO}, tricks={3: (trick, ALWAYS)}).running() as server:
        with Walk(road(server, idle=True, poll_seconds=0.05)) as walk:
            walk.until(TWO)
            until(lambda: walk.stays, "not given by the server: 3")
            failed = len(walk.errors)
            server.mails[5] = THREE
            walk.until(TWO, THREE)
            assert len(walk.errors) == failed
        assert (server.unmarked(), server.played[f"{trick} 3"]) == ([3], retries.TRIES_AT_ONCE)


@pytest.mark.parametrize("trick", ["no", "cut"])
def test_imap__one_mail_at_whose_size_the_server_fails(road: Roads, trick: str) -> None:
    """B1: it spoils the answer for all that are asked with it; asked for alone, the others are taken."""
    with FakeImap({3: ONE, 4: TWO, 5: THREE}, size_tricks={4: trick}).running() as server, Walk(road(server)) as walk:
        walk.until(ONE, THREE)
        until(lambda: walk.stays, "not given by the server: 4")


def test_imap__mails_that_cannot_be_moved(road: Roads) -> None:
    """B2, B107: no room in the other folder: all are taken, none twice, a person is told, and they are moved later."""
    server = FakeImap({3: ONE, 4: TWO}, move_trick="no")
    with server.running(), Walk(road(server, after_accept="move:Done")) as walk:
        walk.until(ONE, TWO)
        until(lambda: walk.stays, "taken, but the server does not mark them: 3, 4")
        assert walk.errors == []
        server.mails[5] = THREE
        walk.until(ONE, TWO, THREE)


def test_imap__a_server_that_refuses_everything(road: Roads) -> None:
    """B107: many refusals in a row are no fault of the mails: the road has failed."""
    mails = {uid: mail_bytes("jane@acme.example", subject=str(uid)) for uid in range(1, 9)}
    server = FakeImap(mails, tricks=dict.fromkeys(mails, ("refused", ALWAYS)))
    with server.running(), Walk(road(server)) as walk:
        assert "something wrong" in str(walk.until_failed())


def test_imap__a_full_disk_is_no_fault_of_a_mail(road: Roads) -> None:
    """B6: however often, the mail is taken as soon as there is room."""
    with FakeImap({3: ONE, 4: TWO}).running() as server, Walk(road(server)) as walk:
        walk.refuse_all = SpoolError("the disk is full")
        until(lambda: len(walk.errors) > retries.TRIES_AT_ONCE)
        walk.refuse_all = None
        until(lambda: sorted(walk.mails), sorted([ONE, TWO]))


def test_imap__too_large_a_mail_is_told_of_until_somebody_has_seen_it(road: Roads) -> None:
    """B6, B107: it stays unread, and a person is told, for nobody else will answer it."""
    server = FakeImap({3: mail_bytes("jane@acme.example", body="x" * 200_000), 4: TWO})
    with server.running(), Walk(road(server)) as walk:
        until(lambda: walk.stays, "larger than MaxMessageSize: 3")
        server.flags[3] = {r"\Seen"}
        until(lambda: walk.stays, "")
        assert walk.mails == [TWO]


def test_imap__idle_is_refused_though_it_is_offered(road: Roads) -> None:
    """B1: then it is polled, on the same connection."""
    with FakeImap({3: ONE}, idle_trick="refused").running() as server:
        with Walk(road(server, idle=True, poll_seconds=0.05)) as walk:
            walk.until(ONE)
            until(lambda: len(server.asked("IDLE")), 1)
            server.mails[4] = TWO
            walk.until(ONE, TWO)
        assert (walk.errors, len(server.asked("IDLE"))) == ([], 1)


def test_imap__mail_is_told_before_idle_has_begun(road: Roads) -> None:
    """B1: between the last look and the server's answer to IDLE: it is seen, and no poll is needed."""
    server = FakeImap({3: ONE}, comes={4: TWO}, idle_trick="before")
    with server.running(), Walk(road(server, idle=True, poll_seconds=DAY)) as walk:
        walk.until(ONE, TWO)
        assert walk.errors == []


def test_imap__a_server_that_talks_without_end(road: Roads) -> None:
    """B1: who tells of new mail that is not there is not asked as fast as it answers, and stopping ends it."""
    server = FakeImap({3: ONE}, search_trick="chatter")
    with server.running():
        with Walk(road(server)) as walk:
            walk.until(ONE)
            before = len(server.commands)
            time.sleep(0.6)
            assert len(server.commands) - before < 20
            begun = time.monotonic()
        assert time.monotonic() - begun < 4


def test_imap__a_flood(road: Roads, monkeypatch: pytest.MonkeyPatch) -> None:
    """B6: a server that answers without end does not fill the memory; the others are taken."""
    monkeypatch.setattr(imap_client, "LONGEST_LINE", 200_000)
    with FakeImap({3: ONE, 4: TWO}, tricks={3: ("flood", 1)}).running() as server:
        with Walk(road(server)) as walk:
            walk.until(TWO, ONE)
        assert "bytes in answer to one command" in str(walk.errors[0])


def test_imap__numbers_that_cannot_be(road: Roads) -> None:
    """B1: a UID beyond what RFC 3501 allows does not hide the mails that come after it."""
    server = FakeImap({3: ONE}, phantom=2**70)
    with server.running(), Walk(road(server)) as walk:
        walk.until(ONE)
        server.mails[4] = TWO
        walk.until(ONE, TWO)
        walk.until_looked()
        assert walk.errors == []
