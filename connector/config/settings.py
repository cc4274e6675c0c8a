"""The effective configuration as values: one frozen dataclass a section, typed, paths absolute.

What each token means stands in `connector.config.tokens`; this module only says what shape the values have.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import regex


@dataclass(frozen=True, slots=True)
class Connector:
    """`[EMAILCONNECTOR]`: what the stages decide by. Addresses are normalised."""

    public_addresses: tuple[str, ...]  # never empty; the first is the one that sends
    ticket_subject_pattern: regex.Pattern[str]
    response_from_name: str = "Support"
    use_employee_sender_name: bool = True
    internal_keyword: str = "*123*"
    add_recipients: bool = True
    never_add: tuple[str, ...] = ()
    max_recipients_added: int = 10
    ticket_subject_format: str = "Ticket [{number}]"
    unknown_sender: str = "ticket"
    unknown_sender_account: str = "Unknown senders"
    employee_ticket_account: str = "Internal"
    employee_authentication: str = "when-available"  # required, when-available, off
    trusted_authserv_ids: tuple[str, ...] = ()  # lowered
    trusted_relays: tuple[str, ...] = ()  # lowered; with a dot in front: all hosts below
    reopen_status: str = "Pending"
    reopen_days: int = 30
    respond_to_new_tickets: bool = True
    respond_to_unknown_senders: bool = True
    alert_on_new: bool = True
    alert_on_close: bool = True
    strip_signatures: bool = True
    auto_responses_per_hour: int = 5
    mails_per_ticket_per_hour: int = 20
    max_received_headers: int = 50
    bounces_before_suspend: int = 3
    alarm_address: str = ""


@dataclass(frozen=True, slots=True)
class SmtpIn:
    """`[SMTPIN]`: the listener; sizes in bytes."""

    active: bool = True
    host: str = "127.0.0.1"
    port: int = 2525
    hostname: str = "localhost"
    max_message_size: int = 50 * 1024 * 1024
    max_connections: int = 200
    max_recipients: int = 100
    max_connections_per_client: int = 100
    tls_certificate: Path | None = None
    tls_key: Path | None = None  # where it does not stand in the same file
    require_tls: bool = False
    auth_users_file: Path | None = None


@dataclass(frozen=True, slots=True)
class LmtpIn:
    """`[LMTPIN]`: the listener for mail servers near by; a Unix socket's path, or host and port."""

    active: bool = False
    listen: Path | tuple[str, int] | None = None


@dataclass(frozen=True, slots=True)
class OAuth:
    """How a section logs in by OAuth 2; `cache` is the file that tokens are kept in."""

    section: str  # as the file calls it: IMAP:office, POP3:office, OUTGOING
    provider: str  # microsoft, google
    user: str
    cache: Path
    tenant: str = ""
    client_id: str = ""
    secret_file: Path | None = None


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A mailbox on a server, and how it is logged in to. `tls` is tls, starttls or none."""

    name: str
    host: str
    user: str
    port: int
    tls: str = "tls"
    password_file: Path | None = None
    oauth: OAuth | None = None
    after_accept: str = "seen"  # seen, delete, move:FOLDER
    poll_seconds: int = 60


@dataclass(frozen=True, slots=True)
class ImapIn(Mailbox):
    """`[IMAP:name]`: a folder that mail is taken from by IMAP."""

    folder: str = "INBOX"
    idle: bool = True

    @property
    def move_to(self) -> str:
        """The folder that accepted mails are moved to, or nothing."""
        return self.after_accept.partition(":")[2]


@dataclass(frozen=True, slots=True)
class Pop3In(Mailbox):
    """`[POP3:name]`: a mailbox that mail is taken from by POP3."""


@dataclass(frozen=True, slots=True)
class MaildirIn:
    """`[MAILDIR:name]`: a Maildir that mail is taken from."""

    name: str
    path: Path
    poll_seconds: int = 5


@dataclass(frozen=True, slots=True)
class MboxIn:
    """`[MBOX:name]`: an mbox that mail is taken from."""

    name: str
    path: Path
    poll_seconds: int = 5


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`[OUTGOING]`: where mail leaves to. `tls` is tls, starttls or none."""

    transport: str = "outbox"
    outbox: Path = Path("var/outbox")
    host: str = ""
    port: int = 587
    tls: str = "starttls"
    user: str = ""
    password_file: Path | None = None
    oauth: OAuth | None = None
    hostname: str = ""  # of this machine, as `[SMTPIN]` has it
    connections: int = 4
    give_up_after_hours: int = 120
    dkim_selector: str = ""
    dkim_domain: str = ""
    dkim_key_file: Path | None = None  # None: nothing is signed


@dataclass(frozen=True, slots=True)
class Store:
    """`[STORE]`: the database as `sqlite:PATH` (absolute) or `postgresql://…`, and the two folders of mail."""

    database: str
    originals: Path
    spool: Path


@dataclass(frozen=True, slots=True)
class Tickets:
    """`[TICKETS]`: numbering and names."""

    number_prefix: str = "0500"
    first_number: int = 1000
    status_names: Mapping[str, str] = field(default_factory=dict)  # meaning (B91) -> name shown
    default_manager: str = ""


@dataclass(frozen=True, slots=True)
class RuleFiles:
    """`[RULES]`: the folder of rules and their time limits in milliseconds."""

    directory: Path
    rule_timeout: int = 100
    mail_timeout: int = 2000


@dataclass(frozen=True, slots=True)
class Service:
    """`[SERVICE]`: processes and logs; times in seconds, memory in bytes."""

    workers: int = 0
    max_tries: int = 3
    worker_memory_limit: int = 1024**3
    mail_timeout: int = 120
    stop_seconds: int = 30
    log_format: str = "text"
    log_level: str = "info"


@dataclass(frozen=True, slots=True)
class Settings:
    """The whole configuration; `groups` are the privilege groups, the shipped ones and one's own (B96)."""

    file: Path
    connector: Connector
    smtp_in: SmtpIn
    lmtp_in: LmtpIn
    imaps: tuple[ImapIn, ...]
    pop3s: tuple[Pop3In, ...]
    maildirs: tuple[MaildirIn, ...]
    mboxes: tuple[MboxIn, ...]
    outgoing: Outgoing
    store: Store
    tickets: Tickets
    rules: RuleFiles
    service: Service
    groups: Mapping[str, frozenset[str]]

    @property
    def oauths(self) -> tuple[OAuth, ...]:
        """All that logs in by OAuth 2."""
        all_ = (*(one.oauth for one in (*self.imaps, *self.pop3s)), self.outgoing.oauth)
        return tuple(one for one in all_ if one is not None)

    @property
    def roads(self) -> tuple[ImapIn | Pop3In | MaildirIn | MboxIn, ...]:
        """All the ways on which mail is fetched."""
        return (*self.imaps, *self.pop3s, *self.maildirs, *self.mboxes)
