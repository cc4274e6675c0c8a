"""IMAP servers that do what a good one does not: no mail is marked that was not had, and none holds up the others."""

from __future__ import annotations

import os
import resource
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from connector.intake import imap
from connector.intake.roads import RoadFailed
from tests.authority import Authority
from tests.fakes.imap import FakeImap
from tests.house import mail_bytes
from tests.intake.scripted import PATIENT, SHORT, Roads, imap_roads
from tests.intake.walking import Walk
from tests.service import until

SECRET = "planted-Secret-9"
ONE, TWO, THREE = (mail_bytes("jane@acme.example", subject=name) for name in ("One", "Two", "Three"))
DAY = 86400.0


@pytest.fixture
def road(tmp_path: Path) -> Roads:
    """Makes a road to a scripted server."""
    return imap_roads(tmp_path, SECRET)


@pytest.mark.parametrize(
    ("trick", "fails"), [("nil", False), ("cut", True), ("bye", True), ("silent", True), ("trickle", True)]
)
def test_imap__a_mail_that_is_not_had_at_first(road: Roads, trick: str, fails: bool) -> None:
    """B2: it stays as it is, those behind it are taken first, and it is taken whole when it can be had."""
    with FakeImap({3: ONE, 4: TWO, 5: THREE}, tricks={3: (trick, 2)}).running() as server:
        with Walk(road(server, limits=SHORT if trick in ("silent", "trickle") else PATIENT)) as walk:
            until(lambda: walk.mails[:2], [TWO, THREE])
            walk.until(TWO, THREE, ONE)
            until(server.unmarked, [])
        assert all(isinstance(error, RoadFailed) for error in walk.errors)
        assert len(walk.errors) >= 2 if fails else not walk.errors


def test_imap__a_mail_that_is_never_had(road: Roads) -> None:
    """B2: it is never marked, and a restart looks for it again, without taking the others anew."""
    with FakeImap({3: ONE, 4: TWO}, tricks={3: ("nil", 1000)}).running() as server:
        for mails in ([TWO], []):
            with Walk(road(server)) as walk:
                walk.until_looked()
                walk.until_looked()
            assert (walk.mails, server.unmarked()) == (mails, [3])


def test_imap__a_gigabyte_out_of_nowhere(road: Roads) -> None:
    """B6: the mail is left, not a byte more is read than a mail may have, and the others are taken."""
    with FakeImap({3: ONE, 4: TWO}, tricks={3: ("huge", 1000)}).running() as server:
        with Walk(road(server)) as walk:
            walk.until(TWO)
            walk.until_looked()
        assert (server.unmarked(), server.played["huge 3"]) == ([3], 1)
        assert [str(error) for error in walk.errors] == ["the server began to send 1073741824 bytes"]


def test_imap__a_mail_that_somebody_deletes_meanwhile(road: Roads) -> None:
    """B2: it is gone, which is no failure."""
    with FakeImap({3: ONE, 4: TWO}, tricks={3: ("gone", 1)}).running() as server, Walk(road(server)) as walk:
        walk.until(TWO)
        walk.until_looked()
        assert walk.errors == []


@pytest.mark.parametrize("uid_next", [0, 1, 4, 4294967295])
def test_imap__a_wrong_uidnext(road: Roads, uid_next: int) -> None:
    """B2: what the server says of the next mail's number is of no account; no mail is taken twice for `n:*` either."""
    server = FakeImap({3: ONE, 9: TWO}, {3: {r"\Seen"}}, uid_next=uid_next)
    with server.running(), Walk(road(server)) as walk:
        walk.until(TWO)
        server.mails[10] = THREE
        walk.until(TWO, THREE)
        walk.until_looked()
        assert walk.mails == [TWO, THREE]


# -- IDLE ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("trick", ["bye", "close", "silent"])
def test_imap__idle_that_breaks(road: Roads, trick: str) -> None:
    """B1: the end of the connection is noticed, silence is cut off, and mail is fetched on the next connection."""
    seconds, limits = (0.2, SHORT) if trick == "silent" else (DAY, PATIENT)
    with FakeImap({3: ONE}, idle_trick=trick).running() as server:
        with Walk(road(server, limits=limits, idle=True, poll_seconds=seconds)) as walk:
            walk.until(ONE)
            walk.until_failed()
            server.mails[4] = TWO
            until(lambda: walk.mails, [ONE, TWO])
        assert isinstance(walk.errors[0], RoadFailed)


@pytest.mark.parametrize("tricks", [{"search_trick": "late"}, {"idle_trick": "early"}], ids=["search", "idle"])
def test_imap__mail_that_comes_just_before_idle(road: Roads, tricks: dict[str, str]) -> None:
    """B1: it is told with the answer to the search, or in one piece with the first to IDLE: no poll is needed."""
    server = FakeImap({3: ONE}, comes={4: TWO}, **tricks)  # type: ignore[arg-type]
    with server.running(), Walk(road(server, idle=True, poll_seconds=DAY)) as walk:
        walk.until(ONE, TWO)


def test_imap__idle_among_very_many_open_files(road: Roads) -> None:
    """B1: a service with more than a thousand connections waits for mail all the same."""
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(limit[1], 4096), limit[1]))
    with ExitStack() as stack:
        stack.callback(resource.setrlimit, resource.RLIMIT_NOFILE, limit)
        for _ in range(1100):
            stack.enter_context(Path(os.devnull).open())
        server = stack.enter_context(FakeImap({3: ONE}).running())
        with Walk(road(server, idle=True, poll_seconds=1)) as walk:
            walk.until(ONE)
            until(lambda: bool(server.asked("IDLE")))
            server.mails[4] = TWO
            walk.until(ONE, TWO)
            assert walk.errors == []


