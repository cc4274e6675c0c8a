"""A small SMTP sink, for measures without the kit; and what starts it or the kit's in a process of its own.

    python -m bench.sink

The first line of its output is {"port": N}. SIGTERM ends it; its last line then is the report: messages, recipients,
first_at and last_at (Unix time of the first and last acceptance).
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any

LARGEST_MAIL = 100 * 1024 * 1024
END = b"\r\n.\r\n"


@dataclass(slots=True)
class Tally:
    """What was accepted, and when."""

    messages: int = 0
    recipients: int = 0
    first_at: float | None = None
    last_at: float | None = None

    def accept(self, recipients: int) -> None:
        """Count one mail."""
        self.messages += 1
        self.recipients += recipients
        self.last_at = time.time()
        self.first_at = self.first_at or self.last_at


REPLIES = {
    b"EHLO": b"250-sink.example\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 SIZE 104857600\r\n",
    b"HELO": b"250 sink.example\r\n",
    b"MAIL": b"250 sender ok\r\n",
    b"RCPT": b"250 recipient ok\r\n",
    b"DATA": b"354 end with a dot\r\n",
    b"RSET": b"250 reset\r\n",
    b"NOOP": b"250 here\r\n",
    b"QUIT": b"221 bye\r\n",
}


async def converse(tally: Tally, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """One connection: everything is taken."""
    recipients = 0
    writer.write(b"220 sink.example ESMTP\r\n")
    while line := await reader.readline():
        verb = line[:4].upper()
        writer.write(REPLIES.get(verb, b"502 not here\r\n"))
        if verb == b"QUIT":
            break
        recipients = recipients + 1 if verb == b"RCPT" else 0 if verb in (b"MAIL", b"RSET") else recipients
        if verb == b"DATA":
            await reader.readuntil(END)  # no mail of a measure is empty: the dot never comes first
            tally.accept(recipients)
            writer.write(b"250 taken\r\n")
    await writer.drain()
    writer.close()


async def serve() -> Tally:
    """Take mail on a free port until SIGTERM or SIGINT."""
    tally, stop = Tally(), asyncio.Event()

    async def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await converse(tally, reader, writer)

    server = await asyncio.start_server(connected, "127.0.0.1", 0, backlog=1024, limit=LARGEST_MAIL)
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    await stop.wait()
    server.close()
    return tally


class Sink:
    """The kit's sink, or ours where there is no kit, as a process: `port` while it runs, `report` afterwards."""

    def __init__(self, kit: Path | None) -> None:
        own = ["-m", "bench.sink"]
        self._command = [sys.executable, *(own if kit is None else [str(kit / "sink.py")])]
        self.report: dict[str, Any] = {}

    def __enter__(self) -> Sink:
        root = Path(__file__).resolve().parents[1]
        self._process = subprocess.Popen(self._command, cwd=root, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.port = int(json.loads(self._process.stdout.readline())["port"])
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._process.terminate()
        output = self._process.communicate(timeout=30)[0]
        self.report = json.loads(output.splitlines()[-1])


if __name__ == "__main__":
    print(json.dumps(asdict(asyncio.run(serve()))), flush=True)
