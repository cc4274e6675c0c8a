"""What honest people and their robots write: of their own accord, and when a mail comes in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from random import Random

from tests.simulation.letters import SECRET, Letter, answer_headers, quoted
from tests.simulation.post import Copy
from tests.simulation.world import PUBLIC, World, is_inside

Later = tuple[timedelta, Letter]
"""A letter, and how long its writer takes."""

BURST, BURSTS = 40, 0.1
"""So many mails a robot writes to one ticket within an hour, and how often one does."""
KEYWORD, AWAY = "*123*", "I am away."
TROUBLES = ("The printer is on fire", "I cannot log in", "Backup failed?", "New laptop", "Invoice question", "VPN slow")
ANSWERS_CUSTOMER, ANSWERS_COLLEAGUE, ANSWERS_EMPLOYEE = 0.15, 0.002, 0.5
"""How likely an employee answers a customer's mail or a colleague's, and a customer an employee's."""


class People:
    """Everybody honest. Robots are among the contacts and do as `Robots` says."""

    def __init__(self, world: World, rng: Random) -> None:
        self._world = world
        self._rng = rng
        active = [row for row in world.employees if row.active]
        self._writers = [row.email1 for row in active]
        self._second = {row.email1: row.email2 for row in active if row.email2}
        robots = frozenset(world.robots)
        self._silent = robots | world.gone
        self._customers = [row.email1 for row in world.contacts if row.email1 not in robots]
        self._colleagues: dict[str, list[str]] = {}
        for row in world.contacts:
            if row.email1 not in robots:
                self._colleagues.setdefault(row.account, []).append(row.email1)
        self._account_of = {row.email1: row.account for row in world.contacts}

    def begin(self) -> Letter:
        """Somebody writes of his own accord."""
        if self._rng.random() < 0.15:
            return self._employee_begins()
        who = self._rng.choice(self._customers if self._rng.random() < 0.9 else self._world.strangers)
        return Letter("customer", who, self._rng.choice(TROUBLES), "Please help.", cc=self._some_colleague(who, 0.15))

    def _employee_begins(self) -> Letter:
        who, customer = self._rng.choice(self._writers), self._rng.choice(self._customers)
        if self._rng.random() < 0.3:
            return Letter("internal", who, f"{KEYWORD} who can look at this?", "Between us.")
        return Letter("employee", who, "Maintenance on Monday", "We come on Monday.", to=(PUBLIC, customer))

    def answer(self, copy: Copy) -> Iterator[Later]:
        """What the receiver of a copy writes, if anything."""
        if copy.kind != "distribution" or copy.receiver in self._silent:
            return
        if is_inside(copy.receiver):
            yield from self._employee_answers(copy)
        elif self._rng.random() < ANSWERS_EMPLOYEE:
            yield self._pause(5, 2000), self._reply(copy, "customer", copy.receiver, "Thank you, still broken.")

    def _employee_answers(self, copy: Copy) -> Iterator[Later]:
        """One who is told of a customer's mail may answer him, or ask a colleague; his own people seldom."""
        if self._rng.random() >= (ANSWERS_CUSTOMER if copy.letter.sort == "customer" else ANSWERS_COLLEAGUE):
            return
        who = self._second.get(copy.receiver, copy.receiver) if self._rng.random() < 0.5 else copy.receiver
        if self._rng.random() < 0.2 or copy.letter.token.startswith(SECRET):
            yield self._pause(2, 300), self._internal(copy, who)
            return
        colleague = (self._rng.choice(self._writers),) if self._rng.random() < 0.03 else ()
        yield self._pause(2, 300), self._reply(copy, "employee", who, "Have you tried again?", colleague)

    def _internal(self, copy: Copy, who: str) -> Letter:
        """Kept in the house by the keyword, or by where the public address stands."""
        reply = self._reply(copy, "internal", who, "He always asks that.")
        if self._rng.random() < 0.5:
            return replace(reply, subject=f"{KEYWORD} {reply.subject}")
        return replace(reply, to=(self._rng.choice(self._writers),), cc=(PUBLIC,))

    def _reply(self, copy: Copy, sort: str, who: str, text: str, colleague: tuple[str, ...] = ()) -> Letter:
        """An answer as mail programs write it; now and then the number in the subject is lost on the way."""
        subject = copy.subject if copy.subject.lower().startswith("re:") else f"Re: {copy.subject}"
        if self._rng.random() < 0.1:
            subject = f"Re: {copy.letter.subject}"
        said = f"{copy.letter.text}\n{copy.letter.token}"
        cc = colleague if sort != "customer" else self._some_colleague(who, 0.05)
        headers = answer_headers(copy.message_id)
        return Letter(sort, who, subject, text + quoted(said), copy.ticket, cc=cc, headers=headers)

    def _some_colleague(self, who: str, chance: float) -> tuple[str, ...]:
        if self._rng.random() >= chance or who not in self._account_of:
            return ()
        other = self._rng.choice(self._colleagues[self._account_of[who]])
        return (other,) if other != who else ()

    def _pause(self, least: int, most: int) -> timedelta:
        return timedelta(minutes=self._rng.uniform(least, most))


class Robots:
    """Half of them say that they are robots; the others answer everything, as fast as they can, without a sign."""

    def __init__(self, world: World, rng: Random) -> None:
        self._rude = frozenset(world.robots[::2])
        self._polite = frozenset(world.robots[1::2])
        self._rng = rng

    def begin(self) -> Letter:
        """A machine reports something."""
        who = self._rng.choice(sorted(self._polite | self._rude))
        if who in self._rude:
            return Letter("robot", who, "Disk space low", "Only 3 % left.")
        headers = (("Auto-Submitted", "auto-generated"),)
        return Letter("automatic", who, "Disk space low", "Only 3 % left.", headers=headers)

    def answer(self, copy: Copy) -> Iterator[Later]:
        """Every robot answers every mail at once."""
        if copy.receiver in self._polite and copy.kind == "distribution":
            headers = (("Auto-Submitted", "auto-replied"), *answer_headers(copy.message_id))
            answer = Letter("automatic", copy.receiver, f"Re: {copy.subject}", AWAY, copy.ticket, headers=headers)
            yield timedelta(seconds=20), answer
        elif copy.receiver in self._rude:
            keeps = self._rng.random() < 0.5
            subject = f"Re: {copy.subject}" if keeps else "Your message to us"
            yield timedelta(seconds=20), Letter("robot", copy.receiver, subject, AWAY, copy.ticket if keeps else "")
            if copy.kind == "response" and self._rng.random() < BURSTS:
                for minute in range(BURST):
                    alarm = Letter("robot", copy.receiver, copy.subject, f"Still low, {minute}", copy.ticket)
                    yield timedelta(minutes=minute), alarm
