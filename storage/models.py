"""The tables as peewee models, for commands and listings; the migrations make them, a test compares the two.

They belong to no database: each query names its own with `bind`.
"""

from __future__ import annotations

import peewee

from storage.models_people import Account, AccountDomain, Contact, Employee, Flag, Setting
from storage.times import UtcField


class Ticket(peewee.Model):
    """One ticket; `version` grows with every change."""

    id = peewee.BigAutoField()
    number = peewee.TextField(unique=True)
    version = peewee.BigIntegerField(default=1)
    account = peewee.ForeignKeyField(Account)
    contact = peewee.ForeignKeyField(Contact, null=True)
    manager = peewee.ForeignKeyField(Employee, null=True)
    opened_by = peewee.ForeignKeyField(Employee, null=True)
    merged_into = peewee.ForeignKeyField("self", null=True)
    status = peewee.TextField()
    priority = peewee.TextField(default="")
    type = peewee.TextField(default="")
    dispatching = Flag(default=False)
    in_inbox = Flag(default=False)
    unread = Flag(default=False)
    opened_at = UtcField()
    changed_at = UtcField()
    closed_at = UtcField(null=True)
    due_at = UtcField(null=True)
    subject = peewee.TextField()
    description = peewee.TextField(default="")


class Label(peewee.Model):
    """A label on a ticket."""

    ticket = peewee.ForeignKeyField(Ticket)
    name = peewee.TextField()

    class Meta:
        """Names and keys."""

        primary_key = peewee.CompositeKey("ticket", "name")


class Recipient(peewee.Model):
    """Who gets a ticket's mail: an address, an employee or a role; `slot` is what may stand on a ticket once."""

    id = peewee.BigAutoField()
    ticket = peewee.ForeignKeyField(Ticket)
    slot = peewee.TextField()
    list = peewee.TextField()
    type = peewee.TextField(null=True)
    address = peewee.TextField(default="")
    name = peewee.TextField(default="")
    employee = peewee.ForeignKeyField(Employee, null=True)
    role = peewee.TextField(null=True)
    added_by = peewee.TextField()
    added_at = UtcField()


class Mail(peewee.Model):
    """The ledger: one row for each accepted mail, whatever became of it."""

    id = peewee.BigAutoField()
    spool_id = peewee.TextField(unique=True)
    dedupe_key = peewee.TextField(null=True, unique=True)
    received_at = UtcField()
    recorded_at = UtcField()
    road = peewee.TextField()
    sha256 = peewee.TextField()
    size = peewee.BigIntegerField()
    message_id = peewee.TextField()
    sender = peewee.TextField()
    outcome = peewee.TextField()
    subject = peewee.TextField()
    reason = peewee.TextField(default="")
    decision = peewee.TextField(null=True)
    content_key = peewee.TextField(null=True)


class Entry(peewee.Model):
    """One history entry; `field`, `old_value` and `new_value` are a change's."""

    id = peewee.BigAutoField()
    ticket = peewee.ForeignKeyField(Ticket)
    mail = peewee.ForeignKeyField(Mail, null=True)
    at = UtcField()
    kind = peewee.TextField()
    actor = peewee.TextField()
    direction = peewee.TextField()
    public = Flag()
    verified = Flag(default=True)
    sender_address = peewee.TextField(default="")
    sender_name = peewee.TextField(default="")
    sender_kind = peewee.TextField(default="")
    authentication = peewee.TextField(default="")
    message_id = peewee.TextField(default="")
    original_sha256 = peewee.TextField(default="")
    field = peewee.TextField(null=True)
    old_value = peewee.TextField(null=True)
    new_value = peewee.TextField(null=True)
    subject = peewee.TextField(default="")
    text = peewee.TextField(default="")
    whole_text = peewee.TextField(default="")
    decision = peewee.TextField(null=True)
    on_behalf_name = peewee.TextField(default="")
    on_behalf_address = peewee.TextField(default="")


class Attachment(peewee.Model):
    """An attachment as listed; its bytes are in the original."""

    entry = peewee.ForeignKeyField(Entry)
    number = peewee.BigIntegerField()
    name = peewee.TextField()
    type = peewee.TextField()
    size = peewee.BigIntegerField()

    class Meta:
        """Names and keys."""

        primary_key = peewee.CompositeKey("entry", "number")


