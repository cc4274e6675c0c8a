"""Mail by POP3 from a real Dovecot: taken once, deleted only when it is safe."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from connector.config.settings import Pop3In
from connector.intake import pop3
from connector.intake.credentials import Password
from connector.intake.mailbox_records import MailboxRecords
from connector.intake.pop3 import Pop3Mailbox
from connector.intake.roads import RoadFailed
from connector.mail.model import Envelope
from connector.spool_file import SpoolError
from storage.records import StoreBusy
from storage.store import Store
from storage.views import TicketFilter
from tests.dovecot import PASSWORD, Dovecot
from tests.house import mail_bytes
from tests.intake.walking import Walk
from tests.service import Service, until

JANE = "Jane Doe <jane@acme.example>"


def mail(subject: str, **more: str) -> bytes:
    return mail_bytes(JANE, subject=subject, Message_ID=f"<{subject.lower()}@acme.example>", **more)


@pytest.fixture
def user(request: pytest.FixtureRequest) -> str:
    """A mailbox of the test's own."""
    return "".join(char for char in request.node.name if char.isalnum()).lower()


@pytest.fixture
def road(tmp_path: Path, mail_server: Dovecot, user: str) -> Callable[..., Pop3Mailbox]:
    """Makes a road to the user's mailbox that looks often; a new one each time, as after a restart."""
    secret = tmp_path / "secret"
    secret.write_text(f"{PASSWORD}\n")

    def make(largest: int = 100_000, store: Callable[[], Store] | None = None, **values: object) -> Pop3Mailbox:
        given = {"host": "localhost", "port": mail_server.pop3, "tls": "none", "poll_seconds": 0.05, **values}
        settings = Pop3In(name="office", user=user, **given)  # type: ignore[arg-type]
        records = MailboxRecords("POP3:office", store or (lambda: Store.open(f"sqlite:{tmp_path}/tickets.db")))
        return Pop3Mailbox(settings, largest, Password(user, secret), records)

    return make


def test_pop3__mail_is_filed_and_deleted(tmp_path: Path, mail_server: Dovecot, user: str) -> None:
    """B1, B2: by the service; `status` tells the road by its name, the log no password."""
    (tmp_path / "secret").write_text(PASSWORD)
    values = {"Host": "localhost", "Port": str(mail_server.pop3), "Tls": "none", "User": user, "PollSeconds": "1"}
    values |= {"PasswordFile": "secret", "AfterAccept": "delete"}
    mail_server.put(user, mail("First"), mail("Second"))
    with Service(tmp_path, **{f"POP3:office.{name}": value for name, value in values.items()}) as service:
        store = service.store()
        until(lambda: {ticket["subject"] for ticket in store.tickets(TicketFilter())}, {"First", "Second"})
        until(lambda: mail_server.flags(user), [])
        assert set(store.counts().last_mail) == {"pop3:office"}
    assert PASSWORD not in str(service.log)


