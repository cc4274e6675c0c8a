"""Which deliveries stand on a page, the newest first (B87)."""

from __future__ import annotations

from collections.abc import Sequence

from storage.database import Database, in_list

NEWEST, MOST_UNSENT = 5000, 50_000
"""So many deliveries, of such as are not sent, are looked through before an employee's are gathered by the tickets."""

WALK = "SELECT d.id FROM delivery d {joined} WHERE {where} ORDER BY d.id DESC LIMIT ?"
GATHER = "SELECT d.id FROM delivery d {joined} WHERE {where} ORDER BY +d.id DESC LIMIT ?"
"""The plus keeps databases from walking over all deliveries to save the sorting of some."""

AMONG_NEWEST = """
SELECT d.id FROM (SELECT d.id, d.outgoing_id FROM delivery d WHERE {where} ORDER BY d.id DESC LIMIT ?) d
CROSS JOIN outgoing o CROSS JOIN ticket t WHERE o.id = d.outgoing_id AND t.id = o.ticket_id
    AND (t.manager_id = ? OR t.opened_by_id = ?)
ORDER BY d.id DESC LIMIT ?
"""
OUTGOING = "JOIN outgoing o ON o.id = d.outgoing_id"
TICKET = f"{OUTGOING} JOIN ticket t ON t.id = o.ticket_id"
OWN = "(t.manager_id = ? OR t.opened_by_id = ?)"
OF_OWN_TICKETS = """
o.ticket_id IN (SELECT id FROM ticket WHERE manager_id = ? UNION SELECT id FROM ticket WHERE opened_by_id = ?)
"""

Condition = tuple[str, tuple[object, ...]]


def page(
    db: Database, states: Sequence[str], ticket: str, limit: int, after: int | None, seen_by: int | None
) -> list[int]:
    """The ids of one page; empty `states` and `ticket` do not filter, nor does nobody's `seen_by`.

    An employee with many tickets finds a page among the newest deliveries; where few are, they are gathered.
    """
    wanted = [_in_states(states)] if states else []
    if after is not None:
        wanted.append(("d.id < ?", (after,)))
    if ticket:
        wanted.append(("t.number = ?", (ticket,)))
        return _ids(db, GATHER, TICKET, [*wanted, *([(OWN, (seen_by, seen_by))] if seen_by is not None else [])], limit)
    if seen_by is None:
        return _ids(db, WALK, "", wanted, limit)
    own = (seen_by, seen_by)
    newest = MOST_UNSENT if states and "sent" not in states else NEWEST
    ids = _ids(db, AMONG_NEWEST, "", wanted, newest, *own, limit)
    return ids if len(ids) == limit else _ids(db, GATHER, OUTGOING, [*wanted, (OF_OWN_TICKETS, own)], limit)


def _in_states(states: Sequence[str]) -> Condition:
    """Those that are not sent have an index of their own; nearly all are sent, and found where one looks."""
    marks, values = in_list(states)
    return f"d.state IN {marks}" + ("" if "sent" in states else " AND d.state <> 'sent'"), values


def _ids(db: Database, sql: str, joined: str, wanted: Sequence[Condition], *rest: int) -> list[int]:
    where = " AND ".join(condition for condition, _ in wanted) or "1 = 1"
    values = [value for _, of_condition in wanted for value in of_condition]
    return [id_ for (id_,) in db.rows(sql.format(joined=joined, where=where), (*values, *rest))]
