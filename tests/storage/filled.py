"""A small store with a row of every kind in every table, filled through the Store alone, and its originals (B97)."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import timedelta

from storage import alarms, listing_defaults, mailboxes, times
from storage.people_rows import AccountRow, ContactRow, EmployeeRow
from storage.records import Change, Filing, MailRecord, NewAttachment, NewRecipient, NewTicket, Result, Ticket, Wanted
from storage.store import Store
from tests.storage import make

ODD = "Größe 日本 👩‍🔧 \u202eכן\u202c 'a' \"b\" \\ %s ? $1 ;-- e\u0301"
"""Letters that a dump, a driver or a comparison could spoil."""
PEOPLE = (
    *make.PEOPLE,
    EmployeeRow("Gone", "gone@company.example", active=False, group="Limited", mail_option="off"),
    AccountRow(f"Odd {ODD}", "odd@odd.example", "", domains=("odd.example", "xn--bcher-kva.example")),
    ContactRow(ODD, f"Odd {ODD}", "o@odd.example", "o2@odd.example"),
)
FILES = ("a.txt", "b.bin")
BODIES = {
    "a.txt": b'Content-Type: text/plain; name="a.txt"\r\nContent-Disposition: attachment; filename="a.txt"\r\n\r\nAAAA',
    "b.bin": b'Content-Type: application/octet-stream; name="b.bin"\r\nContent-Disposition: attachment; '
    b'filename="b.bin"\r\n\r\nBBBBBB',
}
ATTACHMENTS = (NewAttachment(1, "a.txt", "text/plain", 4), NewAttachment(2, "b.bin", "application/octet-stream", 6))


def raw(name: str) -> bytes:
    """The mail of this name, with two attachments: always the same bytes."""
    head = f"From: Bob <{make.BOB}>\r\nSubject: {name}\r\nMIME-Version: 1.0\r\n".encode()
    parts = [b"Content-Type: text/plain\r\n\r\nIt is broken.", *(BODIES[file] for file in FILES)]
    body = b"".join(b"--x\r\n" + part + b"\r\n" for part in parts) + b"--x--\r\n"
    return head + b'Content-Type: multipart/mixed; boundary="x"\r\n\r\n' + body


def sha256(name: str) -> str:
    """The name of a mail's original."""
    return hashlib.sha256(raw(name)).hexdigest()


NAMES = ("open", "answer", "closed", "canceled", "first", "second", "odd", "held", "duplicate", "own", "skipped",
         "quarantined", "rejected")  # fmt: skip
"""The mails that the store below has in its ledger."""


def fill(store: Store) -> None:
    """Tickets open, closed and merged; entries, recipients, mails and deliveries of each kind and state."""
    store.import_people(PEOPLE)
    numbers = {name: _open(store, name) for name in ("open", "closed", "canceled", "first", "second", "odd")}
    _work_on(store, numbers["open"])
    store.take(_answer(store, numbers["open"]), numbers["canceled"], make.ADMIN)
    store.set_status(numbers["closed"], "Completed", make.ADMIN)
    store.set_status(numbers["canceled"], "Canceled", make.ADMIN)
    store.merge(numbers["first"], numbers["second"], make.ADMIN)
    store.merge(numbers["second"], numbers["open"], make.ADMIN)
    store.raise_number(2000, make.ADMIN)
    listing_defaults.set_managers(store.db, 1, "inbox", [1, None])
    _deliver(store)
    _distrust(store)
    _roads(store)
    for outcome in ("held", "duplicate", "own", "skipped", "quarantined", "rejected"):
        store.file(Filing(mail=_mail(outcome, outcome=outcome, reason=ODD, decision="{}"), at=make.NOW))


def _distrust(store: Store) -> None:
    """A paused pair and a resumed one, a failing address, remembered choices, a forwarded mail."""
    at = times.to_text(make.NOW)
    pause = "INSERT INTO pause (ticket_id, sender, paused_at, resumed_at) VALUES (1, ?, ?, ?)"
    failing = "INSERT INTO failing (address, failures, failed_at, last_answer, suspended_at) VALUES (?, 3, ?, ?, ?)"
    choice = "INSERT INTO choice (address, reason, choice, chosen_by, chosen_at) VALUES (?, 'unknown-sender', ?, ?, ?)"
    with store.db.transaction():
        store.db.many(pause, [("robot@x.example", at, None), ("other@x.example", at, at)])
        store.db.many(failing, [("gone@x.example", at, ODD, at), ("full@x.example", at, "452", None)])
        store.db.many(choice, [(f"{c}@x.example", c, ODD, at) for c in ("as-is", "unverified", "reject")])
        store.db.run("UPDATE entry SET on_behalf_name = ?, on_behalf_address = 'o@odd.example' WHERE id = 1", (ODD,))


