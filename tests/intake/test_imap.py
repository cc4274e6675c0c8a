"""Mail by IMAP from a real Dovecot: taken once, marked only when it is safe, whatever happens in between."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from connector.config.settings import ImapIn
from connector.intake.credentials import Password
from connector.intake.imap import ImapMailbox
from connector.intake.mailbox_records import MailboxRecords
from connector.intake.roads import RoadFailed
from connector.spool_file import SpoolError
from storage.records import StoreBusy
from storage.store import Store
from storage.views import TicketFilter
from tests.dovecot import PASSWORD, Dovecot
from tests.fakes.imap import FakeImap
from tests.house import mail_bytes
from tests.intake.walking import Walk
from tests.service import Service, until

SEEN = ("\\Seen",)
JANE = "Jane Doe <jane@acme.example>"

Values = dict[str, str]


def mail(subject: str, **more: str) -> bytes:
    return mail_bytes(JANE, subject=subject, Message_ID=f"<{subject.lower()}@acme.example>", **more)


@pytest.fixture
def user(request: pytest.FixtureRequest) -> str:
    """A mailbox of the test's own."""
    return "".join(char for char in request.node.name if char.isalnum()).lower()


@pytest.fixture
def road(tmp_path: Path, mail_server: Dovecot, user: str) -> Callable[..., ImapMailbox]:
    """Makes a road to the user's mailbox that looks often; a new one each time, as after a restart."""
    secret = tmp_path / "secret"
    secret.write_text(f"{PASSWORD}\n")

    def make(largest: int = 100_000, store: Callable[[], Store] | None = None, **values: object) -> ImapMailbox:
        given = {
            "host": "localhost",
            "port": mail_server.imap,
            "tls": "none",
            "poll_seconds": 0.05,
            "idle": False,
            **values,
        }
        settings = ImapIn(name="office", user=user, **given)  # type: ignore[arg-type]
        records = MailboxRecords("IMAP:office", store or (lambda: Store.open(f"sqlite:{tmp_path}/tickets.db")))
        return ImapMailbox(settings, largest, Password(user, secret), records)

    return make


@pytest.fixture
def office(tmp_path: Path, mail_server: Dovecot, user: str) -> Values:
    """The tokens of `[IMAP:office]` for the service."""
    (tmp_path / "secret").write_text(PASSWORD)
    return {
        "IMAP:office.Host": "localhost",
        "IMAP:office.Port": str(mail_server.imap),
        "IMAP:office.Tls": "none",
        "IMAP:office.User": user,
        "IMAP:office.PasswordFile": "secret",
    }


def subjects(service: Service) -> list[str]:
    return sorted(ticket["subject"] for ticket in service.store().tickets(TicketFilter()))


# -- with the service ------------------------------------------------------------------------------------------------


def test_imap__idle_brings_new_mail(tmp_path: Path, mail_server: Dovecot, user: str, office: Values) -> None:
    """B1, B2: unread mail is filed at the first start, read mail is not; a new one comes at once, though it is polled
    but once a day; each is marked as read. `status` tells the road by its name."""
    mail_server.put(user, mail("Old"), flags=r"(\Seen)")
    mail_server.put(user, mail("First"))
    with Service(tmp_path, **office, **{"IMAP:office.PollSeconds": "86400"}) as service:
        until(lambda: subjects(service), ["First"])
        until(lambda: mail_server.flags(user), [SEEN, SEEN])
        begun = time.monotonic()
        mail_server.put(user, mail("Second"))
        until(lambda: subjects(service), ["First", "Second"])
        assert time.monotonic() - begun < 10
        until(lambda: mail_server.flags(user), [SEEN, SEEN, SEEN])
        assert set(service.store().counts().last_mail) == {"imap:office"}
    assert PASSWORD not in str(service.log)


