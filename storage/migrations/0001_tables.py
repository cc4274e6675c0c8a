"""The first tables. Frozen: what changes later is another migration."""

from __future__ import annotations

from typing import Any

from peewee import PostgresqlDatabase

TABLES = """
CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);

CREATE TABLE employee (
    id {id},
    name TEXT NOT NULL CHECK (name <> ''),
    email1 TEXT NOT NULL CHECK (email1 <> ''),
    email2 TEXT NOT NULL DEFAULT '',
    active SMALLINT NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    privileges TEXT NOT NULL DEFAULT 'Full',
    mail_option TEXT NOT NULL DEFAULT 'manager'
        CHECK (mail_option IN ('off', 'all', 'subscribed', 'manager', 'account-manager'))
);
CREATE TABLE account (
    id {id},
    name TEXT NOT NULL CHECK (name <> ''),
    name_key TEXT NOT NULL UNIQUE,
    email1 TEXT NOT NULL DEFAULT '',
    email2 TEXT NOT NULL DEFAULT '',
    manager_id BIGINT REFERENCES employee (id)
);
CREATE TABLE account_domain (
    account_id BIGINT NOT NULL REFERENCES account (id) ON DELETE CASCADE,
    domain TEXT NOT NULL CHECK (domain <> ''),
    PRIMARY KEY (account_id, domain)
);
CREATE TABLE contact (
    id {id},
    account_id BIGINT NOT NULL REFERENCES account (id),
    name TEXT NOT NULL CHECK (name <> ''),
    email1 TEXT NOT NULL CHECK (email1 <> ''),
    email2 TEXT NOT NULL DEFAULT '',
    main SMALLINT NOT NULL DEFAULT 0 CHECK (main IN (0, 1))
);
CREATE TABLE ticket (
    id {id},
    number TEXT NOT NULL UNIQUE,
    version BIGINT NOT NULL DEFAULT 1,
    account_id BIGINT NOT NULL REFERENCES account (id),
    contact_id BIGINT REFERENCES contact (id),
    manager_id BIGINT REFERENCES employee (id),
    opened_by_id BIGINT REFERENCES employee (id),
    merged_into_id BIGINT REFERENCES ticket (id) CHECK (merged_into_id <> id),
    status TEXT NOT NULL CHECK (status IN ('New', 'Pending', 'Scheduled', 'In-House Service', 'On-Site Service',
        'Laboratory Service', 'Hold', 'Other', 'Canceled', 'Completed')),
    priority TEXT NOT NULL DEFAULT '',
    type TEXT NOT NULL DEFAULT '',
    dispatching SMALLINT NOT NULL DEFAULT 0 CHECK (dispatching IN (0, 1)),
    in_inbox SMALLINT NOT NULL DEFAULT 0 CHECK (in_inbox IN (0, 1)),
    unread SMALLINT NOT NULL DEFAULT 0 CHECK (unread IN (0, 1)),
    opened_at TEXT NOT NULL,
    changed_at TEXT NOT NULL,
    closed_at TEXT CHECK ((closed_at IS NOT NULL) = (status IN ('Canceled', 'Completed'))),
    due_at TEXT,
    subject TEXT NOT NULL,
    description TEXT NOT NULL DEFAULT ''
);
CREATE TABLE label (
    ticket_id BIGINT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    name TEXT NOT NULL CHECK (name <> ''),
    PRIMARY KEY (ticket_id, name)
);
CREATE TABLE recipient (
    id {id},
    ticket_id BIGINT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    slot TEXT NOT NULL,
    list TEXT NOT NULL CHECK (list IN ('external', 'employee')),
    type TEXT CHECK (type IN ('to', 'cc', 'bcc')),
    address TEXT NOT NULL DEFAULT '',
    name TEXT NOT NULL DEFAULT '',
    employee_id BIGINT REFERENCES employee (id),
    role TEXT CHECK (role IN ('manager', 'account-manager')),
    added_by TEXT NOT NULL,
    added_at TEXT NOT NULL,
    UNIQUE (ticket_id, slot),
    CHECK ((list = 'external' AND type IS NOT NULL AND address <> '' AND employee_id IS NULL AND role IS NULL)
        OR (list = 'employee' AND type IS NULL AND address = '' AND (employee_id IS NULL) <> (role IS NULL)))
);
CREATE TABLE mail (
    id {id},
    spool_id TEXT NOT NULL UNIQUE,
    dedupe_key TEXT UNIQUE,
    received_at TEXT NOT NULL,
    recorded_at TEXT NOT NULL,
    road TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size BIGINT NOT NULL,
    message_id TEXT NOT NULL,
    sender TEXT NOT NULL,
    outcome TEXT NOT NULL
        CHECK (outcome IN ('filed', 'duplicate', 'own', 'skipped', 'held', 'quarantined', 'rejected')),
    subject TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    decision TEXT
);
CREATE TABLE entry (
    id {id},
    ticket_id BIGINT NOT NULL REFERENCES ticket (id),
    mail_id BIGINT REFERENCES mail (id),
    at TEXT NOT NULL,
    kind TEXT NOT NULL CHECK (kind IN ('email', 'note', 'change', 'response', 'alert', 'delivery-report')),
    actor TEXT NOT NULL,
    direction TEXT NOT NULL CHECK (direction IN ('in', 'out', 'none')),
    public SMALLINT NOT NULL CHECK (public IN (0, 1)),
    verified SMALLINT NOT NULL DEFAULT 1 CHECK (verified IN (0, 1)),
    sender_address TEXT NOT NULL DEFAULT '',
    sender_name TEXT NOT NULL DEFAULT '',
    sender_kind TEXT NOT NULL DEFAULT '',
    authentication TEXT NOT NULL DEFAULT '',
    message_id TEXT NOT NULL DEFAULT '',
    original_sha256 TEXT NOT NULL DEFAULT '',
    field TEXT,
    old_value TEXT,
    new_value TEXT,
    subject TEXT NOT NULL DEFAULT '',
    text TEXT NOT NULL DEFAULT '',
    whole_text TEXT NOT NULL DEFAULT '',
    decision TEXT
);
CREATE TABLE attachment (
    entry_id BIGINT NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
    number BIGINT NOT NULL CHECK (number > 0),
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    size BIGINT NOT NULL,
    PRIMARY KEY (entry_id, number)
);
CREATE TABLE message (
    id {id},
    message_id TEXT NOT NULL UNIQUE,
    ticket_id BIGINT NOT NULL REFERENCES ticket (id),
    entry_id BIGINT NOT NULL REFERENCES entry (id),
    issued SMALLINT NOT NULL CHECK (issued IN (0, 1)),
    outward SMALLINT NOT NULL CHECK (outward IN (0, 1))
);
CREATE TABLE outgoing (
    id {id},
    mail_id BIGINT REFERENCES mail (id),
    ticket_id BIGINT REFERENCES ticket (id),
    entry_id BIGINT REFERENCES entry (id),
    kind TEXT NOT NULL CHECK (kind IN ('distribution', 'response', 'alert', 'alarm')),
    message_id TEXT NOT NULL UNIQUE,
    response_to TEXT,
    response_for TEXT,
    created_at TEXT NOT NULL,
    envelope_from TEXT NOT NULL,
    original_sha256 TEXT NOT NULL,
    body_start BIGINT NOT NULL DEFAULT 0,
    head {blob} NOT NULL,
    body {blob}
);
CREATE TABLE delivery (
    id {id},
    outgoing_id BIGINT NOT NULL REFERENCES outgoing (id) ON DELETE CASCADE,
    recipient TEXT NOT NULL CHECK (recipient <> ''),
    state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'deferred', 'sent', 'failed', 'suspended')),
    tries BIGINT NOT NULL DEFAULT 0,
    next_try_at TEXT CHECK (next_try_at IS NOT NULL OR state NOT IN ('pending', 'deferred')),
    sent_at TEXT CHECK ((sent_at IS NOT NULL) = (state = 'sent')),
    lease_owner TEXT,
    lease_until TEXT,
    last_answer TEXT NOT NULL DEFAULT '',
    UNIQUE (outgoing_id, recipient)
)
"""

