"""The two servers whose acceptance is compared; each prints {"port": N} and takes mail until it is ended.

    python -m bench.acceptance_servers ours|bare FOLDER

`ours` is the listener and the spool, without the rest of the service. `bare` is aiosmtpd with a handler that does for
the disk what the spool does: write, sync, rename, sync the folder, then 250 (in threads: that is quicker than without).
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP

from connector import logs
from connector.config.settings import SmtpIn
from connector.intake.smtp import SmtpIntake
from connector.spool import Spool
from connector.spool_writer import SpoolWriter

PUBLIC_ADDRESS = "support@perf.example"


class SyncedFolder:
    """A handler of aiosmtpd that keeps each mail safely in a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        """Accept the mail once it is safe; in a thread, so that other connections go on meanwhile."""
        self._count += 1
        await asyncio.to_thread(self._keep, self._folder / f"{self._count:08d}", envelope.content)
        return "250 OK"

    def _keep(self, target: Path, content: bytes) -> None:
        temporary = target.with_suffix(".tmp")
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(target)
        folder = os.open(self._folder, os.O_RDONLY | os.O_DIRECTORY)
        os.fsync(folder)
        os.close(folder)


async def start_bare(folder: Path) -> int:
    """Listen with aiosmtpd alone; the port."""
    loop = asyncio.get_running_loop()
    handler = SyncedFolder(folder)
    server = await loop.create_server(lambda: SMTP(handler, loop=loop), "127.0.0.1", 0)
    return int(server.sockets[0].getsockname()[1])


async def start_ours(folder: Path) -> int:
    """Listen with our intake, in front of a spool; the port."""
    spool = Spool(folder)
    writer = SpoolWriter(spool)
    writer.start()
    settings = SmtpIn(host="127.0.0.1", port=0)
    intake = SmtpIntake(settings, [PUBLIC_ADDRESS], spool.incoming, writer.hand_over, lambda mail: None)
    await intake.start()
    return intake.port


SERVERS: dict[str, Callable[[Path], Awaitable[int]]] = {"ours": start_ours, "bare": start_bare}


async def main(name: str, folder: Path) -> None:
    """Run one of them until the process is ended."""
    logs.configure("text", "info")
    print(json.dumps({"port": await SERVERS[name](folder)}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
