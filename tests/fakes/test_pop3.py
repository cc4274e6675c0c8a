"""The scripted POP3 server does what it says, asked by a plain client."""

from __future__ import annotations

import poplib

import pytest

from tests.fakes.pop3 import FakePop3

MAIL = b"Subject: Printer\r\n\r\nHello.\r\n"
LINES = [b"Subject: Printer", b"", b"Hello."]


def client(server: FakePop3) -> poplib.POP3:
    made = poplib.POP3("127.0.0.1", server.port, timeout=5)
    made.user("jane")
    made.pass_("secret")
    return made


def test_fake__gives_and_deletes() -> None:
    """It answers as a good server where it has no trick, and deletes with QUIT alone."""
    with FakePop3({"a": MAIL, "b": MAIL}).running() as server:
        good = client(server)
        assert (good.list()[1], good.uidl()[1]) == ([b"1 28", b"2 28"], [b"1 a", b"2 b"])
        assert good.retr(1)[1] == LINES
        good.dele(1)
        good.close()
        good = client(server)
        good.dele(2)
        good.quit()
        assert list(server.mails) == ["a"]


def test_fake__tricks() -> None:
    """As often as it is told: cut, empty."""
    with FakePop3({"a": MAIL, "b": MAIL}, tricks={"a": ("cut", 1), "b": ("empty", 1)}).running() as server:
        with pytest.raises(poplib.error_proto, match="EOF"):
            client(server).retr(1)
        again = client(server)
        assert (again.retr(1)[1], again.retr(2)[1], again.retr(2)[1]) == (LINES, [], LINES)
