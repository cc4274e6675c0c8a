"""Strategies for whole worlds: people, settings and a sequence of mails with secrets in odd places (test_privacy)."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from hypothesis import strategies as st

from storage.people_rows import AccountRow, ContactRow, EmployeeRow, PersonRow

INSIDE = (
    "alice@company.example",
    "alice.archer@home.example",
    "bob@company.example",
    "desk@company.example",
    "carol@xn--bcher-kva.example",
    "dave@company.example",
)
OUTSIDE = (
    "jane@acme.example",
    "office@acme.example",
    "john@acme.example",
    "birgit@xn--bcher-kva.example",
    "stranger@else.example",
    "no-reply@acme.example",
)
PUBLIC = ("support@example.com", "help+de@example.com", "Support+x@Example.Com", "help+de+y@example.com")
ANYBODY = INSIDE + OUTSIDE + PUBLIC
KEYWORD = "*123*"

GROUPS = ("Full", "SysAdmin", "Partial", "Limited", "Subcontractors")
OPTIONS = ("off", "all", "subscribed", "manager", "account-manager")
AUTOMATIC = ("Auto-Submitted: auto-replied", "Precedence: bulk", "X-Autoreply: yes", "List-Id: <x.else.example>")

SPELLINGS = (
    str,
    str.upper,
    str.title,
    lambda text: text.replace("xn--bcher-kva", "bücher"),
    lambda text: text.replace("xn--bcher-kva", "BÜCHER"),
)
"""The same address in other letters."""

DISGUISES = (
    str,
    str.upper,
    str.swapcase,
    lambda text: text.replace("xn--bcher-kva", "bücher"),
    lambda text: text.replace("@", "＠"),
    lambda text: text.replace("a", "\u200ba"),
    lambda text: "=?utf-8?b?" + b64encode(text.encode()).decode() + "?=",
    lambda text: "=?utf-8?q?" + "".join(f"={byte:02X}" for byte in text.encode()) + "?=",
    lambda text: f"=?us-ascii?q?{text[:4]}?= =?us-ascii?q?{text[4:]}?=",
    lambda text: f"mailto:{text}?subject=x",
    lambda text: f"<{text}>,",
    lambda text: text.replace("@", "\\@"),
)
"""A secret as it may be written into a header, so that a reader still sees the address."""

PLACES = (
    "Subject: Printer {0}",
    "Subject: {0}{0}",
    'Content-Type: multipart/mixed; boundary="--=_{0}"',
    'Content-Type: text/plain; charset=utf-8; name="{0}"',
    "Content-Type: text/plain; name*=utf-8''{1}",
    'Content-Type: text/plain; name*0="{2}"; name*1="{3}"',
    "Content-Type: text/plain ({0}); format=flowed",
    "Content-Type: text/{0}",
    "Content-Description: {0}",
    'Content-Disposition: attachment; filename="{0}"',
    "Content-Disposition: {0}",
    "Content-Language: {0}",
    "Content-Language: en,\r\n {0}",
    "Content-Transfer-Encoding: 7bit ({0})",
    "MIME-Version: 1.0 ({0})",
    "Sender: {0}",
    "Return-Path: <{0}>",
    "Received: from x (envelope-from {0}) by y; Mon, 2 Mar 2026 09:00:00 +0000",
    "DKIM-Signature: v=1; i={0}; b=x",
    "X-Sender: {0}",
    "Message-ID: <1.{0}>",
    "References: <2.{0}>",
    "Importance: {0}",
    "Date: {0}",
    "Disposition-Notification-To: {0}",
    "Reply-To: {0}",
    "X-CmtEmailConnector: {0}",
)
"""{0} is the secret disguised, {1} percent-encoded, {2} and {3} its two halves."""

INJECTION = "=?utf-8?q?x=0D=0ABcc:_evil@else.example?="
NAMES = (
    "",
    "",
    "Jane Doe",
    "Zoë Ünal, Dr.",
    'Q "x" \\',
    INJECTION,
    "n" * 1500,
    "é" * 700,
)

Listed = tuple[str, str]
"""Display name as written, address as written."""


@dataclass(frozen=True)
class Letter:
    """One mail as it is to be written; `answers` and `numbers` count tickets and messages made before."""

    sender: str
    from_lines: tuple[str, ...]
    sound: bool | None  # whether From identifies its sender (B27); None: its display name makes that doubtful
    to: tuple[Listed, ...] = ()
    cc: tuple[Listed, ...] = ()
    subject: str = ""
    number: int | None = None
    answers: int | None = None
    extra: tuple[str, ...] = ()
    release: str = ""
    again: bool = False
    joining: tuple[tuple[str, str], ...] = ()  # recipients put on the newest ticket before: type or "employee", address

    def written(self, number: str, answered: str) -> bytes:
        """The bytes."""
        lines = [*self.from_lines]
        lines += [f"{field}: {', '.join(map(_mailbox, people))}" for field, people in self._lists() if people]
        lines.append(f"Subject: {self.subject} [{number}]" if number else f"Subject: {self.subject}")
        lines += [f"In-Reply-To: {answered}"] if answered else []
        return ("\r\n".join((*self.extra, *lines)) + "\r\n\r\nHello.\r\n").encode()

    def _lists(self) -> Sequence[tuple[str, tuple[Listed, ...]]]:
        return (("To", self.to), ("Cc", self.cc))


def _mailbox(person: Listed) -> str:
    name, address = person
    return f"{_phrase(name)} <{address}>" if name else address


def _phrase(name: str) -> str:
    """A display name as a header holds it: encoded words as they are, all else quoted."""
    if name.startswith("=?"):
        return name
    return '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'


@dataclass(frozen=True)
class World:
    """People, settings, mails in order."""

    people: tuple[PersonRow, ...]
    settings: dict[str, Any] = field(default_factory=dict)
    letters: tuple[Letter, ...] = ()


def spelled(addresses: Sequence[str]) -> st.SearchStrategy[str]:
    """One of the addresses in some spelling."""
    return st.builds(lambda address, spell: spell(address), st.sampled_from(addresses), st.sampled_from(SPELLINGS))


OWN = {address: pair for pair in (INSIDE[:2], INSIDE[2:4], INSIDE[4:5], INSIDE[5:]) for address in pair}
"""The two addresses of an employee, as they usually stand in the directory."""


def secrets(own: Sequence[str]) -> st.SearchStrategy[str]:
    """One of the sender's own addresses, or now and then another employee's, in some disguise."""
    return st.builds(
        lambda address, hide: hide(address), st.sampled_from((*own * 4, *INSIDE)), st.sampled_from(DISGUISES)
    )


@st.composite
def headers(draw: st.DrawFn, own: Sequence[str]) -> str:
    """A header line with a secret somewhere in it, or now and then the sign of a machine."""
    if draw(st.integers(0, 19)) == 0:
        return draw(st.sampled_from(AUTOMATIC))
    address, disguise = draw(st.sampled_from((*own * 4, *INSIDE))), draw(st.sampled_from(DISGUISES))
    place = draw(st.sampled_from(PLACES))
    return place.format(disguise(address), quote(address, safe=""), address[:4], address[4:])


def listed(own: Sequence[str]) -> st.SearchStrategy[tuple[Listed, ...]]:
    """What stands in To or Cc."""
    return st.lists(st.tuples(st.sampled_from(NAMES) | secrets(own), spelled(ANYBODY)), max_size=4).map(tuple)


@st.composite
def letters(draw: st.DrawFn) -> Letter:
    """One mail: usually an employee or a customer with a sound From and the public address in To."""
    plain = draw(st.sampled_from(INSIDE[:3] * 5 + INSIDE + OUTSIDE * 2 + PUBLIC[:1]))
    sender, own = draw(st.sampled_from(SPELLINGS))(plain), OWN.get(plain, INSIDE[:2])
    name = draw(st.sampled_from(("Alice Archer", "", *NAMES)) if draw(st.integers(0, 7)) else secrets(own))
    sound = None if re.search("=[?]|[@＠\u200b]", name) else True
    from_lines: tuple[str, ...] = (f"From: {_mailbox((name, sender))}",)
    if draw(st.integers(0, 15)) == 0:
        other = draw(spelled(INSIDE + OUTSIDE))
        sound, from_lines = False, draw(st.sampled_from(defective(sender, other)))
    public = (("", draw(st.sampled_from(PUBLIC[:2]))),) if draw(st.integers(0, 3)) else ()
    subject = draw(st.sampled_from(("Printer", "Re: Printer", "Druckerei Ümläut " * 20, "x" * 1200, "")))
    subject += draw(st.sampled_from(("",) * 8 + (f" {KEYWORD}", " a*123*B")))
    subject += draw(secrets(own) if draw(st.booleans()) else st.just(""))
    return Letter(
        sender,
        from_lines,
        sound,
        to=draw(listed(own)) + public,
        cc=draw(listed(own)),
        subject=subject,
        number=draw(st.sampled_from((None, 0, 0, 1, 2))),
        answers=draw(st.none() | st.integers(0, 6)),
        extra=tuple(draw(st.lists(headers(own), max_size=5))),
        release=draw(st.sampled_from(("",) * 10 + ("as-is", "unverified"))),
        again=draw(st.integers(0, 19)) == 0,
        joining=draw(joining(own)),
    )


def defective(sender: str, other: str) -> list[tuple[str, ...]]:
    """From fields that identify nobody (B27)."""
    return [
        (),
        ("From:",),
        (f"From: {sender}", f"From: {other}"),
        (f"From: {sender}, {other}",),
        (f"From: {other} <{sender}>",),
        (f'From: "{other}" <{sender}>',) if other.lower() != sender.lower() else ("From: @",),
        (f"From: friends: {sender};",),
    ]


def joining(own: Sequence[str]) -> st.SearchStrategy[tuple[tuple[str, str], ...]]:
    """Recipients that somebody puts on a ticket by hand, the sender of the next mail among them."""
    anybody = (*own * 2, *INSIDE, *OUTSIDE, *OUTSIDE, *PUBLIC)
    return st.lists(
        st.tuples(st.sampled_from(("to", "cc", "bcc", "employee")), spelled(anybody)), min_size=1, max_size=4
    ).map(tuple)


@st.composite
def directories(draw: st.DrawFn) -> tuple[PersonRow, ...]:
    """Employees with options and groups, some with one address, some sharing one; accounts; contacts."""
    people = (
        ("Alice Archer", INSIDE[0], INSIDE[1]),
        ("Bob Baker", INSIDE[2], INSIDE[3]),
        ("Carol Clark", INSIDE[4], ""),
        ("Dave Dunn", INSIDE[5], ""),
    )
    rows: list[PersonRow] = [
        EmployeeRow(
            name,
            draw(st.sampled_from((first,) * 5 + INSIDE)),
            draw(st.sampled_from(("", "", second, second, second, *INSIDE, PUBLIC[0]))),
            draw(st.sampled_from((True,) * 7 + (False,))),
            draw(st.sampled_from(GROUPS[:1] * 4 + GROUPS)),
            draw(st.sampled_from(OPTIONS[1:2] * 2 + OPTIONS)),
        )
        for name, first, second in people[: draw(st.integers(1, len(people)))]
    ]
    manager = draw(st.just("") | st.sampled_from([row.email1 for row in rows]))
    shared = any(manager in (row.email1, row.email2) for row in rows[1:]) or not rows[0].active
    rows.append(AccountRow("Acme", "office@acme.example", "", ("acme.example",), "" if shared else manager))
    rows.append(ContactRow("Jane Doe", "Acme", "jane@acme.example", draw(st.sampled_from(("", INSIDE[0]))), True))
    if draw(st.booleans()):
        rows.append(AccountRow("Bücher", domains=("xn--bcher-kva.example",)))
    return tuple(rows)


@st.composite
def worlds(draw: st.DrawFn) -> World:
    """A world with up to eight mails."""
    settings = {
        "public_addresses": ("support@example.com", "help+de@example.com"),
        "use_employee_sender_name": draw(st.booleans()),
        "internal_keyword": draw(st.sampled_from((KEYWORD, KEYWORD, ""))),
        "add_recipients": draw(st.sampled_from((True, True, False))),
        "never_add": draw(st.sampled_from(((), ("john@acme.example", "bob@company.example")))),
        "max_recipients_added": draw(st.sampled_from((10, 1))),
        "unknown_sender": draw(st.sampled_from(("ticket",) * 5 + ("hold",))),
        "respond_to_unknown_senders": draw(st.booleans()),
    }
    return World(draw(directories()), settings, tuple(draw(st.lists(letters(), min_size=2, max_size=8))))
