"""A relay on 127.0.0.1 that fails as it is told, for tests and for trying out a configuration by hand.

What it does stands in the recipients' local parts, `STAGE-ACTION[-TIMES][.anything]`, e.g. `rcpt-451-2.bob@x.example`:
STAGE is mail, rcpt, data (the command) or dot (after the content); ACTION is a 4xx or 5xx code (421 closes as well),
hang, drop or trickle (the good reply, a byte at a time); with TIMES it happens so often, then all is well. For mail,
the sender's local part counts.
"""

from __future__ import annotations

import asyncio
import base64
import hmac
import re
import ssl
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

SCRIPT = re.compile(r"(mail|rcpt|data|dot)-([45]\d\d|hang|drop|trickle)(?:-(\d+))?(?:\..*)?@")
TRICKLE_SECONDS = 0.05
LOSE_SECONDS = 0.05


class _End(Exception):
    """The session is over."""


@dataclass(frozen=True)
class Taken:
    """One mail that was answered with 250; `content` is without dot-stuffing."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes


@dataclass
class FakeRelay:
    """What the relay is like, and what it saw."""

    extensions: tuple[str, ...] = ("PIPELINING", "SIZE 104857600", "8BITMIME", "SMTPUTF8")
    banner: bytes = b"220 relay.example ESMTP\r\n"
    tls: ssl.SSLContext | None = None  # STARTTLS is announced where there is one
    tls_reply: str = "220 2.0.0 go on"  # to STARTTLS; with another code TLS does not begin
    users: dict[str, str] = field(default_factory=dict)  # AUTH PLAIN is asked for where there are any
    good_tokens: dict[str, str] | None = None  # good tokens, and whose they are: asked for where there are any
    token_mechanism: str = "XOAUTH2"
    mechanisms: str = "PLAIN"  # and LOGIN, CRAM-MD5: for `users`
    cut_after_refusal: bool = False  # of a log-in
    login_reply: str = "535 5.7.8 wrong user or password"  # {line}: what the client said
    mail_reply: str = ""  # to the content of every mail, instead of taking it
    most: int = 0  # connections at once; one more is told 554
    stuck_at: str = ""  # a command that is answered as the next field says: hang, drop, trickle or a code
    stuck_by: str = "hang"
    close_idle: bool = False  # cut the connection after each mail
    deaf: bool = False  # loses what comes along with a final dot, and keeps it in `lost`
    eager: bool = False  # asks for the mail though nobody is to get it
    whim: Callable[[str, str], str] = lambda stage, address: ""  # the ACTION where no script says one, "" for none
    port: int = 0
    connections: int = 0
    taken: list[Taken] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    lost: list[bytes] = field(default_factory=list)
    logins: list[str] = field(default_factory=list)
    played: Counter[str] = field(default_factory=Counter)
    writers: set[asyncio.StreamWriter] = field(default_factory=set)

    @asynccontextmanager
    async def running(self, implicit_tls: ssl.SSLContext | None = None) -> AsyncIterator[FakeRelay]:
        """Listen on a free port, or on `port` again, until the block ends."""
        server = await asyncio.start_server(self._connected, "127.0.0.1", self.port, limit=1 << 20, ssl=implicit_tls)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield self
        finally:
            server.close()
            for writer in list(self.writers):
                writer.transport.abort()

    def per_recipient(self) -> dict[str, int]:
        """How often each recipient was given a mail."""
        return dict(Counter(recipient for mail in self.taken for recipient in mail.recipients))

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.add(writer)
        try:
            await _Session(self, reader, writer).run()
        except (_End, ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.transport.abort()
            self.writers.discard(writer)


class _Session:
    def __init__(self, relay: FakeRelay, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.relay, self.reader, self.writer = relay, reader, writer
        self.sender: str | None = None
        self.recipients: list[str] = []
        self.secure = writer.get_extra_info("sslcontext") is not None
        self.user = ""

    async def run(self) -> None:
        if 0 < self.relay.most < len(self.relay.writers):
            self.say("554 5.7.0 too many connections")
            await self.writer.drain()
            raise _End
        self.writer.write(self.relay.banner)
        while True:
            line = (await self.reader.readuntil(b"\r\n")).decode().rstrip("\r\n")
            self.relay.commands.append(line)
            verb, _, argument = line.partition(" ")
            if verb.upper() == self.relay.stuck_at:
                await self._misbehave(self.relay.stuck_by, "250-relay.example")
                continue
            await getattr(self, f"on_{verb.lower()}", self.on_other)(argument)

    def say(self, reply: str) -> None:
        self.writer.write(f"{reply}\r\n".encode())

    async def on_other(self, argument: str) -> None:
        self.say("502 5.5.1 not here")

    async def on_ehlo(self, argument: str) -> None:
        extensions = list(self.relay.extensions)
        if self.relay.tls and not self.secure:
            extensions.append("STARTTLS")
        if self.relay.users:
            extensions.append(f"AUTH {self.relay.mechanisms}")
        if self.relay.good_tokens is not None:
            extensions.append(f"AUTH {self.relay.token_mechanism}")
        self.say("\r\n".join(f"250-{line}" for line in ["relay.example", *extensions]) + "\r\n250 HELP")

    async def on_helo(self, argument: str) -> None:
        self.say("250 relay.example")

    async def on_starttls(self, argument: str) -> None:
        if self.relay.tls is None:
            self.say("454 4.7.0 TLS is not to be had")
            return
        self.say(self.relay.tls_reply)
        if not self.relay.tls_reply.startswith("220"):
            return
        await self.writer.drain()
        await self.writer.start_tls(self.relay.tls)
        self.secure = True

    async def on_auth(self, argument: str) -> None:
        if argument.startswith(self.relay.token_mechanism):
            await self._token(argument)
            return
        mechanism, _, said = argument.partition(" ")
        if mechanism not in self.relay.mechanisms.split():
            self.say("504 5.5.4 not here")
            return
        user, good = await getattr(self, f"_by_{mechanism.lower().replace('-', '_')}")(said)
        if not good:
            self.say(self.relay.login_reply.format(line=f"AUTH {argument}"))
            if self.relay.cut_after_refusal:
                await self.writer.drain()
                raise _End
            return
        self.user = user
        self.relay.logins.append(user)
        self.say("235 2.7.0 welcome")

    async def _by_plain(self, said: str) -> tuple[str, bool]:
        _, user, password = base64.b64decode(said).decode().split("\0")
        return user, self.relay.users.get(user) == password

    async def _by_login(self, said: str) -> tuple[str, bool]:
        user, password = base64.b64decode(said).decode(), (await self._ask(b"Password:")).decode()
        return user, self.relay.users.get(user) == password

    async def _by_cram_md5(self, said: str) -> tuple[str, bool]:
        challenge = b"<1@relay.example>"
        user, _, digest = (await self._ask(challenge)).decode().partition(" ")
        return user, hmac.new(self.relay.users.get(user, "").encode(), challenge, "md5").hexdigest() == digest

    async def _ask(self, challenge: bytes) -> bytes:
        self.say(f"334 {base64.b64encode(challenge).decode()}")
        return base64.b64decode((await self.reader.readuntil(b"\r\n")).strip())

    async def _token(self, argument: str) -> None:
        """XOAUTH2 and OAUTHBEARER: one that is refused is told why, and asked for an answer (RFC 7628, 3.2.2)."""
        assert self.relay.good_tokens is not None
        said = dict(
            field.partition("=")[::2]
            for field in base64.b64decode(argument.split(" ")[1]).decode().split("\1")
            if field
        )
        user = said.get("user") or said.get("n,a", "").rstrip(",")
        if self.relay.good_tokens.get(said["auth"].removeprefix("Bearer ")) == user:
            self.user = user
            self.relay.logins.append(user)
            self.say("235 2.7.0 welcome")
            return
        self.say("334 " + base64.b64encode(b'{"status":"400"}').decode())
        answer = (await self.reader.readuntil(b"\r\n")).strip()
        assert base64.b64decode(answer) == (b"" if self.relay.token_mechanism == "XOAUTH2" else b"\1")
        self.say(self.relay.login_reply.format(line=f"AUTH {argument}"))

    async def on_mail(self, argument: str) -> None:
        path = _path(argument)
        if (self.relay.users or self.relay.good_tokens is not None) and not self.user:
            self.say("530 5.7.0 log in first")
        elif self.sender is not None:
            self.say("503 5.5.1 one sender is enough")
        elif await self.play("mail", path, "250 2.1.0 ok"):
            self.sender = path

    async def on_rcpt(self, argument: str) -> None:
        path = _path(argument)
        if self.sender is None:
            self.say("503 5.5.1 MAIL first")
        elif await self.play("rcpt", path, "250 2.1.5 ok"):
            self.recipients.append(path)

    async def on_data(self, argument: str) -> None:
        if not self.recipients and not self.relay.eager:
            self.say("503 5.5.1 RCPT first")
            return
        for recipient in self.recipients:
            if _scripted("data", recipient) and not await self.play("data", recipient, ""):
                return
        self.say("354 go on")
        await self._content()

    async def _content(self) -> None:
        lines = []
        while (line := await self.reader.readuntil(b"\r\n")) != b".\r\n":
            lines.append(line.removeprefix(b"."))
        if self.relay.deaf:
            await self._lose()
        mail = Taken(self.sender or "", tuple(self.recipients), b"".join(lines))
        self.sender, self.recipients = None, []
        script = next((recipient for recipient in mail.recipients if _scripted("dot", recipient)), "")
        if self.relay.mail_reply:
            self.say(self.relay.mail_reply)
        elif await self.play("dot", script, "250 2.0.0 taken"):
            self.relay.taken.append(mail)
        if self.relay.close_idle:
            await self.writer.drain()
            raise _End

    async def _lose(self) -> None:
        with suppress(TimeoutError):
            self.relay.lost.append(await asyncio.wait_for(self.reader.read(1 << 16), LOSE_SECONDS))

    async def on_rset(self, argument: str) -> None:
        self.sender, self.recipients = None, []
        self.say("250 2.0.0 ok")

    async def on_quit(self, argument: str) -> None:
        self.say("221 2.0.0 bye")
        await self.writer.drain()
        raise _End

    async def play(self, stage: str, address: str, good: str) -> bool:
        """Answer as the address says; whether it was the good answer."""
        match = _scripted(stage, address)
        action = match[2] if match else self.relay.whim(stage, address)
        if match and match[3]:
            self.relay.played[address] += 1
            action = action if self.relay.played[address] <= int(match[3]) else ""
        if not action:
            if good:
                self.say(good)
            return True
        await self._misbehave(action, good)
        return action == "trickle"

    async def _misbehave(self, action: str, good: str) -> None:
        if action == "drop":
            raise _End
        if action == "hang":
            await self.writer.drain()
            while await self.reader.read(1 << 16):
                pass
            raise _End
        if action == "trickle":
            for char in f"{good}\r\n":
                self.writer.write(char.encode())
                await self.writer.drain()
                await asyncio.sleep(TRICKLE_SECONDS)
            return
        self.say(f"{action} {action[0]}.0.0 as scripted")
        if action == "421":
            await self.writer.drain()
            raise _End


def _scripted(stage: str, address: str) -> re.Match[str] | None:
    match = SCRIPT.match(address)
    return match if match and match[1] == stage else None


def _path(argument: str) -> str:
    return argument[argument.index("<") + 1 : argument.index(">")]
