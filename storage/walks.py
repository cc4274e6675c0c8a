"""Which tickets stand on a page: each listing is one walk, or few, along an index, that ends when the page is full.

SQLite is told the index by name, for it keeps no statistics to choose by; PostgreSQL chooses by its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from storage.database import Database, Row, in_list
from storage.records import CLOSED_STATUSES, OPEN_STATUSES, StoreError
from storage.texts import name_key

if TYPE_CHECKING:  # it is part of what listings show to the outside
    from storage.views import TicketFilter

VIEWS: Mapping[str, str] = {
    "inbox": "t.in_inbox = 1",
    "dispatching": "t.dispatching = 1",
    "all": "",
    "open": "t.closed_at IS NULL",
    "closed": "t.closed_at IS NOT NULL",
}
"""The views of B94 and what a ticket in them fulfils, in the words of the indexes, or SQLite would not use them."""

ACCOUNT = "t.account_id = (SELECT id FROM account WHERE name_key = ?)"
LABELLED = "EXISTS (SELECT 1 FROM label WHERE ticket_id = t.id AND name = ?)"
OWN = "(t.manager_id = ? OR t.opened_by_id = ?)"
BEHIND = "{} < (SELECT id FROM ticket WHERE number = ?)"
BEHIND_BY_CHANGE = "(t.changed_at, t.id) < (SELECT changed_at, id FROM ticket WHERE number = ?)"
"""A page that begins behind a ticket; behind one that is not there stands nothing."""
BY_MANAGER = "t.manager_id DESC, "


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on ticket `t`, and its values."""

    sql: str
    values: tuple[object, ...] = ()


@dataclass(frozen=True, slots=True)
class Walk:
    """One way along an index, whose condition stands for the filters that it covers."""

    condition: Condition
    covers: frozenset[str]
    index: str = ""
    tables: str = "ticket t"
    key: str = "t.id"  # the column by which the index is walked
    before_key: str = ""  # for PostgreSQL, which knows no order behind IS NULL


def numbers(db: Database, wanted: TicketFilter) -> list[str]:
    """The numbers of one page, the newest ticket first; in the Inbox, which is small, the one changed last.

    An index by the last change for every view would be one more to write for each mail.
    """
    return [row[-1] for row in _rows(db, wanted, wanted.limit, by_change=wanted.view == "inbox")]


def newest(db: Database, wanted: TicketFilter, limit: int) -> list[Row]:
    """Id and number of the newest tickets that the filters let through, whatever page is asked for."""
    return _rows(db, wanted, limit)


def _rows(db: Database, wanted: TicketFilter, limit: int, *, by_change: bool = False) -> list[Row]:
    """What the rows are sorted by comes first in them."""
    filters = conditions(wanted)
    found: set[Row] = set()
    for walk in _walks(wanted):
        rest = [condition for name, condition in filters.items() if name not in walk.covers]
        if wanted.after:
            rest.append(Condition(BEHIND_BY_CHANGE, (wanted.after,)) if by_change else behind(wanted.after, walk.key))
        found.update(_walk(db, walk, rest, limit, by_change))
    return sorted(found, reverse=True)[:limit]


def _walk(db: Database, walk: Walk, rest: Sequence[Condition], limit: int, by_change: bool) -> list[Row]:
    both = [condition for condition in (walk.condition, *rest) if condition.sql]
    where = " AND ".join(condition.sql for condition in both) or "1 = 1"
    values = [value for condition in both for value in condition.values]
    hint = f" INDEXED BY {walk.index}" if walk.index and not db.postgresql else ""
    order = "t.changed_at DESC, t.id DESC" if by_change else f"{walk.before_key}{walk.key} DESC"
    columns = "t.changed_at, " if by_change else ""
    sql = f"SELECT {columns}t.id, t.number FROM {walk.tables}{hint} WHERE {where} ORDER BY {order} LIMIT ?"
    return db.rows(sql, (*values, limit))


