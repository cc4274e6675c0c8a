"""Full-text search: one document a ticket, indexed behind the filing (B94).

Whoever changes words of a ticket appends a row to `search_queue`, and waits for nobody. `index` takes rows off it in
small transactions and writes the tickets' documents anew.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence

from storage.database import Database, in_list
from storage.words import tsvector, words

BATCH_TICKETS, BATCH_BYTES = 32, 200_000
"""What is written in one transaction; the lock is held for some milliseconds."""
DOCUMENT_BYTES = 500_000
"""Of UTF-8 a ticket; the newest entries come first, what is beyond is not found."""
ENTRIES_AT_ONCE = 100

QUEUE = "INSERT INTO search_queue (ticket_id) VALUES (?)"
QUEUE_OF_ACCOUNT = "INSERT INTO search_queue (ticket_id) SELECT id FROM ticket WHERE account_id = ?"
QUEUE_OF_CONTACT = "INSERT INTO search_queue (ticket_id) SELECT id FROM ticket WHERE contact_id = ?"
FIRST = f"SELECT id, ticket_id FROM search_queue ORDER BY id LIMIT {BATCH_TICKETS}"
STILL_THERE = "SELECT id, ticket_id FROM search_queue WHERE id IN {} ORDER BY id"
DONE = "DELETE FROM search_queue WHERE id IN "
WAITING = "SELECT COUNT(DISTINCT ticket_id) FROM search_queue"

TICKET = """
SELECT t.number, t.subject, t.description, a.name, COALESCE(c.name, '')
FROM ticket t JOIN account a ON a.id = t.account_id LEFT JOIN contact c ON c.id = t.contact_id WHERE t.id = ?
"""
LABELS = "SELECT name FROM label WHERE ticket_id = ? ORDER BY name"
ENTRIES = f"""
SELECT id, subject, SUBSTR(text, 1, {DOCUMENT_BYTES}), sender_name, sender_address FROM entry
WHERE ticket_id = ? AND id < ? AND kind IN ('email', 'note', 'response', 'delivery-report')
ORDER BY id DESC LIMIT {ENTRIES_AT_ONCE}
"""
ATTACHMENTS = "SELECT entry_id, name FROM attachment WHERE entry_id IN {} ORDER BY entry_id, number"
NO_ENTRY = 1 << 62

WRITE_SQLITE = "INSERT OR REPLACE INTO ticket_words (rowid, words) VALUES (?, ?)"
WRITE_POSTGRESQL = """
INSERT INTO ticket_words (ticket_id, words) VALUES (?, CAST(? AS tsvector))
ON CONFLICT (ticket_id) DO UPDATE SET words = excluded.words
"""
MERGE = "INSERT INTO ticket_words (ticket_words, rank) VALUES ('merge', 64)"
"""Some pages at a time, where segments have become many."""


def queue(db: Database, *ticket_ids: int) -> None:
    """Have tickets indexed anew, in the transaction of what changed their words."""
    db.many(QUEUE, [(ticket_id,) for ticket_id in ticket_ids])


def index(db: Database, seconds: float) -> int:
    """Index what waits, for about so many seconds at most; how many tickets still wait."""
    until = time.monotonic() + seconds
    with db.told():
        while index_some(db):
            if time.monotonic() > until:
                return waiting(db)
    return 0


def waiting(db: Database) -> int:
    """How many tickets wait to be indexed."""
    with db.told():
        return int(db.rows(WAITING)[0][0])


def index_some(db: Database) -> bool:
    """Index the first tickets that wait; whether there were any.

    Documents are made before the transaction. Two who index at once read the queue's rows in the same order; whoever
    finds all rows of a ticket gone has been overtaken by one with a document that is as new, and leaves the ticket.
    """
    rows = db.rows(FIRST)
    if not rows:
        return False
    documents = dict(_documents(db, list(dict.fromkeys(ticket_id for _, ticket_id in rows))))
    marks, ids = in_list([id_ for id_, ticket_id in rows if ticket_id in documents])
    with db.transaction():
        still = db.rows(STILL_THERE.format(marks) + (" FOR UPDATE" if db.postgresql else ""), ids)
        db.run(DONE + marks, ids)
        # failpoint: search.taken-off
        _write(db, documents, {ticket_id for _, ticket_id in still})
    if not db.postgresql:
        db.run(MERGE)
    return True


def _documents(db: Database, ticket_ids: Sequence[int]) -> Iterator[tuple[int, list[str]]]:
    """The words of each ticket; of the last ones none, where those before are many words already."""
    size = 0
    for ticket_id in ticket_ids:
        document = _document(db, ticket_id)
        yield ticket_id, document
        size += _size(document)
        if size > BATCH_BYTES:
            return


def _document(db: Database, ticket_id: int) -> list[str]:
    """The words of one ticket, up to DOCUMENT_BYTES."""
    with db.reading():
        document: list[str] = []
        size = 0
        for text in _texts(db, ticket_id):
            found = words(text)
            size += _size(found)
            document += found
            if size > DOCUMENT_BYTES:
                return _cut(document)
    return document


def _size(found: Sequence[str]) -> int:
    return len(" ".join(found).encode()) + 1


def _cut(document: Sequence[str]) -> list[str]:
    kept, size = [], 0
    for word in document:
        size += len(word.encode()) + 1
        if size > DOCUMENT_BYTES:
            break
        kept.append(word)
    return kept


def _texts(db: Database, ticket_id: int) -> Iterator[str]:
    """All texts of a ticket that are searched, its entries from the newest."""
    for row in db.rows(TICKET, (ticket_id,)):
        yield from row
    for (label,) in db.rows(LABELS, (ticket_id,)):
        yield label
    before = NO_ENTRY
    while entries := db.rows(ENTRIES, (ticket_id, before)):
        attached = _attached(db, [entry_id for entry_id, *_ in entries])
        for entry_id, *texts in entries:
            yield from texts
            yield from attached.get(entry_id, ())
        before = entries[-1][0]
        if len(entries) < ENTRIES_AT_ONCE:
            return


def _attached(db: Database, entry_ids: Sequence[int]) -> dict[int, list[str]]:
    """The names of each entry's attachments."""
    marks, values = in_list(entry_ids)
    named: dict[int, list[str]] = {}
    for entry_id, name in db.rows(ATTACHMENTS.format(marks), values):
        named.setdefault(entry_id, []).append(name)
    return named


def _write(db: Database, documents: dict[int, list[str]], ticket_ids: set[int]) -> None:
    """Write documents in the order of their tickets, as FTS5 wants them."""
    wanted = sorted(ticket_ids & documents.keys())
    if not wanted:
        return
    if db.postgresql:
        db.many(WRITE_POSTGRESQL, [(ticket_id, tsvector(ticket_id, documents[ticket_id])) for ticket_id in wanted])
    else:
        db.many(WRITE_SQLITE, [(ticket_id, " ".join(documents[ticket_id])) for ticket_id in wanted])
