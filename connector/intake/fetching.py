"""The roads of a configuration on which mail is fetched."""

from __future__ import annotations

from functools import partial

from connector.config.settings import Settings
from connector.delivery_store import open_store
from connector.intake.credentials import credentials_of
from connector.intake.dialing import TimeLimits
from connector.intake.imap import ImapMailbox
from connector.intake.mailbox_records import MailboxRecords
from connector.intake.maildir import Maildir
from connector.intake.mbox import Mbox
from connector.intake.pop3 import Pop3Mailbox
from connector.intake.roads import Road


def roads_of(settings: Settings, limits: TimeLimits | None = None) -> list[Road]:
    """Every one, not yet gone; servers may take so long."""
    largest = settings.smtp_in.max_message_size

    def records(label: str) -> MailboxRecords:
        return MailboxRecords(label, partial(open_store, settings))

    return [
        *(
            ImapMailbox(one, largest, credentials_of(one), records(f"IMAP:{one.name}"), limits)
            for one in settings.imaps
        ),
        *(
            Pop3Mailbox(one, largest, credentials_of(one), records(f"POP3:{one.name}"), limits)
            for one in settings.pop3s
        ),
        *(Maildir(one, largest) for one in settings.maildirs),
        *(Mbox(one, largest) for one in settings.mboxes),
    ]