def behind(number: str, key: str = "t.id") -> Condition:
    """Tickets that are older than this one, by the column that is walked."""
    return Condition(BEHIND.format(key), (number,))


def conditions(wanted: TicketFilter) -> dict[str, Condition]:
    """Every filter that is set, by name; each label has its own."""
    if wanted.view not in VIEWS:
        raise StoreError(f"view {wanted.view!r}: allowed are {', '.join(VIEWS)}")
    found = {"view": Condition(VIEWS[wanted.view])} if VIEWS[wanted.view] else {}
    if wanted.statuses:
        marks, values = in_list(wanted.statuses)
        found["statuses"] = Condition(f"t.status IN {marks}", values)
    if wanted.manager_ids:
        found["managers"] = _managed(wanted.manager_ids)
    found |= {f"label {label}": Condition(LABELLED, (label,)) for label in wanted.labels}
    if wanted.account:
        found["account"] = Condition(ACCOUNT, (name_key(wanted.account),))
    if wanted.seen_by is not None:
        found["own"] = Condition(OWN, (wanted.seen_by, wanted.seen_by))
    return found


def _managed(managers: Sequence[int | None]) -> Condition:
    some = [manager for manager in managers if manager is not None]
    if not some:
        return Condition("t.manager_id IS NULL")
    marks, values = in_list(some)
    by_some = f"t.manager_id IN {marks}"
    return Condition(f"({by_some} OR t.manager_id IS NULL)" if None in managers else by_some, values)


def _walks(wanted: TicketFilter) -> Iterator[Walk]:
    """The ways that make up a listing: along what is small if there is such a filter, else along what is narrow."""
    if wanted.view in ("inbox", "dispatching"):
        yield Walk(Condition(VIEWS[wanted.view]), frozenset(("view",)), f"ticket_{wanted.view}")
    elif wanted.labels:
        yield _of_label(wanted.labels[0])
    elif wanted.account:
        yield Walk(conditions(wanted)["account"], frozenset(("account",)), "ticket_account")
    elif wanted.seen_by is not None:
        yield _of_manager(wanted, wanted.seen_by, "own")
        yield Walk(Condition("t.opened_by_id = ?", (wanted.seen_by,)), frozenset(("own",)), "ticket_opened_by")
    elif wanted.manager_ids:
        yield from (_of_manager(wanted, manager, "managers") for manager in dict.fromkeys(wanted.manager_ids))
    elif wanted.statuses or wanted.view == "closed":
        yield from map(_of_status, dict.fromkeys(wanted.statuses or CLOSED_STATUSES))
    elif wanted.view == "open":
        yield Walk(Condition(VIEWS["open"]), frozenset(("view",)), "ticket_open")
    else:
        yield Walk(Condition(""), frozenset())


def _of_manager(wanted: TicketFilter, manager: int | None, covers: str) -> Walk:
    """Along all tickets of a manager or, where only open ones are wanted, along those alone."""
    sql = "t.manager_id IS NULL" if manager is None else "t.manager_id = ?"
    values = () if manager is None else (manager,)
    if wanted.view == "open" or (wanted.statuses and set(wanted.statuses) <= set(OPEN_STATUSES)):
        among_open = Condition(f"{sql} AND {VIEWS['open']}", values)
        covered = {covers, "view"} if wanted.view == "open" else {covers}
        return Walk(among_open, frozenset(covered), "ticket_manager_open", before_key=BY_MANAGER)
    return Walk(Condition(sql, values), frozenset((covers,)), "ticket_manager", before_key=BY_MANAGER)


def _of_label(label: str) -> Walk:
    labelled = Condition("l.name = ? AND t.id = l.ticket_id", (label,))
    return Walk(labelled, frozenset((f"label {label}",)), tables="label l CROSS JOIN ticket t", key="l.ticket_id")


def _of_status(status: str) -> Walk:
    return Walk(Condition("t.status = ?", (status,)), frozenset(("statuses",)), "ticket_status")
