"""Mails of our own as a support desk has them after years: long threads, each mail quoting all before it (B55).

Customers and employees write in turn, in many languages, with the mail programs of `bench.replies`: plain text, HTML,
or both.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from html import escape

from bench.generator import ATTACHMENT_BYTES, FIRST_COUNTER, PUBLIC_ADDRESS, START, make_people
from bench.mails import MailSet, Person, SetMail
from bench.replies.clients import CLIENTS, Client, Scene
from bench.replies.words import LANGUAGES, Language, paragraph

OPEN_THREADS = 200  # that are written to by turns
LENGTHS, WEIGHTS = (1, 2, 3, 5, 8, 12), (3, 3, 3, 2, 2, 1)
ATTACHMENT_SHARE, AUTOMATIC_SHARE = 0.1, 0.03
CLIENT = {client.name: client for client in CLIENTS}
PROGRAMS = tuple(
    (CLIENT[plain] if plain else None, CLIENT[html] if html else None)
    for plain, html in (
        ("Gmail", "Gmail, HTML alone"),
        ("Outlook for Windows", "Outlook for Windows, HTML alone"),
        ("Outlook on the web", "New Outlook, HTML alone"),
        ("", "Outlook for Windows, HTML alone"),
        ("", "Gmail, HTML alone"),
        ("Outlook for iOS", ""),
        ("Apple Mail", ""),
        ("iPhone", ""),
        ("Thunderbird", ""),
        ("Samsung", ""),
        ("Roundcube", ""),
    )
)
"""A mail program by how it writes plain text and HTML."""
DISCLAIMER = (
    "This e-mail and any attachments are confidential and intended solely for the addressee. If you have received it "
    "in error, please notify the sender and delete it."
)


@dataclass(slots=True)
class Thread:
    """One conversation: who writes, how many mails it will have, and the mail before."""

    number: str
    subject: str
    customer: Person
    employee: Person
    language: Language
    left: int
    text: list[str] = field(default_factory=list)
    html: str = ""
    writer: Person | None = None
    ids: list[str] = field(default_factory=list)


def generate(count: int, seed: int) -> MailSet:
    """A set of so many mails; the same arguments give the same set."""
    rng = random.Random(seed)
    people = make_people()
    mails, threads, opened = [], list[Thread](), 0
    for index in range(count):
        if threads and rng.random() < len(threads) / OPEN_THREADS:
            thread = rng.choice(threads)
        else:
            thread = _thread(rng, people, f"0500-{FIRST_COUNTER + opened}")
            threads.append(thread)
            opened += 1
        mails.append(_next_mail(rng, index, thread))
        if not thread.left:
            threads.remove(thread)
    return MailSet(PUBLIC_ADDRESS, people, tuple(mails), opened)


def _thread(rng: random.Random, people: tuple[Person, ...], number: str) -> Thread:
    employees, customers = ([each for each in people if each.role == role] for role in ("employee", "customer"))
    language = LANGUAGES[rng.choice(list(LANGUAGES))]
    subject = f"{rng.choice(language.things).capitalize()} {rng.randint(100, 999)}"
    length = rng.choices(LENGTHS, WEIGHTS)[0]
    return Thread(number, subject, rng.choice(customers), rng.choice(employees), language, length)


def _next_mail(rng: random.Random, index: int, thread: Thread) -> SetMail:
    writer = thread.customer if thread.writer is not thread.customer else thread.employee
    plain, html = rng.choice(PROGRAMS)
    message = EmailMessage(policy=SMTP)
    message["From"] = Address(writer.name, addr_spec=writer.email)
    message["To"] = Address("Support", addr_spec=PUBLIC_ADDRESS)
    message["Subject"] = f"Re: Ticket [{thread.number}] {thread.subject}" if thread.ids else thread.subject
    message["Date"] = START + timedelta(minutes=index)
    message_id = message["Message-ID"] = f"<{rng.getrandbits(64):016x}.{index}@mailer.example>"
    if thread.ids:
        message["In-Reply-To"], message["References"] = thread.ids[-1], " ".join(thread.ids[-10:])
    if thread.ids and rng.random() < AUTOMATIC_SHARE:
        message["Auto-Submitted"] = "auto-replied"
    own = list(_own(rng, thread.language, writer, plain))
    scene = _scene(rng, thread)
    text = [*own, *(_quoted(rng, plain or CLIENT["Gmail"], scene, thread) if thread.ids else ())]
    shown = _html(rng, own, html, scene, thread)
    attachment = rng.random() < ATTACHMENT_SHARE
    _fill(message, "\n".join(text) if plain else "", shown if html else "", attachment, rng)
    for depth, part in enumerate(part for part in message.walk() if part.is_multipart()):
        part.set_boundary(f"=_{index}_{depth}")  # left to itself the library takes a random one
    thread.text, thread.html, thread.writer = text, shown, writer
    thread.ids.append(message_id)
    thread.left -= 1
    return SetMail(message.as_bytes(), writer.email, message_id, thread.number, attachment)


def _own(rng: random.Random, language: Language, writer: Person, plain: Client | None) -> Iterator[str]:
    """What is newly written, with its ending."""
    yield from (rng.choice(language.greetings), "")
    for _ in range(rng.randint(1, 4)):
        yield from (paragraph(language, rng), "")
    yield from (rng.choice(language.closings), writer.name)
    if rng.random() < 0.4:
        yield from (
            "",
            "-- ",
            writer.name,
            "Example Ltd, Harbour Road 12",
            f"Tel. +44 20 7946 0{rng.randint(100, 999)}",
        )
    if plain and plain.footers:
        yield from ("", rng.choice(plain.footers))
    if rng.random() < 0.1:
        yield from ("", DISCLAIMER)


def _scene(rng: random.Random, thread: Thread) -> Scene:
    said = thread.writer or thread.customer
    day, hour, minute = rng.randint(1, 28), rng.randint(0, 23), rng.randint(0, 59)
    return Scene(said.name, said.email, "Support", PUBLIC_ADDRESS, thread.subject, day, hour, minute, ("",) * 5)


def _quoted(rng: random.Random, client: Client, scene: Scene, thread: Thread) -> Iterator[str]:
    yield from ("", *rng.choice(client.introductions)(scene))
    yield from (f"{client.mark}{line}" for line in thread.text)


def _html(rng: random.Random, own: list[str], client: Client | None, scene: Scene, thread: Thread) -> str:
    written = "".join(f"<div>{escape(line) or '<br>'}</div>\n" for line in own)
    if not thread.ids:
        return written
    client = client or CLIENT["Gmail, HTML alone"]
    attribution = "<br>".join(map(escape, rng.choice(client.introductions)(scene)))
    return f"{written}<br>{client.structure.format(a=attribution, q=thread.html)}"


def _fill(message: EmailMessage, text: str, html: str, attachment: bool, rng: random.Random) -> None:
    page = f"<html><body>{html}</body></html>\n"
    if text:
        message.set_content(text + "\n", cte="quoted-printable")
    if text and html:
        message.add_alternative(page, subtype="html", cte="quoted-printable")
    elif html:
        message.set_content(page, subtype="html", cte="quoted-printable")
    if attachment:
        data = rng.randbytes(rng.randint(1024, ATTACHMENT_BYTES))
        message.add_attachment(data, maintype="application", subtype="pdf", filename="scan.pdf")
