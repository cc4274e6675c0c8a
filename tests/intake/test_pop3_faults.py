"""POP3 servers that do what a good one does not: no mail is lost, and none holds up the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connector.config.settings import Pop3In
from connector.intake import pop3_connection, retries
from connector.intake.credentials import Password
from connector.intake.dialing import TimeLimits
from connector.intake.mailbox_records import MailboxRecords
from connector.intake.pop3 import Pop3Mailbox
from connector.intake.roads import RoadFailed
from connector.spool_file import SpoolError
from storage.store import Store
from tests.fakes.pop3 import FakePop3
from tests.house import mail_bytes
from tests.intake.walking import Walk
from tests.service import until

SECRET = "planted-Secret-9"
ONE, TWO, THREE = (mail_bytes("jane@acme.example", subject=name) for name in ("One", "Two", "Three"))
PATIENT = TimeLimits()
SHORT = TimeLimits(connect=5, read=0.3, command=1)
"""For servers that fall silent; a busy machine may make any other one wait for longer."""
LARGEST = 4096

Roads = Callable[..., Pop3Mailbox]


@pytest.fixture
def road(tmp_path: Path) -> Roads:
    """Makes a road to a scripted server."""
    (tmp_path / "secret").write_text(SECRET)

    def make(server: FakePop3, limits: TimeLimits = PATIENT, **values: object) -> Pop3Mailbox:
        given = {"host": "localhost", "tls": "none", "poll_seconds": 0.05, "after_accept": "delete", **values}
        settings = Pop3In(name="office", user="jane", port=server.port, **given)  # type: ignore[arg-type]
        records = MailboxRecords("POP3:office", lambda: Store.open(f"sqlite:{tmp_path}/tickets.db"))
        return Pop3Mailbox(settings, LARGEST, Password("jane", tmp_path / "secret"), records, limits)

    return make


@pytest.mark.parametrize("trick", ["cut", "silent", "empty"])
@pytest.mark.parametrize("after", ["seen", "delete"])
def test_pop3__a_mail_that_is_not_had_at_first(road: Roads, trick: str, after: str) -> None:
    """B2: those behind it are taken first, and it is taken whole, once, when it can be had."""
    with FakePop3({"a": ONE, "b": TWO, "c": THREE}, tricks={"a": (trick, 2)}).running() as server:
        with Walk(road(server, SHORT if trick == "silent" else PATIENT, after_accept=after)) as walk:
            walk.until(TWO, THREE, ONE)
            until(lambda: len(server.mails), 0 if after == "delete" else 3)
            walk.until_looked()
        assert walk.mails == [TWO, THREE, ONE]
        assert all(isinstance(error, RoadFailed) for error in walk.errors)
        assert len(walk.errors) >= 2 if trick == "silent" else len(walk.errors) == 2 * (trick == "cut")


def test_pop3__a_mail_without_end(road: Roads) -> None:
    """B6: it is left, no more of it is read than a mail may have, and the others are taken."""
    with FakePop3({"a": ONE, "b": TWO}, tricks={"a": ("endless", 1000)}).running() as server:
        with Walk(road(server)) as walk:
            walk.until(TWO)
            walk.until_looked()
        assert (list(server.mails), server.played["a"], len(walk.errors)) == (["a"], 1, 1)


def test_pop3__a_server_without_names(road: Roads) -> None:
    """B5: what is deleted can be taken; what stays could not be known again, and a person is told."""
    with FakePop3({"a": ONE, "b": TWO}, has_names=False).running() as server:
        with Walk(road(server, after_accept="seen")) as walk:
            error = walk.until_failed()
        assert isinstance(error, RoadFailed)
        assert (error.urgent, walk.mails) == (True, [])
        with Walk(road(server)) as walk:
            walk.until(ONE, TWO)
            until(lambda: server.mails, {})


@pytest.mark.parametrize("has_stls", [False, True], ids=["not offered", "offered and refused"])
def test_pop3__without_stls_nothing_is_sent(road: Roads, has_stls: bool) -> None:
    """B102, B107: no log-in in the clear, and a person is told."""
    server = FakePop3({"a": ONE}, has_stls=has_stls)
    with server.running(), Walk(road(server, tls="starttls")) as walk:
        error = walk.until_failed()
    assert isinstance(error, RoadFailed)
    assert error.urgent
    assert set(server.commands) <= {"CAPA", "STLS"}


@pytest.mark.parametrize(("code", "urgent"), [("[AUTH]", True), ("[SYS/TEMP]", False), ("[IN-USE]", False)])
def test_pop3__a_refused_log_in(road: Roads, code: str, urgent: bool) -> None:
    """B102, B107: told at once unless it will pass; a server that repeats what it was sent gives nothing away."""
    server = FakePop3(login_answer=f"-ERR {code} not {{}}")
    with server.running(), Walk(road(server)) as walk:
        error = walk.until_failed()
    assert isinstance(error, RoadFailed)
    assert (error.urgent, "***" in str(error), SECRET in str(error)) == (urgent, True, False)


@pytest.mark.parametrize("after", ["seen", "delete"])
def test_pop3__one_name_for_two_mails(road: Roads, after: str) -> None:
    """B2: RFC 1939 lets copies share a name, and servers do worse: no mail is deleted, or passed over, untaken."""
    server = FakePop3({"a": ONE, "b": TWO, "c": THREE}, names={"b": "a", "c": "c"})
    with server.running(), Walk(road(server, after_accept=after)) as walk:
        walk.until(ONE, TWO, THREE)
        walk.until_looked()
        assert (walk.mails, len(server.mails)) == ([ONE, TWO, THREE], 0 if after == "delete" else 3)


def test_pop3__a_name_that_is_used_again(road: Roads) -> None:
    """B2: a server that names its mails by their numbers gives the next mail the name of one that was taken."""
    server = FakePop3({"a": ONE}, names={"a": "1", "b": "1", "c": "1"}, tricks={"a": ("lost", 1)})
    with server.running(), Walk(road(server)) as walk:
        walk.until(ONE)
        for name, mail, taken in (("b", TWO, [ONE, TWO]), ("c", THREE, [ONE, TWO, THREE])):
            until(lambda: server.mails, {})
            server.mails[name] = mail
            walk.until(*taken)
        until(lambda: server.mails, {})


def test_pop3__a_server_without_names_that_holds_a_mail_that_is_too_large(road: Roads) -> None:
    """B6: the number of a mail that stays becomes another mail's, which is taken all the same."""
    server = FakePop3({"a": ONE, "large": ONE + b"x" * LARGEST}, has_names=False)
    with server.running(), Walk(road(server)) as walk:
        walk.until(ONE)
        until(lambda: list(server.mails), ["large"])
        walk.until_looked()
        server.mails["b"] = TWO
        walk.until(ONE, TWO)
        until(lambda: walk.stays.startswith("larger than MaxMessageSize: number 1 ("))


