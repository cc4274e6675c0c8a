"""POP3 servers that do what a good one does not: no mail is lost, and none holds up the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connector.config.settings import Pop3In
from connector.intake.credentials import Password
from connector.intake.dialing import TimeLimits
from connector.intake.mailbox_records import MailboxRecords
from connector.intake.pop3 import Pop3Mailbox
from connector.intake.roads import RoadFailed
from storage.store import Store
from tests.fakes.pop3 import FakePop3
from tests.house import mail_bytes
from tests.intake.walking import Walk
from tests.service import until

SECRET = "planted-Secret-9"
ONE, TWO, THREE = (mail_bytes("jane@acme.example", subject=name) for name in ("One", "Two", "Three"))
LIMITS = TimeLimits(connect=2, read=0.3, command=1)
LARGEST = 4096

Roads = Callable[..., Pop3Mailbox]


@pytest.fixture
def road(tmp_path: Path) -> Roads:
    """Makes a road to a scripted server."""
    (tmp_path / "secret").write_text(SECRET)

    def make(server: FakePop3, **values: object) -> Pop3Mailbox:
        given = {"host": "localhost", "tls": "none", "poll_seconds": 0.05, "after_accept": "delete", **values}
        settings = Pop3In(name="office", user="jane", port=server.port, **given)  # type: ignore[arg-type]
        records = MailboxRecords("POP3:office", lambda: Store.open(f"sqlite:{tmp_path}/tickets.db"))
        return Pop3Mailbox(settings, LARGEST, Password("jane", tmp_path / "secret"), records, LIMITS)

    return make


@pytest.mark.parametrize("trick", ["cut", "silent", "empty"])
@pytest.mark.parametrize("after", ["seen", "delete"])
def test_pop3__a_mail_that_is_not_had_at_first(road: Roads, trick: str, after: str) -> None:
    """B2: those behind it are taken first, and it is taken whole, once, when it can be had."""
    with FakePop3({"a": ONE, "b": TWO, "c": THREE}, tricks={"a": (trick, 2)}).running() as server:
        with Walk(road(server, after_accept=after)) as walk:
            walk.until(TWO, THREE, ONE)
            until(lambda: len(server.mails), 0 if after == "delete" else 3)
            walk.until_looked()
        assert walk.mails == [TWO, THREE, ONE]
        assert [isinstance(error, RoadFailed) for error in walk.errors] == [True, True]


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
