"""The outbox: a Maildir that gets each mail as a relay would get it, under two lines that tell the envelope."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from connector.courier.signing import Signer, sign
from connector.courier.transport import Content, Outcome, Tried, unsafe
from connector.spool_file import TempFile, sync_folder


class Outbox:
    """One file a transaction; `X-Envelope-From` and `X-Envelope-To` stand in the outbox alone. <> is the null path."""

    def __init__(self, folder: Path, signer: Signer | None = None) -> None:
        self.folder = folder
        self._signer = signer

    async def send(self, envelope_from: str, recipients: Sequence[str], content: Content) -> Tried:
        """Write the mail; a disk that does not take it closes the way out for now."""
        outcomes = {address: bad for address in recipients if (bad := unsafe(address))}
        good = [address for address in dict.fromkeys(recipients) if address not in outcomes]
        bad_sender = unsafe(envelope_from) if envelope_from else None
        if bad_sender or not good:
            return Tried(outcomes | {address: bad_sender for address in good if bad_sender})
        outcome = await asyncio.to_thread(self._deposit, envelope_from, good, content)
        return Tried(outcomes | dict.fromkeys(good, outcome))

    async def close(self) -> None:
        """Nothing is kept open."""

    def _deposit(self, envelope_from: str, recipients: Sequence[str], content: Content) -> Outcome:
        try:
            name = self._write(envelope_from, recipients, sign(content, self._signer))
        except OSError as error:
            return Outcome("deferred", f"the outbox {self.folder}: {error.strerror or error}", down=True)
        return Outcome("sent", f"written to the outbox as {name}")

    def _write(self, envelope_from: str, recipients: Sequence[str], content: Content) -> str:
        for folder in ("tmp", "new", "cur"):
            (self.folder / folder).mkdir(mode=0o700, parents=True, exist_ok=True)
        envelope = f"X-Envelope-From: {envelope_from or '<>'}\r\nX-Envelope-To: {', '.join(recipients)}\r\n"
        name = f"{time.time():.6f}.P{os.getpid()}R{secrets.token_hex(6)}.localhost"
        with TempFile(self.folder / "tmp") as file:
            file.write(envelope.encode())
            for chunk in content.chunks():
                file.write(chunk)
            file.sync()
            file.place(self.folder / "new" / name)
            # failpoint: outbox.placed
            sync_folder(self.folder / "new")
        return name