def _roads(store: Store) -> None:
    """An alarm that stands, a mailbox that was read, and a mail that was left in another one."""
    alarms.raise_(store.db, "road IMAP:office", ODD, make.NOW)
    mailboxes.keep(store.db, "IMAP:office", "INBOX", mailboxes.Position(1700000000, 4294967295))
    mailboxes.change_fetched(store.db, "POP3:office", ["!~"], [])


def _mail(name: str, **fields: object) -> MailRecord:
    fields = {"dedupe_key": None if fields else f"key {name}", **fields}
    return make.mail(spool_id=_spool_id(name), sha256=sha256(name), size=len(raw(name)), subject=name, **fields)


def _spool_id(name: str) -> str:
    return f"{NAMES.index(name):016x}-00000000"


def _open(store: Store, name: str) -> str:
    """A ticket that a mail opened; that of `odd` is the odd account's and managed by nobody."""
    facts = store.facts(Wanted())
    account = next(one for one in store.accounts() if one.name.startswith("Odd" if name == "odd" else "Acme"))
    contact = next(one for one in store.contacts() if one.account_id == account.id)
    subject = ODD if name == "odd" else f"Ticket {name}"
    people = (None, None) if name == "odd" else (account.manager_id, account.manager_id)
    new = NewTicket(facts.next_number, account.id, account.name, contact.id, *people, subject, f"Words {ODD}")
    entry = make.entry(original_sha256=sha256(name), attachments=ATTACHMENTS, text=f"Text {ODD}\nsecond line")
    out = make.outgoing("ann@company.example"), make.outgoing(make.BOB, kind="response", body=b"\x00\xff", outward=True)
    filing = make.opening(
        facts, mail=_mail(name), new_ticket=new, entry=entry, outgoing=out, in_inbox=name == "open", unread=True,
        recipients=(NewRecipient("external", "to", make.BOB, ODD), NewRecipient("employee", role="manager")),
    )  # fmt: skip
    return make.ticket(store, store.file(filing)).number


def _work_on(store: Store, number: str) -> None:
    """What commands do to a ticket."""
    author = make.ADMIN
    joining = [NewRecipient("external", type_, f"{type_}@x.example") for type_ in ("to", "cc", "bcc")]
    roles = [NewRecipient("employee", role="account-manager"), NewRecipient("employee", employee_id=2)]
    store.add_recipients(number, [*joining, *roles], author)
    store.set_labels(number, ["vip", ODD.replace(",", "")], [], author)
    fields = {"priority": "high", "type": ODD, "due": "2026-12-01T00:00:00.000Z", "description": ODD}
    store.set_fields(number, fields, author)
    store.set_dispatching(number, True, author)
    note = store.add_note(number, f"A note {ODD}", True, author)
    store.edit_text(note, "A better note", author)


def _answer(store: Store, number: str) -> int:
    """An employee's answer, whose entry is returned, what the service writes itself, an alarm of no ticket."""
    ticket: Ticket = make.by_number(store, number)
    facts = store.facts(Wanted())
    entry = make.entry(original_sha256=sha256("answer"), sender_kind="employee", authentication="authentic")
    changes = (Change("status", "New", "Pending", "reopened"),)
    out = make.outgoing("to@x.example", "cc@x.example", "bcc@x.example", "late@x.example", outward=True)
    mail = _mail("answer")
    filing = make.reply(facts, ticket, mail=mail, entry=entry, changes=changes, status="Pending", outgoing=(out,))
    answer = store.file(filing).entry_id or 0
    for kind in ("response", "alert"):
        ticket = make.by_number(store, number)
        own = replace(make.entry(original_sha256=""), kind=kind, direction="out", verified=False, decision=None)
        sent = (make.outgoing("to@x.example", kind="alert", body=b"Closed.\r\n"),) if kind == "alert" else ()
        store.file(make.reply(facts, ticket, mail=None, entry=own, outgoing=sent))
    store.file(Filing(mail=None, at=make.NOW, outgoing=(make.outgoing("a@x.example", kind="alarm", body=b"Alarm"),)))
    return answer


def _deliver(store: Store) -> None:
    """Deliveries in each state, one of them leased; what suspends a recipient writes the state itself."""
    drops = [drop for parcel in store.claim_deliveries(make.LATER, 12, 60, "courier") for drop in parcel.drops]
    states = ("sent", "deferred", "failed", "sent", "sent")
    results = [
        Result(drop.delivery_id, state, f"250 {ODD}", make.LATER, make.LATER + timedelta(hours=1))
        for drop, state in zip(drops, states, strict=False)
    ]
    store.record_results(results, make.LATER)
    with store.db.transaction():
        last = drops[len(states)].delivery_id
        store.db.run("UPDATE delivery SET state = 'suspended', next_try_at = NULL WHERE id = ?", (last,))
