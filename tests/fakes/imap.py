"""An IMAP server on 127.0.0.1 that fails as it is told, for what a good server does not do wrong.

It knows as much of RFC 3501 as the service asks for. `tricks` says by UID what happens when that mail is fetched, and
how often: nil (no content), cut (the connection ends within the mail), huge (a gigabyte is announced), gone (somebody
else deletes it just before), bye, silent (no answer), trickle (a byte at a time), refused (NO), number (a length of
5,000 digits), flood (the mail again and again, without end).
"""

from __future__ import annotations

import re
import socket
import ssl
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

GIGABYTE = 1 << 30
TRICKLE_SECONDS = 0.02


class _End(Exception):
    """The session is over."""


@dataclass
class FakeImap:
    """What the server is like, what lies in its one folder, and what it was asked."""

    mails: dict[int, bytes] = field(default_factory=dict)  # by UID
    flags: dict[int, set[str]] = field(default_factory=dict)
    moved: list[tuple[int, str]] = field(default_factory=list)
    capabilities: str = "IMAP4rev1 IDLE UIDPLUS MOVE"
    greeting: str = "* OK ready"
    uid_validity: int = 1
    uid_next: int = 1
    read_only: bool = False
    login_answer: str = "OK done"  # {} in it is what the client sent
    tls: ssl.SSLContext | None = None  # from the start
    tricks: dict[int, tuple[str, int]] = field(default_factory=dict)
    idle_trick: str = ""  # bye, close, silent (no answer to DONE), refused, early, before (new mail is told with `+`)
    move_trick: str = ""  # lost (the connection ends before the answer), no (it is refused)
    size_tricks: dict[int, str] = field(default_factory=dict)  # no, cut: whenever the size of this mail is asked
    search_trick: str = ""  # late (when all mails are marked, another comes with the answer to a search), chatter (new
    # mail is told with each, though there is none)
    phantom: int = 0  # a UID that the answer to a search names besides
    search_repeats: int = 1  # so often the answer to a search names each mail
    comes: dict[int, bytes] = field(default_factory=dict)  # the mail of these two
    port: int = 0
    commands: list[str] = field(default_factory=list)
    played: Counter[str] = field(default_factory=Counter)
    lines: set[socket.socket] = field(default_factory=set)

    @contextmanager
    def running(self) -> Iterator[FakeImap]:
        """Listen on a free port until the block ends."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        try:
            yield self
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()
            for line in list(self.lines):
                with suppress(OSError):
                    line.shutdown(socket.SHUT_RDWR)

    def unmarked(self) -> list[int]:
        """The mails that are there without any flag."""
        return [uid for uid in sorted(self.mails) if not self.flags.get(uid)]

    def asked(self, word: str) -> list[str]:
        """The commands with this word."""
        return [command for command in self.commands if word in command]

    def trick(self, uid: int) -> str:
        """What happens to this mail now."""
        name, times = self.tricks.get(uid, ("", 0))
        if not name or self.played[f"{name} {uid}"] >= times:
            return ""
        self.played[f"{name} {uid}"] += 1
        return name

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        self.lines.add(line)
        with suppress(_End, OSError):
            line = self.tls.wrap_socket(line, server_side=True) if self.tls else line
            self.lines.add(line)
            _Session(self, line).run()
        self.lines.discard(line)
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
        line.close()


class _Session:
    """One connection."""

    def __init__(self, server: FakeImap, line: socket.socket) -> None:
        self._server = server
        self._line = line
        self._file = line.makefile("rb")

    def run(self) -> None:
        """Answer until the client or a trick ends it."""
        self._say(self._server.greeting)
        while True:
            tag, _, command = self._read().partition(" ")
            uid, _, rest = command.partition(" ")
            name, _, rest = (rest if uid.upper() == "UID" else command).partition(" ")
            answer = getattr(self, f"_{name.lower()}", self._unknown)(rest)
            self._say(f"{tag} {answer or 'OK done'}")
            if name.upper() == "LOGOUT":
                raise _End

    def _read(self) -> str:
        line = self._file.readline().decode().strip()
        if not line:
            raise _End
        self._server.commands.append(line)
        return line

    def _say(self, *lines: str) -> None:
        self._line.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def _unknown(self, rest: str) -> str:
        return "BAD unknown command"

    # -- commands ---------------------------------------------------------------------------------------------

    def _capability(self, rest: str) -> None:
        self._say(f"* CAPABILITY {self._server.capabilities}")

    def _noop(self, rest: str) -> None:
        """Nothing."""

    def _logout(self, rest: str) -> None:
        self._say("* BYE")

    def _login(self, rest: str) -> str:
        return self._server.login_answer.format(rest)

    def _list(self, rest: str) -> None:
        """No folder but INBOX."""

    def _create(self, rest: str) -> None:
        """Whatever it is."""

    def _select(self, rest: str) -> str:
        server = self._server
        self._say(f"* {len(server.mails)} EXISTS", f"* OK [UIDVALIDITY {server.uid_validity}]")
        self._say(f"* OK [UIDNEXT {server.uid_next}]")
        return f"OK [READ-{'ONLY' if server.read_only else 'WRITE'}] done"

    def _search(self, rest: str) -> None:
        server = self._server
        found = [uid for uid in sorted(server.mails) if self._fits(uid, rest)]
        found = found * server.search_repeats + ([server.phantom] if server.phantom else [])
        self._say(f"* SEARCH {' '.join(map(str, found))}".rstrip())
        if server.search_trick == "chatter":
            self._say(f"* {len(server.mails)} EXISTS")
        if server.search_trick == "late" and server.comes and not server.unmarked():
            server.mails |= server.comes
            server.comes = {}
            self._say(f"* {len(server.mails)} EXISTS")

    def _fits(self, uid: int, criteria: str) -> bool:
        rest = criteria.removeprefix("UNSEEN")
        if rest != criteria and r"\Seen" in self._server.flags.get(uid, ()):
            return False
        rest = rest.strip()
        return uid in self._uids(rest[4:]) if rest.startswith("UID ") else True

    def _uids(self, numbers: str) -> set[int]:
        """The mails of a set of numbers; `*` is the last of them, whatever stands before it (RFC 3501, page 60)."""
        last = max(self._server.mails, default=0)
        found: set[int] = set()
        for one in numbers.split(","):
            first, _, end = one.replace("*", str(last)).partition(":")
            low, high = sorted((int(first), int(end or first)))
            found |= {uid for uid in self._server.mails if low <= uid <= high}
        return found

    def _fetch(self, rest: str) -> str:
        numbers, _, wanted = rest.partition(" ")
        for uid in sorted(self._uids(numbers)):
            sequence = sorted(self._server.mails).index(uid) + 1
            if "BODY.PEEK[]" in wanted:
                if self._content(sequence, uid):
                    return "NO there is something wrong with it"
            elif trick := self._server.size_tricks.get(uid):
                if trick == "cut":
                    raise _End
                return "NO there is something wrong with one of them"
            else:
                self._say(f"* {sequence} FETCH (UID {uid} RFC822.SIZE {len(self._server.mails[uid])})")
        return ""

    def _content(self, sequence: int, uid: int) -> bool:
        """Say it, or play the trick with it; true where it is refused."""
        trick, mail = self._server.trick(uid), self._server.mails[uid]
        start = f"* {sequence} FETCH (UID {uid} BODY[] "
        if trick == "gone":
            del self._server.mails[uid]
            self._say(f"* {sequence} EXPUNGE")
        elif trick == "nil":
            self._say(f"{start}NIL)")
        elif trick == "silent":
            self._file.read()
            raise _End
        elif trick == "bye":
            self._say("* BYE shutting down")
            raise _End
        elif trick in ("cut", "huge"):
            self._say(f"{start}{{{GIGABYTE if trick == 'huge' else len(mail)}}}")
            self._line.sendall(mail[: len(mail) // 2])
            if trick == "huge":
                self._file.read()
            raise _End
        elif trick in ("number", "flood"):
            self._say_too_much(start, mail, trick)
        elif trick != "refused":
            self._say(f"{start}{{{len(mail)}}}")
            self._send(mail, trick == "trickle")
            self._say(")")
        return trick == "refused"

    def _say_too_much(self, start: str, mail: bytes, trick: str) -> None:
        if trick == "number":
            self._say(f"{start}{{{'9' * 5000}}}")
            raise _End
        while True:
            self._line.sendall(f"{start}{{{len(mail)}}}\r\n".encode() + mail + b")\r\n")

    def _send(self, mail: bytes, slowly: bool) -> None:
        for start in range(len(mail) if slowly else 0):
            self._line.sendall(mail[start : start + 1])
            time.sleep(TRICKLE_SECONDS)
        if not slowly:
            self._line.sendall(mail)

    def _store(self, rest: str) -> None:
        numbers, _, more = rest.partition(" ")
        for uid in self._uids(numbers):
            self._server.flags.setdefault(uid, set()).update(re.findall(r"\\\w+", more))

    def _expunge(self, rest: str) -> None:
        for uid in self._uids(rest):
            del self._server.mails[uid]

    def _copy(self, rest: str) -> None:
        numbers, _, folder = rest.partition(" ")
        self._server.moved += [(uid, folder.strip('"')) for uid in sorted(self._uids(numbers))]

    def _move(self, rest: str) -> str:
        numbers, server = rest.partition(" ")[0], self._server
        if not self._uids(numbers) or server.move_trick == "no":
            return "NO [OVERQUOTA] there is no such mail, or no room for it"
        self._copy(rest)
        self._expunge(numbers)
        if server.move_trick == "lost":
            server.move_trick = ""
            raise _End
        return ""

    def _idle(self, rest: str) -> str:
        server = self._server
        trick, server.idle_trick = server.idle_trick, ""
        if trick == "refused":
            server.idle_trick = trick
            return "NO not for you"
        if trick == "before" and server.comes:
            server.mails |= server.comes
            self._say(f"* {len(server.mails)} EXISTS")
        if trick == "early" and server.comes:
            server.mails |= server.comes
            self._line.sendall(f"+ idling\r\n* {len(server.mails)} EXISTS\r\n".encode())
        else:
            self._say("+ idling")
        if trick == "bye":
            self._say("* BYE idle for too long")
        if trick in ("bye", "close"):
            raise _End
        self._read()
        if trick == "silent":
            self._file.read()
            raise _End
        return ""
