"""A POP3 server on 127.0.0.1 that fails as it is told, for what a good server does not do wrong.

`tricks` says by name (UIDL) what happens when that mail is fetched, and how often: cut (the connection ends within the
mail), refused (-ERR), lost (it is had, but the answer to the QUIT that deletes it is lost), endless (the mail has no
end), silent (no answer), empty (a mail of nothing).
"""

from __future__ import annotations

import base64
import socket
import threading
from collections import Counter
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field


class _End(Exception):
    """The session is over."""


@dataclass
class FakePop3:
    """What the server is like, what lies in its mailbox by name, and what it was asked."""

    mails: dict[str, bytes] = field(default_factory=dict)
    has_names: bool = True
    names: dict[str, str] = field(default_factory=dict)  # what a mail is called to the client, where that is odd
    odd_lines: tuple[str, ...] = ()  # of LIST and UIDL
    keeps_all: bool = False  # deletes nothing, whatever it says
    has_capabilities: bool = True
    good_tokens: Collection[str] = ()
    has_stls: bool = False
    tricks: dict[str, tuple[str, int]] = field(default_factory=dict)
    login_answer: str = "+OK"  # {} in it is what the client sent
    port: int = 0
    commands: list[str] = field(default_factory=list)
    played: Counter[str] = field(default_factory=Counter)

    @contextmanager
    def running(self) -> Iterator[FakePop3]:
        """Listen on a free port until the block ends."""
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()
        try:
            yield self
        finally:
            listener.shutdown(socket.SHUT_RDWR)
            listener.close()

    def trick(self, name: str) -> str:
        """What happens to this mail now."""
        trick, times = self.tricks.get(name, ("", 0))
        if not trick or self.played[name] >= times:
            return ""
        self.played[name] += 1
        return trick

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                line, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(line,), daemon=True).start()

    def _serve(self, line: socket.socket) -> None:
        with suppress(_End, OSError):
            _Session(self, line).run()
        with suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
        line.close()


class _Session:
    """One connection; what it deletes is gone with its QUIT."""

    def __init__(self, server: FakePop3, line: socket.socket) -> None:
        self._server = server
        self._line = line
        self._file = line.makefile("rb")
        self._mails = list(server.mails.items())
        self._deleted: list[str] = []

    def run(self) -> None:
        """Answer until the client or a trick ends it."""
        self._say("+OK ready")
        while True:
            line = self._file.readline().decode().strip()
            if not line:
                raise _End
            self._server.commands.append(line)
            name, _, rest = line.partition(" ")
            self._say(*getattr(self, f"_{name.lower()}", self._unknown)(rest))
            if name == "QUIT":
                raise _End

    def _say(self, *lines: str) -> None:
        self._line.sendall("".join(f"{line}\r\n" for line in lines).encode())

    def _unknown(self, rest: str) -> tuple[str, ...]:
        return ("-ERR unknown command",)

    def _auth(self, rest: str) -> tuple[str, ...]:
        """XOAUTH2 in two steps; why a token is refused is told in between, and an answer waited for."""
        self._say("+ ")
        said = base64.b64decode(self._file.readline())
        if said.split(b"Bearer ")[1].rstrip(b"\1").decode() in self._server.good_tokens:
            return ("+OK",)
        self._say("+ " + base64.b64encode(b'{"status":"400"}').decode())
        assert self._file.readline() == b"\r\n"
        return (self._server.login_answer.format(said.decode("latin-1").replace("\1", " ")),)

    def _capa(self, rest: str) -> tuple[str, ...]:
        if not self._server.has_capabilities:
            return self._unknown(rest)
        return ("+OK", *(["STLS"] if self._server.has_stls else []), ".")

    def _user(self, rest: str) -> tuple[str, ...]:
        return ("+OK",)

    def _pass(self, rest: str) -> tuple[str, ...]:
        return (self._server.login_answer.format(rest),)

    def _list(self, rest: str) -> tuple[str, ...]:
        sizes = (f"{number} {len(mail)}" for number, (_, mail) in enumerate(self._mails, start=1))
        return ("+OK", *self._server.odd_lines, *sizes, ".")

    def _uidl(self, rest: str) -> tuple[str, ...]:
        if not self._server.has_names:
            return self._unknown(rest)
        names = (self._server.names.get(name, name) for name, _ in self._mails)
        return (
            "+OK",
            *self._server.odd_lines,
            *(f"{number} {name}" for number, name in enumerate(names, start=1)),
            ".",
        )

    def _retr(self, rest: str) -> tuple[str, ...]:
        name, mail = self._mails[int(rest) - 1]
        trick, lines = "" if self._loses(name) else self._server.trick(name), mail.decode().splitlines()
        if trick == "refused":
            return ("-ERR there is something wrong with it",)
        if trick == "silent":
            self._file.read()
            raise _End
        if trick == "empty":
            return ("+OK", ".")
        if trick == "cut":
            self._say("+OK", *lines[:2])
            raise _End
        self._say("+OK", *lines)
        while trick == "endless":
            self._say("x" * 1000)
        return (".",)

    def _dele(self, rest: str) -> tuple[str, ...]:
        self._deleted.append(self._mails[int(rest) - 1][0])
        return ("+OK",)

    def _quit(self, rest: str) -> tuple[str, ...]:
        for name in self._deleted if not self._server.keeps_all else ():
            del self._server.mails[name]
            if self._loses(name) and self._server.trick(name):
                raise _End
        return ("+OK",)

    def _loses(self, name: str) -> bool:
        return self._server.tricks.get(name, ("", 0))[0] == "lost"
