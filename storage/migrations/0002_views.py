"""The four views that other systems read, version 1 (B97). Frozen: a view that must change gets a `_v2` beside it."""

from __future__ import annotations

from typing import Any

from peewee import PostgresqlDatabase

LABELS_SQLITE = "(SELECT group_concat(name, ',') FROM (SELECT name FROM label WHERE ticket_id = t.id ORDER BY name))"
LABELS_POSTGRESQL = "(SELECT string_agg(name, ',' ORDER BY name) FROM label WHERE ticket_id = t.id)"

TICKET = """
CREATE VIEW ticket_v1 AS
SELECT t.number, a.name AS account, c.name AS contact, c.email1 AS contact_address, m.name AS manager,
    m.email1 AS manager_address, t.status, CASE WHEN t.closed_at IS NULL THEN 1 ELSE 0 END AS is_open, t.priority,
    t.type, t.subject, t.description, COALESCE({labels}, '') AS labels, t.dispatching, t.in_inbox, t.unread,
    t.opened_at, t.changed_at, t.closed_at, t.due_at, n.number AS merged_into
FROM ticket t
JOIN account a ON a.id = t.account_id
LEFT JOIN contact c ON c.id = t.contact_id
LEFT JOIN employee m ON m.id = t.manager_id
LEFT JOIN ticket n ON n.id = t.merged_into_id
"""

HISTORY = """
CREATE VIEW history_v1 AS
SELECT e.id, t.number AS ticket, e.at, e.kind, e.actor, e.direction, e.sender_address, e.sender_kind,
    e.authentication, e.verified, e.public, e.subject, e.text,
    (SELECT COUNT(*) FROM attachment WHERE entry_id = e.id) AS attachments, e.message_id, e.original_sha256
FROM entry e
JOIN ticket t ON t.id = e.ticket_id
"""

RECIPIENT = """
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
LEFT JOIN employee b ON b.id = a.manager_id
"""

DELIVERY = """
CREATE VIEW delivery_v1 AS
SELECT d.id, t.number AS ticket, o.entry_id AS entry, o.kind, o.message_id, d.recipient, d.state, d.tries,
    d.next_try_at, d.sent_at, d.last_answer
FROM delivery d
JOIN outgoing o ON o.id = d.outgoing_id
LEFT JOIN ticket t ON t.id = o.ticket_id
"""


def up(migrator: Any, db: Any) -> None:
    """Create the views."""
    labels = LABELS_POSTGRESQL if isinstance(db, PostgresqlDatabase) else LABELS_SQLITE
    for statement in (TICKET.format(labels=labels), HISTORY, RECIPIENT, DELIVERY):
        db.execute_sql(statement)
