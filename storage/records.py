"""The values that go into the ticket store and come out of it; pure data, no SQL, importable by everyone.

Addresses in here are normalised by `storage.addresses.normalise` (B20). Times are aware, in UTC.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from datetime import datetime

from storage.values import frozen

OPEN_STATUSES = (
    "New",
    "Pending",
    "Scheduled",
    "In-House Service",
    "On-Site Service",
    "Laboratory Service",
    "Hold",
    "Other",
)
CLOSED_STATUSES = ("Canceled", "Completed")
STATUSES = OPEN_STATUSES + CLOSED_STATUSES
"""The ten meanings of B91, as stored. Other names for them live in the INI and are the caller's business."""

MAIL_OPTIONS = ("off", "all", "subscribed", "manager", "account-manager")
"""When an employee gets a ticket's mail (B89)."""

TICKET_MANAGER, ACCOUNT_MANAGER = "manager", "account-manager"
ROLES = (TICKET_MANAGER, ACCOUNT_MANAGER)
"""Roles that stand among the Employee Recipients instead of a person (B63)."""


# -- people ------------------------------------------------------------------------------------------------------


@frozen
class Employee:
    """One employee; `addresses` are Email1 and Email2, those that are not empty, Email1 first."""

    id: int
    name: str
    addresses: tuple[str, ...]
    active: bool = True
    group: str = "Full"
    mail_option: str = "manager"


@frozen
class Account:
    """One customer account; `main_contact` is name and address of the contact marked as main, if there is one."""

    id: int
    name: str
    addresses: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    manager_id: int | None = None
    main_contact_id: int | None = None
    main_contact: tuple[str, str] | None = None


@frozen
class Contact:
    """One person of an account."""

    id: int
    name: str
    account_id: int
    addresses: tuple[str, ...] = ()
    main: bool = False


@frozen
class Directory:
    """All employees, active or not; kept between mails for as long as `version` stays."""

    version: int
    employees: Mapping[int, Employee]
    by_address: Mapping[str, tuple[Employee, ...]]


# -- what is read for one mail -----------------------------------------------------------------------------------


@frozen
class Wanted:
    """What one mail asks the store: answered by `Facts`, in few queries, once."""

    # Every address in From, Reply-To, To and Cc, and of whose mail it forwards; the sender's also without plus-form.
    addresses: tuple[str, ...] = ()
    sender: str = ""  # the From address, for its domain and its automatic responses
    answer: str = ""  # where a response would go if not there; its automatic responses count as well
    original: str = ""  # who wrote the mail that it forwards, for the domain of that address
    numbers: tuple[str, ...] = ()  # ticket numbers in the subject, in order
    message_ids: tuple[str, ...] = ()  # In-Reply-To, then References from the newest
    message_id: str = ""  # the mail's own
    dedupe_key: str = ""
    accounts: tuple[str, ...] = ()  # names of accounts that the configuration speaks of
    since: datetime | None = None  # automatic responses to `sender`, and its mails, are counted from here
    until: datetime | None = None  # and up to here: what seems to be later was made while the clock was ahead
    pace: int = 0  # so many mails of `sender` are looked for on each ticket that is found (B13)
    reported: str = ""  # the Message-ID of the mail that a delivery report is about


@frozen
class ExternalRecipient:
    """One External Recipient; `type` is to, cc or bcc."""

    address: str
    name: str = ""
    type: str = "to"


@frozen
class Ticket:
    """What deciding on a mail needs to know of one ticket; `version` grows with every change."""

    id: int
    number: str
    version: int
    subject: str
    status: str
    closed_at: datetime | None
    account_id: int
    contact_id: int | None
    contact_addresses: tuple[str, ...]
    manager_id: int | None
    opened_by_id: int | None  # the employee who opened it
    external: tuple[ExternalRecipient, ...] = ()
    employee_ids: tuple[int, ...] = ()  # listed by name
    roles: tuple[str, ...] = ()  # listed by role
    thread: tuple[KnownMessage, ...] = ()  # the first and the newest messages, in order
    in_inbox: bool = False
    unread: bool = False
    first_sender: str = ""  # who wrote the mail that the ticket began with

    @property
    def is_open(self) -> bool:
        """Whether the status is one of the open ones (B91)."""
        return self.status in OPEN_STATUSES


@frozen
class KnownMessage:
    """A Message-ID of a ticket: received by the service, or issued by it.

    `outward`: outsiders may see the id: a customer's own mail, or one that went to customers. `taken_from`: the ticket
    on which it was filed first, where its entry was taken to another one since; answers to it bear that number (B38).
    """

    message_id: str
    ticket_id: int
    entry_id: int
    issued: bool
    outward: bool
    taken_from: int | None = None


