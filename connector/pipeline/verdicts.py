"""What the stages say: one frozen verdict each, with the reasons behind it, gathered into `Decision`.

Reasons are stable codes with the facts behind them; `connector.pipeline.reasons` says in words what each means.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from connector.mail.model import DeliveryReport, Mail
from storage.records import Change, DeliveryFailure, ExternalRecipient, NewRecipient, PacedMail, Ticket
from storage.values import frozen


@frozen
class Reason:
    """A stable code (kebab-case) and the facts behind it: texts, numbers, flags."""

    code: str
    facts: Mapping[str, str | int | bool | tuple[str, ...]] = field(default_factory=dict)


def because(code: str, **facts: str | int | bool | tuple[str, ...]) -> Reason:
    """A reason, written shortly."""
    return Reason(code, facts)


@frozen
class AlertAccount:
    """Whose ticket a machine's alert opens: what the subject named, if there is such an account, else `name` (B14)."""

    rule: str
    name: str = ""
    captured: str = ""


@frozen
class Nature:
    """Part of stage 2: what kind of mail it is. `because` holds every sign that a machine wrote it (B10).

    `unasked`: which rules had no time to say whether one did (B52). `report` is what it says of failed deliveries,
    believed or not (B11).
    """

    because: tuple[Reason, ...] = ()
    unasked: tuple[Reason, ...] = ()
    report: DeliveryReport | None = None
    skip: str = ""  # the rule by which the mail is recorded and not filed (B14)
    account: AlertAccount | None = None

    @property
    def automatic(self) -> bool:
        """Whether a machine wrote it."""
        return bool(self.because)


@frozen
class Ruling:
    """Part of stage 2: what a person decided on this mail, or before on such mails of its sender (B9).

    `on` is the reason for which the mail would have been held, "" where this very mail was let out of the hold queue.
    """

    choice: str  # as-is, unverified, reject
    by: str
    because: Reason
    on: str = ""


@frozen
class Sender:
    """Stage 2: who the mail says it is from. Exactly one of the ids fits `kind`; unknown has none.

    `addresses` are all by which this person is known: nothing of the mail goes back to any of them (B83).
    `restricted`: an inactive or a shared employee address, whose mail nobody outside may get (B22, B23).
    """

    kind: str  # employee, contact, account, unknown
    name: str
    address: str  # normalised
    addresses: frozenset[str]
    authentication: str = "unchecked"  # authentic, failed, none, unchecked (B26)
    employee_id: int | None = None
    contact_id: int | None = None
    account_id: int | None = None
    restricted: str = ""  # "", inactive, shared
    trusted: bool = True  # False: From is defective and identifies nobody, or reads like somebody else's (B27)
    hold: str = ""  # why the mail must wait for a person (B9), or ""
    ruling: Ruling | None = None
    because: tuple[Reason, ...] = ()
    proof: tuple[Reason, ...] = ()  # what was looked at for `authentication`, and what it said
    nature: Nature = Nature()


@frozen
class Forwarded:
    """Part of stage 3: who wrote the mail that an employee forwards, and where his name was found (B37)."""

    name: str
    address: str  # normalised
    found: str  # attached-mail, header-block


@frozen
class Opening:
    """Part of stage 3: whose ticket a new one is (B36, B37, B63).

    `contact` is name and address of the first External Recipient, or None where nobody outside is known. `forwarded`:
    the contact wrote the mail, and the employee whose it is now forwarded it.
    """

    account_id: int | None  # None: the account of this name is made when the ticket is
    account_name: str
    contact_id: int | None = None
    contact: tuple[str, str] | None = None
    manager_id: int | None = None
    opened_by_id: int | None = None
    forwarded: Forwarded | None = None


@frozen
class Pause:
    """Part of stage 3: this sender writes too much on this ticket, so nobody is sent it (B13).

    `begins`: it is this mail that was one too many; `evidence` are those counted before it, the newest first.
    """

    sender: str
    because: Reason
    begins: bool = False
    evidence: tuple[PacedMail, ...] = ()


