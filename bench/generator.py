"""Mails of our own for a measure without the kit: help-desk mail of about 4 KB, text and HTML, six in ten replies."""

from __future__ import annotations

import random
import textwrap
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

from bench.mails import MailSet, Person, SetMail

PUBLIC_ADDRESS = "support@perf.example"
FIRST_COUNTER = 1000
REPLIES = 0.6
ATTACHMENT_EVERY = 10
ATTACHMENT_BYTES = 100 * 1024
START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)
NAMES = ("Ada Moor", "Björn Lind", "Cécile Roux", "Dirk Maas", "Edda Vogt", "Finn Dahl", "Gül Aksoy", "Hugo Prat")
WORDS = """
    the a with and since when after again monday backup screen keyboard mailbox router licence invoice order toner
    meeting update slow broken missing replaced asked please thanks tomorrow office phone folder shared calendar
    größer später où très password reset drive archive export column report error window closes
"""
VOCABULARY = tuple(WORDS.split())
QUOTE_HEADS = (
    "On Mon, 2 Mar 2026 at 09:15, Support <{public}> wrote:",
    "Am 02.03.2026 um 09:15 schrieb Support:",
    "Le lun. 2 mars 2026 à 09:15, Support <{public}> a écrit :",
)


def make_people(of_company: int = 10) -> tuple[Person, ...]:
    """Eight employees, and so many customers at each of twenty companies."""
    employees = [Person(f"staff{i}@perf.example", name, "employee") for i, name in enumerate(NAMES)]
    customers = [
        Person(f"person{i}@company{company:02d}.example", NAMES[(i + company) % len(NAMES)], "customer")
        for company in range(20)
        for i in range(of_company)
    ]
    return (*employees, *customers)


def generate(count: int, seed: int) -> MailSet:
    """A set of so many mails; the same arguments give the same set."""
    rng = random.Random(seed)
    people = make_people()
    employees = [person for person in people if person.role == "employee"]
    customers = [person for person in people if person.role == "customer"]
    openers: list[Person] = []
    mails = []
    for index in range(count):
        reply = bool(openers) and rng.random() < REPLIES
        ticket = rng.randrange(len(openers)) if reply else len(openers)
        if not reply:
            openers.append(rng.choice(customers))
        sender = rng.choice(employees) if reply and rng.random() < 0.4 else openers[ticket]
        mails.append(_mail(rng, index, sender, rng.choice(customers), f"0500-{FIRST_COUNTER + ticket:04d}", reply))
    return MailSet(PUBLIC_ADDRESS, people, tuple(mails), len(openers))


def _mail(rng: random.Random, index: int, sender: Person, cc: Person, number: str, reply: bool) -> SetMail:
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(sender.name, addr_spec=sender.email)
    message["To"] = Address("Support", addr_spec=PUBLIC_ADDRESS)
    message["Cc"] = Address(cc.name, addr_spec=cc.email)
    subject = " ".join(rng.choice(VOCABULARY) for _ in range(6)).capitalize()
    message["Subject"] = f"Re: Ticket [{number}] {subject}" if reply else subject
    message["Date"] = START + timedelta(seconds=index)
    message_id = message["Message-ID"] = f"<{rng.getrandbits(64):016x}.{index}@mailer.example>"
    _fill(message, _blocks(rng, index, sender, reply))
    attachment = index % ATTACHMENT_EVERY == ATTACHMENT_EVERY - 1
    if attachment:
        data = rng.randbytes(ATTACHMENT_BYTES)
        message.add_attachment(data, maintype="application", subtype="pdf", filename=f"scan{index}.pdf")
    for depth, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{index}_{depth}")  # left to itself the library takes a random one
    return SetMail(message.as_bytes(), sender.email, message_id, number, attachment)


def _blocks(rng: random.Random, index: int, sender: Person, reply: bool) -> tuple[list[str], list[str]]:
    """What is newly written with its signature, and what is quoted."""
    written = [_paragraph(rng) for _ in range(2 if reply else 7)]
    written.append(f"-- \n{sender.name}\nPhone +44 20 7946 0{index % 1000:03d}\nExample Ltd")
    if not reply:
        return written, []
    head = QUOTE_HEADS[index % len(QUOTE_HEADS)].format(public=PUBLIC_ADDRESS)
    return written, [head, *(_paragraph(rng) for _ in range(4))]


def _paragraph(rng: random.Random) -> str:
    words = " ".join(rng.choice(VOCABULARY) for _ in range(rng.randint(20, 35)))
    return textwrap.fill(words.capitalize() + ".", 72)


def _fill(message: EmailMessage, blocks: tuple[list[str], list[str]]) -> None:
    """The same text as plain text and as HTML."""
    written, quoted = blocks
    text = "\n\n".join(written)
    html = "\n".join(map(_html, written))
    if quoted:
        lines = "\n\n".join(quoted[1:]).split("\n")
        text += "\n\n" + quoted[0] + "\n" + "\n".join(f"> {line}" for line in lines)
        html += f'\n<p>{escape(quoted[0])}</p>\n<blockquote type="cite">' + "\n".join(map(_html, quoted[1:]))
        html += "</blockquote>"
    message.set_content(text + "\n", cte="quoted-printable")
    message.add_alternative(f"<html><body>{html}</body></html>\n", subtype="html", cte="quoted-printable")


def _html(block: str) -> str:
    return "<p>" + escape(block).replace("\n", "<br>\n") + "</p>"
