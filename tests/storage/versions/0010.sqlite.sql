PRAGMA journal_mode = wal;
BEGIN;
CREATE TABLE "schema_migration" ("id" INTEGER NOT NULL PRIMARY KEY, "name" VARCHAR(255) NOT NULL, "applied" DATETIME NOT NULL);
CREATE TABLE setting (name TEXT NOT NULL PRIMARY KEY, value TEXT NOT NULL);
CREATE TABLE employee (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL CHECK (name <> ''),
    email1 TEXT NOT NULL CHECK (email1 <> ''),
    email2 TEXT NOT NULL DEFAULT '',
    active SMALLINT NOT NULL DEFAULT 1 CHECK (active IN (0, 1)),
    privileges TEXT NOT NULL DEFAULT 'Full',
    mail_option TEXT NOT NULL DEFAULT 'manager'
        CHECK (mail_option IN ('off', 'all', 'subscribed', 'manager', 'account-manager'))
);
CREATE TABLE account (
    id INTEGER NOT NULL PRIMARY KEY,
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
    id INTEGER NOT NULL PRIMARY KEY,
    account_id BIGINT NOT NULL REFERENCES account (id),
    name TEXT NOT NULL CHECK (name <> ''),
    email1 TEXT NOT NULL CHECK (email1 <> ''),
    email2 TEXT NOT NULL DEFAULT '',
    main SMALLINT NOT NULL DEFAULT 0 CHECK (main IN (0, 1))
);
CREATE TABLE ticket (
    id INTEGER NOT NULL PRIMARY KEY,
    number TEXT NOT NULL UNIQUE,
    version BIGINT NOT NULL DEFAULT 1,
    account_id BIGINT NOT NULL REFERENCES account (id),
    contact_id BIGINT REFERENCES contact (id),
    manager_id BIGINT REFERENCES employee (id),
    opened_by_id BIGINT REFERENCES employee (id),
    merged_into_id BIGINT REFERENCES ticket (id) CHECK (merged_into_id <> id),
    status TEXT NOT NULL CHECK ((status = 'New' OR status = 'Pending' OR status = 'Scheduled' OR status = 'In-House Service' OR status = 'On-Site Service' OR status = 'Laboratory Service' OR status = 'Hold' OR status = 'Other' OR status = 'Canceled' OR status = 'Completed')),
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
    id INTEGER NOT NULL PRIMARY KEY,
    ticket_id BIGINT NOT NULL REFERENCES ticket (id) ON DELETE CASCADE,
    slot TEXT NOT NULL,
    list TEXT NOT NULL CHECK (list IN ('external', 'employee')),
    type TEXT CHECK ((type = 'to' OR type = 'cc' OR type = 'bcc')),
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
    id INTEGER NOT NULL PRIMARY KEY,
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
        CHECK ((outcome = 'filed' OR outcome = 'duplicate' OR outcome = 'own' OR outcome = 'skipped' OR outcome = 'held' OR outcome = 'quarantined' OR outcome = 'rejected')),
    subject TEXT NOT NULL,
    reason TEXT NOT NULL DEFAULT '',
    decision TEXT
, content_key TEXT);
CREATE TABLE entry (
    id INTEGER NOT NULL PRIMARY KEY,
    ticket_id BIGINT NOT NULL REFERENCES ticket (id),
    mail_id BIGINT REFERENCES mail (id),
    at TEXT NOT NULL,
    kind TEXT NOT NULL CHECK ((kind = 'email' OR kind = 'note' OR kind = 'change' OR kind = 'response' OR kind = 'alert' OR kind = 'delivery-report')),
    actor TEXT NOT NULL,
    direction TEXT NOT NULL CHECK ((direction = 'in' OR direction = 'out' OR direction = 'none')),
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
, on_behalf_name TEXT NOT NULL DEFAULT '', on_behalf_address TEXT NOT NULL DEFAULT '');
CREATE TABLE attachment (
    entry_id BIGINT NOT NULL REFERENCES entry (id) ON DELETE CASCADE,
    number BIGINT NOT NULL CHECK (number > 0),
    name TEXT NOT NULL,
    type TEXT NOT NULL,
    size BIGINT NOT NULL,
    PRIMARY KEY (entry_id, number)
);
CREATE TABLE message (
    id INTEGER NOT NULL PRIMARY KEY,
    message_id TEXT NOT NULL UNIQUE,
    ticket_id BIGINT NOT NULL REFERENCES ticket (id),
    entry_id BIGINT NOT NULL REFERENCES entry (id),
    issued SMALLINT NOT NULL CHECK (issued IN (0, 1)),
    outward SMALLINT NOT NULL CHECK (outward IN (0, 1))
, taken_from_id BIGINT REFERENCES ticket (id));
CREATE TABLE outgoing (
    id INTEGER NOT NULL PRIMARY KEY,
    mail_id BIGINT REFERENCES mail (id),
    ticket_id BIGINT REFERENCES ticket (id),
    entry_id BIGINT REFERENCES entry (id),
    kind TEXT NOT NULL CHECK ((kind = 'distribution' OR kind = 'response' OR kind = 'alert' OR kind = 'alarm')),
    message_id TEXT NOT NULL UNIQUE,
    response_to TEXT,
    response_for TEXT,
    created_at TEXT NOT NULL,
    envelope_from TEXT NOT NULL,
    original_sha256 TEXT NOT NULL,
    body_start BIGINT NOT NULL DEFAULT 0,
    head BLOB NOT NULL,
    body BLOB
);
CREATE TABLE delivery (
    id INTEGER NOT NULL PRIMARY KEY,
    outgoing_id BIGINT NOT NULL REFERENCES outgoing (id) ON DELETE CASCADE,
    recipient TEXT NOT NULL CHECK (recipient <> ''),
    state TEXT NOT NULL DEFAULT 'pending' CHECK ((state = 'pending' OR state = 'deferred' OR state = 'sent' OR state = 'failed' OR state = 'suspended')),
    tries BIGINT NOT NULL DEFAULT 0,
    next_try_at TEXT CHECK (next_try_at IS NOT NULL OR state NOT IN ('pending', 'deferred')),
    sent_at TEXT CHECK ((sent_at IS NOT NULL) = (state = 'sent')),
    lease_owner TEXT,
    lease_until TEXT,
    last_answer TEXT NOT NULL DEFAULT '',
    UNIQUE (outgoing_id, recipient)
);
CREATE TABLE search_queue (id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, ticket_id BIGINT NOT NULL);
CREATE VIRTUAL TABLE ticket_words USING fts5 (words, tokenize = 'ascii', columnsize = 0);
CREATE TABLE listing_default (
    id INTEGER NOT NULL PRIMARY KEY, employee_id BIGINT NOT NULL REFERENCES employee (id), listing TEXT NOT NULL,
    manager_id BIGINT REFERENCES employee (id)
);
CREATE TABLE pause (
    id INTEGER NOT NULL PRIMARY KEY,
    ticket_id BIGINT NOT NULL REFERENCES ticket (id),
    sender TEXT NOT NULL CHECK (sender <> ''),
    paused_at TEXT NOT NULL,
    resumed_at TEXT,
    UNIQUE (ticket_id, sender)
);
CREATE TABLE failing (
    id INTEGER NOT NULL PRIMARY KEY,
    address TEXT NOT NULL UNIQUE CHECK (address <> ''),
    failures BIGINT NOT NULL DEFAULT 0,
    failed_at TEXT NOT NULL,
    last_answer TEXT NOT NULL DEFAULT '',
    suspended_at TEXT
);
CREATE TABLE choice (
    id INTEGER NOT NULL PRIMARY KEY,
    address TEXT NOT NULL CHECK (address <> ''),
    reason TEXT NOT NULL CHECK (reason <> ''),
    choice TEXT NOT NULL CHECK (choice IN ('as-is', 'unverified', 'reject')),
    chosen_by TEXT NOT NULL,
    chosen_at TEXT NOT NULL,
    UNIQUE (address, reason)
);
CREATE TABLE alarm (
    id INTEGER NOT NULL PRIMARY KEY,
    name TEXT NOT NULL UNIQUE CHECK (name <> ''),
    what TEXT NOT NULL,
    raised_at TEXT NOT NULL
);
CREATE TABLE mailbox (
    id INTEGER NOT NULL PRIMARY KEY,
    road TEXT NOT NULL CHECK (road <> ''),
    folder TEXT NOT NULL,
    uid_validity BIGINT NOT NULL,
    last_uid BIGINT NOT NULL,
    UNIQUE (road, folder)
);
CREATE TABLE fetched (
    id INTEGER NOT NULL PRIMARY KEY,
    road TEXT NOT NULL CHECK (road <> ''),
    unique_id TEXT NOT NULL CHECK (unique_id <> ''),
    UNIQUE (road, unique_id)
);
INSERT INTO schema_migration VALUES (1, '0001_tables', '2026-11-28 22:20:02.877738');
INSERT INTO schema_migration VALUES (10, '0010_checks', '2026-11-28 22:20:02.901910');
INSERT INTO schema_migration VALUES (2, '0002_views', '2026-11-28 22:20:02.878868');
INSERT INTO schema_migration VALUES (3, '0003_search', '2026-11-28 22:20:02.884836');
INSERT INTO schema_migration VALUES (4, '0004_taken', '2026-11-28 22:20:02.886098');
INSERT INTO schema_migration VALUES (5, '0005_listing_defaults', '2026-11-28 22:20:02.886711');
INSERT INTO schema_migration VALUES (6, '0006_content_key', '2026-11-28 22:20:02.892091');
INSERT INTO schema_migration VALUES (7, '0007_trust', '2026-11-28 22:20:02.894983');
INSERT INTO schema_migration VALUES (8, '0008_roads', '2026-11-28 22:20:02.900181');
INSERT INTO schema_migration VALUES (9, '0009_fetched', '2026-11-28 22:20:02.900738');
INSERT INTO setting VALUES ('directory_version', '2');
INSERT INTO setting VALUES ('installation', '00000000000000000000000000000000');
INSERT INTO setting VALUES ('next_number', '2000');
INSERT INTO setting VALUES ('number_raises', '[{"at": "2026-11-23T23:18:13.123Z", "by": "administrator", "old": "0500-1006", "new": "0500-2000"}]');
INSERT INTO setting VALUES ('secret', '0000000000000000000000000000000000000000000000000000000000000000');
INSERT INTO employee VALUES (1, 'Ann', 'ann@company.example', 'ann@private.example', 1, 'Full', 'manager');
INSERT INTO employee VALUES (2, 'Max', 'max@company.example', '', 1, 'Full', 'all');
INSERT INTO employee VALUES (3, 'Gone', 'gone@company.example', '', 0, 'Limited', 'off');
INSERT INTO account VALUES (1, 'Acme', 'acme', 'office@acme.example', '', 2);
INSERT INTO account VALUES (2, 'Odd Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', 'odd grösse 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', 'odd@odd.example', '', NULL);
INSERT INTO account_domain VALUES (1, 'acme.example');
INSERT INTO account_domain VALUES (2, 'odd.example');
INSERT INTO account_domain VALUES (2, 'xn--bcher-kva.example');
INSERT INTO contact VALUES (1, 2, 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', 'o@odd.example', 'o2@odd.example', 0);
INSERT INTO contact VALUES (2, 1, 'Carl', 'carl@acme.example', '', 1);
INSERT INTO ticket VALUES (1, '0500-1000', 12, 1, 2, 2, 2, NULL, 'Pending', 'high', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', 1, 1, 1, '2026-11-23T22:18:13.123Z', '2026-11-23T23:18:13.123Z', NULL, '2026-12-01T00:00:00.000Z', 'Ticket open', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é');
INSERT INTO ticket VALUES (2, '0500-1001', 4, 1, 2, 2, 2, NULL, 'Completed', '', '', 0, 1, 1, '2026-11-23T22:18:13.123Z', '2026-11-23T23:18:13.123Z', '2026-11-23T23:18:13.123Z', NULL, 'Ticket closed', 'Words Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é');
INSERT INTO ticket VALUES (3, '0500-1002', 3, 1, 2, 2, 2, NULL, 'Canceled', '', '', 0, 0, 1, '2026-11-23T22:18:13.123Z', '2026-11-23T23:18:13.123Z', '2026-11-23T23:18:13.123Z', NULL, 'Ticket canceled', 'Words Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é');
INSERT INTO ticket VALUES (4, '0500-1003', 2, 1, 2, 2, 2, 5, 'Completed', '', '', 0, 0, 0, '2026-11-23T22:18:13.123Z', '2026-11-23T23:18:13.123Z', '2026-11-23T23:18:13.123Z', NULL, 'Ticket first', 'Words Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é');
INSERT INTO ticket VALUES (5, '0500-1004', 3, 1, 2, 2, 2, 1, 'Completed', '', '', 0, 0, 0, '2026-11-23T22:18:13.123Z', '2026-11-23T23:18:13.123Z', '2026-11-23T23:18:13.123Z', NULL, 'Ticket second', 'Words Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é');
INSERT INTO ticket VALUES (6, '0500-1005', 1, 2, 1, NULL, NULL, NULL, 'New', '', '', 0, 0, 1, '2026-11-23T22:18:13.123Z', '2026-11-23T22:18:13.123Z', NULL, NULL, 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', 'Words Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é');
INSERT INTO label VALUES (1, 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é');
INSERT INTO label VALUES (1, 'vip');
INSERT INTO label VALUES (2, 'waits for the index');
INSERT INTO recipient VALUES (1, 1, 'bob@customer.example', 'external', 'to', 'bob@customer.example', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', NULL, NULL, 'Bob', '2026-11-23T22:18:13.123Z');
INSERT INTO recipient VALUES (11, 6, 'bob@customer.example', 'external', 'to', 'bob@customer.example', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', NULL, NULL, 'Bob', '2026-11-23T22:18:13.123Z');
INSERT INTO recipient VALUES (12, 6, 'role manager', 'employee', NULL, '', '', NULL, 'manager', 'Bob', '2026-11-23T22:18:13.123Z');
INSERT INTO recipient VALUES (13, 1, 'to@x.example', 'external', 'to', 'to@x.example', '', NULL, NULL, 'administrator', '2026-11-23T23:18:13.123Z');
INSERT INTO recipient VALUES (14, 1, 'cc@x.example', 'external', 'cc', 'cc@x.example', '', NULL, NULL, 'administrator', '2026-11-23T23:18:13.123Z');
INSERT INTO recipient VALUES (15, 1, 'bcc@x.example', 'external', 'bcc', 'bcc@x.example', '', NULL, NULL, 'administrator', '2026-11-23T23:18:13.123Z');
INSERT INTO recipient VALUES (16, 1, 'role account-manager', 'employee', NULL, '', '', NULL, 'account-manager', 'administrator', '2026-11-23T23:18:13.123Z');
INSERT INTO recipient VALUES (17, 1, 'employee 2', 'employee', NULL, '', '', 2, NULL, 'administrator', '2026-11-23T23:18:13.123Z');
INSERT INTO recipient VALUES (2, 1, 'role manager', 'employee', NULL, '', '', NULL, 'manager', 'Bob', '2026-11-23T22:18:13.123Z');
INSERT INTO recipient VALUES (3, 2, 'bob@customer.example', 'external', 'to', 'bob@customer.example', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', NULL, NULL, 'Bob', '2026-11-23T22:18:13.123Z');
INSERT INTO recipient VALUES (4, 2, 'role manager', 'employee', NULL, '', '', NULL, 'manager', 'Bob', '2026-11-23T22:18:13.123Z');
INSERT INTO recipient VALUES (5, 3, 'bob@customer.example', 'external', 'to', 'bob@customer.example', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', NULL, NULL, 'Bob', '2026-11-23T22:18:13.123Z');
INSERT INTO recipient VALUES (6, 3, 'role manager', 'employee', NULL, '', '', NULL, 'manager', 'Bob', '2026-11-23T22:18:13.123Z');
INSERT INTO mail VALUES (1, '0000000000000000-00000000', NULL, '2026-11-23T22:18:13.123Z', '2026-11-23T22:18:13.123Z', 'smtp', 'afdf95d015783199db3677fb6432cc7e771ac5be95a65d10f631a496121cbf4c', 394, '<m3@customer.example>', 'bob@customer.example', 'filed', 'open', '', NULL, 'key open');
INSERT INTO mail VALUES (10, '0000000000000009-00000000', NULL, '2026-11-23T22:18:13.123Z', '2026-11-23T22:18:13.123Z', 'smtp', 'd68de1b4be722780fa0dba0dd2ae602412dfef1763c29b3c910746f8b26e9c55', 393, '<m51@customer.example>', 'bob@customer.example', 'own', 'own', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', '{}', NULL);
INSERT INTO mail VALUES (11, '000000000000000a-00000000', NULL, '2026-11-23T22:18:13.123Z', '2026-11-23T22:18:13.123Z', 'smtp', '7ec6598fc3fb33ca088bfced008545c7fd892eeadfb2bf972b4fff5402ffdcc7', 397, '<m52@customer.example>', 'bob@customer.example', 'skipped', 'skipped', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', '{}', NULL);
INSERT INTO mail VALUES (12, '000000000000000b-00000000', NULL, '2026-11-23T22:18:13.123Z', '2026-11-23T22:18:13.123Z', 'smtp', '4938f80302b23636757bb85c45fbdd85068d7b6f6bf25c30f1db6290aaf9b2e0', 401, '<m53@customer.example>', 'bob@customer.example', 'quarantined', 'quarantined', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', '{}', NULL);
INSERT INTO mail VALUES (13, '000000000000000c-00000000', NULL, '2026-11-23T22:18:13.123Z', '2026-11-23T22:18:13.123Z', 'smtp', '74762145a9752024b4d5fead95e157c251975f695a83af41885fc8ba224765e5', 398, '<m54@customer.example>', 'bob@customer.example', 'rejected', 'rejected', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', '{}', NULL);
INSERT INTO mail VALUES (2, '0000000000000002-00000000', NULL, '2026-11-23T22:18:13.123Z', '2026-11-23T22:18:13.123Z', 'smtp', '96ef5bf992e53e8147bfa18408f84020083c29b35a4dec5b3acefee6001d2562', 396, '<m9@customer.example>', 'bob@customer.example', 'filed', 'closed', '', NULL, 'key closed');
INSERT INTO mail VALUES (3, '0000000000000003-00000000', NULL, '2026-11-23T22:18:13.123Z', '2026-11-23T22:18:13.123Z', 'smtp', '299f5000dac10ad136b174681d952bac5ae92011b2796a1782cbae0ef2c73cb9', 398, '<m15@customer.example>', 'bob@customer.example', 'filed', 'canceled', '', NULL, 'key canceled');
INSERT INTO mail VALUES (4, '0000000000000004-00000000', NULL, '2026-11-23T22:18:13.123Z', '2026-11-23T22:18:13.123Z', 'smtp', 'ff1ee651d9c8de62ec7caedf87dbfe5f31c73b8805f7b6f15730cd75b96f8030', 395, '<m21@customer.example>', 'bob@customer.example', 'filed', 'first', '', NULL, 'key first');
INSERT INTO mail VALUES (5, '0000000000000005-00000000', NULL, '2026-11-23T22:18:13.123Z', '2026-11-23T22:18:13.123Z', 'smtp', '8a1829b44c6bfbbccb2a82f493b73dc4f2f5c47932eecc5f60960e4d3b71aa68', 396, '<m27@customer.example>', 'bob@customer.example', 'filed', 'second', '', NULL, 'key second');
INSERT INTO mail VALUES (6, '0000000000000006-00000000', NULL, '2026-11-23T22:18:13.123Z', '2026-11-23T22:18:13.123Z', 'smtp', 'e9dd6c8bd862bc3f1f66e8ac67c93f098623aa489d126188e7a5c86d5ee3ca95', 393, '<m33@customer.example>', 'bob@customer.example', 'filed', 'odd', '', NULL, 'key odd');
INSERT INTO mail VALUES (7, '0000000000000001-00000000', NULL, '2026-11-23T22:18:13.123Z', '2026-11-23T23:18:13.123Z', 'smtp', 'ee12107eaaa1b588492f4126c9bc722e23ee4d63d65485d86228382cc8863629', 396, '<m38@customer.example>', 'bob@customer.example', 'filed', 'answer', '', NULL, 'key answer');
INSERT INTO mail VALUES (8, '0000000000000007-00000000', NULL, '2026-11-23T22:18:13.123Z', '2026-11-23T22:18:13.123Z', 'smtp', '7742548720e7693d3a3b5f0649da1ad9a33cb952a977781f746c18792ef07564', 394, '<m49@customer.example>', 'bob@customer.example', 'held', 'held', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', '{}', NULL);
INSERT INTO mail VALUES (9, '0000000000000008-00000000', NULL, '2026-11-23T22:18:13.123Z', '2026-11-23T22:18:13.123Z', 'smtp', '7f539b9227e6e495501ce5fd90234446eb70c602273d6efe6a0f881b191a2a4a', 399, '<m50@customer.example>', 'bob@customer.example', 'duplicate', 'duplicate', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', '{}', NULL);
INSERT INTO entry VALUES (1, 1, 1, '2026-11-23T22:18:13.123Z', 'email', 'Bob', 'in', 1, 1, 'bob@customer.example', 'Bob', 'unknown', 'none', '<e0@customer.example>', 'afdf95d015783199db3677fb6432cc7e771ac5be95a65d10f631a496121cbf4c', NULL, NULL, NULL, 'Printer', 'Text Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é
second line', 'It is broken.
> old', '{"outcome": "filed"}', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', 'o@odd.example');
INSERT INTO entry VALUES (10, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'recipients', '', 'role account-manager', 'recipients', 'recipients: – → role account-manager', '', NULL, '', '');
INSERT INTO entry VALUES (11, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'recipients', '', 'employee Max', 'recipients', 'recipients: – → employee Max', '', NULL, '', '');
INSERT INTO entry VALUES (12, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'labels', '', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é,vip', 'labels', 'labels: – → Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é,vip', '', NULL, '', '');
INSERT INTO entry VALUES (13, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'priority', '', 'high', 'priority', 'priority: – → high', '', NULL, '', '');
INSERT INTO entry VALUES (14, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'type', '', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', 'type', 'type: – → Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', '', NULL, '', '');
INSERT INTO entry VALUES (15, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'due', '', '2026-12-01T00:00:00.000Z', 'due', 'due: – → 2026-12-01T00:00:00.000Z', '', NULL, '', '');
INSERT INTO entry VALUES (16, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'description', 'Words Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', 'description', 'description: Words Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é → Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', '', NULL, '', '');
INSERT INTO entry VALUES (17, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'dispatching', 'off', 'on', 'dispatching', 'dispatching: off → on', '', NULL, '', '');
INSERT INTO entry VALUES (18, 1, NULL, '2026-11-23T23:18:13.123Z', 'note', 'administrator', 'none', 1, 1, '', '', '', '', '', '', NULL, NULL, NULL, '', 'A better note', 'A note Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', NULL, '', '');
INSERT INTO entry VALUES (19, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'text of entry 18', 'A note Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', 'A better note', 'text of entry 18', 'text of entry 18: A note Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é → A better note', '', NULL, '', '');
INSERT INTO entry VALUES (2, 2, 2, '2026-11-23T22:18:13.123Z', 'email', 'Bob', 'in', 1, 1, 'bob@customer.example', 'Bob', 'unknown', 'none', '<e6@customer.example>', '96ef5bf992e53e8147bfa18408f84020083c29b35a4dec5b3acefee6001d2562', NULL, NULL, NULL, 'Printer', 'Text Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é
second line', 'It is broken.
> old', '{"outcome": "filed"}', '', '');
INSERT INTO entry VALUES (20, 3, 7, '2026-11-23T23:18:13.123Z', 'email', 'Bob', 'in', 1, 1, 'bob@customer.example', 'Bob', 'employee', 'authentic', '<e36@customer.example>', 'ee12107eaaa1b588492f4126c9bc722e23ee4d63d65485d86228382cc8863629', NULL, NULL, NULL, 'Printer', 'It is broken.', 'It is broken.
> old', '{"outcome": "filed"}', '', '');
INSERT INTO entry VALUES (21, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'Bob', 'none', 0, 1, '', '', '', '', '', '', 'status', 'New', 'Pending', 'status', 'status: New → Pending (reopened)', '', NULL, '', '');
INSERT INTO entry VALUES (22, 1, NULL, '2026-11-23T23:18:13.123Z', 'response', 'Bob', 'out', 1, 0, 'bob@customer.example', 'Bob', 'unknown', 'none', '<e41@customer.example>', '', NULL, NULL, NULL, 'Printer', 'It is broken.', 'It is broken.
> old', NULL, '', '');
INSERT INTO entry VALUES (23, 1, NULL, '2026-11-23T23:18:13.123Z', 'alert', 'Bob', 'out', 1, 0, 'bob@customer.example', 'Bob', 'unknown', 'none', '<e44@customer.example>', '', NULL, NULL, NULL, 'Printer', 'It is broken.', 'It is broken.
> old', NULL, '', '');
INSERT INTO entry VALUES (24, 3, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'entry', '20 Printer', 'taken from 0500-1000', 'entry', 'entry: 20 Printer → taken from 0500-1000', '', NULL, '', '');
INSERT INTO entry VALUES (25, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'entry', '20 Printer', 'taken to 0500-1002', 'entry', 'entry: 20 Printer → taken to 0500-1002', '', NULL, '', '');
INSERT INTO entry VALUES (26, 2, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'status', 'New', 'Completed', 'status', 'status: New → Completed', '', NULL, '', '');
INSERT INTO entry VALUES (27, 3, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'status', 'New', 'Canceled', 'status', 'status: New → Canceled', '', NULL, '', '');
INSERT INTO entry VALUES (28, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'merged', '', '0500-1003 with 1 entries: Ticket first', 'merged', 'merged: – → 0500-1003 with 1 entries: Ticket first', '', NULL, '', '');
INSERT INTO entry VALUES (29, 4, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'merged into', '', '0500-1004', 'merged into', 'merged into: – → 0500-1004', '', NULL, '', '');
INSERT INTO entry VALUES (3, 3, 3, '2026-11-23T22:18:13.123Z', 'email', 'Bob', 'in', 1, 1, 'bob@customer.example', 'Bob', 'unknown', 'none', '<e12@customer.example>', '299f5000dac10ad136b174681d952bac5ae92011b2796a1782cbae0ef2c73cb9', NULL, NULL, NULL, 'Printer', 'Text Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é
second line', 'It is broken.
> old', '{"outcome": "filed"}', '', '');
INSERT INTO entry VALUES (30, 4, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'status', 'New', 'Completed', 'status', 'status: New → Completed (merged into 0500-1004)', '', NULL, '', '');
INSERT INTO entry VALUES (31, 4, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'unread', 'unread', 'read', 'unread', 'unread: unread → read (merged into 0500-1004)', '', NULL, '', '');
INSERT INTO entry VALUES (32, 5, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'merged into', '', '0500-1000', 'merged into', 'merged into: – → 0500-1000', '', NULL, '', '');
INSERT INTO entry VALUES (33, 5, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'status', 'New', 'Completed', 'status', 'status: New → Completed (merged into 0500-1000)', '', NULL, '', '');
INSERT INTO entry VALUES (34, 5, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'unread', 'unread', 'read', 'unread', 'unread: unread → read (merged into 0500-1000)', '', NULL, '', '');
INSERT INTO entry VALUES (35, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'merged', '', '0500-1004 with 3 entries: Ticket second', 'merged', 'merged: – → 0500-1004 with 3 entries: Ticket second', '', NULL, '', '');
INSERT INTO entry VALUES (36, 2, NULL, '2026-11-23T23:18:13.123Z', 'delivery-report', 'courier', 'none', 0, 1, '', '', '', '', '', '', NULL, NULL, NULL, 'Not delivered to ann@company.example', 'The distribution to ann@company.example could not be delivered: 250 Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é
Message-ID: <o7@company.example>', 'The distribution to ann@company.example could not be delivered: 250 Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é
Message-ID: <o7@company.example>', NULL, '', '');
INSERT INTO entry VALUES (37, 2, NULL, '2026-11-23T23:18:13.123Z', 'change', 'courier', 'none', 0, 1, '', '', '', '', '', '', 'inbox', 'out', 'in', 'inbox', 'inbox: out → in (delivery failed)', '', NULL, '', '');
INSERT INTO entry VALUES (38, 2, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'labels', '', 'waits for the index', 'labels', 'labels: – → waits for the index', '', NULL, '', '');
INSERT INTO entry VALUES (4, 1, 4, '2026-11-23T22:18:13.123Z', 'email', 'Bob', 'in', 1, 1, 'bob@customer.example', 'Bob', 'unknown', 'none', '<e18@customer.example>', 'ff1ee651d9c8de62ec7caedf87dbfe5f31c73b8805f7b6f15730cd75b96f8030', NULL, NULL, NULL, 'Printer', 'Text Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é
second line', 'It is broken.
> old', '{"outcome": "filed"}', '', '');
INSERT INTO entry VALUES (5, 1, 5, '2026-11-23T22:18:13.123Z', 'email', 'Bob', 'in', 1, 1, 'bob@customer.example', 'Bob', 'unknown', 'none', '<e24@customer.example>', '8a1829b44c6bfbbccb2a82f493b73dc4f2f5c47932eecc5f60960e4d3b71aa68', NULL, NULL, NULL, 'Printer', 'Text Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é
second line', 'It is broken.
> old', '{"outcome": "filed"}', '', '');
INSERT INTO entry VALUES (6, 6, 6, '2026-11-23T22:18:13.123Z', 'email', 'Bob', 'in', 1, 1, 'bob@customer.example', 'Bob', 'unknown', 'none', '<e30@customer.example>', 'e9dd6c8bd862bc3f1f66e8ac67c93f098623aa489d126188e7a5c86d5ee3ca95', NULL, NULL, NULL, 'Printer', 'Text Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é
second line', 'It is broken.
> old', '{"outcome": "filed"}', '', '');
INSERT INTO entry VALUES (7, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'recipients', '', 'to to@x.example', 'recipients', 'recipients: – → to to@x.example', '', NULL, '', '');
INSERT INTO entry VALUES (8, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'recipients', '', 'cc cc@x.example', 'recipients', 'recipients: – → cc cc@x.example', '', NULL, '', '');
INSERT INTO entry VALUES (9, 1, NULL, '2026-11-23T23:18:13.123Z', 'change', 'administrator', 'none', 0, 1, '', '', '', '', '', '', 'recipients', '', 'bcc bcc@x.example', 'recipients', 'recipients: – → bcc bcc@x.example', '', NULL, '', '');
INSERT INTO attachment VALUES (1, 1, 'a.txt', 'text/plain', 4);
INSERT INTO attachment VALUES (1, 2, 'b.bin', 'application/octet-stream', 6);
INSERT INTO attachment VALUES (2, 1, 'a.txt', 'text/plain', 4);
INSERT INTO attachment VALUES (2, 2, 'b.bin', 'application/octet-stream', 6);
INSERT INTO attachment VALUES (3, 1, 'a.txt', 'text/plain', 4);
INSERT INTO attachment VALUES (3, 2, 'b.bin', 'application/octet-stream', 6);
INSERT INTO attachment VALUES (4, 1, 'a.txt', 'text/plain', 4);
INSERT INTO attachment VALUES (4, 2, 'b.bin', 'application/octet-stream', 6);
INSERT INTO attachment VALUES (5, 1, 'a.txt', 'text/plain', 4);
INSERT INTO attachment VALUES (5, 2, 'b.bin', 'application/octet-stream', 6);
INSERT INTO attachment VALUES (6, 1, 'a.txt', 'text/plain', 4);
INSERT INTO attachment VALUES (6, 2, 'b.bin', 'application/octet-stream', 6);
INSERT INTO message VALUES (1, '<e0@customer.example>', 1, 1, 0, 1, NULL);
INSERT INTO message VALUES (10, '<e18@customer.example>', 1, 4, 0, 1, NULL);
INSERT INTO message VALUES (11, '<o19@company.example>', 1, 4, 1, 0, NULL);
INSERT INTO message VALUES (12, '<o20@company.example>', 1, 4, 1, 1, NULL);
INSERT INTO message VALUES (13, '<e24@customer.example>', 1, 5, 0, 1, NULL);
INSERT INTO message VALUES (14, '<o25@company.example>', 1, 5, 1, 0, NULL);
INSERT INTO message VALUES (15, '<o26@company.example>', 1, 5, 1, 1, NULL);
INSERT INTO message VALUES (16, '<e30@customer.example>', 6, 6, 0, 1, NULL);
INSERT INTO message VALUES (17, '<o31@company.example>', 6, 6, 1, 0, NULL);
INSERT INTO message VALUES (18, '<o32@company.example>', 6, 6, 1, 1, NULL);
INSERT INTO message VALUES (19, '<e36@customer.example>', 3, 20, 0, 0, 1);
INSERT INTO message VALUES (2, '<o1@company.example>', 1, 1, 1, 0, NULL);
INSERT INTO message VALUES (20, '<o37@company.example>', 3, 20, 1, 1, 1);
INSERT INTO message VALUES (21, '<e41@customer.example>', 1, 22, 0, 0, NULL);
INSERT INTO message VALUES (22, '<e44@customer.example>', 1, 23, 0, 0, NULL);
INSERT INTO message VALUES (23, '<o45@company.example>', 1, 23, 1, 0, NULL);
INSERT INTO message VALUES (3, '<o2@company.example>', 1, 1, 1, 1, NULL);
INSERT INTO message VALUES (4, '<e6@customer.example>', 2, 2, 0, 1, NULL);
INSERT INTO message VALUES (5, '<o7@company.example>', 2, 2, 1, 0, NULL);
INSERT INTO message VALUES (6, '<o8@company.example>', 2, 2, 1, 1, NULL);
INSERT INTO message VALUES (7, '<e12@customer.example>', 3, 3, 0, 1, NULL);
INSERT INTO message VALUES (8, '<o13@company.example>', 3, 3, 1, 0, NULL);
INSERT INTO message VALUES (9, '<o14@company.example>', 3, 3, 1, 1, NULL);
INSERT INTO outgoing VALUES (1, 1, 1, 1, 'distribution', '<o1@company.example>', NULL, NULL, '2026-11-23T22:18:13.123Z', 'support@company.example', 'afdf95d015783199db3677fb6432cc7e771ac5be95a65d10f631a496121cbf4c', 100, X'5375626A6563743A205072696E7465720D0A0D0A', NULL);
INSERT INTO outgoing VALUES (10, 5, 1, 5, 'response', '<o26@company.example>', 'bob@customer.example', 'bob@customer.example', '2026-11-23T22:18:13.123Z', 'support@company.example', '8a1829b44c6bfbbccb2a82f493b73dc4f2f5c47932eecc5f60960e4d3b71aa68', 100, X'5375626A6563743A205072696E7465720D0A0D0A', X'00FF');
INSERT INTO outgoing VALUES (11, 6, 6, 6, 'distribution', '<o31@company.example>', NULL, NULL, '2026-11-23T22:18:13.123Z', 'support@company.example', 'e9dd6c8bd862bc3f1f66e8ac67c93f098623aa489d126188e7a5c86d5ee3ca95', 100, X'5375626A6563743A205072696E7465720D0A0D0A', NULL);
INSERT INTO outgoing VALUES (12, 6, 6, 6, 'response', '<o32@company.example>', 'bob@customer.example', 'bob@customer.example', '2026-11-23T22:18:13.123Z', 'support@company.example', 'e9dd6c8bd862bc3f1f66e8ac67c93f098623aa489d126188e7a5c86d5ee3ca95', 100, X'5375626A6563743A205072696E7465720D0A0D0A', X'00FF');
INSERT INTO outgoing VALUES (13, 7, 3, 20, 'distribution', '<o37@company.example>', NULL, NULL, '2026-11-23T23:18:13.123Z', 'support@company.example', 'ee12107eaaa1b588492f4126c9bc722e23ee4d63d65485d86228382cc8863629', 100, X'5375626A6563743A205072696E7465720D0A0D0A', NULL);
INSERT INTO outgoing VALUES (14, NULL, 1, 23, 'alert', '<o45@company.example>', NULL, NULL, '2026-11-23T23:18:13.123Z', 'support@company.example', '', 100, X'5375626A6563743A205072696E7465720D0A0D0A', X'436C6F7365642E0D0A');
INSERT INTO outgoing VALUES (15, NULL, NULL, NULL, 'alarm', '<o48@company.example>', NULL, NULL, '2026-11-23T22:18:13.123Z', 'support@company.example', '', 100, X'5375626A6563743A205072696E7465720D0A0D0A', X'416C61726D');
INSERT INTO outgoing VALUES (2, 1, 1, 1, 'response', '<o2@company.example>', 'bob@customer.example', 'bob@customer.example', '2026-11-23T22:18:13.123Z', 'support@company.example', 'afdf95d015783199db3677fb6432cc7e771ac5be95a65d10f631a496121cbf4c', 100, X'5375626A6563743A205072696E7465720D0A0D0A', X'00FF');
INSERT INTO outgoing VALUES (3, 2, 2, 2, 'distribution', '<o7@company.example>', NULL, NULL, '2026-11-23T22:18:13.123Z', 'support@company.example', '96ef5bf992e53e8147bfa18408f84020083c29b35a4dec5b3acefee6001d2562', 100, X'5375626A6563743A205072696E7465720D0A0D0A', NULL);
INSERT INTO outgoing VALUES (4, 2, 2, 2, 'response', '<o8@company.example>', 'bob@customer.example', 'bob@customer.example', '2026-11-23T22:18:13.123Z', 'support@company.example', '96ef5bf992e53e8147bfa18408f84020083c29b35a4dec5b3acefee6001d2562', 100, X'5375626A6563743A205072696E7465720D0A0D0A', X'00FF');
INSERT INTO outgoing VALUES (5, 3, 3, 3, 'distribution', '<o13@company.example>', NULL, NULL, '2026-11-23T22:18:13.123Z', 'support@company.example', '299f5000dac10ad136b174681d952bac5ae92011b2796a1782cbae0ef2c73cb9', 100, X'5375626A6563743A205072696E7465720D0A0D0A', NULL);
INSERT INTO outgoing VALUES (6, 3, 3, 3, 'response', '<o14@company.example>', 'bob@customer.example', 'bob@customer.example', '2026-11-23T22:18:13.123Z', 'support@company.example', '299f5000dac10ad136b174681d952bac5ae92011b2796a1782cbae0ef2c73cb9', 100, X'5375626A6563743A205072696E7465720D0A0D0A', X'00FF');
INSERT INTO outgoing VALUES (7, 4, 1, 4, 'distribution', '<o19@company.example>', NULL, NULL, '2026-11-23T22:18:13.123Z', 'support@company.example', 'ff1ee651d9c8de62ec7caedf87dbfe5f31c73b8805f7b6f15730cd75b96f8030', 100, X'5375626A6563743A205072696E7465720D0A0D0A', NULL);
INSERT INTO outgoing VALUES (8, 4, 1, 4, 'response', '<o20@company.example>', 'bob@customer.example', 'bob@customer.example', '2026-11-23T22:18:13.123Z', 'support@company.example', 'ff1ee651d9c8de62ec7caedf87dbfe5f31c73b8805f7b6f15730cd75b96f8030', 100, X'5375626A6563743A205072696E7465720D0A0D0A', X'00FF');
INSERT INTO outgoing VALUES (9, 5, 1, 5, 'distribution', '<o25@company.example>', NULL, NULL, '2026-11-23T22:18:13.123Z', 'support@company.example', '8a1829b44c6bfbbccb2a82f493b73dc4f2f5c47932eecc5f60960e4d3b71aa68', 100, X'5375626A6563743A205072696E7465720D0A0D0A', NULL);
INSERT INTO delivery VALUES (1, 1, 'ann@company.example', 'sent', 1, NULL, '2026-11-23T23:18:13.123Z', NULL, NULL, '250 Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é');
INSERT INTO delivery VALUES (10, 10, 'bob@customer.example', 'pending', 0, '2026-11-23T22:18:13.123Z', NULL, 'courier', '2026-11-23T23:19:13.123Z', '');
INSERT INTO delivery VALUES (11, 11, 'ann@company.example', 'pending', 0, '2026-11-23T22:18:13.123Z', NULL, 'courier', '2026-11-23T23:19:13.123Z', '');
INSERT INTO delivery VALUES (12, 12, 'bob@customer.example', 'pending', 0, '2026-11-23T22:18:13.123Z', NULL, 'courier', '2026-11-23T23:19:13.123Z', '');
INSERT INTO delivery VALUES (13, 13, 'to@x.example', 'pending', 0, '2026-11-23T23:18:13.123Z', NULL, NULL, NULL, '');
INSERT INTO delivery VALUES (14, 13, 'cc@x.example', 'pending', 0, '2026-11-23T23:18:13.123Z', NULL, NULL, NULL, '');
INSERT INTO delivery VALUES (15, 13, 'bcc@x.example', 'pending', 0, '2026-11-23T23:18:13.123Z', NULL, NULL, NULL, '');
INSERT INTO delivery VALUES (16, 13, 'late@x.example', 'pending', 0, '2026-11-23T23:18:13.123Z', NULL, NULL, NULL, '');
INSERT INTO delivery VALUES (17, 14, 'to@x.example', 'pending', 0, '2026-11-23T23:18:13.123Z', NULL, NULL, NULL, '');
INSERT INTO delivery VALUES (18, 15, 'a@x.example', 'pending', 0, '2026-11-23T22:18:13.123Z', NULL, NULL, NULL, '');
INSERT INTO delivery VALUES (2, 2, 'bob@customer.example', 'deferred', 1, '2026-11-24T00:18:13.123Z', NULL, NULL, NULL, '250 Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é');
INSERT INTO delivery VALUES (3, 3, 'ann@company.example', 'failed', 1, NULL, NULL, NULL, NULL, '250 Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é');
INSERT INTO delivery VALUES (4, 4, 'bob@customer.example', 'sent', 1, NULL, '2026-11-23T23:18:13.123Z', NULL, NULL, '250 Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é');
INSERT INTO delivery VALUES (5, 5, 'ann@company.example', 'sent', 1, NULL, '2026-11-23T23:18:13.123Z', NULL, NULL, '250 Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é');
INSERT INTO delivery VALUES (6, 6, 'bob@customer.example', 'suspended', 0, NULL, NULL, 'courier', '2026-11-23T23:19:13.123Z', '');
INSERT INTO delivery VALUES (7, 7, 'ann@company.example', 'pending', 0, '2026-11-23T22:18:13.123Z', NULL, 'courier', '2026-11-23T23:19:13.123Z', '');
INSERT INTO delivery VALUES (8, 8, 'bob@customer.example', 'pending', 0, '2026-11-23T22:18:13.123Z', NULL, 'courier', '2026-11-23T23:19:13.123Z', '');
INSERT INTO delivery VALUES (9, 9, 'ann@company.example', 'pending', 0, '2026-11-23T22:18:13.123Z', NULL, 'courier', '2026-11-23T23:19:13.123Z', '');
INSERT INTO search_queue VALUES (21, 2);
DELETE FROM ticket_words_data;
INSERT INTO ticket_words_data VALUES (1, X'068231');
INSERT INTO ticket_words_data VALUES (10, X'000000020101000001010101');
INSERT INTO ticket_words_data VALUES (137438953473, X'0000037B053030353030010202010202010202010202010202010202010131010A0D0D19171701060E1E1201040E1701020E01020E010A0B0C0C0B0D0203303030010203040131020203040132030203040133040203040134050203040135060203010332353002022201016101120A0D100B0D0C0D0C0D01080B1E120D01060B170D01020B01020B010C080C0C0B0D0D0203636D6501020F01021001021001021001021002026E6E0204150801016201100B0D190E0B0E0B0E01080C1E120E01060C170E01020C01020C010C090C0C0B0D0E0201650202200304747465720102240202696E01063A171701024501022E03023E02026F6201101F0315031603160301043E03010816031203030437030205726F6B656E01021E020215010863616E63656C65640302050302726C01021001021101021101021101021102056C6F73656402020502066F6D70616E7902061608150303756C6402021E02077573746F6D657201082116171701024001041813030239010964656C69766572656402041310020B6973747269627574696F6E020219010165010A0E0D19171701060F1E1201040F1701020F01020F010A0C0C0C0B0D020678616D706C650108221617170108170815130104191303023A01056669727374040205010667726F737365010A060D1917170106071E1201040717010207010207010A040C0C0B0D0102696402022D02017301021D02021402017401021C02021301046C696E65010632171701023D01022603023601076D65737361676502022C01036E6F740204120F04016501022501026F3702022E02026464060217020370656E01020501077072696E74657201081B0D17170102310104120A03022A010173010A0C0D19171701060D1E1201040D1701020D01020D010A0A0C0C0B0D020565636F6E64010631171701023C010225020205010235010474657874010627171701023201021B03022B02026865020218020569636B657401020401020401020401020401020402016F0204140802027874010638171701024301022C03023C010376697001021A0105776F72647302020601020601020601020601020D0104D79BD79F010A090D19171701060A1E1201040A1701020A01020A010A070C0C0B0D0103E697A5010A070D1917170106081E1201040817010208010208010A050C0C0B0D02029CAC010A080D1917170106091E1201040917010209010209010A060C0C0B0D04182008060606060608271408260609121C0D0D130A0D08190F10201B0A25070909140C0906070708192018140716071208162322');
DELETE FROM ticket_words_idx;
INSERT INTO ticket_words_idx VALUES (1, X'', 2);
DELETE FROM ticket_words_content;
INSERT INTO ticket_words_content VALUES (1, '0500 1000 ticket open grosse 日 本 כן a b s 1 e acme carl grosse 日 本 כן a b s 1 e vip printer it is broken bob bob customer example a better note printer text grosse 日 本 כן a b s 1 e second line bob bob customer example a txt b bin printer text grosse 日 本 כן a b s 1 e second line bob bob customer example a txt b bin printer text grosse 日 本 כן a b s 1 e second line bob bob customer example a txt b bin');
INSERT INTO ticket_words_content VALUES (2, '0500 1001 ticket closed words grosse 日 本 כן a b s 1 e acme carl not delivered to ann company example the distribution to ann company example could not be delivered 250 grosse 日 本 כן a b s 1 e message id o7 company example printer text grosse 日 本 כן a b s 1 e second line bob bob customer example a txt b bin');
INSERT INTO ticket_words_content VALUES (3, '0500 1002 ticket canceled words grosse 日 本 כן a b s 1 e acme carl printer it is broken bob bob customer example printer text grosse 日 本 כן a b s 1 e second line bob bob customer example a txt b bin');
INSERT INTO ticket_words_content VALUES (4, '0500 1003 ticket first words grosse 日 本 כן a b s 1 e acme carl');
INSERT INTO ticket_words_content VALUES (5, '0500 1004 ticket second words grosse 日 本 כן a b s 1 e acme carl');
INSERT INTO ticket_words_content VALUES (6, '0500 1005 grosse 日 本 כן a b s 1 e words grosse 日 本 כן a b s 1 e odd grosse 日 本 כן a b s 1 e grosse 日 本 כן a b s 1 e printer text grosse 日 本 כן a b s 1 e second line bob bob customer example a txt b bin');
DELETE FROM ticket_words_config;
INSERT INTO ticket_words_config VALUES ('automerge', 0);
INSERT INTO ticket_words_config VALUES ('crisismerge', 256);
INSERT INTO ticket_words_config VALUES ('version', 4);
INSERT INTO listing_default VALUES (1, 1, 'inbox', 1);
INSERT INTO listing_default VALUES (2, 1, 'inbox', NULL);
INSERT INTO pause VALUES (1, 1, 'robot@x.example', '2026-11-23T22:18:13.123Z', NULL);
INSERT INTO pause VALUES (2, 1, 'other@x.example', '2026-11-23T22:18:13.123Z', '2026-11-23T22:18:13.123Z');
INSERT INTO failing VALUES (1, 'gone@x.example', 3, '2026-11-23T22:18:13.123Z', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', '2026-11-23T22:18:13.123Z');
INSERT INTO failing VALUES (2, 'full@x.example', 3, '2026-11-23T22:18:13.123Z', '452', NULL);
INSERT INTO choice VALUES (1, 'as-is@x.example', 'unknown-sender', 'as-is', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', '2026-11-23T22:18:13.123Z');
INSERT INTO choice VALUES (2, 'unverified@x.example', 'unknown-sender', 'unverified', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', '2026-11-23T22:18:13.123Z');
INSERT INTO choice VALUES (3, 'reject@x.example', 'unknown-sender', 'reject', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', '2026-11-23T22:18:13.123Z');
INSERT INTO alarm VALUES (1, 'road IMAP:office', 'Größe 日本 👩‍🔧 ‮כן‬ ''a'' "b" \ %s ? $1 ;-- é', '2026-11-23T22:18:13.123Z');
INSERT INTO mailbox VALUES (1, 'IMAP:office', 'INBOX', 1700000000, 4294967295);
INSERT INTO fetched VALUES (1, 'POP3:office', '!~');
CREATE UNIQUE INDEX "schema_migration_name" ON "schema_migration" ("name");
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
CREATE VIEW ticket_v1 AS
SELECT t.number, a.name AS account, c.name AS contact, c.email1 AS contact_address, m.name AS manager,
    m.email1 AS manager_address, t.status, CASE WHEN t.closed_at IS NULL THEN 1 ELSE 0 END AS is_open, t.priority,
    t.type, t.subject, t.description, COALESCE((SELECT group_concat(name, ',') FROM (SELECT name FROM label WHERE ticket_id = t.id ORDER BY name)), '') AS labels, t.dispatching, t.in_inbox, t.unread,
    t.opened_at, t.changed_at, t.closed_at, t.due_at, n.number AS merged_into
FROM ticket t
JOIN account a ON a.id = t.account_id
LEFT JOIN contact c ON c.id = t.contact_id
LEFT JOIN employee m ON m.id = t.manager_id
LEFT JOIN ticket n ON n.id = t.merged_into_id;
CREATE VIEW history_v1 AS
SELECT e.id, t.number AS ticket, e.at, e.kind, e.actor, e.direction, e.sender_address, e.sender_kind,
    e.authentication, e.verified, e.public, e.subject, e.text,
    (SELECT COUNT(*) FROM attachment WHERE entry_id = e.id) AS attachments, e.message_id, e.original_sha256
FROM entry e
JOIN ticket t ON t.id = e.ticket_id;
CREATE VIEW recipient_v1 AS
SELECT t.number AS ticket, r.list, r.type,
    CASE r.role WHEN 'manager' THEN 'Ticket Manager' WHEN 'account-manager' THEN 'Account Manager'
        ELSE COALESCE(e.name, r.name) END AS name,
    CASE r.role WHEN 'manager' THEN m.email1 WHEN 'account-manager' THEN b.email1
        ELSE COALESCE(e.email1, r.address) END AS address,
    r.added_by, r.added_at
FROM recipient r
JOIN ticket t ON t.id = r.ticket_id
JOIN account a ON a.id = t.account_id
LEFT JOIN employee e ON e.id = r.employee_id
LEFT JOIN employee m ON m.id = t.manager_id
LEFT JOIN employee b ON b.id = a.manager_id;
CREATE VIEW delivery_v1 AS
SELECT d.id, t.number AS ticket, o.entry_id AS entry, o.kind, o.message_id, d.recipient, d.state, d.tries,
    d.next_try_at, d.sent_at, d.last_answer
FROM delivery d
JOIN outgoing o ON o.id = d.outgoing_id
LEFT JOIN ticket t ON t.id = o.ticket_id;
CREATE INDEX ticket_manager_open ON ticket (manager_id, id) WHERE closed_at IS NULL;
CREATE INDEX ticket_opened_by ON ticket (opened_by_id, id) WHERE opened_by_id IS NOT NULL;
CREATE INDEX ticket_changed ON ticket (changed_at);
CREATE INDEX mail_message_id ON mail (message_id) WHERE outcome <> 'filed';
CREATE INDEX delivery_unsent ON delivery (state, id) WHERE state <> 'sent';
CREATE INDEX delivery_sent ON delivery (sent_at) WHERE sent_at IS NOT NULL
;
CREATE INDEX listing_default_employee ON listing_default (employee_id, listing);
CREATE INDEX pause_open ON pause (paused_at) WHERE resumed_at IS NULL;
CREATE INDEX failing_suspended ON failing (suspended_at) WHERE suspended_at IS NOT NULL;
COMMIT;
