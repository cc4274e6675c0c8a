"""Mail out of a Maildir, by the real service."""

from __future__ import annotations

import signal
from pathlib import Path

from storage.views import TicketFilter
from tests.house import mail_bytes
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
