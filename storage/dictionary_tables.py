"""What each column of the tables holds, one line a column; types and nulls stand in `storage/models.py` (B97)."""

from __future__ import annotations

TABLES: dict[str, str] = {
    "setting": """
what the installation knows of itself
name | `installation`, `secret`, `next_number`, `number_raises`, `directory_version`
value | its value; `number_raises` is a JSON array
""",
    "employee": """
one employee
id | its id
name | the display name
email1 | the first address, normalised
email2 | the second address; may be empty
active | whether he or she works here
privileges | the name of the privilege group
mail_option | off, all, subscribed, manager, account-manager
""",
    "account": """
one customer account
id | its id
name | the name as it was written
name_key | the name as it is compared: letter case and surplus blanks ignored
email1 | the first address; may be empty
email2 | the second address; may be empty
manager_id | its Account Manager
""",
    "account_domain": """
a mail domain that belongs to an account
account_id | the account
domain | the domain, lower case, in ASCII
""",
    "contact": """
one person of an account
id | its id
account_id | the account
name | the display name
email1 | the first address, normalised
email2 | the second address; may be empty
main | whether it is the account's main contact; one at most is
""",
    "ticket": """
one ticket
id | its id
number | its number, `0500-1000`
version | grows with each change
account_id | its account
contact_id | its contact
manager_id | its Ticket Manager
opened_by_id | the employee who opened it
merged_into_id | the ticket that it was merged into
status | the meaning of its status, whatever the INI calls it
priority | free text; may be empty
type | free text; may be empty
dispatching | whether it waits for dispatching
in_inbox | whether it is in the Inbox
unread | whether it is unread
opened_at | when it was opened
changed_at | when it was changed last
closed_at | the Close Date; there exactly while the status is a closed one
due_at | when it is due
subject | the subject of the first mail
description | what was written first
""",
    "label": """
a label on a ticket
ticket_id | the ticket
name | the label, without a comma
""",
    "recipient": """
who gets a ticket's mail: an address, an employee or a role
id | its id
ticket_id | the ticket
slot | what may stand on a ticket once: the address, `employee 7` or `role manager`
list | external, employee
type | to, cc, bcc; of external ones alone
address | the address, normalised; of external ones alone
name | the display name; may be empty
employee_id | the employee
role | manager, account-manager
added_by | who added it
added_at | when it was added
""",
    "mail": """
the ledger: one row for each accepted mail, whatever became of it
id | its id
spool_id | its id in the spool
dedupe_key | the content_key, where its Message-ID does not lead to the mail; else null
received_at | when it was accepted
recorded_at | when the row was written
road | by which road it came
sha256 | the name of its original
size | its size in bytes
message_id | its Message-ID; may be empty
sender | the address in From; may be empty
outcome | filed, duplicate, own, skipped, held, quarantined, rejected
subject | its subject
reason | why it was not filed; may be empty
decision | the decision as JSON; of a filed mail it stands on the entry
content_key | Message-ID and body, hashed; null where it must not stand in a later mail's way
""",
    "entry": """
one history entry
id | its id
ticket_id | the ticket that it stands on now
mail_id | the mail that it is about
at | when it was written
kind | email, note, change, response, alert, delivery-report
actor | who did it
direction | in, out, none
public | whether customers may see it
verified | whether the sender was seen to belong to the ticket
sender_address | the address in From
sender_name | the name in From
sender_kind | employee, contact, account, unknown
authentication | authentic, failed, none, unchecked
message_id | the mail's Message-ID
original_sha256 | the name of the original
field | of a change, what was changed
old_value | of a change, the value before
new_value | of a change, the value since
subject | the mail's subject, or what was changed
text | what was newly written, as it was edited last
whole_text | the whole text of the mail
decision | the decision as JSON
on_behalf_name | of a mail that an employee forwarded, the name of the one who wrote it first; may be empty
on_behalf_address | and the address
""",
    "attachment": """
an attachment as listed; its bytes are in the original
entry_id | the entry
number | its number, from 1
name | its name as sent; may be empty
type | its MIME type
size | its size in bytes, decoded
""",
    "message": """
the index of Message-IDs: where a reply belongs
id | its id
message_id | the Message-ID, with angle brackets
ticket_id | the ticket that replies go to
entry_id | the entry that it was seen with first
issued | whether the service made it
outward | whether outsiders may see it
taken_from_id | the ticket that its entry was filed on first, if it was taken elsewhere
""",
    "outgoing": """
one mail to send
id | its id
mail_id | the mail that it came from
ticket_id | its ticket
entry_id | the entry that it came from
kind | distribution, response, alert, alarm
message_id | its Message-ID
response_to | of an automatic answer, who gets it
response_for | of an automatic answer, whose mail it answers
created_at | when it was made
envelope_from | the envelope's sender; empty is the null return path
original_sha256 | the original whose body it carries; may be empty
body_start | where the body begins in the original
head | the header block as it is sent
body | a body of its own; null where it is the original's
""",
    "delivery": """
one recipient of an outgoing mail
id | its id
outgoing_id | the mail
recipient | the address in the envelope
state | pending, deferred, sent, failed, suspended
tries | how often it was tried
next_try_at | when it is tried next; there while it is pending or deferred
sent_at | when the relay took it; there exactly when it is sent
lease_owner | the courier that is sending it
lease_until | until when
last_answer | the relay's last answer; may be empty
""",
    "search_queue": """
tickets whose words changed and are still to be indexed
id | its id; never given twice
ticket_id | the ticket
""",
    "listing_default": """
whose tickets an employee sees in a listing where no managers are named
id | its id
employee_id | whose default it is
listing | the listing
manager_id | the manager; null stands for tickets without one
""",
    "pause": """
a sender whose mails to a ticket are filed and not distributed
id | its id
ticket_id | the ticket
sender | the sender's address, normalised
paused_at | when it was paused last
resumed_at | when somebody resumed it; null while it is paused
""",
    "failing": """
an address that mail could not be delivered to
id | its id
address | the address, normalised
failures | how many deliveries failed for good since the last one that is known to have arrived
failed_at | when the last one failed
last_answer | what was said of it
suspended_at | since when nothing is sent to it; null while it is not suspended
""",
    "choice": """
what is done with an address's mails that would be held
id | its id
address | the address in From, normalised
reason | the code of the reason for which they would be held
choice | as-is, unverified, reject
chosen_by | who chose so
chosen_at | when
""",
    "alarm": """
an alarm that was raised and is not over
id | its id
name | what it is about, in a form that stays
what | what is wrong, in words
raised_at | since when
""",
    "mailbox": """
how far a folder of a mailbox was read
id | its id
road | the section of the INI: `IMAP:office`
folder | the folder
uid_validity | whose numbers these are; the server gives another one when it numbers anew
last_uid | the last number that was looked at
""",
    "fetched": """
a mail that was taken out of a mailbox and left there (POP3)
id | its id
road | the section of the INI: `POP3:office`
unique_id | what the server calls the mail (UIDL)
""",
}
"""By table: what a row is, and its columns."""