def test_imap__what_was_numbered_anew_is_not_taken_again(
    tmp_path: Path, mail_server: Dovecot, user: str, office: Values
) -> None:
    """B5: with another UIDVALIDITY no old mail is fetched, none is skipped though somebody has read it, none is taken
    twice, and what lay there read before the first start stays untouched."""
    mail_server.put(user, mail("Old"), flags=r"(\Seen)", hours_ago=1)
    mail_server.put(user, mail("First"), mail("Second"))
    with Service(tmp_path, **office) as service:
        until(lambda: subjects(service), ["First", "Second"])
        service.stop()
    mail_server.put(user, mail("Third"), flags=r"(\Seen)")
    mail_server.put(user, mail("Fourth"))
    mail_server.number_anew(user)
    with Service(tmp_path, people=None, **office) as service:
        anew = service.wait_for("the server has numbered its mails anew")
        until(lambda: subjects(service), ["First", "Fourth", "Second", "Third"])
        service.stop()
        mails = sum(service.store().counts().mails.values())
    assert (anew["unknown"], mails) == (2, 4)


def test_imap__one_mailbox_that_fails_holds_up_no_other(
    tmp_path: Path, mail_server: Dovecot, user: str, office: Values
) -> None:
    """B1, B102, B107: a wrong password raises an alarm at once, told without it; the other mailbox is read."""
    (tmp_path / "wrong").write_text("planted-secret-8")
    wrong = {token.replace("office", "closed"): value for token, value in office.items()}
    wrong["IMAP:closed.PasswordFile"] = "wrong"
    mail_server.put(user, mail("First"))
    with Service(tmp_path, **wrong, **office) as service:
        alarm = service.wait_for("alarm")
        until(lambda: subjects(service), ["First"])
        service.stop()
        service.wait_for("end of log")
    assert alarm["name"] == "road IMAP:closed"
    assert "the log-in was refused" in alarm["reason"]
    assert not [secret for secret in ("planted-secret-8", PASSWORD) if secret in str(service.log)]


def test_imap__without_starttls_an_alarm_is_raised(tmp_path: Path, office: Values) -> None:
    """B102, B107: a server that withholds STARTTLS is told no name and no password, and a person is told of it."""
    with FakeImap().running() as server:
        office |= {"IMAP:office.Tls": "starttls", "IMAP:office.Port": str(server.port)}
        with Service(tmp_path, **office) as service:
            alarm = service.wait_for("alarm")
    assert alarm["name"] == "road IMAP:office"
    assert "no STARTTLS, and nothing is sent in the clear" in alarm["reason"]
    assert not [command for command in server.commands if "LOGIN" in command or PASSWORD in command]


# -- the road alone --------------------------------------------------------------------------------------------------


def test_imap__seen_mail_that_came_later_is_taken(
    mail_server: Dovecot, user: str, road: Callable[..., ImapMailbox]
) -> None:
    """B2: what somebody reads in the mailbox before the service has it is taken all the same."""
    with Walk(road()) as walk:
        walk.until_looked()
        mail_server.put(user, mail("First"), flags=r"(\Seen)")
        walk.until(mail("First"))
    assert walk.roads == {"imap:office"}


def test_imap__after_a_restart_nothing_is_taken_again(
    mail_server: Dovecot, user: str, road: Callable[..., ImapMailbox]
) -> None:
    """B5: how far the mailbox was read is remembered; what came meanwhile is taken, read or not."""
    mail_server.put(user, mail("First"))
    with Walk(road()) as walk:
        walk.until(mail("First"))
        walk.until_looked()
    mail_server.put(user, mail("Second"), flags=r"(\Seen)")
    with Walk(road()) as walk:
        walk.until_looked()
    assert walk.mails == [mail("Second")]


@pytest.mark.parametrize("after", ["move:Done.2026 Büro", "delete"])
def test_imap__moved_or_deleted_when_it_is_safe(
    mail_server: Dovecot, user: str, road: Callable[..., ImapMailbox], after: str
) -> None:
    """B2: the folder is made; a mail that could not be accepted stays where it is until it can."""
    mail_server.put(user, mail("First"), mail("Second"))
    walk = Walk(road(after_accept=after))
    walk.refuse = SpoolError("the disk is full")
    with walk:
        until(lambda: sorted(walk.mails), sorted([mail("First"), mail("Second")]))
        until(lambda: mail_server.flags(user), [])
    assert str(walk.errors[0]) == "the disk is full"
    if after != "delete":
        with mail_server.client(user, '"Done.2026 B&APw-ro"') as client:
            assert client.search(None, "ALL")[1] == [b"1 2"]