@pytest.mark.parametrize("trick", ["refused", "cut"])
def test_pop3__a_mail_that_is_never_had(road: Roads, trick: str) -> None:
    """B1, B107: the others are taken and deleted, new mail comes, and a person is told of the one that stays."""
    server = FakePop3({"a": ONE, "b": TWO}, tricks={"a": (trick, 1000)})
    with server.running(), Walk(road(server)) as walk:
        until(lambda: walk.stays, f"not given or not deleted by the server: a ({len(ONE)} bytes)")
        failed = len(walk.errors)
        server.mails["c"] = THREE
        walk.until(TWO, THREE)
        until(lambda: list(server.mails), ["a"])
        assert len(walk.errors) == failed


def test_pop3__a_server_that_does_not_delete(road: Roads) -> None:
    """B5: it says that it does: no mail is taken twice, and a person is told."""
    with FakePop3({"a": ONE, "b": TWO}, keeps_all=True).running() as server, Walk(road(server)) as walk:
        until(lambda: walk.stays.count("bytes"), 2)
        assert walk.mails == [ONE, TWO]


def test_pop3__a_line_of_the_list_that_makes_no_sense(road: Roads) -> None:
    """B1: the mails of the others are taken."""
    server = FakePop3({"a": ONE, "b": TWO}, odd_lines=("x y", "", "7", "\0"))
    with server.running(), Walk(road(server)) as walk:
        walk.until(ONE, TWO)
        until(lambda: server.mails, {})
        assert walk.errors == []


def test_pop3__a_list_without_end(road: Roads, monkeypatch: pytest.MonkeyPatch) -> None:
    """B6: it does not fill the memory."""
    monkeypatch.setattr(pop3_connection, "LIST_BYTES", 100_000)
    server = FakePop3({"a": ONE}, odd_lines=("x" * 70,) * 3000)
    with server.running(), Walk(road(server)) as walk:
        assert "bytes in answer to one command" in str(walk.until_failed())


def test_pop3__a_full_disk_is_no_fault_of_a_mail(road: Roads) -> None:
    """B6: however often, the mail is taken as soon as there is room."""
    with FakePop3({"a": ONE}).running() as server, Walk(road(server)) as walk:
        walk.refuse_all = SpoolError("the disk is full")
        until(lambda: len(walk.errors) > retries.TRIES_AT_ONCE)
        walk.refuse_all = None
        until(lambda: walk.mails, [ONE], 5)
