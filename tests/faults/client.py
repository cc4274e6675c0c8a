"""Mail servers that bring mail to the service, as RFC 5321 has it: each mail again and again until it is answered."""

from __future__ import annotations

import re
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.house import PUBLIC, mail_bytes

UNKNOWN = 0
"""In place of a reply: the connection broke behind the final dot, so that the mail may be accepted or not."""
MARKER = re.compile(r"marker-(\d{6})|\bc(\d{6})@acme\.example")
ID = re.compile(r"accepted as (\S+)")
SECONDS = 30.0
KINDS = ("new", "answer", "staff")
LARGE_EVERY, LARGE_LINES = 25, 6000  # 360 KB: more than is held in memory


@dataclass(slots=True)
class Told:
    """What the clients were told of one mail: each reply's code in order, and the ids that it was accepted under."""

    kind: str
    codes: list[int] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)

    @property
    def accepted(self) -> bool:
        """Whether it was ever answered with 250."""
        return bool(self.ids)


def message_id(number: int) -> str:
    """The Message-ID of the mail with this number."""
    return f"<{number:06}@acme.example>"


def opening(ticket: int) -> bytes:
    """The mail that opens one of the tickets which others write on."""
    name = f"<pool.{ticket}@acme.example>"
    return mail_bytes(f"Pia <p{ticket}@acme.example>", subject=f"pool {ticket}", Message_ID=name)


def mail(number: int, kind: str, ticket: str, writer: int) -> bytes:
    """A mail of one kind: a new customer's, a customer's answer on a ticket, or an employee's."""
    body = f"This is marker-{number:06}.\r\n" + "0123456789 " * 5 + "\r\n"
    if number % LARGE_EVERY == 0:
        body += ("line " * 11 + "end.\r\n") * LARGE_LINES
    sender, subject = {
        "new": (f"Cleo <c{number:06}@acme.example>", f"marker-{number:06}"),
        "answer": (f"Pia <p{writer}@acme.example>", f"Re: Ticket [{ticket}] marker-{number:06}"),
        "staff": ("Alice Archer <alice@company.example>", f"Re: Ticket [{ticket}] marker-{number:06}"),
    }[kind]
    return mail_bytes(sender, subject=subject, body=body, Message_ID=message_id(number))


class Clients:
    """Several connections at once. `told` is the ledger of what they heard; mails are numbered from 1."""

    def __init__(self, port: Callable[[], int], tickets: list[str], threads: int = 3) -> None:
        self._port = port
        self._tickets = tickets
        self._lock = threading.Lock()
        self._next = 0
        self.allowed = 0  # mails up to this number may be sent now
        self.told: dict[int, Told] = {}
        self._ending = threading.Event()
        self._threads = [threading.Thread(target=self._work, daemon=True) for _ in range(threads)]

    def start(self) -> None:
        """Begin to send."""
        for thread in self._threads:
            thread.start()

    def end(self) -> None:
        """Begin no further mail, and wait until each that was begun is accepted."""
        self._ending.set()
        for thread in self._threads:
            thread.join(120)
            assert not thread.is_alive(), "a mail was not accepted within two minutes"

    @property
    def accepted(self) -> int:
        """How many mails were answered with 250."""
        return sum(told.accepted for told in list(self.told.values()))

    def replies(self) -> Counter[int]:
        """How often each code was heard."""
        return Counter(code for told in self.told.values() for code in told.codes)

    def _work(self) -> None:
        while not self._ending.is_set():
            number = self._take()
            if number:
                self.bring(number)
            else:
                time.sleep(0.02)

    def _take(self) -> int:
        """The number of the next mail; 0 where none may be sent now."""
        with self._lock:
            if self._next >= self.allowed:
                return 0
            self._next += 1
            return self._next

    def bring(self, number: int, kind: str = "") -> Told:
        """Send one mail until it is accepted."""
        kind = kind or KINDS[number % len(KINDS)]
        writer = number // len(KINDS) % len(self._tickets)
        raw = mail(number, kind, self._tickets[writer], writer)
        told = self.told.setdefault(number, Told(kind))
        pause = 0.05
        while not told.accepted:
            if told.codes or pause > 0.05:
                time.sleep(pause)
            pause = min(2 * pause, 1.0)
            self._try(raw, told)
        return told

    def _try(self, raw: bytes, told: Told) -> None:
        """One attempt; what came before the final dot was heard by nobody."""
        client = smtplib.SMTP(timeout=SECONDS)
        at_dot = False
        try:
            client.connect("127.0.0.1", self._port())
            client.ehlo("client.example")
            code = client.mail("sender@acme.example")[0]
            code = client.rcpt(PUBLIC)[0] if code == 250 else code
            code = client.docmd("DATA")[0] if code == 250 else code
            if code == 354:
                at_dot = True
                client.send(raw + b".\r\n")  # no line of ours begins with a dot
                code, answer = client.getreply()
                told.ids += ID.findall(answer.decode()) if code == 250 else []
            told.codes.append(code)
        except (OSError, smtplib.SMTPException):
            if at_dot:
                told.codes.append(UNKNOWN)
        finally:
            client.close()