def test_imap__without_idle_it_is_polled(road: Roads) -> None:
    """B1: where the server cannot tell of mail."""
    with FakeImap({3: ONE}, capabilities="IMAP4rev1").running() as server, Walk(road(server, idle=True)) as walk:
        walk.until(ONE)
        server.mails[4] = TWO
        walk.until(ONE, TWO)
        assert server.asked("IDLE") == []


def test_imap__stopping_does_not_wait_for_a_server(road: Roads) -> None:
    """B103: who is told to stop while it waits does so at once."""
    with FakeImap({3: ONE}).running() as server:
        with Walk(road(server, idle=True, poll_seconds=DAY)) as walk:
            walk.until(ONE)
            until(lambda: bool(server.asked("IDLE")))
            begun = time.monotonic()
        assert time.monotonic() - begun < 4


def test_imap__stopping_cuts_a_server_that_says_nothing(road: Roads, monkeypatch: pytest.MonkeyPatch) -> None:
    """B103: the mail in hand has its time to be finished, and no more."""
    monkeypatch.setattr(imap, "GRACE_SECONDS", 0.2)
    server = FakeImap({3: ONE}, tricks={3: ("silent", 1)})
    with server.running():
        with Walk(road(server)) as walk:
            until(lambda: bool(server.asked("BODY.PEEK[]")))
            begun = time.monotonic()
        assert (time.monotonic() - begun < 5, walk.mails, server.unmarked()) == (True, [], [3])


# -- marking ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("extensions", "left"), [("UIDPLUS", []), ("", [3])])
def test_imap__moved_where_the_server_cannot_move(road: Roads, extensions: str, left: list[int]) -> None:
    """B2: copied, marked as deleted, and that one alone expunged; what others marked is never expunged."""
    server = FakeImap({3: ONE}, capabilities=f"IMAP4rev1 {extensions}")
    with server.running(), Walk(road(server, after_accept="move:Done")) as walk:
        walk.until(ONE)
        walk.until_looked()
        assert (server.moved, sorted(server.mails)) == ([(3, "Done")], left)
        assert server.flags[3] == {r"\Seen", r"\Deleted"}
        assert [command.partition(" ")[2] for command in server.asked("EXPUNGE")] == ["UID EXPUNGE 3"] * (not left)


def test_imap__moved_though_nobody_was_told(road: Roads) -> None:
    """B5: the connection ends before the answer to MOVE: the mail is gone, and asked for no more."""
    server = FakeImap({3: ONE}, move_trick="lost")
    with server.running(), Walk(road(server, after_accept="move:Done")) as walk:
        walk.until(ONE)
        walk.until_looked()
        server.mails[4] = TWO
        walk.until(ONE, TWO)
        walk.until_looked()
        assert (server.moved, len(walk.errors)) == ([(3, "Done"), (4, "Done")], 1)


def test_imap__a_folder_of_very_many_mails(road: Roads) -> None:
    """B1: the answer to a search is one line, here of more than a million bytes."""
    server = FakeImap({1234567: ONE}, search_repeats=130_000)
    with server.running(), Walk(road(server)) as walk:
        walk.until(ONE)
        assert walk.errors == []


def test_imap__a_folder_that_can_only_be_read(road: Roads) -> None:
    """B2, B107: nothing is taken out of it, for nothing could be marked; a person is told."""
    with FakeImap({3: ONE}, read_only=True).running() as server, Walk(road(server)) as walk:
        error = walk.until_failed()
        assert isinstance(error, RoadFailed)
        assert (error.urgent, "can only be read" in str(error), walk.mails) == (True, True, [])


# -- the log-in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "server",
    [FakeImap(), FakeImap(greeting="* PREAUTH welcome"), FakeImap(capabilities="IMAP4rev1 STARTTLS")],
    ids=["not offered", "already logged in", "offered and refused"],
)
def test_imap__without_starttls_nothing_is_sent(road: Roads, server: FakeImap) -> None:
    """B102, B107: no log-in in the clear, whatever the server says, and a person is told."""
    with server.running(), Walk(road(server, tls="starttls")) as walk:
        error = walk.until_failed()
    assert isinstance(error, RoadFailed)
    assert error.urgent
    assert {command.split()[1] for command in server.commands} <= {"CAPABILITY", "STARTTLS", "LOGOUT"}


@pytest.mark.usefixtures("_trusted")
def test_imap__a_certificate_that_has_expired(road: Roads, authority: Authority) -> None:
    """B102, B107: not a word is said, and a person is told."""
    server = FakeImap(tls=authority.expired().context())
    with server.running(), Walk(road(server, tls="tls")) as walk:
        error = walk.until_failed()
    assert isinstance(error, RoadFailed)
    assert (error.urgent, "certificate has expired" in str(error), server.commands) == (True, True, [])


@pytest.mark.parametrize(("code", "urgent"), [("[AUTHENTICATIONFAILED]", True), ("[UNAVAILABLE]", False)])
def test_imap__a_refused_log_in(road: Roads, code: str, urgent: bool) -> None:
    """B102, B107: told at once unless it will pass; a server that repeats what it was sent gives nothing away."""
    server = FakeImap(login_answer=f"NO {code} not {{}}")
    with server.running(), Walk(road(server)) as walk:
        error = walk.until_failed()
    assert isinstance(error, RoadFailed)
    assert (error.urgent, "***" in str(error), SECRET in str(error)) == (urgent, True, False)
