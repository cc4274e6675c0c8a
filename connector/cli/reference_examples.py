"""Examples for the reference of commands; a test types each at the program's own parser."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "init": ("init /etc/email-connector --data /var/lib/email-connector --public-address support@company.example",),
    "config explain": ("config explain ReopenDays",),
    "inbox list": ("inbox --manager me --status New", "inbox --manager me --make-default --as alice@company.example"),
    "inbox add": ('inbox add 0500-1000 --why "Jane called"',),
    "tickets": (
        "tickets --view open --manager me --as alice@company.example",
        "tickets --board status",
        "tickets --view open --label vip --label late --after 0500-1070",
        "tickets --manager me,nobody --make-default --as alice@company.example",
        "tickets --search printer --json",
    ),
    "ticket new": (
        'ticket new --account "Acme Ltd" --subject "New phone" --recipient jane@acme.example --label vip',
        "ticket new --account Internal --subject Backup --description - < request.txt",
    ),
    "ticket reply": (
        'ticket reply 0500-1000 "It is on its way." --as alice@company.example',
        'ticket reply 0500-1000 "She is upset." --internal --as alice@company.example',
    ),
    "ticket set": ("ticket set 0500-1000 --priority high --due 2026-12-01",),
    "ticket label": ("ticket label 0500-1000 --add vip --remove late",),
    "ticket report": (
        "ticket report 0500-1000",
        "ticket report 0500-1000 --public --format print --to ticket.html",
    ),
    "recipients add": ('recipients 0500-1000 add "jane@acme.example, john@acme.example" --type cc',),
    "recipients add-employee": ("recipients 0500-1000 add-employee alice@company.example,manager",),
    "history show": (
        "history show 17",
        "history show 17 --original > mail.eml",
        "history show 17 --html --to mail.html",
        "history show 17 --attachment 2 --to invoices/",
    ),
    "history edit": ('history edit 17 --text "The printer on the second floor is broken."',),
    "history take": ("history take 17 --to 0500-1001", "history take 17 --to new"),
    "numbers raise": ("numbers raise 2000",),
    "people import": ("people import people.csv",),
    "employees add": ('employees add "Ann Ames" ann@company.example --privileges Limited --mail-option subscribed',),
    "auth-users add": ("auth-users add alice@company.example", "auth-users add alice@company.example < password"),
    "accounts add": ('accounts add "Acme Ltd" --domain acme.example --manager alice@company.example',),
    "contacts add": ('contacts add "Jane Doe" jane@acme.example --account "Acme Ltd" --main',),
    "process": (
        "process mail.eml --dry-run",
        "process - --envelope-from jane@acme.example --envelope-to support@example.com < mail.eml",
    ),
    "queue release": (
        "queue release 0190f3a2b4c5d6e7-00000001 --as-unverified",
        "queue release 0190f3a2b4c5d6e7-00000001 --remember",
    ),
    "queue forget": ("queue forget form@shop.example",),
    "templates test": ("templates test response 0500-1000", "templates test closed-ticket 0500-1000 --json"),
    "doctor": ("doctor", "doctor --no-network --json"),
    "export": ("export --to tickets.jsonl", "export --since 2026-11-28T09:30:00Z > changed.jsonl"),
    "db backup": ("db backup /backup/tickets-2026-11-28.db",),
    "db migrate": ("db migrate --check",),
    "send": ("send --to postmaster@company.example",),
    "oauth login": ("oauth login IMAP:office", "oauth login OUTGOING"),
    "verify": ("verify", "verify --quick --json"),
    "deliveries": ("deliveries --state failed --state deferred",),
    "deliveries resume": ("deliveries resume jane@acme.example",),
    "rules check": ("rules check", "rules check --rules candidates"),
    "rules replay": ("rules replay --rules candidates --since 2026-11-01",),
    "rules test": ("rules test mail.eml", "rules test answer.eml --parent mail.eml --rules candidates"),
}
"""By command, what may be typed behind the program's name."""