INDEXES = """
CREATE INDEX account_email1 ON account (email1);
CREATE INDEX account_email2 ON account (email2);
CREATE INDEX account_domain_domain ON account_domain (domain);
CREATE INDEX contact_email1 ON contact (email1);
CREATE INDEX contact_email2 ON contact (email2);
CREATE INDEX contact_account ON contact (account_id);
CREATE UNIQUE INDEX contact_main ON contact (account_id) WHERE main = 1;
CREATE INDEX ticket_open ON ticket (id) WHERE closed_at IS NULL;
CREATE INDEX ticket_inbox ON ticket (changed_at, id) WHERE in_inbox = 1;
CREATE INDEX ticket_dispatching ON ticket (id) WHERE dispatching = 1;
CREATE INDEX ticket_status ON ticket (status, id);
CREATE INDEX ticket_manager ON ticket (manager_id, id);
CREATE INDEX ticket_account ON ticket (account_id, id);
CREATE INDEX label_name ON label (name, ticket_id);
CREATE INDEX mail_message_id ON mail (message_id);
CREATE INDEX mail_road ON mail (road, received_at);
CREATE INDEX mail_outcome ON mail (outcome) WHERE outcome <> 'filed';
CREATE INDEX entry_ticket ON entry (ticket_id, id);
CREATE UNIQUE INDEX entry_mail ON entry (mail_id) WHERE mail_id IS NOT NULL;
CREATE INDEX message_ticket ON message (ticket_id, id);
CREATE INDEX outgoing_ticket ON outgoing (ticket_id);
CREATE INDEX outgoing_response_to ON outgoing (response_to, created_at) WHERE response_to IS NOT NULL;
CREATE INDEX outgoing_response_for ON outgoing (response_for, created_at) WHERE response_for IS NOT NULL;
CREATE INDEX delivery_due ON delivery (next_try_at) WHERE state IN ('pending', 'deferred');
CREATE INDEX delivery_lease ON delivery (lease_until) WHERE lease_until IS NOT NULL;
CREATE INDEX delivery_state ON delivery (state, sent_at)
"""

SQLITE = {"id": "INTEGER NOT NULL PRIMARY KEY", "blob": "BLOB"}
POSTGRESQL = {"id": "BIGINT GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY", "blob": "BYTEA"}


def up(migrator: Any, db: Any) -> None:
    """Create tables and indexes."""
    types = POSTGRESQL if isinstance(db, PostgresqlDatabase) else SQLITE
    for statement in (TABLES.format(**types) + ";" + INDEXES).split(";"):
        db.execute_sql(statement)