@frozen
class Said:
    """What a message said that the mail answers, quotations included (B56); at most 64 KiB of it.

    `own` is a text that the service wrote itself, as it was sent, header block first; then `text` is empty.
    """

    message_id: str
    ticket_id: int
    sender_name: str
    sender_address: str
    text: str
    written: int = 0  # characters of the text that were newly written; 0: not known
    own: bytes = b""


@frozen
class Choice:
    """What is done from now on with an address's mails that would be held for this reason (B9)."""

    address: str
    reason: str  # a reason code
    choice: str  # as-is, unverified, reject
    by: str
    at: datetime


@frozen
class PacedMail:
    """One mail of a sender on a ticket: when it was filed, under which subject, whether somebody else wrote it."""

    at: datetime
    subject: str
    refuted: bool = False  # its authentication failed (B26)


@frozen
class Pace:
    """How much one sender wrote on one ticket (B13): its mails since `Wanted.since` or the last resume, newest first.

    `paused_at`: since when the pair is paused; None where it is not.
    """

    mails: tuple[PacedMail, ...] = ()
    paused_at: datetime | None = None


@frozen
class IssuedDelivery:
    """One recipient of a mail that this service made, and the state of its delivery."""

    id: int
    recipient: str
    state: str


@frozen
class IssuedMail:
    """A mail that this service made. `of_report`: it passed on a delivery report."""

    message_id: str
    kind: str
    of_report: bool
    deliveries: tuple[IssuedDelivery, ...]


@frozen
class Facts:
    """What the store knows that one mail can need. Tickets are the end of their chain of merges (B34)."""

    directory: Directory
    accounts: Mapping[int, Account] = field(default_factory=dict)  # all that anything else in here points to
    accounts_by_name: Mapping[str, Account] = field(default_factory=dict)  # key casefolded
    contacts: Mapping[str, tuple[Contact, ...]] = field(default_factory=dict)  # by address
    account_addresses: Mapping[str, tuple[Account, ...]] = field(default_factory=dict)  # by address
    domain_accounts: tuple[Account, ...] = ()  # that list the domain of Wanted.sender
    original_accounts: tuple[Account, ...] = ()  # that list the domain of Wanted.original
    tickets: Mapping[int, Ticket] = field(default_factory=dict)
    numbers: Mapping[str, int] = field(default_factory=dict)  # asked number -> ticket id; absent: no such ticket
    messages: Mapping[str, KnownMessage] = field(default_factory=dict)  # asked Message-ID -> where it is known from
    said: tuple[Said, ...] = ()  # by the first few of the asked messages that are known
    duplicate_of: int | None = None  # ledger id of the mail with this dedupe key
    message_id_known: bool = False  # the mail's own Message-ID was received before, with whatever content
    own_message: bool = False  # the mail's own Message-ID is one that the service issued
    next_number: str = ""  # the number the next ticket gets
    responses: int = 0  # automatic responses to Wanted.sender, all his addresses, and Wanted.answer since Wanted.since
    choices: Mapping[str, Choice] = field(default_factory=dict)  # what was chosen for Wanted.sender, by reason
    paces: Mapping[int, Pace] = field(default_factory=dict)  # of Wanted.sender, by ticket id; where Wanted.pace asks
    reported: IssuedMail | None = None  # the mail with the Message-ID Wanted.reported
    failing: Mapping[str, bool] = field(default_factory=dict)  # of Wanted.sender and .answer: whether it is suspended


# -- what is written for one mail --------------------------------------------------------------------------------


@frozen
class MailRecord:
    """The ledger's row of one accepted mail: every one gets exactly one, whatever became of it."""

    spool_id: str
    received_at: datetime
    road: str
    sha256: str
    size: int
    message_id: str
    dedupe_key: str | None  # None where the mail must not stand in the way of a later one (held, quarantined)
    sender: str
    subject: str
    outcome: str  # filed, duplicate, own, skipped, held, quarantined, rejected
    reason: str = ""
    decision: str | None = None  # JSON; kept here for what was not filed, else on the entry


@frozen
class NewTicket:
    """A ticket to open; `number` is the one the decision was made with."""

    number: str
    account_id: int | None  # None: the account of this name is made first
    account_name: str
    contact_id: int | None
    manager_id: int | None
    opened_by_id: int | None
    subject: str
    description: str
    status: str = "New"
    priority: str = ""


@frozen
class NewAttachment:
    """One attachment as listed in the history (B70)."""

    number: int
    name: str
    type: str
    size: int


