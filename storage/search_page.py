"""Which tickets a search finds, the newest first, with all other filters on top (B94).

A common word is found by walking from the newest tickets, a rare one by the index; what one is for the other would take
seconds with a million tickets, and databases guess wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from storage import walks
from storage.database import Database, Row, in_list
from storage.walks import Condition
from storage.words import BLOCK_GROWTH, BLOCKS, Term, fts5, newest_blocks, terms, tsquery, tsquery_anywhere

if TYPE_CHECKING:
    from storage.views import TicketFilter

FEW = 1000  # tickets whose documents are looked through rather than asking for all that have the words
PORTION = 500  # tickets that the index found, looked at together
WINDOWS = (250, 1000)  # newest tickets that PostgreSQL looks through before it asks the index

AMONG_FEW = "SELECT rowid FROM ticket_words WHERE rowid IN {} AND {}"
HOLDS = "INSTR(' ' || words || ' ', ?) > 0"
"""To ask FTS5 whether one ticket has a word takes twenty times as long as to look into its document."""
FROM_NEWEST = """
SELECT t.id, t.number FROM ticket_words w CROSS JOIN ticket t
WHERE w.words MATCH ? AND t.id = w.rowid AND {} ORDER BY w.rowid DESC LIMIT ?
"""

AMONG_NEWEST = """
SELECT ticket_id FROM (SELECT ticket_id, words FROM ticket_words WHERE ticket_id = ANY(?) OFFSET 0) newest
WHERE words @@ CAST(? AS tsquery)
"""
"""OFFSET 0 keeps PostgreSQL from asking the index after all."""
HITS = "SELECT ticket_id FROM ticket_words WHERE words @@ CAST(? AS tsquery)"
NEWEST = "SELECT COALESCE(MAX(id), 0) FROM ticket"
NEWEST_BEHIND = "SELECT COALESCE(MAX(id), 0) FROM ticket WHERE number = ?"
OF_HITS = "SELECT t.id, t.number FROM ticket t WHERE t.id = ANY(?) AND {} ORDER BY t.id DESC LIMIT ?"
IN_A_ROW = "EXISTS (SELECT 1 FROM ticket_words w WHERE w.ticket_id = t.id AND w.words @@ CAST(? AS tsquery))"
"""What the index cannot tell is looked up in the documents of what it found."""
NUMBERED = "SELECT t.id, t.number FROM ticket t WHERE t.number = ? AND {}"


def numbers(db: Database, wanted: TicketFilter) -> list[str]:
    """The numbers of one page; a text that is a ticket's number finds that ticket, indexed or not. StoreError."""
    query = terms(wanted.search)
    room = wanted.limit
    filters = _filters(wanted)
    found = {tuple(row) for row in db.rows(NUMBERED.format(filters.sql), (wanted.search.strip(), *filters.values))}
    if db.postgresql:
        found.update(_postgresql(db, wanted, query, filters, room))
    else:
        found.update(_sqlite(db, wanted, query, room))
    return [number for _, number in sorted(found, reverse=True)[:room]]


def _filters(wanted: TicketFilter, key: str = "t.id") -> Condition:
    """All filters, and where the page begins by the column that is walked, as one condition."""
    found = [*walks.conditions(wanted).values(), *([walks.behind(wanted.after, key)] if wanted.after else [])]
    sql = " AND ".join(condition.sql for condition in found) or "1 = 1"
    return Condition(sql, tuple(value for condition in found for value in condition.values))


def _sqlite(db: Database, wanted: TicketFilter, query: Sequence[Term], room: int) -> list[Row]:
    """FTS5 walks from the newest by itself; where the filters leave few tickets, those are looked at."""
    if walks.conditions(wanted):
        few = walks.newest(db, wanted, FEW + 1)
        if len(few) <= FEW:
            return _among(db, few, query)
    filters = _filters(wanted, "w.rowid")
    return db.rows(FROM_NEWEST.format(filters.sql), (fts5(query), *filters.values, room))


def _among(db: Database, few: list[Row], query: Sequence[Term]) -> list[Row]:
    if not few:
        return []
    marks, ids = in_list([id_ for id_, _ in few])
    sought = [f" {' '.join(term.words)}{'' if term.beginning else ' '}" for term in query]
    sql = AMONG_FEW.format(marks, " AND ".join([HOLDS] * len(sought)))
    hits = {id_ for (id_,) in db.rows(sql, (*ids, *sought))}
    return [row for row in few if row[0] in hits]


def _postgresql(db: Database, wanted: TicketFilter, query: Sequence[Term], filters: Condition, room: int) -> list[Row]:
    """The newest tickets, then the index; where there are filters, more of the newest that they let through.

    As many as the filters leave may be few, however many have the words.
    """
    found: list[Row] = []
    before = 0
    for window in WINDOWS if walks.conditions(wanted) else WINDOWS[:1]:
        if before and len(found) * window < room * before:
            break
        rows = walks.newest(db, wanted, window)
        hits = {id_ for (id_,) in db.rows(AMONG_NEWEST, ([id_ for id_, _ in rows], tsquery(query)))}
        found = [row for row in rows if row[0] in hits]
        if len(found) >= room or len(rows) < window:
            return found
        before = window
    return _by_index(db, wanted, query, filters, room)


def _by_index(db: Database, wanted: TicketFilter, query: Sequence[Term], filters: Condition, room: int) -> list[Row]:
    """Of what the index finds among the newest tickets, then among four times as many, until the page is full.

    Where the page cannot be expected to fill with four times as many, more are looked at; not where words must stand in
    a row, for that is looked up in every document.
    """
    anywhere = tsquery_anywhere(query)
    in_a_row = anywhere != tsquery(query)
    if in_a_row:
        filters = Condition(f"{filters.sql} AND {IN_A_ROW}", (*filters.values, tsquery(query)))
    [(newest,)] = db.rows(NEWEST_BEHIND, (wanted.after,)) if wanted.after else db.rows(NEWEST)
    found: list[Row] = []
    likely = room
    for blocks in (*(f" & {newest_blocks(bits, newest)}" for bits in BLOCKS), ""):
        if blocks and likely < room and not in_a_row:
            likely *= BLOCK_GROWTH
            continue
        hits = sorted((id_ for (id_,) in db.rows(HITS, (anywhere + blocks,))), reverse=True)
        found = []
        for start in range(0, len(hits), PORTION):
            portion = (hits[start : start + PORTION], *filters.values, room - len(found))
            found += db.rows(OF_HITS.format(filters.sql), portion)
            if len(found) >= room:
                return found
        likely = len(found) * BLOCK_GROWTH
    return found
