"""What each column of the four stable views holds, one line a column: name, type, what it holds (B97).

Types are text, integer, time (text) and flag (0 or 1), with `null` where the column can be null.
"""

from __future__ import annotations

VIEWS: dict[str, tuple[str, str]] = {
    "ticket_v1": (
        "one row a ticket",
        """
number | text | the ticket's number, `0500-1000`
account | text | the account's name
contact | text null | the contact's name; null without one
contact_address | text null | the contact's first address; null without a contact
manager | text null | the Ticket Manager's name; null without one
manager_address | text null | the Ticket Manager's first address; null without one
status | text | New, Pending, Scheduled, In-House Service, On-Site Service, Laboratory Service, Hold, Other \
(open), Canceled, Completed (closed); the meaning, whatever the INI calls it
is_open | flag | 1 for the open statuses
priority | text | free text; may be empty
type | text | free text; may be empty
subject | text | the subject of the first mail
description | text | what was written first
labels | text | the labels in order, separated by commas; empty without one; an array in JSON
dispatching | flag | 1 while it waits for dispatching
in_inbox | flag | 1 while it is in the Inbox
unread | flag | 1 while it is unread
opened_at | time | when it was opened
changed_at | time | when anything of it was changed last
closed_at | time null | the Close Date; null while it is open
due_at | time null | when it is due; null without a due date
merged_into | text null | the number of the ticket that it was merged into; null if it was not
""",
    ),
    "history_v1": (
        "one row a history entry",
        """
id | integer | the entry's id; a later entry has a higher one
ticket | text | the ticket's number
at | time | when it was written
kind | text | email, note, change, response, alert, delivery-report
actor | text | who did it
direction | text | in, out, none
sender_address | text | the address in From; empty where it is no mail
sender_kind | text | employee, contact, account, unknown; empty where it is no mail
authentication | text | authentic, failed, none, unchecked; empty where it is no mail
verified | flag | 0 for a mail whose sender was not seen to belong to the ticket
public | flag | 1 if customers may see it
subject | text | the mail's subject; for a change, what was changed
text | text | what was newly written; for a change, old and new in words
attachments | integer | how many attachments it has
message_id | text | the mail's Message-ID; empty without one
original_sha256 | text | the name of the original, its SHA-256; empty where there is none
""",
    ),
    "recipient_v1": (
        "one row a recipient of a ticket",
        """
ticket | text | the ticket's number
list | text | external, employee
type | text null | to, cc, bcc; null for employees
name | text | the display name; for a role, `Ticket Manager` or `Account Manager`
address | text null | the address; for a role, that of whoever has it now, null where nobody has
added_by | text | who added it
added_at | time | when it was added
""",
    ),
    "delivery_v1": (
        "one row a recipient of a mail that was sent or is to be sent",
        """
id | integer | the delivery's id
ticket | text null | the ticket's number; null for a mail that belongs to none
entry | integer null | the history entry it came from; null where there is none
kind | text | distribution, response, alert, alarm
message_id | text | the Message-ID of the mail sent
recipient | text | the address in the envelope
state | text | pending, deferred, sent, failed, suspended
tries | integer | how often it was tried
next_try_at | time null | when it is tried next; null where it is not
sent_at | time null | when the relay took it; null until then
last_answer | text | the relay's last answer; may be empty
""",
    ),
}
"""By view: what a row is, and its columns in their order."""
