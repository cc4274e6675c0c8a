"""A long mixed stream of mails: few that were written out, again and again, each with an id and a sender of its own.

About 4 KB each, without attachments; four in ten open a ticket, six answer one by In-Reply-To, for nobody can know its
number yet. Nobody opens so many tickets that he would not be answered any more (B13).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bench import generator
from bench.driver import Letter, letter
from bench.generator import PUBLIC_ADDRESS
from bench.mails import SEED, MailSet, Person, SetMail

WRITTEN_OUT = 200
TICKETS_EACH = 2  # of a customer, about
NEWEST, OLDEST = 80, 800  # tickets back from an answer to what it answers: that has been filed by then
EMPLOYEES_ANSWER = 0.4


@dataclass(frozen=True, slots=True)
class Stream:
    """So many mails, made while they are read; the same `count` gives the same ones."""

    count: int

    @property
    def people(self) -> tuple[Person, ...]:
        """Who writes them."""
        return generator.make_people(max(10, self.count // 20 // TICKETS_EACH))

    @property
    def installed(self) -> MailSet:
        """What an installation has to know."""
        return MailSet(PUBLIC_ADDRESS, self.people, (), 0)

    def letters(self) -> Iterator[Letter]:
        """The mails, ready for the wire; what takes long is done before the first is asked for."""
        return self._letters(*_written_out(), self.people)

    def _letters(
        self, openers: Sequence[SetMail], replies: Sequence[SetMail], people: Sequence[Person]
    ) -> Iterator[Letter]:
        rng = random.Random(SEED)
        employees = [person.email for person in people if person.role == "employee"]
        customers = [person.email for person in people if person.role == "customer"]
        opened: list[tuple[int, str]] = []  # places of mails that opened a ticket, and who wrote them
        newest = min(NEWEST, self.count // 10)
        for place in range(self.count):
            if rng.random() < generator.REPLIES and len(opened) > newest:
                answered, opener = opened[-rng.randint(newest + 1, min(OLDEST, len(opened)))]
                sender = rng.choice(employees) if rng.random() < EMPLOYEES_ANSWER else opener
                yield _letter(rng.choice(replies), place, sender, answered)
            else:
                opened.append((place, rng.choice(customers)))
                yield _letter(rng.choice(openers), *opened[-1])


def _written_out() -> tuple[list[SetMail], list[SetMail]]:
    small = generator.generate(WRITTEN_OUT, SEED)
    first = {mail.message_id for mail in small.openers}
    mails = [mail for mail in small.mails if not mail.attachment]
    return [m for m in mails if m.message_id in first], [m for m in mails if m.message_id not in first]


def _letter(mail: SetMail, place: int, sender: str, answered: int | None = None) -> Letter:
    head, blank, body = mail.raw.partition(b"\r\n\r\n")
    head = head.replace(mail.sender.encode(), sender.encode()).replace(mail.message_id.encode(), _id(place))
    if answered is not None:
        head = head.replace(f"Ticket [{mail.number}] ".encode(), b"") + b"\r\nIn-Reply-To: " + _id(answered)
    return letter(head + blank + body, sender, PUBLIC_ADDRESS)


def _id(place: int) -> bytes:
    return f"<{place}@stream.example>".encode()
