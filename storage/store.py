"""The door of the ticket store: `Store.open(url)`, and all that the rest of the program does with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import datetime

from storage import (
    changes,
    deliveries,
    entry_changes,
    facts,
    facts_people,
    filing,
    migrate,
    moves,
    numbers,
    people,
    people_edit,
    search,
    state,
    suspension,
    ticket_fields,
    upkeep,
    views,
)
from storage.changes import Author
from storage.database import Database
from storage.people_rows import Imported, PersonRow
from storage.records import Account, Contact, Directory, Facts, Filed, Filing, NewRecipient, Parcel, Result, Wanted
from storage.views import EntryDetail, Object, TicketFilter

IDENTITY = "SELECT name, value FROM setting WHERE name IN ('installation', 'secret')"


class Store:
    """A ticket store. Several processes and threads may use one database; each process opens its own Store.

    Everything raises StoreBusy for a database that is locked or away: the same call may go through later.
    """

    def __init__(self, db: Database, number_prefix: str) -> None:
        self.db = db
        self.failing = suspension.Failing(db)
        self.has_one_writer = not db.postgresql  # at a time, so that no two can wait for each other
        self._number_prefix = number_prefix
        self._directories = facts_people.Directories()
        settings: dict[str, str] = dict(db.rows(IDENTITY))
        self.installation = settings["installation"]
        self.secret = bytes.fromhex(settings["secret"])

    @classmethod
    def open(
        cls,
        url: str,
        *,
        number_prefix: str = "0500",
        first_number: int = 1000,
        busy_seconds: float = 10.0,
        sync_later: bool = False,
    ) -> Store:
        """Open the store, migrations run first, and make what a new one needs.

        `url` is `sqlite:PATH`, `sqlite::memory:` (one thread only) or `postgresql://…`. `first_number` counts for a
        new store alone (B90). A lock is waited for `busy_seconds`. With `sync_later` what is committed is safe from a
        loss of power only after `sync`, and nobody waits for the disk under a lock.
        StoreError: the database is newer than the program.
        """
        db = Database(url, busy_seconds, sync_later=sync_later)
        db.connect()
        with db.told():
            migrate.up(db)
            migrate.seed(db, first_number)
            return cls(db, number_prefix)

    def sync(self) -> None:
        """Make all that was committed safe on the disk, where the store was opened with `sync_later`."""
        self.db.sync()

    def close(self) -> None:
        """Close this thread's connection; the next call would open another one."""
        self.db.close()

    # -- one mail ------------------------------------------------------------------------------------------------

    def facts(self, wanted: Wanted) -> Facts:
        """All that the store knows and one mail can need."""
        return self.facts_of_all((wanted,))[0]

    def facts_of_all(self, wanted: Sequence[Wanted]) -> list[Facts]:
        """The same for several mails, on SQLite of one state: what all of them need is read once."""
        return facts.read_all(self.db, wanted, self._directories, self._number_prefix)

    def file(self, what: Filing) -> Filed:
        """Write all effects of one mail, or none (B70).

        Raises FactsMoved where the facts behind the decision changed: read them and decide again.
        """
        return filing.file(self.db, what)

    def file_all(self, what: Sequence[Filing]) -> list[Filed]:
        """The same for several mails, which are filed in one commit, or none of them is."""
        return filing.file_all(self.db, what)

    def batch(self) -> AbstractContextManager[None]:
        """Filings inside are committed together at the end; one that fails takes back its own writes alone."""
        return self.db.transaction()

    # -- the courier ---------------------------------------------------------------------------------------------

    def claim_deliveries(
        self, now: datetime, limit: int, lease_seconds: float, owner: str, results: Sequence[Result] = ()
    ) -> list[Parcel]:
        """Lease at most `limit` due deliveries to `owner`, grouped by outgoing mail; write down results of others."""
        return deliveries.claim(self.db, now, limit, lease_seconds, owner, results)

    def record_results(self, results: Sequence[Result], now: datetime) -> None:
        """Write down what became of deliveries; a permanent failure goes on its ticket and into the Inbox (B87)."""
        deliveries.record(self.db, results, now)

    def release_leases(self, owner: str, now: datetime) -> None:
        """End all leases of an owner, who starts anew, and let nothing wait that the clock alone put off."""
        deliveries.release(self.db, owner, now)

    def next_due(self) -> datetime | None:
        """When the next delivery becomes due, which may have passed; nothing where none waits."""
        return deliveries.next_due(self.db)

    # -- people --------------------------------------------------------------------------------------------------

    def import_people(self, rows: Sequence[PersonRow]) -> Imported:
        """Add and change people by rows, all or none; PeopleRefused lists every bad row."""
        return people.import_rows(self.db, rows)

    def export_people(self) -> list[PersonRow]:
        """Everybody in the shape of an import."""
        return people.export_rows(self.db)

    def add_person(self, row: PersonRow) -> Imported:
        """Add one person; PeopleRefused where something is wrong with the row, or the person is there already."""
        return people_edit.add(self.db, row)

    def change_person(self, kind: type[PersonRow], person_id: int, fields: Mapping[str, object]) -> Imported:
        """Change fields of one person, by their names in the row; PeopleRefused as for `add_person`."""
        return people_edit.change(self.db, kind, person_id, fields)

    def remove_person(self, kind: type[PersonRow], person_id: int) -> None:
        """Remove one person; StoreError where tickets, entries or people point to him or her."""
        people_edit.remove(self.db, kind, person_id)

    def directory(self) -> Directory:
        """All employees, by id and by address."""
        return self.facts(Wanted()).directory

    def accounts(self) -> list[Account]:
        """Every account, by name."""
        with self.db.told():
            return facts_people.all_accounts(self.db)

    def contacts(self) -> list[Contact]:
        """Every contact, by account and name."""
        with self.db.told():
            return facts_people.all_contacts(self.db)

    # -- what stands in tickets, moved and changed by command ----------------------------------------------------

    def move(self, number: str, account: str, author: Author) -> None:
        """Bring a ticket under another account, by name, with all it has (B95)."""
        moves.move(self.db, number, account, author)

    def merge(self, number: str, into: str, author: Author) -> None:
        """Put a ticket with everything into another one of the same account (B95)."""
        moves.merge(self.db, number, into, author)

    def take(self, entry_id: int, to: str, author: Author) -> str:
        """Take an entry to another ticket, and return the number of the one it was on (B38)."""
        return moves.take(self.db, entry_id, to, author)

    def edit_text(self, entry_id: int, text: str, author: Author) -> bool:
        """Give an entry another text; whether anything was changed (B72)."""
        return entry_changes.edit(self.db, entry_id, text, author)

    def add_note(self, number: str, text: str, public: bool, author: Author) -> int:
        """Write a note on a ticket; the id of its entry."""
        return entry_changes.add_note(self.db, number, text, public, author)

    def set_public(self, entry_id: int, public: bool, author: Author) -> bool:
        """Show an entry to customers or hide it; whether anything was changed (B44)."""
        return entry_changes.set_public(self.db, entry_id, public, author)

    # -- numbers -------------------------------------------------------------------------------------------------

    def next_number(self) -> str:
        """The number of the next ticket."""
        return self.facts(Wanted()).next_number

    def raise_number(self, counter: int, author: Author) -> None:
        """Let the next ticket have this counter; StoreError for one that is lower than the next already is (B90)."""
        numbers.raise_to(self.db, counter, self._number_prefix, author)

    def number_raises(self) -> list[Object]:
        """Who raised the number and when: objects with at, by, old, new, the oldest first."""
        return numbers.raises(self.db)

    # -- reads for commands: rows of the stable views ------------------------------------------------------------

    def tickets(self, wanted: TicketFilter) -> list[Object]:
        """One page of tickets, the newest first; in the Inbox the one changed last first."""
        return views.tickets(self.db, wanted)

    def ticket(self, number: str) -> Object | None:
        """One ticket, or nothing."""
        return views.ticket(self.db, number)

    def history(self, number: str, limit: int = 1000, after: int = 0) -> list[Object]:
        """The entries of a ticket, oldest first; those behind entry `after`."""
        return views.history(self.db, number, limit, after)

    def entry(self, entry_id: int) -> EntryDetail | None:
        """One history entry with attachments and decision record, or nothing."""
        return views.entry(self.db, entry_id)

    def recipients(self, number: str) -> list[Object]:
        """Both recipient lists of a ticket."""
        return views.recipients(self.db, number)

    def deliveries(
        self,
        states: Sequence[str] = (),
        ticket: str = "",
        limit: int = 50,
        after: int | None = None,
        seen_by: int | None = None,
    ) -> list[Object]:
        """Deliveries, the newest first, those behind `after`; what is empty or nobody does not filter."""
        return views.deliveries(self.db, states, ticket, limit, after, seen_by)

    def mail(self, spool_id: str) -> Object | None:
        """The ledger's row of one accepted mail, or nothing."""
        return views.mail(self.db, spool_id)

    def counts(self) -> state.Counts:
        """The figures for `status` (B106)."""
        return state.counts(self.db)

    def index(self, seconds: float) -> int:
        """Index tickets whose words changed, for about so many seconds at most; how many still wait."""
        return search.index(self.db, seconds)

    def upkeep(self, seconds: float) -> int:
        """`index`, and what else keeps the store quick beside those who file; how many tickets still wait."""
        return upkeep.keep(self.db, seconds)

    # -- changes by command, each with its history entry (B71) ---------------------------------------------------

    def set_status(self, number: str, status: str, author: Author) -> bool:
        """Give a ticket another status; whether it had another one (B91, B92)."""
        return changes.set_status(self.db, number, status, author)

    def assign(self, number: str, employee_id: int | None, author: Author) -> None:
        """Give a ticket another manager, or none."""
        changes.assign(self.db, number, employee_id, author)

    def set_unread(self, number: str, unread: bool, author: Author) -> None:
        """Mark a ticket as unread or read (B93)."""
        changes.set_unread(self.db, number, unread, author)

    def set_inbox(self, numbers: Iterable[str], in_inbox: bool, author: Author) -> None:
        """Put tickets into the Inbox or take them out, all or none (B92)."""
        changes.set_inbox(self.db, numbers, in_inbox, author)

    def set_labels(self, number: str, add: Sequence[str], remove: Sequence[str], author: Author) -> None:
        """Add and remove labels of a ticket."""
        changes.set_labels(self.db, number, add, remove, author)

    def set_fields(self, number: str, fields: Mapping[str, str], author: Author) -> None:
        """Set priority, type, due (a stored time) or description of a ticket; an empty text clears one (B90)."""
        ticket_fields.set_fields(self.db, number, fields, author)

    def set_dispatching(self, number: str, dispatching: bool, author: Author) -> None:
        """Let a ticket wait for dispatching, or no longer (B90)."""
        ticket_fields.set_dispatching(self.db, number, dispatching, author)

    def add_recipients(self, number: str, joining: Sequence[NewRecipient], author: Author) -> None:
        """Add addresses, employees or roles to a ticket; who is there already stays (B64)."""
        changes.add_recipients(self.db, number, joining, author)

    def remove_recipients(self, number: str, leaving: Sequence[NewRecipient], author: Author) -> None:
        """Remove recipients from a ticket."""
        changes.remove_recipients(self.db, number, leaving, author)