def test_imap__nothing_is_marked_that_was_not_accepted(
    mail_server: Dovecot, user: str, road: Callable[..., ImapMailbox]
) -> None:
    """B2, B6: a full disk leaves the mail unread; a mail over MaxMessageSize stays so, and others are taken."""
    mail_server.put(user, mail("Large", body="x" * 5000), mail("Small"))
    with Walk(road(largest=4096)) as walk:
        walk.until(mail("Small"))
        walk.until_looked()
    assert mail_server.flags(user) == [(), SEEN]


def test_imap__accepted_and_not_yet_marked_is_only_marked(
    mail_server: Dovecot, user: str, road: Callable[..., ImapMailbox], monkeypatch: pytest.MonkeyPatch
) -> None:
    """B5: the connection breaks between acceptance and mark: the mail is not handed over twice."""
    mail_server.put(user, mail("First"))
    going = road()
    walk = Walk(going)
    take = walk._take

    def cut_after(raw: bytes, envelope: object) -> str:
        taken = take(raw, envelope)  # type: ignore[arg-type]
        going._watchdog.cut()
        return taken

    monkeypatch.setattr(walk, "_take", cut_after)
    with walk:
        until(lambda: mail_server.flags(user), [SEEN])
    assert (walk.mails, len(walk.errors)) == ([mail("First")], 1)


def test_imap__without_the_store_unread_mail_is_taken(
    tmp_path: Path, mail_server: Dovecot, user: str, road: Callable[..., ImapMailbox]
) -> None:
    """B2, B3: acceptance needs the spool alone; what was read meanwhile is taken when the store is back."""
    with Walk(road()) as walk:
        walk.until_looked()
    mail_server.put(user, mail("Read"), flags=r"(\Seen)")
    mail_server.put(user, mail("Unread"))
    away = True

    def store() -> Store:
        if away:
            raise StoreBusy("the database is away")
        return Store.open(f"sqlite:{tmp_path}/tickets.db")

    with Walk(road(store=store)) as walk:
        walk.until(mail("Unread"))
        walk.until_looked()
        assert walk.mails == [mail("Unread")]
        away = False
        walk.until(mail("Unread"), mail("Read"))


# -- encryption ------------------------------------------------------------------------------------------------------


@pytest.mark.usefixtures("_trusted")
@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_imap__encrypted(mail_server: Dovecot, user: str, road: Callable[..., ImapMailbox], tls: str) -> None:
    """B1: TLS from the start or by STARTTLS, IDLE within."""
    mail_server.put(user, mail("First"))
    port = mail_server.imaps if tls == "tls" else mail_server.imap
    with Walk(road(tls=tls, port=port, idle=True, poll_seconds=3600)) as walk:
        walk.until(mail("First"))
        mail_server.put(user, mail("Second"))
        walk.until(mail("First"), mail("Second"))
    assert walk.errors == []
    log = (mail_server.folder / "log").read_text()
    assert [line for line in log.splitlines() if f"user=<{user}>" in line and ", TLS" in line]


@pytest.mark.usefixtures("_trusted")
def test_imap__a_certificate_of_another(mail_server: Dovecot, road: Callable[..., ImapMailbox], user: str) -> None:
    """B102: the certificate is good, for another name than the one in the INI."""
    with Walk(road(host="127.0.0.1", tls="tls", port=mail_server.imaps)) as walk:
        error = walk.until_failed()
    assert isinstance(error, RoadFailed)
    assert error.urgent
    assert "IP address mismatch" in str(error)
    assert f"user=<{user}>" not in (mail_server.folder / "log").read_text()


@pytest.mark.parametrize("tls", ["tls", "starttls"])
def test_imap__a_certificate_of_nobody_known(
    mail_server: Dovecot, road: Callable[..., ImapMailbox], user: str, tls: str
) -> None:
    """B102: who signed the certificate is not known: no log-in, and a person is told."""
    port = mail_server.imaps if tls == "tls" else mail_server.imap
    with Walk(road(tls=tls, port=port)) as walk:
        error = walk.until_failed()
    assert isinstance(error, RoadFailed)
    assert error.urgent
    assert "certificate is refused" in str(error)
    assert f"user=<{user}>" not in (mail_server.folder / "log").read_text()
