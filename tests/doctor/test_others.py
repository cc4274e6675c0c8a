"""Relay and mailboxes, asked as the service asks them; nothing is sent, taken or made (B106)."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from connector.config.settings import ImapIn, MaildirIn, Outgoing, Pop3In, Settings
from connector.doctor import mailboxes, relay
from connector.doctor.findings import Finding
from tests.authority import Authority
from tests.doctor.conftest import told
from tests.dovecot import PASSWORD, Dovecot
from tests.fakes.imap import FakeImap
from tests.fakes.relay import FakeRelay
from tests.house import mail_bytes


@pytest.fixture
def password(tmp_path: Path) -> Path:
    """The file with a password."""
    file = tmp_path / "password"
    file.write_text(f"{PASSWORD}\n")
    return file


# -- relay -------------------------------------------------------------------------------------------------------


def ask(fake: FakeRelay, **more: object) -> list[Finding]:
    """What is found of a relay."""

    async def main() -> list[Finding]:
        async with fake.running():
            named = {"host": "localhost", "hostname": "mail.example.com", **more}
            outgoing = Outgoing("smtp", port=fake.port, **named)  # type: ignore[arg-type]
            return await asyncio.to_thread(lambda: list(relay.check(outgoing)))

    return asyncio.run(main())


def test_relay__is_logged_in_to_and_sent_nothing(trusted: Authority, password: Path) -> None:
    """B106: TLS, AUTH and what it can; no MAIL is begun."""
    fake = FakeRelay(tls=trusted.certificate().context(), users={"ann": PASSWORD})
    found = ask(fake, user="ann", password_file=password)
    assert told(found) == [("ok", "relay")]
    assert "its certificate is good, logged in" in found[0].what
    assert [line for line in fake.commands if line.upper().startswith(("MAIL", "RCPT", "DATA"))] == []


def test_relay__refuses_the_log_in(trusted: Authority, password: Path) -> None:
    """B106, B102: and the password is in no finding."""
    fake = FakeRelay(tls=trusted.certificate().context(), users={"ann": "another"}, login_reply="535 no: {line}")
    found = ask(fake, user="ann", password_file=password)
    assert told(found) == [("problem", "relay")]
    assert PASSWORD not in str(found)


def test_relay__with_a_certificate_that_has_ended(trusted: Authority) -> None:
    """B106: and one without TLS."""
    assert told(ask(FakeRelay(tls=trusted.expired().context()))) == [("problem", "relay")]
    assert told(ask(FakeRelay())) == [("problem", "relay")]


def test_relay__that_lacks_extensions() -> None:
    """B106: each one is told of."""
    found = ask(FakeRelay(extensions=("SIZE",)), tls="none")
    assert told(found) == [("ok", "relay"), ("warning", "relay"), ("warning", "relay")]
    assert [word in finding.what for word, finding in zip(("8BITMIME", "PIPELINING"), found[1:], strict=True)] == [
        True
    ] * 2


def test_relay__is_told_a_name_without_a_dot() -> None:
    """B106: some relays refuse each mail of such a machine."""
    found = ask(FakeRelay(), tls="none", hostname="box")
    assert told(found) == [("ok", "relay"), ("warning", "relay")]
    assert "set Hostname in [SMTPIN]" in found[1].todo


def test_relay__that_is_not_there() -> None:
    """B106: nobody listens; there is none."""
    outgoing = Outgoing("smtp", host="127.0.0.1", port=1, tls="none")
    assert told(relay.check(outgoing)) == [("problem", "relay")]
    assert told(relay.check(replace(outgoing, transport="outbox"))) == [("skipped", "relay")]


# -- mailboxes ---------------------------------------------------------------------------------------------------


def look(settings: Settings, *boxes: ImapIn | Pop3In | MaildirIn) -> list[Finding]:
    """What is found of these roads."""
    own = replace(
        settings,
        imaps=tuple(box for box in boxes if isinstance(box, ImapIn)),
        pop3s=tuple(box for box in boxes if isinstance(box, Pop3In)),
        maildirs=tuple(box for box in boxes if isinstance(box, MaildirIn)),
    )
    return [finding for road in mailboxes.roads(own) for finding in mailboxes.check(road)]


def test_imap__is_logged_in_to_and_left_as_it_is(
    settings: Settings, trusted: Authority, mail_server: Dovecot, password: Path
) -> None:
    """B106: log-in by TLS, the folder; the mail in it is not marked, and the folder to move to is not made."""
    mail_server.put("doctor", mail_bytes("jane@acme.example"))
    box = ImapIn("office", "localhost", "doctor", mail_server.imaps, password_file=password)
    [found] = look(settings, box)
    assert found == Finding("ok", "IMAP:office", "logged in, 1 mails in the folder INBOX")
    moving = replace(box, after_accept="move:Done")
    assert (
        told(look(settings, moving))
        == told(look(settings, moving))
        == [("ok", "IMAP:office"), ("warning", "IMAP:office")]
    )
    assert mail_server.flags("doctor") == [()]
    mail_server.put("doctor", mail_bytes("jane@acme.example"), folder="Done")
    assert told(look(settings, moving)) == [("ok", "IMAP:office")]


def test_imap__what_is_wrong_is_told(
    settings: Settings, trusted: Authority, mail_server: Dovecot, password: Path
) -> None:
    """B106: no such folder, a wrong password, no server, a name that the certificate has not."""
    box = ImapIn("office", "localhost", "doctor", mail_server.imaps, password_file=password)
    for wrong, words in (
        (replace(box, folder="Nowhere"), "Nowhere"),
        (replace(box, port=1), "no connection"),
        (replace(box, host="127.0.0.1"), "certificate"),
    ):
        [found] = look(settings, wrong)
        assert (found.level, words in found.what) == ("problem", True), found
    password.write_text("wrong")
    [found] = look(settings, box)
    assert (found.level, "log-in was refused" in found.what) == ("problem", True), found


def test_imap__what_the_server_lacks(settings: Settings, password: Path) -> None:
    """B106: IDLE, UIDPLUS; a folder that can only be read."""
    fake = FakeImap(capabilities="IMAP4rev1")
    with fake.running():
        box = ImapIn("office", "127.0.0.1", "ann", fake.port, tls="none", password_file=password, after_accept="delete")
        found = look(settings, box)
        assert told(found) == [("ok", "IMAP:office"), ("warning", "IMAP:office"), ("warning", "IMAP:office")]
        assert told(look(settings, replace(box, after_accept="seen", idle=False))) == [("ok", "IMAP:office")]
        fake.read_only = True
        assert told(look(settings, box)) == [("problem", "IMAP:office")]


def test_pop3__is_logged_in_to_and_left_as_it_is(
    settings: Settings, trusted: Authority, mail_server: Dovecot, password: Path
) -> None:
    """B106: log-in by TLS; nothing is deleted."""
    mail_server.put("doctor3", mail_bytes("jane@acme.example"))
    box = Pop3In("office", "localhost", "doctor3", mail_server.pop3s, password_file=password, after_accept="delete")
    assert look(settings, box) == look(settings, box) == [Finding("ok", "POP3:office", "logged in, 1 mails wait")]
    password.write_text("wrong")
    assert told(look(settings, box)) == [("problem", "POP3:office")]


def test_maildir__that_is_none(settings: Settings, tmp_path: Path) -> None:
    """B106: until it is one."""
    box = MaildirIn("office", tmp_path / "office")
    assert told(look(settings, box)) == [("problem", "MAILDIR:office")]
    for name in ("new", "cur", "tmp"):
        (box.path / name).mkdir(parents=True)
    assert told(look(settings, box)) == [("ok", "MAILDIR:office")]