@frozen
class Reported:
    """Part of stage 3: the mail of ours that a delivery report is about, and what is believed of it (B11).

    `failures` are deliveries that failed for good and were not known to have. `believed`: the report names somebody
    to whom that mail went. `echo`: that mail passed on a delivery report itself. `text` says it to people.
    """

    message_id: str
    failures: tuple[DeliveryFailure, ...]
    believed: bool
    echo: bool
    addresses: frozenset[str]  # all that the report names
    text: str
    because: tuple[Reason, ...]


@frozen
class Match:
    """Stage 3: the ticket, on what evidence; or the opening of a new one.

    `verified`: the sender has a say in this ticket (B33). `follows`: number of a closed ticket the new one names.
    """

    ticket: Ticket | None
    number: str  # of the ticket, or of the one to open
    opening: Opening | None = None
    verified: bool = True
    reopened: bool = False
    follows: str = ""
    pause: Pause | None = None
    because: tuple[Reason, ...] = ()
    reported: Reported | None = None  # a delivery report on a mail of ours

    @property
    def new(self) -> bool:
        """Whether a new ticket is opened."""
        return self.opening is not None

    @property
    def forwarded(self) -> Forwarded | None:
        """For whom the new ticket is, where an employee forwarded that person's mail (B37)."""
        return self.opening.forwarded if self.opening else None


@frozen
class Scope:
    """Stage 4: who may know of it at most. `internal` mail never leaves the house."""

    internal: bool
    public: bool
    automatic: bool
    because: tuple[Reason, ...] = ()


@frozen
class Cut:
    """Lines of the mail's text, from 1, both ends included, and the rule that cut them."""

    first: int
    last: int
    rule: str


@frozen
class Written:
    """Stage 5: what was newly written, and what was cut by which rule; cuts number the lines of `whole` (B55)."""

    text: str
    cut: tuple[Cut, ...] = ()
    because: tuple[Reason, ...] = ()
    whole: str = ""


@frozen
class Addition:
    """One recipient that joins the ticket, with the reason; `address` is the employee's own where it is one."""

    recipient: NewRecipient
    address: str
    because: Reason


@frozen
class NotAdded:
    """One address of the mail that does not join the ticket, with the reason."""

    address: str
    because: Reason


@frozen
class Additions:
    """Stage 6: who joins the ticket, who does not."""

    added: tuple[Addition, ...] = ()
    not_added: tuple[NotAdded, ...] = ()


@frozen
class Circle:
    """Everybody on the ticket once the mail is filed: what distributing starts from."""

    external: tuple[ExternalRecipient, ...] = ()
    employee_ids: tuple[int, ...] = ()
    roles: tuple[str, ...] = ()
    manager_id: int | None = None
    account_manager_id: int | None = None
    opened_by_id: int | None = None


@frozen
class Record:
    """Stage 7: what is written down; the ticket's new state, and who is on it then.

    `outcome` is the ledger's word: filed, duplicate, own, held, rejected, skipped. All else is empty unless `filed`.
    `heard_of`: the address whose failures to be reached are forgotten, as it has written (B11).
    """

    outcome: str
    because: tuple[Reason, ...] = ()
    circle: Circle = field(default_factory=Circle)
    changes: tuple[Change, ...] = ()
    status: str | None = None
    in_inbox: bool | None = None
    unread: bool | None = None
    heard_of: str = ""


@frozen
class Delivery:
    """One mail to send, as its receivers and its headers see it; names stand with their addresses."""

    kind: str  # distribution, response, alert, alarm
    sender: tuple[str, str]
    reply_to: str
    to: tuple[tuple[str, str], ...]
    cc: tuple[tuple[str, str], ...]
    envelope: tuple[str, ...]
    envelope_from: str  # "" is the null return path
    subject: str
    message_id: str
    references: tuple[str, ...]
    outward: bool  # whether anyone outside gets it
    body: str | None = None  # None: the original's body follows


@frozen
class Decision:
    """All verdicts on one mail."""

    mail: Mail
    sender: Sender
    match: Match
    scope: Scope
    written: Written
    additions: Additions
    record: Record
    deliveries: tuple[Delivery, ...]
    dedupe_key: str = ""  # what the mail was looked up by (B5)
