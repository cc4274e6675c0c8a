"""Tickets as other systems get them: with all they have, changed since a time, each at one moment (B97)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from storage import export, views
from storage.export import Wanted
from storage.records import Result, StoreError
from storage.store import Store
from tests.storage import make
from tests.storage.filled import fill


def everything(store: Store) -> Iterator[views.Object]:
    """All tickets."""
    return export.tickets(store.db, export.ids(store.db, Wanted()))


def numbers(store: Store, **wanted: object) -> list[str]:
    """The numbers of the tickets that are exported."""
    asked = Wanted(**wanted)  # type: ignore[arg-type]
    ids = export.ids(store.db, asked)
    found = [ticket["number"] for ticket in export.tickets(store.db, ids)]
    assert len(ids) == len(found)
    return found


def test_export__has_every_row_of_the_views(store: Store) -> None:
    """B97: put together, the exported tickets are the four views, and every attachment and whole text."""
    fill(store)
    found = list(everything(store))
    rows = {view: store.db.rows(f"SELECT * FROM {view}") for view in views.COLUMNS}
    assert len(found) == len(rows["ticket_v1"])
    assert sorted(e["id"] for t in found for e in t["history"]) == sorted(row[0] for row in rows["history_v1"])
    assert sum(len(ticket["recipients"]) for ticket in found) == len(rows["recipient_v1"])
    with_ticket = [row for row in rows["delivery_v1"] if row[1] is not None]
    assert sorted(d["id"] for t in found for d in t["deliveries"]) == sorted(row[0] for row in with_ticket)
    files = [file for ticket in found for entry in ticket["history"] for file in entry["files"]]
    assert len(files) == store.db.rows("SELECT COUNT(*) FROM attachment")[0][0]
    entry = next(entry for entry in found[0]["history"] if entry["kind"] == "email")
    assert entry["whole_text"] == "It is broken.\n> old"
    assert [ticket["merged_into"] for ticket in found if ticket["merged_into"]] == ["0500-1004", "0500-1000"]


def test_export__in_pages_and_behind_a_ticket(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """B97: in the order of opening, whatever a page holds; what was broken off goes on behind its last ticket."""
    opened = [make.open_ticket(store).number for _ in range(5)]
    monkeypatch.setattr(export, "PAGE", 2)
    assert numbers(store) == opened
    assert numbers(store, after=opened[2]) == opened[3:]
    with pytest.raises(StoreError, match="none with this number"):
        numbers(store, after="0500-9999")


def test_export__what_was_changed_or_sent_since(store: Store) -> None:
    """B97: changed, failed and sent count; what only waits does not."""
    quiet, changed, sent = (
        make.open_ticket(store, outgoing=(make.outgoing(f"{name}@x.example"),)).number for name in ("a", "b", "c")
    )
    store.set_labels(changed, ["vip"], [], make.ADMIN)
    parcels = store.claim_deliveries(make.LATER, 50, 60, "x")
    [drop] = next(parcel for parcel in parcels if parcel.ticket_number == sent).drops
    store.record_results([Result(drop.delivery_id, "sent", "250 OK", make.LATER)], make.LATER)
    assert numbers(store, since=make.NOW + timedelta(seconds=1)) == [changed, sent]
    assert numbers(store, since=make.LATER) == [changed, sent]
    assert numbers(store, since=make.LATER + timedelta(milliseconds=1)) == []
    assert numbers(store, since=make.NOW) == [quiet, changed, sent]


def test_export__of_ones_own_tickets(store: Store) -> None:
    """B94: managed or opened by an employee."""
    store.import_people(make.PEOPLE)
    mine = make.open_ticket(store).number
    make.open_ticket(store)
    ann = next(iter(store.directory().by_address["ann@company.example"])).id
    store.assign(mine, ann, make.ADMIN)
    assert numbers(store, seen_by=ann) == [mine]


def test_export__each_ticket_is_of_one_moment(store: Store, url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """B97: what is written while a ticket is read is in none of its parts."""
    number = make.open_ticket(store).number
    other = Store.open(url)
    reads = views.history

    def written_meanwhile(*arguments: object) -> list[views.Object]:
        if other.db.row("SELECT 1 FROM label") is None:
            other.set_labels(number, ["late"], [], make.ADMIN)
        return reads(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(views, "history", written_meanwhile)
    [first] = everything(store)
    [second] = everything(store)
    other.close()
    assert (first["labels"], [entry["kind"] for entry in first["history"]]) == ([], ["email"])
    assert (second["labels"], [entry["kind"] for entry in second["history"]]) == (["late"], ["email", "change"])
