"""What the messages said that a mail answers, so that its quotations are known whatever its client did (B56)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from storage.database import Database, with_asked
from storage.records import KnownMessage, Said

MOST_MESSAGES = 5
MOST_CHARACTERS = 64 * 1024  # of each message

SAID = f"""
SELECT m.message_id, e.sender_name, e.sender_address,
    CASE WHEN o.id IS NOT NULL THEN ''
        WHEN e.whole_text <> '' THEN substr(e.whole_text, 1, {MOST_CHARACTERS})
        ELSE substr(e.text, 1, {MOST_CHARACTERS}) END,
    length(e.text), o.head, o.body
FROM asked CROSS JOIN message m
JOIN entry e ON e.id = m.entry_id
LEFT JOIN outgoing o ON o.message_id = m.message_id AND o.kind <> 'distribution' AND o.body IS NOT NULL
WHERE m.message_id = value
"""


def read(db: Database, messages: Iterable[KnownMessage], asked: Sequence[str]) -> tuple[Said, ...]:
    """The texts of the first few of the asked messages that are known, in the order in which they are asked.

    A mail that was received and then sent on is one message. What was sent with a text of its own, a response, is
    told by that text.
    """
    known = {message.message_id: message for message in messages}
    chosen = [known[message_id] for message_id in asked if message_id in known][:MOST_MESSAGES]
    if not chosen:
        return ()
    these, values = with_asked(dict.fromkeys(message.message_id for message in chosen))
    rows = {row[0]: row for row in db.rows(these + SAID, values)}
    found: dict[tuple[int, str], Said] = {}
    for message in chosen:
        message_id, name, address, text, written, head, body = rows[message.message_id]
        own = b"" if head is None else bytes(head) + bytes(body)[:MOST_CHARACTERS]
        said = Said(message_id, message.ticket_id, name, address, text, written, own)
        found.setdefault((message.entry_id, message_id if own else ""), said)
    return tuple(found.values())
