"""Every token of the INI: section, default, reader, and what it does. The shipped INI is made from this table.

A section whose name here ends in `:name` may stand in a file several times, each time with a name of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

from connector.config import values as v
from storage.records import STATUSES


@dataclass(frozen=True, slots=True)
class Token:
    """One `Name = value` of the INI; `field` is its place in the settings of its section."""

    section: str
    name: str
    field: str
    default: str
    read: v.Reader
    help: str
    required: bool = False


REQUIRED = (
    "EMAILCONNECTOR.PublicEmailAddress",
    "MAILDIR:name.Path",
    "MBOX:name.Path",
    *(f"{kind}:name.{name}" for kind in ("IMAP", "POP3") for name in ("Host", "User")),
)


OAUTH: tuple[tuple[str, str, str, v.Reader, str], ...] = (
    ("OAuth", "oauth", "none", v.choice("none", "microsoft", "google"),
     "Who gives tokens to log in with, in place of a password: microsoft (Microsoft 365) or google."),
    ("OAuthTenant", "oauth_tenant", "", v.hostname_or_nothing,
     "With OAuth = microsoft: the directory, by its id or domain."),
    ("OAuthClientId", "oauth_client_id", "", v.text,
     "The id of the application that is registered there. Not needed with a service account of Google."),
    ("OAuthSecretFile", "oauth_secret_file", "", v.text,
     "File with the application's secret, or with a service account of Google as JSON. Without it at Microsoft, and "
     "with an application's secret at Google, a person logs in once: email-connector oauth login SECTION."),
)  # fmt: skip
"""The tokens of each section that logs in somewhere."""


def _section(name: str, *rows: tuple[str, str, str, v.Reader, str]) -> list[Token]:
    return [Token(name, *row, required=f"{name}.{row[0]}" in REQUIRED) for row in rows]


NUMBER = r"\[(?P<number>\d{4,}-\d{4,})\]"

TOKENS: tuple[Token, ...] = (
    *_section(
        "EMAILCONNECTOR",
        ("PublicEmailAddress", "public_addresses", "", v.addresses,
         "The address that customers and employees write to. Several are separated by commas; the first one sends."),
        ("ResponseFromName", "response_from_name", "Support", v.text,
         "Name in From of automatic responses, and of employees' mail when UseEmployeeSenderName is N."),
        ("UseEmployeeSenderName", "use_employee_sender_name", "Y", v.boolean,
         "Y: customers see the employee's name in From. N: ResponseFromName. The address is always the public one."),
        ("SubjectKeywordThatForcesInternalDistributionOnly", "internal_keyword", "*123*", v.keyword,
         "This word anywhere in the subject keeps a mail in the house. No blanks in it. Empty: the feature is off."),
        ("AutomaticallyFindAndAddTicketRecipients", "add_recipients", "Y", v.boolean,
         "Y: the addresses in To and Cc of a mail become recipients of its ticket."),
        ("NeverAddRecipients", "never_add", "", v.addresses,
         "Addresses that never become recipients, separated by commas."),
        ("MaxRecipientsAddedPerMail", "max_recipients_added", "10", v.whole(0, 1000),
         "At most so many recipients are added from one mail."),
        ("TicketSubjectPattern", "ticket_subject_pattern", NUMBER, v.pattern,
         "How a ticket number is found in a subject: a regular expression with a group (?P<number>…)."),
        ("TicketSubjectFormat", "ticket_subject_format", "Ticket [{number}]", v.number_format,
         "How a ticket number is written into a subject that lacks it. TicketSubjectPattern must find it there."),
        ("UnknownSender", "unknown_sender", "ticket", v.choice("ticket", "hold"),
         "ticket: a mail from nobody known opens a ticket. hold: it waits in the hold queue."),
        ("UnknownSenderAccount", "unknown_sender_account", "Unknown senders", v.name,
         "The account of unknown senders' tickets; made when it is first needed."),
        ("EmployeeTicketAccount", "employee_ticket_account", "Internal", v.name,
         "The account of employees' tickets that are for no known contact; made when it is first needed."),
        ("EmployeeAuthentication", "employee_authentication", "when-available",
         v.choice("required", "when-available", "off"),
         "Whether a mail from an employee's address is taken for the employee's. required: only if that is proved. "
         "when-available: unless it is refuted. off: nobody looks. What is not taken waits in the hold queue."),
        ("TrustedAuthservId", "trusted_authserv_ids", "", v.server_names,
         "Names of our own servers at the beginning of Authentication-Results, separated by commas; the topmost such "
         "header is believed. With a name of outlook.com Microsoft 365's, which have no name, are believed."),
        ("TrustedRelays", "trusted_relays", "", v.relays,
         "Host names behind by in Received of our own servers; .example.com stands for all hosts below example.com. "
         "Where given, Authentication-Results below a Received of any other host are not believed."),
        ("ReopenStatus", "reopen_status", "Pending", v.text,
         "The status a closed ticket gets when a customer writes again. One of the open ones."),
        ("ReopenDays", "reopen_days", "30", v.whole(0, 36500),
         "For so many days after closing a customer's mail reopens the ticket; later it opens a new one. 0: never."),
        ("RespondToNewTickets", "respond_to_new_tickets", "Y", v.boolean,
         "Y: a customer's new ticket is answered automatically with its number."),
        ("RespondToUnknownSenders", "respond_to_unknown_senders", "Y", v.boolean,
         "Y: so is an unknown sender's."),
        ("AlertCustomersOnNew", "alert_on_new", "Y", v.boolean,
         "Y: a ticket that is opened by hand tells its External Recipients (rules/templates/new-ticket.txt)."),
        ("AlertCustomersOnClose", "alert_on_close", "Y", v.boolean,
         "Y: a ticket that is Completed tells its External Recipients (rules/templates/closed-ticket.txt)."),
        ("StripSignatures", "strip_signatures", "Y", v.boolean,
         "Y: signatures are taken out of what is logged, like quoted text. The original keeps everything."),
        ("AutoResponsesPerSenderPerHour", "auto_responses_per_hour", "5", v.whole(0, 1000),
         "One address gets at most so many automatic responses in an hour."),
        ("MailsPerTicketPerHour", "mails_per_ticket_per_hour", "20", v.whole(1, 1000),
         "At most so many mails of one sender who is no employee are distributed of a ticket in an hour; with one more "
         "they are filed alone, the ticket's manager is told, and `ticket resume` ends it."),
        ("MaxReceivedHeaders", "max_received_headers", "50", v.whole(1, 1000),
         "A mail that went through more servers than this is taken for a loop and held."),
        ("BouncesBeforeSuspend", "bounces_before_suspend", "3", v.whole(0, 1000),
         "After so many mails that an address cannot get, nothing more is sent to it. 0: never."),
        ("AlarmAddress", "alarm_address", "", v.address,
         "Who is told when something is wrong with the service, once, and once more when it is over. Empty: only the "
         "log tells."),
    ),
    *_section(
        "SMTPIN",
        ("Active", "active", "Y", v.boolean, "Y: mail is taken by SMTP."),
        ("Listen", "listen", "127.0.0.1:2525", v.listen, "HOST:PORT to listen on."),
        ("Hostname", "hostname", "", v.hostname,
         "This machine's full name: what clients are greeted with, and relays are told. Empty: as the machine says."),
        ("MaxMessageSize", "max_message_size", "50 MiB", v.size, "Larger mails are refused."),
        ("MaxConnections", "max_connections", "200", v.whole(1, 10000), "At most so many connections at once."),
        ("MaxConnectionsPerClient", "max_connections_per_client", "100", v.whole(1, 10000),
         "At most so many of them from one address."),
        ("MaxRecipients", "max_recipients", "100", v.whole(1, 10000), "At most so many recipients a mail."),
        ("TlsCertificate", "tls_certificate", "", v.text,
         "File with the certificate, its chain behind it, in PEM: then STARTTLS is offered. A name without a slash is "
         "first looked up in systemd's credentials. A reload reads it anew."),
        ("TlsKey", "tls_key", "", v.text,
         "File with its key, in PEM, without a password. Empty: it stands in the certificate's file."),
        ("RequireTls", "require_tls", "N", v.boolean, "Y: mail is taken in TLS alone."),
        ("AuthUsersFile", "auth_users_file", "", v.path_or_nothing,
         "File of the employees who may log in, in TLS alone, made by `email-connector auth-users add`: it is proved "
         "then who wrote their mail. Empty: nobody logs in."),
    ),
    *_section(
        "LMTPIN",
        ("Active", "active", "N", v.boolean, "Y: mail is taken by LMTP, within the limits of SMTPIN."),
        ("Listen", "listen", "", v.listen_or_path,
         "The path of a Unix socket, for owner and group of the service, or HOST:PORT. No log-in: who can connect may "
         "bring mail."),
    ),
    *_section(
        "IMAP:name",
        ("Host", "host", "", v.hostname_or_nothing, "The server's host name, as its certificate says it."),
        ("Port", "port", "0", v.whole(0, 65535), "Its port. 0: 993 with Tls = tls, else 143."),
        ("Tls", "tls", "tls", v.choice("tls", "starttls", "none"),
         "tls or starttls: encrypted, certificate checked, or not logged in at all. none: in the clear."),
        ("User", "user", "", v.text, "The log-in of the mailbox."),
        ("PasswordFile", "password_file", "", v.text,
         "File that holds the password alone. A name without a slash is first looked up in systemd's credentials."),
        *OAUTH,
        ("Folder", "folder", "INBOX", v.name, "The folder that mail is taken from."),
        ("AfterAccept", "after_accept", "seen", v.after_accept("seen", "delete", move=True),
         "What is done with a mail once it is safe: seen: it is marked as read. move:FOLDER: it is moved there; the "
         "folder is made where there is none. delete: it is deleted."),
        ("Idle", "idle", "Y", v.boolean, "Y: the server tells of new mail at once (IDLE), where it can."),
        ("PollSeconds", "poll_seconds", "60", v.whole(1, 86400), "So often it is looked for new mail, also with IDLE."),
    ),
    *_section(
        "POP3:name",
        ("Host", "host", "", v.hostname_or_nothing, "The server's host name, as its certificate says it."),
        ("Port", "port", "0", v.whole(0, 65535), "Its port. 0: 995 with Tls = tls, else 110."),
        ("Tls", "tls", "tls", v.choice("tls", "starttls", "none"),
         "tls or starttls: encrypted, certificate checked, or not logged in at all. none: in the clear."),
        ("User", "user", "", v.text, "The log-in of the mailbox."),
        ("PasswordFile", "password_file", "", v.text,
         "File that holds the password alone. A name without a slash is first looked up in systemd's credentials."),
        *OAUTH,
        ("AfterAccept", "after_accept", "seen", v.after_accept("seen", "delete"),
         "What is done with a mail once it is safe: seen: it stays, and is not taken again. delete: it is deleted."),
        ("PollSeconds", "poll_seconds", "60", v.whole(1, 86400), "So often it is looked for new mail."),
    ),
    *_section(
        "MAILDIR:name",
        ("Path", "path", "", v.path_or_nothing,
         "The Maildir that mail is taken from; what is taken is moved to cur/ as seen."),
        ("PollSeconds", "poll_seconds", "5", v.whole(1, 86400), "So often it is looked into."),
    ),
    *_section(
        "MBOX:name",
        ("Path", "path", "", v.path_or_nothing,
         "The mbox that mail is taken from, as /var/mail/support; it is emptied when all that lay in it is safe."),
        ("PollSeconds", "poll_seconds", "5", v.whole(1, 86400), "So often it is looked into."),
    ),
    *_section(
        "OUTGOING",
        ("Transport", "transport", "outbox", v.choice("outbox", "smtp"),
         "outbox: mails are put into a Maildir, to look at. smtp: they are handed to a relay."),
        ("Outbox", "outbox", "var/outbox", v.path, "The Maildir of Transport = outbox."),
        ("Host", "host", "", v.text, "The relay's host name. Needed with Transport = smtp."),
        ("Port", "port", "587", v.whole(1, 65535), "The relay's port."),
        ("Tls", "tls", "starttls", v.choice("starttls", "tls", "none"),
         "starttls or tls: encrypted, certificate checked, or not sent at all. none: in the clear."),
        ("User", "user", "", v.text, "The log-in at the relay. Empty: none."),
        ("PasswordFile", "password_file", "", v.text,
         "File that holds the password alone. A name without a slash is first looked up in systemd's credentials."),
        *OAUTH,
        ("Connections", "connections", "4", v.whole(1, 100), "At most so many connections to the relay."),
        ("GiveUpAfterHours", "give_up_after_hours", "120", v.whole(1, 8760),
         "A delivery that fails for so long is given up and told on the ticket."),
        ("DkimSelector", "dkim_selector", "", v.selector,
         "Mail is signed (DKIM) with the key whose public part stands in the DNS below SELECTOR._domainkey.DOMAIN. All "
         "three, or none."),
        ("DkimDomain", "dkim_domain", "", v.hostname_or_nothing,
         "The domain that signs: that of the public address, one above it, or one below."),
        ("DkimKeyFile", "dkim_key_file", "", v.text,
         "File with the private key in PEM, RSA or Ed25519. A name without a slash is first looked up in systemd's "
         "credentials."),
    ),
    *_section(
        "STORE",
        ("Database", "database", "sqlite:var/tickets.db", v.database,
         "sqlite:PATH or postgresql://user@host/database."),
        ("Originals", "originals", "var/originals", v.path, "Folder of the mails as they came, named by SHA-256."),
        ("Spool", "spool", "var/spool", v.path,
         "Folder of mails that are accepted and wait, are held, or in quarantine."),
    ),
    *_section(
        "TICKETS",
        ("NumberPrefix", "number_prefix", "0500", v.prefix, "The first part of every ticket number."),
        ("FirstNumber", "first_number", "1000", v.whole(1000, 99999999), "The counter of the first ticket."),
        ("StatusNames", "status_names", ", ".join(STATUSES), v.text,
         "Names of the ten statuses, in this order; the last two are closed. Names may change, meanings stay."),
        ("DefaultManager", "default_manager", "", v.address,
         "E-mail of the employee who manages tickets of accounts without a manager. Empty: nobody."),
    ),
    *_section(
        "RULES",
        ("Directory", "directory", "rules", v.path, "Folder of the rule files and templates."),
        ("RuleTimeoutMilliseconds", "rule_timeout", "100", v.whole(1, 60000),
         "A rule that takes longer on one mail is passed over for it."),
        ("MailTimeoutMilliseconds", "mail_timeout", "2000", v.whole(1, 600000),
         "All rules together take at most so long on one mail."),
    ),
    *_section(
        "SERVICE",
        ("Workers", "workers", "0", v.whole(0, 256),
         "Processes for the stages. 0: one less than the cores, at least one."),
        ("MaxTries", "max_tries", "3", v.whole(1, 100), "A mail that fails so often is put in quarantine."),
        ("WorkerMemoryLimit", "worker_memory_limit", "1 GiB", v.size, "Memory a worker may take."),
        ("MailTimeoutSeconds", "mail_timeout", "120", v.whole(1, 86400),
         "A worker that takes longer on a mail, or on several that it files together, is ended."),
        ("StopSeconds", "stop_seconds", "30", v.whole(1, 3600), "On stopping, the mail in hand may take so long."),
        ("LogFormat", "log_format", "text", v.choice("text", "json"), "text: key=value. json: one object a line."),
        ("LogLevel", "log_level", "info", v.choice("debug", "info", "warning", "error"),
         "The least level that is logged."),
    ),
)  # fmt: skip

NAMED = ":name"
ALL_SECTIONS = tuple(dict.fromkeys(token.section for token in TOKENS))
SECTIONS = tuple(section for section in ALL_SECTIONS if not section.endswith(NAMED))
"""Those that stand in a file once."""

HEADINGS = {
    "EMAILCONNECTOR": "What the connector decides by.",
    "SMTPIN": "Mail coming in by SMTP.",
    "LMTPIN": "Mail coming in by LMTP, from a mail server on this machine or near it.",
    "IMAP:name": "A mailbox that mail is taken from by IMAP; several, each with a name of its own.",
    "POP3:name": "A mailbox that mail is taken from by POP3; several, each with a name of its own.",
    "MAILDIR:name": "A Maildir that mail is taken from; several, each with a name of its own.",
    "MBOX:name": "An mbox that mail is taken from; several, each with a name of its own.",
    "OUTGOING": "Mail going out.",
    "STORE": "Where things are kept. Relative paths start from the folder above config/.",
    "TICKETS": "Ticket numbers and names.",
    "RULES": "Rules for quoted text, signatures and automatic mail.",
    "SERVICE": "Processes and logs.",
}


_KINDS = {section.lower(): section for section in ALL_SECTIONS}


def kind_of(section: str) -> str:
    """The section as it is named in this table: `MAILDIR:name` for one that a file calls `[Maildir:office]`."""
    kind, colon, _ = section.partition(":")
    wanted = f"{kind}{NAMED}" if colon else kind
    return _KINDS.get(wanted.lower(), section)


def tokens_of(section: str) -> list[Token]:
    """The tokens of a section, by its name in this table or in a file."""
    kind = kind_of(section)
    return [token for token in TOKENS if token.section == kind]


def find(section: str, name: str) -> Token | None:
    """The token of this section and name, letter case ignored."""
    return next((token for token in tokens_of(section) if token.name.lower() == name.lower()), None)
