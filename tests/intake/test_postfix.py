"""Mail from a real Postfix: by LMTP, an answer to each recipient; and in an mbox, into which it delivers meanwhile."""

from __future__ import annotations

import os
import shutil
import smtplib
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path
from pwd import getpwnam
from tempfile import TemporaryDirectory

import pytest

from connector.config.settings import MboxIn
from connector.intake.mbox import Mbox
from tests import postfix
from tests.dovecot import free_ports
from tests.house import PUBLIC, mail_bytes
from tests.intake.walking import Walk
from tests.service import Service, until

pytestmark = pytest.mark.long

LOCAL, _, DOMAIN = PUBLIC.partition("@")
PLUS, NOBODY = f"{LOCAL}+office@{DOMAIN}", f"nobody@{DOMAIN}"


@pytest.fixture(autouse=True)
def _is_there() -> None:
    if reason := postfix.missing():
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)


@pytest.fixture
def place() -> Iterator[Path]:
    """A socket that Postfix's user can come to: a short path."""
    with TemporaryDirectory(prefix="lmtp") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "s"


def bring(server: postfix.Postfix, subjects: Sequence[str], *recipients: str, body: str = "Hello.\r\n") -> None:
    """Mails from Jane, on one connection."""
    with smtplib.SMTP("127.0.0.1", server.port, timeout=20) as client:
        for subject in subjects:
            name = f"<{subject.replace(' ', '.')}@acme.example>"
            mail = mail_bytes("Jane Doe <jane@acme.example>", subject=subject, body=body, Message_ID=name)
            client.sendmail("jane@acme.example", recipients, mail)


FILED = "SELECT subject, COUNT(*) FROM entry WHERE kind = 'email' GROUP BY subject"


def filed(service: Service) -> dict[str, int]:
    """How often each subject was filed."""
    with closing(service.store()) as store:
        return dict(store.db.rows(FILED))


def test_postfix__each_recipient_is_answered_by_itself(tmp_path: Path, place: Path) -> None:
    """B1, B6: by the socket, whose group Postfix is in: who is public gets the mail, who is not comes back, and what is
    too large comes back for all."""
    values = {"LMTPIN.Active": "Y", "LMTPIN.Listen": str(place), "SMTPIN.MaxMessageSize": "100 KiB"}
    with Service(tmp_path, **values) as service:
        service.wait_for("listening", road="lmtp")
        shutil.chown(place, group="postfix")
        with postfix.running(f"unix:{place}", DOMAIN) as server:
            bring(server, ["First"], PUBLIC, PLUS, NOBODY)
            bring(server, ["Large"], PUBLIC, PLUS, body="x" * 70 + "\r\n" + "y" * 60 + "\r\n" * 60_000)
            bring(server, ["Last"], PUBLIC)
            until(lambda: filed(service), {"First": 1, "Last": 1})
            until(server.queued, 0)
            log = server.log()
        service.stop()
        service.wait_for("end of log")
    said = [line for line in log.splitlines() if "postfix/lmtp" in line and "status=" in line]
    results = Counter((line.split("to=<")[1].split(">")[0], line.split("status=")[1].split()[0]) for line in said)
    sent, bounced = {(PUBLIC, "sent"): 2, (PLUS, "sent"): 1}, {(PUBLIC, "bounced"): 1, (PLUS, "bounced"): 1}
    assert results == {**sent, **bounced, (NOBODY, "bounced"): 1}
    assert sorted(line["recipients"] for line in service.log if line["event"] == "accepted") == [1, 2]
    assert "550 5.1.1 no such address here" in log


def test_postfix__what_it_could_not_hand_on_is_filed_once(tmp_path: Path) -> None:
    """B2, B5: the service is away, is killed, is started again: Postfix tries again, nothing is lost or comes twice."""
    (port,) = free_ports(1)
    subjects = [f"Mail {number}" for number in range(60)]
    service = Service(tmp_path, **{"LMTPIN.Active": "Y", "LMTPIN.Listen": f"127.0.0.1:{port}"})
    with postfix.running(f"inet:127.0.0.1:{port}", DOMAIN) as server:
        bring(server, subjects[:20], PUBLIC, PLUS)
        with service:
            until(lambda: len(filed(service)) > 5)
            bring(server, subjects[20:40], PUBLIC, PLUS)
            service.kill()
            bring(server, subjects[40:], PUBLIC, PLUS)
            service.start()
            until(lambda: filed(service), dict.fromkeys(subjects, 1), 90)
            until(server.queued, 0)
        assert "status=bounced" not in server.log()


MBOX = """
virtual_transport = virtual
virtual_mailbox_limit = 0
virtual_mailbox_base = {folder}
virtual_mailbox_maps = static:support
virtual_uid_maps = static:{user}
virtual_gid_maps = static:{user}
virtual_minimum_uid = 1
virtual_mailbox_lock = fcntl, dotlock
"""
VIRTUAL = "virtual unix - n n - - virtual\n"


def test_postfix__delivers_into_an_mbox_that_is_read(place: Path) -> None:
    """B2, B5: it locks the mbox as we do: no mail is lost or comes twice."""
    path, user = place.with_name("support"), getpwnam("mail").pw_uid
    shutil.chown(path.parent, user)
    subjects = [f"Mail {number}" for number in range(60)]
    with postfix.running("-", DOMAIN, VIRTUAL, MBOX.format(folder=path.parent, user=user)) as server:
        with Walk(Mbox(MboxIn("office", path, 0.01), 100_000)) as walk:  # type: ignore[arg-type]
            bring(server, subjects, PUBLIC)
            until(lambda: (server.queued(), len(walk.mails)), (0, 60))
            until(lambda: path.stat().st_size, 0)
        assert walk.errors == []
    assert sorted(mail.split(b"Subject: ")[1].split(b"\n")[0].decode() for mail in walk.mails) == sorted(subjects)