def test_pop3__what_stays_is_taken_once(
    mail_server: Dovecot, user: str, road: Callable[..., Pop3Mailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """B5: by the names of the mails, also after a restart; the bytes are those of the mail, dots and long lines too."""
    monkeypatch.setattr(pop3, "BATCH", 2)
    odd = mail("Odd", body=".\r\n..two\r\n" + "x" * 5000 + "\r\n")
    mail_server.put(user, mail("First"), odd, mail("Third"))
    with Walk(road()) as walk:
        walk.until(mail("First"), odd, mail("Third"))
        walk.until_looked()
    mail_server.put(user, mail("Fourth"))
    with Walk(road()) as walk:
        walk.until_looked()
    assert walk.mails == [mail("Fourth")]
    assert len(mail_server.flags(user)) == 4


def test_pop3__names_of_mails_that_are_gone_are_forgotten(
    tmp_path: Path, mail_server: Dovecot, user: str, road: Callable[..., Pop3Mailbox]
) -> None:
    """B5: what is remembered is what is there."""
    mail_server.put(user, mail("First"), mail("Second"))
    with Walk(road()) as walk:
        walk.until(mail("First"), mail("Second"))
        with mail_server.client(user) as client:
            client.store("1", "+FLAGS", r"\Deleted")
            client.expunge()
        walk.until_looked()
    store = Store.open(f"sqlite:{tmp_path}/tickets.db")
    assert len(MailboxRecords("POP3:office", lambda: store).fetched()) == 1


def test_pop3__nothing_is_deleted_that_was_not_accepted(
    mail_server: Dovecot, user: str, road: Callable[..., Pop3Mailbox]
) -> None:
    """B2, B6: a full disk leaves the mail there; one over MaxMessageSize stays, and others are taken."""
    mail_server.put(user, mail("Large", body="x" * 5000), mail("Small"))
    walk = Walk(road(largest=4096, after_accept="delete"))
    walk.refuse = SpoolError("the disk is full")
    with walk:
        walk.until(mail("Small"))
        walk.until_looked()
    assert [str(error) for error in walk.errors] == ["the disk is full"]
    assert len(mail_server.flags(user)) == 1


def test_pop3__accepted_and_not_yet_deleted_is_only_deleted(
    mail_server: Dovecot, user: str, road: Callable[..., Pop3Mailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """B5: the connection breaks before QUIT, and the server has deleted nothing: no mail is handed over twice."""
    mail_server.put(user, mail("First"), mail("Second"))
    going = road(after_accept="delete")
    walk = Walk(going)
    take = walk._take

    def cut_at_the_second(raw: bytes, envelope: Envelope) -> str:
        taken = take(raw, envelope)
        if len(walk.mails) == 2:
            going._watchdog.cut()
        return taken

    monkeypatch.setattr(walk, "_take", cut_at_the_second)
    with walk:
        until(lambda: mail_server.flags(user), [])
    assert (walk.mails, len(walk.errors)) == ([mail("First"), mail("Second")], 1)


def test_pop3__without_the_store(mail_server: Dovecot, user: str, road: Callable[..., Pop3Mailbox]) -> None:
    """B2, B3: mail that is deleted needs the spool alone; mail that stays waits until it is known what was taken."""
    mail_server.put(user, mail("First"))

    def away() -> Store:
        raise StoreBusy("the database is away")

    with Walk(road(store=away)) as walk:
        error = walk.until_failed()
    assert isinstance(error, RoadFailed)
    assert (error.urgent, walk.mails) == (False, [])
    with Walk(road(store=away, after_accept="delete")) as walk:
        walk.until(mail("First"))
        until(lambda: mail_server.flags(user), [])


@pytest.mark.usefixtures("_trusted")
@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_pop3__encrypted(mail_server: Dovecot, user: str, road: Callable[..., Pop3Mailbox], tls: str) -> None:
    """B1: TLS from the start or by STLS."""
    mail_server.put(user, mail("First"))
    with Walk(road(tls=tls, port=mail_server.pop3s if tls == "tls" else mail_server.pop3)) as walk:
        walk.until(mail("First"))
    assert walk.errors == []
    log = (mail_server.folder / "log").read_text()
    assert [line for line in log.splitlines() if f"pop3-login: Info: Login: user=<{user}>" in line and ", TLS" in line]


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_pop3__a_certificate_of_nobody_known(
    mail_server: Dovecot, road: Callable[..., Pop3Mailbox], user: str, tls: str
) -> None:
    """B102: no log-in, and a person is told."""
    with Walk(road(tls=tls, port=mail_server.pop3s if tls == "tls" else mail_server.pop3)) as walk:
        error = walk.until_failed()
    assert isinstance(error, RoadFailed)
    assert (error.urgent, "certificate is refused" in str(error)) == (True, True)
    assert f"user=<{user}>" not in (mail_server.folder / "log").read_text()


def test_pop3__a_wrong_password(tmp_path: Path, mail_server: Dovecot, road: Callable[..., Pop3Mailbox]) -> None:
    """B102, B107: refused, told at once, without the password."""
    going = road()
    (tmp_path / "secret").write_text("planted-secret-8")
    with Walk(going) as walk:
        error = walk.until_failed()
    assert isinstance(error, RoadFailed)
    assert error.urgent
    assert str(error) == "the log-in was refused: -ERR [AUTH] Authentication failed."
