"""Several mails that one worker decides on side by side, before all of them are filed in one commit."""

from __future__ import annotations

from connector.pipeline.unrelated import contacts_of
from storage.records import Facts, FactsMoved, Filing, Wanted


class Hand:
    """What one mail's decision must know of those before it, whose effects do not stand in the store yet."""

    def __init__(self) -> None:
        self.opened = 0  # tickets
        self._tickets: set[int] = set()
        self._contacts: set[int] = set()

    def check(self, wanted: Wanted, facts: Facts) -> None:
        """Raise FactsMoved for a mail that has to wait for the others.

        One of the same contact comes before, or it names a ticket that one of them may be about to open.
        """
        contacts = contacts_of(wanted, facts)
        if not self._contacts.isdisjoint(contacts):
            raise FactsMoved("another mail of the same contact comes before")
        if self.opened and not facts.numbers.keys() >= set(wanted.numbers):
            raise FactsMoved("a ticket that the mail names is not there yet")
        self._contacts |= contacts

    def add(self, filing: Filing) -> None:
        """A mail was decided on. Raises FactsMoved where one before it changes the same ticket."""
        if filing.ticket_id in self._tickets:
            raise FactsMoved(f"another mail for ticket {filing.ticket_id} comes before")
        if filing.ticket_id is not None:
            self._tickets.add(filing.ticket_id)
        self.opened += filing.new_ticket is not None
