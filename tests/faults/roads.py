"""Mail by LMTP, Maildir, mbox, IMAP and POP3 while the service is killed at each step of its hand-over (B1, B2, B5)."""

from __future__ import annotations

import smtplib
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from tests.dovecot import PASSWORD, Dovecot, free_ports
from tests.fakes.imap import FakeImap
from tests.faults.failpoints import Failpoints
from tests.house import PUBLIC, mail_bytes
from tests.service import Service, until

SECONDS = 60.0
POINTS = {
    "road.accepted": "maildir",
    "maildir.accepted": "maildir",
    "maildir.moved": "maildir",
    "imap.accepted": "imap",
    "imap.copied": "imap",
    "imap.marked": "imap",
    "imap.position-kept": "imap",
    "pop3.accepted": "deleted",
    "pop3.deleted": "deleted",
    "pop3.quit": "deleted",
    "pop3.names-written": "kept",
    "mbox.accepted": "mbox",
    "mbox.emptied": "mbox",
    "lmtp.one-answered": "lmtp",
}
"""The failpoints, each with the road whose mail gets there."""
FILED = "SELECT subject, COUNT(*) FROM entry WHERE kind = 'email' GROUP BY subject"


class Roads:
    """One installation with all roads: POP3 from Dovecot, IMAP from a server without MOVE."""

    def __init__(self, folder: Path, server: Dovecot) -> None:
        self._server = server
        self._imap = FakeImap(capabilities="IMAP4rev1 IDLE UIDPLUS")
        self._maildir = folder / "maildir"
        self._mbox = folder / "mbox"
        self._lmtp = free_ports(1)[0]
        self._folder = folder
        self._users = {road: f"tour-{road}-{folder.name}" for road in ("deleted", "kept")}
        self.points = Failpoints(folder / "failpoints")
        for name in ("new", "cur", "tmp"):
            (self._maildir / name).mkdir(parents=True)
        (folder / "secret").write_text(PASSWORD)

    def run(self) -> list[str]:
        """Kill it at each point, and look at what became of each mail."""
        with self._imap.running():
            self._service = Service(self._folder, **self._tokens())
            self._service.environment = self.points.environment
            self._service.start()
            try:
                for number, (point, road) in enumerate(POINTS.items(), start=1):
                    self._kill_at(point, road, number)
                end = time.monotonic() + SECONDS
                while any(self._findings()) and time.monotonic() < end:
                    time.sleep(0.5)
                return list(self._findings())
            finally:
                self._service.kill_all()

    def _tokens(self) -> dict[str, str]:
        pop3 = {"Host": "127.0.0.1", "Port": str(self._server.pop3), "Tls": "none", "PasswordFile": "secret"}
        imap = {"Host": "127.0.0.1", "Port": str(self._imap.port), "Tls": "none", "PasswordFile": "secret"}
        roads = {
            "IMAP:imap": imap | {"User": "x", "AfterAccept": "move:Done", "PollSeconds": "5"},
            "POP3:deleted": pop3 | {"User": self._users["deleted"], "AfterAccept": "delete", "PollSeconds": "5"},
            "POP3:kept": pop3 | {"User": self._users["kept"], "AfterAccept": "seen", "PollSeconds": "5"},
            "MAILDIR:maildir": {"Path": str(self._maildir), "PollSeconds": "1"},
            "MBOX:mbox": {"Path": str(self._mbox), "PollSeconds": "1"},
        }
        tokens = {f"{name}.{token}": value for name, more in roads.items() for token, value in more.items()}
        return tokens | {"LMTPIN.Active": "Y", "LMTPIN.Listen": f"127.0.0.1:{self._lmtp}"}

    def _kill_at(self, point: str, road: str, number: int) -> None:
        """One mail comes by the road, and the service dies on its way."""
        before = len(self.points.acted())
        self.points.arm(point, "kill-all")
        mail = mail_bytes(f"c{number}@acme.example", subject=f"{road} {number}", Message_ID=f"<{number}@acme.example>")
        if road == "maildir":
            (self._maildir / "tmp" / f"{number}").write_bytes(mail)
            (self._maildir / "tmp" / f"{number}").rename(self._maildir / "new" / f"{number}")
        elif road == "mbox":
            self._mbox.write_bytes(b"From c Mon Mar  2 09:00:00 2026\n" + mail.replace(b"\r\n", b"\n") + b"\n")
        elif road == "imap":
            self._imap.mails[number] = mail
            self._imap.uid_next = number + 1
        elif road == "lmtp":
            until(lambda: self._hand_over(mail) or len(self.points.acted()) > before, seconds=SECONDS)
        else:
            self._server.put(self._users[road], mail)
        until(lambda: len(self.points.acted()) > before, seconds=SECONDS)
        self._service.process.wait(SECONDS)
        self._service.start()
        if road == "lmtp":
            until(lambda: self._hand_over(mail), seconds=SECONDS)

    def _hand_over(self, mail: bytes) -> bool:
        """To two recipients; whether both were told that it is taken."""
        client = smtplib.LMTP(timeout=SECONDS)
        try:
            client.connect("127.0.0.1", self._lmtp)
            refused = client.sendmail("x@acme.example", [PUBLIC, PUBLIC.replace("@", "+a@")], mail)
            return not refused and client.getreply()[0] == 250  # the library reads the first of the two replies alone
        except (OSError, smtplib.SMTPException):
            return False
        finally:
            client.close()

    def _findings(self) -> Iterator[str]:
        """Every mail that was not filed once, and what is not marked as it should be."""
        store = self._service.store()
        filed = Counter(dict(store.db.rows(FILED)))
        store.close()
        for number, road in enumerate(POINTS.values(), start=1):
            if filed[f"{road} {number}"] != 1:
                yield f"{road} {number} is filed {filed[f'{road} {number}']} times"
        if left := [file.name for file in (self._maildir / "new").iterdir()]:
            yield f"left in the Maildir: {left}"
        if self._mbox.stat().st_size:
            yield "the mbox is not empty"
        if left := self._imap.unmarked():
            yield f"left in the IMAP folder: {left}"
        if left := self._server.flags(self._users["deleted"]):
            yield f"{len(left)} mails are left in the mailbox of which each is deleted"
        if len(kept := self._server.flags(self._users["kept"])) != 1:
            yield f"{len(kept)} mails are in the mailbox of which all are kept, not 1"
