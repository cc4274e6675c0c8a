"""So many mails by IMAP with IDLE, POP3, LMTP and SMTP at once; then every one is looked for (B1, B2, B5)."""

from __future__ import annotations

import random
import smtplib
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from tests.dovecot import PASSWORD, Dovecot, free_ports
from tests.house import PUBLIC, mail_bytes
from tests.service import Service
from tests.soak.proxy import CuttingProxy

MOVED, SEEN, DELETED = MAILBOXES = ("moved", "seen", "deleted")
"""The mailboxes, by what becomes of their mails: two by IMAP, one by POP3."""
SENT = {"sent": smtplib.SMTP, "handed": smtplib.LMTP}
"""The mails that are brought to the service."""
ROADS = (*MAILBOXES, *SENT)
DONE = "Done"
PUT_AT_ONCE = 10
PAUSE = 0.4


@dataclass(frozen=True)
class Result:
    """What came of it; `findings` are the mails that are not as they should be."""

    mails: int
    seconds: float
    cuts: int
    kills: int
    duplicates: int  # mails that were handed over once more, and known by their content
    findings: tuple[str, ...]


@dataclass
class Soak:
    """One run in a folder; `mean` is how many bytes a mailbox's connection lives for.

    Mails that are sent have connections of their own, which live for an eighth of that.
    """

    folder: Path
    server: Dovecot
    mails: int  # on each road
    kills: int = 2
    mean: int = 60_000
    seed: int = 1
    patience: float = 600.0
    _users: dict[str, str] = field(default_factory=dict)
    _lmtp: int = 0  # the port

    def run(self) -> Result:
        """Bring the mails, cut and kill meanwhile, wait until all is quiet, and look."""
        rng = random.Random(self.seed)
        self._users = {road: f"soak-{road}-{self.folder.name}" for road in MAILBOXES}
        self._lmtp = free_ports(1)[0]
        (self.folder / "secret").write_text(PASSWORD)
        begun = time.monotonic()
        with ExitStack() as stack:
            imap, pop3, smtp, lmtp = proxies = [
                stack.enter_context(CuttingProxy(port, mean, random.Random(rng.random())).running())
                for port, mean in (
                    (lambda: self.server.imap, self.mean),
                    (lambda: self.server.pop3, self.mean),
                    (lambda: service.port, self.mean // 8),
                    (lambda: self._lmtp, self.mean // 8),
                )
            ]
            service = Service(self.folder, **self._tokens(imap.port, pop3.port))
            stack.enter_context(service)
            ports = {"sent": smtp.port, "handed": lmtp.port}
            bringing = [threading.Thread(target=self._bring, args=(road, ports.get(road, 0))) for road in ROADS]
            for thread in bringing:
                thread.start()
            self._kill(service, bringing, rng)
            self._wait(service)
            findings = tuple(self._findings(service))
            duplicates = service.store().counts().mails.get("duplicate", 0)
            cuts = sum(proxy.cuts for proxy in proxies)
        seconds = time.monotonic() - begun
        return Result(len(ROADS) * self.mails, seconds, cuts, self.kills, duplicates, findings)

    def _tokens(self, imap: int, pop3: int) -> dict[str, str]:
        common = {"Host": "127.0.0.1", "Tls": "none", "PasswordFile": "secret", "PollSeconds": "5"}
        roads = {
            "IMAP:moved": {"Port": str(imap), "User": self._users[MOVED], "AfterAccept": f"move:{DONE}"},
            "IMAP:seen": {"Port": str(imap), "User": self._users[SEEN]},
            "POP3:deleted": {"Port": str(pop3), "User": self._users[DELETED], "AfterAccept": "delete"},
        }
        tokens = {f"{name}.{token}": value for name, more in roads.items() for token, value in (common | more).items()}
        return tokens | {"LMTPIN.Active": "Y", "LMTPIN.Listen": f"127.0.0.1:{self._lmtp}"}

    # -- mail comes -------------------------------------------------------------------------------------------

    def _subjects(self, road: str) -> list[str]:
        return [f"{road} {number}" for number in range(self.mails)]

    def _bring(self, road: str, port: int) -> None:
        """All mails of a road, a few at a time; to this port where they are brought to the service."""
        subjects = self._subjects(road)
        for start in range(0, len(subjects), PUT_AT_ONCE):
            mails = [_mail(subject) for subject in subjects[start : start + PUT_AT_ONCE]]
            if road in SENT:
                _send(mails, SENT[road], port)
            else:
                self.server.put(self._users[road], *mails)
            time.sleep(PAUSE)

    def _kill(self, service: Service, bringing: Sequence[threading.Thread], rng: random.Random) -> None:
        """kill -9 while mail is brought; then it is started again."""
        expected = self.mails / PUT_AT_ONCE * PAUSE
        for _ in range(self.kills):
            time.sleep(expected / self.kills * rng.uniform(0.5, 1.0))
            service.kill()
            service.start()
        for thread in bringing:
            thread.join()

    def _wait(self, service: Service) -> None:
        """Until nothing is left to do, or for too long."""
        end = time.monotonic() + self.patience
        while time.monotonic() < end and (any(self._findings(service)) or any(_spooled(self.folder))):
            time.sleep(0.3)

    # -- what came of it --------------------------------------------------------------------------------------

    def _findings(self, service: Service) -> Iterator[str]:
        """Every mail that was not filed once, and every one that is not marked as it should be."""
        store = service.store()
        filed = Counter(dict(store.db.rows(FILED)))
        store.close()
        for subject in (subject for road in ROADS for subject in self._subjects(road)):
            if filed[subject] != 1:
                yield f"{subject}: filed {filed[subject]} times"
        for road in (MOVED, DELETED):
            if left := self.server.flags(self._users[road]):
                yield f"{len(left)} mails are left in the mailbox {road}"
        if wrong := Counter(self.server.flags(self._users[SEEN])) - Counter({(r"\Seen",): self.mails}):
            yield f"mails in the mailbox {SEEN} have the flags {wrong}"
        if (moved := len(self.server.flags(self._users[MOVED], DONE))) != self.mails:
            yield f"{moved} mails are in the folder {DONE}"


FILED = "SELECT subject, COUNT(*) FROM entry WHERE kind = 'email' GROUP BY subject"


def _mail(subject: str) -> bytes:
    sender = f"Jane Doe <{subject.replace(' ', '-')}@acme.example>"
    return mail_bytes(sender, subject=subject, body="Hello.\r\n" * 100, Message_ID=f"<{subject.replace(' ', '.')}@a>")


def _send(mails: Sequence[bytes], protocol: type[smtplib.SMTP], port: int) -> None:
    """As a mail server does: each until it was answered with 250."""
    for mail in mails:
        while not _sent(mail, protocol, port):
            time.sleep(PAUSE)


def _sent(mail: bytes, protocol: type[smtplib.SMTP], port: int) -> bool:
    try:
        with protocol("127.0.0.1", port, timeout=20) as client:
            client.sendmail("jane@acme.example", [PUBLIC], mail)
            return True
    except (OSError, smtplib.SMTPException):
        return False


def _spooled(folder: Path) -> Iterator[Path]:
    """Mails that wait or are being filed."""
    for name in ("new", "work"):
        yield from (folder / "var" / "spool" / name).glob("*")
