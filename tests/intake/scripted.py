"""Roads to a scripted IMAP server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from connector.config.settings import ImapIn
from connector.intake.credentials import Password
from connector.intake.dialing import TimeLimits
from connector.intake.imap import ImapMailbox
from connector.intake.mailbox_records import MailboxRecords
from storage.store import Store
from tests.fakes.imap import FakeImap

PATIENT = TimeLimits()
SHORT = TimeLimits(connect=5, read=0.5, command=1)
"""For servers that fall silent; a busy machine may make any other one wait for longer."""
LARGEST = 100_000

Roads = Callable[..., ImapMailbox]


def imap_roads(folder: Path, password: str) -> Roads:
    """Makes roads to scripted servers; a new one each time, as after a restart. What they know is in the folder."""
    (folder / "secret").write_text(password)

    def make(server: FakeImap, limits: TimeLimits = PATIENT, **values: object) -> ImapMailbox:
        given = {"host": "localhost", "tls": "none", "poll_seconds": 0.05, "idle": False, **values}
        settings = ImapIn(name="office", user="jane", port=server.port, **given)  # type: ignore[arg-type]
        records = MailboxRecords("IMAP:office", lambda: Store.open(f"sqlite:{folder}/tickets.db"))
        return ImapMailbox(settings, LARGEST, Password("jane", folder / "secret"), records, limits)

    return make