@frozen
class NewEntry:
    """One history entry (B70); `kind` and `direction` as in the view history_v1."""

    kind: str
    direction: str
    actor: str
    public: bool
    subject: str = ""
    text: str = ""
    whole_text: str = ""
    sender_address: str = ""
    sender_name: str = ""
    sender_kind: str = ""
    authentication: str = ""
    verified: bool = True
    on_behalf_name: str = ""  # of who wrote the mail that an employee forwards (B37)
    on_behalf_address: str = ""
    message_id: str = ""
    original_sha256: str = ""
    decision: str | None = None
    attachments: tuple[NewAttachment, ...] = ()


@frozen
class Change:
    """One changed field of a ticket, which becomes a history entry of kind `change` (B71)."""

    field: str
    old: str
    new: str
    why: str = ""


@frozen
class NewRecipient:
    """Who joins a ticket: an external address, an employee, or a role (exactly one of the three is set)."""

    list: str  # external, employee
    type: str = "to"  # to, cc, bcc; of no meaning for employees
    address: str = ""
    name: str = ""
    employee_id: int | None = None
    role: str = ""


@frozen
class NewOutgoing:
    """One mail to send: a new header block in front of the original's body, or a body of its own.

    `head` ends with the empty line. Where `body` is None, the body is the original from byte `body_start` on.
    """

    kind: str  # distribution, response, alert, alarm
    message_id: str
    envelope_from: str  # "" is the null return path
    head: bytes
    recipients: tuple[str, ...]
    outward: bool  # whether outsiders see its Message-ID
    body: bytes | None = None
    body_start: int = 0


@frozen
class DeliveryFailure:
    """A delivery that had been sent and failed all the same, as a report says (B11).

    `counted`: the reason lies in the address, and counts towards its suspension.
    """

    delivery_id: int
    address: str
    answer: str
    counted: bool


@frozen
class Filing:
    """All effects of one mail, or of a command that writes as a mail does; visible together or not at all (B70).

    Without `mail` nothing goes into the ledger. Either `ticket_id` (with the version the decision was made with), or
    `new_ticket`, or neither (nothing is filed).
    """

    mail: MailRecord | None
    at: datetime
    actor: str = ""
    directory_version: int = 0
    ticket_id: int | None = None
    ticket_version: int = 0
    new_ticket: NewTicket | None = None
    entry: NewEntry | None = None
    changes: tuple[Change, ...] = ()
    status: str | None = None  # set the ticket to this status; None: leave it
    in_inbox: bool | None = None
    unread: bool | None = None
    recipients: tuple[NewRecipient, ...] = ()
    outgoing: tuple[NewOutgoing, ...] = ()
    pause: str = ""  # the sender whose mails to the ticket are not distributed from now on (B13)
    failures: tuple[DeliveryFailure, ...] = ()
    heard_of: str = ""  # the address whose failures are forgotten, as it has written


@frozen
class Filed:
    """What a filing became; `repeated`: this spool entry had been filed before, nothing was written now."""

    mail_id: int | None
    entry_id: int | None
    ticket_id: int | None
    outcome: str
    repeated: bool = False


# -- the courier's side ------------------------------------------------------------------------------------------


@frozen
class Drop:
    """One recipient of a parcel: its delivery row."""

    delivery_id: int
    address: str
    tries: int


@frozen
class Parcel:
    """One outgoing mail with those of its recipients that are due now; the courier sends it in one transaction."""

    outgoing_id: int
    ticket_number: str
    mail: str  # spool id of the mail it goes back to, for the log
    kind: str
    message_id: str
    envelope_from: str
    head: bytes
    body: bytes | None
    original_sha256: str
    original_size: int
    body_start: int
    created_at: datetime
    drops: tuple[Drop, ...]


@frozen
class Result:
    """What became of one delivery: state sent, deferred or failed, with the relay's last answer."""

    delivery_id: int
    state: str
    answer: str
    at: datetime
    next_try_at: datetime | None = None
    counted: bool = True  # whether this was a try (a relay that is down altogether is not one)
    blames_address: bool = False  # whether it failed because of the address (B11)


@frozen
class FailingAddress:
    """An address that mail could not be delivered to; `employee` is the name of the employee who has it."""

    address: str
    failures: int
    failed_at: datetime
    last_answer: str
    suspended_at: datetime | None
    employee: str


@frozen
class Proof:
    """One failed delivery: the ticket's number, or nothing, and what was said."""

    number: str
    manager_id: int | None
    message_id: str
    answer: str


class StoreError(Exception):
    """The store cannot do what was asked; the text says what and why, for people."""


class FactsMoved(StoreError):
    """Between reading the facts and writing, the store changed: decide again."""


class StoreBusy(StoreError):
    """The database is locked or away; the same call may go through later."""
