"""What child processes of the tests do with a store of their own."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from typing import Any

from storage.records import Change, FactsMoved, NewAttachment, NewRecipient, Wanted
from storage.store import Store
from tests.storage import make


def file_many(url: str, name: str, count: int) -> None:
    """File so many mails, every other one on the first ticket, deciding anew whenever the facts moved."""
    store = Store.open(url)
    for i in range(count):
        record = make.mail(spool_id=f"{name}-{i}", dedupe_key=f"{name}-{i}")
        sent = make.outgoing("a@company.example", message_id=f"<{name}-{i}@company.example>")
        entry = make.entry(message_id=f"<{name}-{i}@customer.example>")
        file_one(store, i % 2 == 0, mail=record, outgoing=(sent,), entry=entry)


def file_one(store: Store, opens: bool, **fields: Any) -> None:
    """File one mail, however often its facts move."""
    while True:
        facts = store.facts(Wanted(numbers=("0500-1000",)))
        on_first = None if opens else facts.tickets.get(facts.numbers.get("0500-1000", 0))
        filing = make.reply(facts, on_first, **fields) if on_first else make.opening(facts, **fields)
        try:
            store.file(filing)
            return
        except FactsMoved:
            continue


def die_at(url: str, spool_id: str, statement: int) -> None:
    """File a mail with every kind of effect, and be killed before the given statement of the transaction, from 0."""
    store = Store.open(url)
    facts = store.facts(Wanted())
    filing = replace(
        make.opening(facts),
        mail=make.mail(spool_id=spool_id),
        entry=make.entry(attachments=(NewAttachment(1, "a.pdf", "application/pdf", 7),)),
        changes=(Change("inbox", "out", "in"),),
        recipients=(NewRecipient("external", address=make.BOB),),
        outgoing=(make.outgoing("a@company.example", "b@company.example"),),
    )
    left = iter(range(statement))

    def kill_or_go_on(*_: object) -> None:
        if next(left, None) is None:
            os.kill(os.getpid(), signal.SIGKILL)

    cursor = store.db.peewee.cursor  # each statement, BEGIN and COMMIT among them, asks for one

    def counting() -> Any:
        kill_or_go_on()
        return cursor()

    store.db.peewee.cursor = counting
    store.file(filing)


def open_and_close(url: str) -> None:
    """Open a store, as services that start together do."""
    Store.open(url).close()
