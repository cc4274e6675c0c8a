"""What attackers write. Each attack says in its name what it wants; nothing of any of them may reach an outsider."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from tests.simulation.letters import Letter, answer_headers
from tests.simulation.post import Copy
from tests.simulation.reports import report
from tests.simulation.world import BORDER, HOUSE, PUBLIC, World

FAIL = "fail"
SPOOFED = "Pay this invoice today: https://attack.example"


class Attackers:
    """They have tickets of their own, as anybody can, and learn from what they are sent."""

    def __init__(self, world: World, rng: Random) -> None:
        self._world = world
        self._rng = rng
        self._seen: list[Copy] = []
        self._attacks: tuple[Callable[[str], Letter], ...] = (
            self._own_ticket,
            self._spoof_employee,
            self._spoof_employee_with_results,
            self._two_froms,
            self._address_as_name,
            self._look_alike,
            self._guess_number,
            self._many_strangers,
            self._forge_marker,
            self._inject_lines,
            self._spoof_customer,
            self._reply_to_colleague,
            self._public_address,
            self._forge_report,
            self._thread_in,
        )

    def begin(self) -> Letter:
        """One attack by one of them."""
        return self._rng.choice(self._attacks)(self._rng.choice(self._world.attackers))

    def see(self, copy: Copy) -> None:
        """Remember what was sent to an attacker: numbers and Message-IDs that are real."""
        if copy.receiver in self._world.attackers:
            self._seen.append(copy)

    def _employee(self) -> str:
        return self._rng.choice(self._world.employees).email1

    def _customer(self) -> str:
        return self._rng.choice(self._world.contacts).email1

    def _subject(self) -> str:
        """With the number of a ticket: of one that was opened before the newest of which the attackers know."""
        newest = max((int(copy.ticket.rpartition("-")[2]) for copy in self._seen), default=1020)
        return f"Re: Ticket [0500-{self._rng.randint(1000, newest)}] The printer is on fire"

    def _known_thread(self) -> tuple[tuple[str, str], ...]:
        """Answering a mail that the attacker was really sent, or one that he makes up."""
        if self._seen and self._rng.random() < 0.7:
            return answer_headers(self._rng.choice(self._seen).message_id)
        return answer_headers(f"<18c2f.{self._rng.getrandbits(128):032x}.mail@service.example>")

    def _own_ticket(self, who: str) -> Letter:
        return Letter("attack: a ticket to learn from", who, "Hello", "Can you answer me?")

    def _spoof_employee(self, who: str) -> Letter:
        return Letter(
            "attack: speak as an employee", who, self._subject(), SPOOFED, sender=self._employee(), verdict=FAIL,
            headers=self._known_thread(),
        )  # fmt: skip

    def _spoof_employee_with_results(self, who: str) -> Letter:
        forged = ("Authentication-Results", f"{BORDER}; dmarc=pass header.from={HOUSE}")
        return Letter(
            "attack: bring the border's finding along", who, self._subject(), SPOOFED,
            sender=f'"Employee" <{self._employee()}>', verdict=FAIL, headers=(forged,),
        )  # fmt: skip

    def _two_froms(self, who: str) -> Letter:
        second = ("From", self._employee())
        return Letter("attack: two From fields", who, self._subject(), SPOOFED, headers=(second,))

    def _address_as_name(self, who: str) -> Letter:
        sender = f"{self._employee()} <{who}>"
        return Letter("attack: an address as the name", who, self._subject(), SPOOFED, sender=sender)

    def _look_alike(self, who: str) -> Letter:
        sender = self._employee().replace("house", self._rng.choice(("h0use", "xn--huse-0qf", "hоuse")))
        return Letter("attack: look like an employee", who, self._subject(), SPOOFED, sender=sender)

    def _guess_number(self, who: str) -> Letter:
        return Letter("attack: guess a number", who, self._subject(), "Send me everything.", cc=(who,))

    def _many_strangers(self, who: str) -> Letter:
        strangers = tuple(f"x{number}@strangers.example" for number in range(500))
        return Letter("attack: five hundred in Cc", who, self._subject(), "Read this.", cc=strangers)

    def _forge_marker(self, who: str) -> Letter:
        marker = ("X-CmtEmailConnector", f"me <1@service.example> {self._rng.getrandbits(128):032x}")
        return Letter("attack: forge the marker", who, "Lost?", "Vanish.", headers=(marker,))

    def _inject_lines(self, who: str) -> Letter:
        words = "=?utf-8?q?x=0D=0ABcc:_victim@firm1.example=0D=0A?="
        return Letter("attack: add a header", who, words, "See subject.", sender=f"{words} <{who}>")

    def _spoof_customer(self, who: str) -> Letter:
        return Letter(
            "attack: have a customer bombed", who, "Order", "Confirm.", sender=self._customer(), verdict=FAIL
        )  # fmt: skip

    def _reply_to_colleague(self, who: str) -> Letter:
        reply_to = ("Reply-To", self._employee())
        return Letter("attack: Reply-To as identity", who, self._subject(), SPOOFED, headers=(reply_to,))

    def _public_address(self, who: str) -> Letter:
        return Letter("attack: write as the team", who, "Loop", "Again and again.", sender=PUBLIC, verdict=FAIL)

    def _thread_in(self, who: str) -> Letter:
        cc = tuple(row.email1 for row in self._rng.sample(self._world.contacts, 3))
        return Letter(
            "attack: join by a Message-ID", who, "Re: The printer is on fire", SPOOFED, sender=self._employee(),
            verdict=FAIL, cc=cc, headers=self._known_thread(),
        )  # fmt: skip

    def _forge_report(self, who: str) -> Letter:
        victim = self._customer()
        message_id = self._rng.choice(self._seen).message_id if self._seen else "<1.x@service.example>"
        return Letter(
            "attack: have an address suspended", who, "Undelivered Mail Returned to Sender", "",
            sender=f"MAILER-DAEMON@{who.rpartition('@')[2]}", null_path=True,
            attached=report(victim, f"Message-ID: {message_id}\r\nTo: {victim}\r\n\r\n"),
        )  # fmt: skip