class Message(peewee.Model):
    """The index of Message-IDs: the ticket each leads to; `taken_from` is where it was filed first, if not there."""

    id = peewee.BigAutoField()
    message_id = peewee.TextField(unique=True)
    ticket = peewee.ForeignKeyField(Ticket)
    entry = peewee.ForeignKeyField(Entry)
    issued = Flag()
    outward = Flag()
    taken_from = peewee.ForeignKeyField(Ticket, null=True)


class Outgoing(peewee.Model):
    """One mail to send."""

    id = peewee.BigAutoField()
    mail = peewee.ForeignKeyField(Mail, null=True)
    ticket = peewee.ForeignKeyField(Ticket, null=True)
    entry = peewee.ForeignKeyField(Entry, null=True)
    kind = peewee.TextField()
    message_id = peewee.TextField(unique=True)
    response_to = peewee.TextField(null=True)
    response_for = peewee.TextField(null=True)
    created_at = UtcField()
    envelope_from = peewee.TextField()
    original_sha256 = peewee.TextField()
    body_start = peewee.BigIntegerField(default=0)
    head = peewee.BlobField()
    body = peewee.BlobField(null=True)


class Delivery(peewee.Model):
    """One recipient of an outgoing mail: state, tries and the relay's last answer."""

    id = peewee.BigAutoField()
    outgoing = peewee.ForeignKeyField(Outgoing)
    recipient = peewee.TextField()
    state = peewee.TextField(default="pending")
    tries = peewee.BigIntegerField(default=0)
    next_try_at = UtcField(null=True)
    sent_at = UtcField(null=True)
    lease_owner = peewee.TextField(null=True)
    lease_until = UtcField(null=True)
    last_answer = peewee.TextField(default="")


class SearchQueue(peewee.Model):
    """Tickets whose words changed, to be indexed; a ticket may stand in it several times."""

    id = peewee.BigAutoField()
    ticket_id = peewee.BigIntegerField()

    class Meta:
        """Names and keys."""

        table_name = "search_queue"


class ListingDefault(peewee.Model):
    """One of the managers whose tickets an employee sees in a listing where no others are named; none for nobody's."""

    id = peewee.BigAutoField()
    employee = peewee.ForeignKeyField(Employee)
    listing = peewee.TextField()
    manager = peewee.ForeignKeyField(Employee, null=True)

    class Meta:
        """Names and keys."""

        table_name = "listing_default"


class Pause(peewee.Model):
    """A sender and a ticket whose mails are filed and not distributed; in force until `resumed_at` (B13)."""

    id = peewee.BigAutoField()
    ticket = peewee.ForeignKeyField(Ticket)
    sender = peewee.TextField()
    paused_at = UtcField()
    resumed_at = UtcField(null=True)


class Failing(peewee.Model):
    """An address that mail could not be delivered to; nothing is sent to it while it is suspended (B11)."""

    id = peewee.BigAutoField()
    address = peewee.TextField(unique=True)
    failures = peewee.BigIntegerField(default=0)
    failed_at = UtcField()
    last_answer = peewee.TextField(default="")
    suspended_at = UtcField(null=True)


class Choice(peewee.Model):
    """What is done from now on with an address's mails that would be held for this reason (B9)."""

    id = peewee.BigAutoField()
    address = peewee.TextField()
    reason = peewee.TextField()
    choice = peewee.TextField()
    chosen_by = peewee.TextField()
    chosen_at = UtcField()


class Alarm(peewee.Model):
    """An alarm that was raised and is not over (B107)."""

    id = peewee.BigAutoField()
    name = peewee.TextField(unique=True)
    what = peewee.TextField()
    raised_at = UtcField()


class Mailbox(peewee.Model):
    """How far a folder of a mailbox was read on one road."""

    id = peewee.BigAutoField()
    road = peewee.TextField()
    folder = peewee.TextField()
    uid_validity = peewee.BigIntegerField()
    last_uid = peewee.BigIntegerField()


class Fetched(peewee.Model):
    """A mail that was taken out of a mailbox and left there (POP3)."""

    id = peewee.BigAutoField()
    road = peewee.TextField()
    unique_id = peewee.TextField()


TABLES = (
    Setting,
    Employee,
    Account,
    AccountDomain,
    Contact,
    Ticket,
    Label,
    Recipient,
    Mail,
    Entry,
    Attachment,
    Message,
    Outgoing,
    Delivery,
    SearchQueue,
    ListingDefault,
    Pause,
    Failing,
    Choice,
    Alarm,
    Mailbox,
    Fetched,
)
