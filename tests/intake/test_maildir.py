"""Mail out of a Maildir: by the real service, and the road alone."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from connector.config.settings import MaildirIn
from connector.intake.maildir import Maildir, _read
from connector.intake.retries import TRIES_AT_ONCE
from connector.spool_file import SpoolError
from storage.views import TicketFilter
from tests.house import mail_bytes
from tests.intake.walking import Walk
from tests.service import Service, until, write_ini


def maildir(folder: Path) -> Path:
    """An empty Maildir."""
    for name in ("tmp", "new", "cur"):
        (folder / name).mkdir(parents=True)
    return folder


def put(folder: Path, name: str, **mail: str) -> None:
    """Deliver a mail as a mail server does."""
    (folder / "tmp" / name).write_bytes(mail_bytes("Jane Doe <jane@acme.example>", **mail))
    (folder / "tmp" / name).rename(folder / "new" / name)


def subjects(service: Service) -> list[str]:
    return sorted(ticket["subject"] for ticket in service.store().tickets(TicketFilter()))


def test_maildir__mail_is_taken_and_moved_to_cur(tmp_path: Path) -> None:
    """B1, B2: what lies there and what comes later is filed; it leaves new/ when it is safe, and is seen."""
    office = maildir(tmp_path / "office")
    put(office, "1.a", subject="First")
    values = {"MAILDIR:office.Path": "office", "MAILDIR:office.PollSeconds": "1"}
    with Service(tmp_path, **values) as service:
        until(lambda: subjects(service), ["First"])
        put(office, "2.b:2,", subject="Second")
        until(lambda: subjects(service), ["First", "Second"])
        until(lambda: list((office / "new").iterdir()), [])
        service.stop()
    assert sorted(file.name for file in (office / "cur").iterdir()) == ["1.a:2,S", "2.b:2,S"]


def test_maildir__one_that_is_none_holds_up_no_other(tmp_path: Path) -> None:
    """B1: a road that fails is told of in the log and tried again; the others go on."""
    office = maildir(tmp_path / "office")
    put(office, "1.a", subject="First")
    with Service(tmp_path, **{"MAILDIR:office.Path": "office", "MAILDIR:gone.Path": "gone"}) as service:
        failed = service.wait_for("road failed, it is tried again")
        until(lambda: subjects(service), ["First"])
    assert (failed["road"], "no Maildir" in failed["reason"]) == ("MAILDIR:gone", True)


def test_maildir__too_large_a_mail_stays_there(tmp_path: Path) -> None:
    """B6: over MaxMessageSize nothing is taken; the log names the file, and what lies behind it is taken."""
    office = maildir(tmp_path / "office")
    put(office, "1.a", subject="Large", body="x" * 5000)
    put(office, "2.b", subject="Small")
    with Service(tmp_path, **{"MAILDIR:office.Path": "office", "SMTPIN.MaxMessageSize": "4 KiB"}) as service:
        refused = service.wait_for("not accepted")
        until(lambda: subjects(service), ["Small"])
    assert refused["file"] == str(office / "new" / "1.a")
    assert [file.name for file in (office / "new").iterdir()] == ["1.a"]


def test_maildir__a_reload_takes_a_new_one(tmp_path: Path) -> None:
    """B101: a road that the INI names since is gone from the reload on."""
    office = maildir(tmp_path / "office")
    put(office, "1.a", subject="First")
    with Service(tmp_path) as service:
        write_ini(tmp_path, {**service.values, "MAILDIR:office.Path": "office"})
        service.signal(signal.SIGHUP)
        service.wait_for("configuration reloaded")
        until(lambda: subjects(service), ["First"])


# -- the road alone --------------------------------------------------------------------------------------------------


def road(folder: Path) -> Maildir:
    return Maildir(MaildirIn("office", folder, 0.02), 100_000)  # type: ignore[arg-type]


def test_maildir__one_that_cannot_be_moved(tmp_path: Path) -> None:
    """B2, B5, B107: it is taken once, those behind it are taken and moved, and a person is told."""
    office = maildir(tmp_path / "office")
    long = "1" * 253  # ":2,S" has no room behind it
    put(office, long, subject="First")
    put(office, "2", subject="Second")
    with Walk(road(office)) as walk:
        until(lambda: [file.name for file in (office / "new").iterdir()], [long])
        until(lambda: walk.stays, f"taken, but cannot be moved to cur: {long}")
        assert (len(walk.mails), walk.errors) == (2, [])


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_maildir__one_that_cannot_be_read(tmp_path: Path) -> None:
    """B1, B107: those behind it are taken, and a person is told."""
    office = maildir(tmp_path / "office")
    put(office, "1", subject="First")
    (office / "new" / "1").chmod(0)
    put(office, "2", subject="Second")
    with Walk(road(office)) as walk:
        until(lambda: walk.stays, "cannot be read: 1")
        assert (len(walk.mails), walk.errors) == (1, [])


def test_maildir__links_and_pipes_are_no_mail(tmp_path: Path) -> None:
    """B102: whoever may deliver mail cannot have the service read its own secrets to him, or wait for ever."""
    office = maildir(tmp_path / "office")
    (tmp_path / "secret").write_text("planted-secret-8")
    (office / "new" / "1").symlink_to(tmp_path / "secret")
    os.mkfifo(office / "new" / "2")
    put(office, "3", subject="Third")
    with Walk(road(office)) as walk:
        until(lambda: len(walk.mails), 1)
        walk.until_looked()
    assert b"Third" in walk.mails[0]
    with pytest.raises(OSError, match="symbolic link"):
        _read(office / "new" / "1", 100)
    with pytest.raises(OSError, match="no file"):
        _read(office / "new" / "2", 100)


def test_maildir__a_name_that_is_used_again(tmp_path: Path) -> None:
    """B2: what lies in cur/ already is not overwritten."""
    office = maildir(tmp_path / "office")
    with Walk(road(office)) as walk:
        for number in (1, 2, 3):
            put(office, "mail", subject=f"Number {number}")
            until(lambda number=number: len(walk.mails), number)  # type: ignore[misc]
            until(lambda: list((office / "new").iterdir()), [])
    names = ["mail.1:2,S", "mail.2:2,S", "mail:2,S"]
    assert sorted(file.name for file in (office / "cur").iterdir()) == names


def test_maildir__a_full_disk_is_no_fault_of_a_mail(tmp_path: Path) -> None:
    """B6: however often, all are taken as soon as there is room; meanwhile a person is told of what is too large."""
    office = maildir(tmp_path / "office")
    put(office, "1", subject="First")
    put(office, "2", subject="Large", body="x" * 200_000)
    walk = Walk(road(office))
    walk.refuse_all = SpoolError("the disk is full")
    with walk:
        until(lambda: len(walk.errors) > TRIES_AT_ONCE)
        walk.refuse_all = None
        until(lambda: len(walk.mails), 1)
        until(lambda: walk.stays, "larger than MaxMessageSize: 2")
        (office / "new" / "2").unlink()
        until(lambda: walk.stays, "")
