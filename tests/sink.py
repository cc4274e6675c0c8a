"""Real SMTP servers that take every mail and keep its bytes: aiosmtpd's, and Postfix's where it is at hand."""

from __future__ import annotations

import asyncio
import getpass
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP

SMTP_SINK = shutil.which("smtp-sink", path="/usr/sbin:/usr/bin")
LONGEST_LINE = 1 << 20
SECONDS = 10.0
MAIL_BEGINS = b"DKIM-Signature:"


class Sink:
    """aiosmtpd; what it can is said at each EHLO."""

    def __init__(self, *, lmtp: bool = False) -> None:
        self.port = 0
        self._kind = _Lmtp if lmtp else _Smtp
        self.eight_bits = True
        self.reply = "250 2.0.0 taken"  # with another one the mail is not
        self.mails: list[tuple[tuple[str, ...], bytes]] = []  # to whom, and what arrived
        self._open: list[SMTP] = []

    def taken(self) -> list[bytes]:
        """What arrived."""
        return [content for _, content in self.mails]

    def take_seven_bits(self) -> None:
        """No 8BITMIME any more; connections that know better are cut."""
        self.eight_bits = False
        for session in self._open:
            session.loop.call_soon_threadsafe(session.transport.close)

    async def handle_EHLO(self, server: SMTP, session: Any, _: Any, hostname: str, replies: list[str]) -> list[str]:
        session.host_name = hostname
        return [reply for reply in replies if self.eight_bits or "8BITMIME" not in reply]

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        if self.reply.startswith("250"):
            self.mails.append((tuple(envelope.rcpt_tos), envelope.original_content))
        return self.reply

    @contextmanager
    def running(self) -> Iterator[Sink]:
        """Listen on a free port until the block ends."""
        loop = asyncio.new_event_loop()
        server = loop.run_until_complete(loop.create_server(lambda: self._session(loop), "127.0.0.1", 0))
        self.port = server.sockets[0].getsockname()[1]
        thread = threading.Thread(target=loop.run_forever, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            loop.call_soon_threadsafe(server.close)
            loop.call_soon_threadsafe(loop.stop)
            thread.join(SECONDS)
            loop.close()

    def _session(self, loop: asyncio.AbstractEventLoop) -> SMTP:
        session = self._kind(self, enable_SMTPUTF8=True, hostname="sink.example", loop=loop)
        self._open.append(session)
        return session


class _Smtp(SMTP):
    line_length_limit = LONGEST_LINE


class _Lmtp(LMTP):
    line_length_limit = LONGEST_LINE


Taken = Callable[[], Sequence[bytes]]


@contextmanager
def by_aiosmtpd(folder: Path, *, eight_bits: bool) -> Iterator[tuple[int, Taken]]:
    """The port of a server, and what arrived there."""
    sink = Sink()
    sink.eight_bits = eight_bits
    with sink.running():
        yield sink.port, sink.taken


@contextmanager
def by_postfix(folder: Path, *, eight_bits: bool) -> Iterator[tuple[int, Taken]]:
    """Postfix's smtp-sink: a file for each mail, with lines of its own around it, and line feeds alone."""
    assert SMTP_SINK is not None
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = [] if eight_bits else ["-8"]
    user = ["-u", getpass.getuser()] if os.geteuid() == 0 else []
    command = [SMTP_SINK, *user, *options, "-d", str(folder / "%M."), f"127.0.0.1:{port}", "10"]
    process = subprocess.Popen(command, cwd=folder, stdout=subprocess.DEVNULL)

    def taken() -> list[bytes]:
        found = [file.read_bytes().removesuffix(b"\n") for file in folder.iterdir()]
        return [raw[raw.index(MAIL_BEGINS) :].replace(b"\n", b"\r\n") for raw in found]

    try:
        end = time.monotonic() + SECONDS
        while socket.socket().connect_ex(("127.0.0.1", port)):
            assert time.monotonic() < end, "smtp-sink does not listen"
            time.sleep(0.02)
        yield port, taken
    finally:
        process.terminate()
        process.wait(SECONDS)


Running = Callable[..., AbstractContextManager[tuple[int, Taken]]]
