"""The scripted IMAP server does what it says, asked by a plain client."""

from __future__ import annotations

import imaplib

import pytest

from tests.fakes.imap import FakeImap

MAIL = b"Subject: Printer\r\n\r\nHello.\r\n"


def client(server: FakeImap) -> imaplib.IMAP4:
    made = imaplib.IMAP4("127.0.0.1", server.port, timeout=5)
    made.login("jane", "secret")
    made.select()
    return made


def content(server: FakeImap, uid: int) -> object:
    return client(server).uid("FETCH", str(uid), "(BODY.PEEK[])")[1][0]


def test_fake__searches_fetches_flags_and_moves() -> None:
    """It answers as a good server where it has no trick."""
    with FakeImap({3: MAIL, 5: MAIL}, {3: {r"\Seen"}}).running() as server:
        good = client(server)
        assert good.uid("SEARCH", "UNSEEN")[1] == [b"5"]
        assert good.uid("SEARCH", "UID", "9:*")[1] == [b"5"]
        assert good.uid("FETCH", "3", "(BODY.PEEK[])")[1][0] == (b"1 (UID 3 BODY[] {28}", MAIL)
        good.uid("STORE", "5", "+FLAGS.SILENT", r"(\Seen)")
        assert server.unmarked() == []
        good.uid("MOVE", "5", '"Done"')
        assert (server.moved, list(server.mails)) == ([(5, "Done")], [3])


@pytest.mark.parametrize("trick", ["cut", "bye"])
def test_fake__ends_the_connection(trick: str) -> None:
    """Within a mail, or instead of it, as often as it is told."""
    with FakeImap({3: MAIL}, tricks={3: (trick, 1)}).running() as server:
        with pytest.raises(imaplib.IMAP4.abort):
            content(server, 3)
        assert content(server, 3) == (b"1 (UID 3 BODY[] {28}", MAIL)


def test_fake__has_no_content_or_no_mail() -> None:
    """nil and gone."""
    with FakeImap({3: MAIL, 4: MAIL}, tricks={3: ("nil", 9), 4: ("gone", 1)}).running() as server:
        assert content(server, 3) == b"1 (UID 3 BODY[] NIL)"
        assert content(server, 4) is None
        assert list(server.mails) == [3]


def test_fake__says_nothing() -> None:
    """silent."""
    with FakeImap({3: MAIL}, tricks={3: ("silent", 1)}).running() as server:
        waiting = client(server)
        waiting.sock.settimeout(0.2)
        with pytest.raises(OSError, match="timed out"):
            waiting.uid("FETCH", "3", "(BODY.PEEK[])")
