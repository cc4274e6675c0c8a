"""A filing on its way into the tables."""

from __future__ import annotations

from dataclasses import dataclass

from storage.records import Filed, Filing


@dataclass(slots=True)
class Writing:
    """A filing that is just being written, with the ids of its rows as far as they are there."""

    filing: Filing
    at: str  # the stored form of its time
    leads: bool = False  # whether its entry is the first with its Message-ID, which then leads to the mail
    mail_id: int | None = None
    ticket_id: int | None = None
    entry_id: int | None = None
    before: Filed | None = None  # what the same spool entry had become before: nothing more is written
