"""What a report needs of a ticket's entries beside the views."""

from __future__ import annotations

from storage.records import NewAttachment, Wanted
from storage.report_reads import beside_history
from storage.store import Store
from tests.storage.make import entry, opening


def test_beside_history__names_and_attachments_by_entry(store: Store) -> None:
    """B70: what the view does not show, for the entries of one ticket; those that have nothing of it are left out."""
    files = (NewAttachment(1, "a.pdf", "application/pdf", 3), NewAttachment(2, "b.pdf", "application/pdf", 4))
    for made in (entry(attachments=files), entry(sender_name="", attachments=files[:1]), entry(sender_name="")):
        store.file(opening(store.facts(Wanted()), entry=made))
    found = [beside_history(store.db, f"0500-100{number}") for number in range(3)]
    assert [(one.sender_name, one.attachments) for beside in found for one in beside.values()] == [
        ("Bob", files),
        ("", files[:1]),
    ]
    assert list(found[0]) == [store.history("0500-1000")[0]["id"]]
