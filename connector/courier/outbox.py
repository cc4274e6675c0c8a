"""The outbox: a Maildir that gets each mail as a relay would get it, under two lines that tell the envelope."""

from __future__ import annotations

import asyncio
import os
import secrets
import time
from collections.abc import Sequence
from pathlib import Path

from connector.courier.signing import Signer, sign
from connector.courier.transport import Content, Following, MailObject, Outcome, Tried, checked, nothing
from connector.spool_file import TempFile, sync_folder


class Outbox:
    """One file a transaction; `X-Envelope-From` and `X-Envelope-To` stand in the outbox alone. <> is the null path."""

    def __init__(self, folder: Path, signer: Signer | None = None) -> None:
        self.folder = folder
        self._signer = signer

    def session(self) -> Outbox:
        """The outbox itself: nothing goes from one mail to the next."""
        return self

    async def send(self, mail: MailObject, following: Following = nothing) -> Tried:
        """Write the mail; a disk that does not take it closes the way out for now."""
        outcomes, good = checked(mail)
        if not good:
            return Tried(outcomes)
        outcome = await asyncio.to_thread(self._deposit, mail.envelope_from, good, mail.content)
        return Tried(outcomes | dict.fromkeys(good, outcome))

    def end(self) -> None:
        """Nothing is begun."""

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
