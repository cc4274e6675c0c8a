"""Mail by SMTP (B1, B2, B6)."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Any

from connector import tls
from connector.intake.dialogue import Dialogue
from connector.intake.listener import BACKLOG, Listener
from connector.intake.login import Logins
from connector.intake.smtp_session import SmtpSession


class SmtpIntake(Listener):
    """The listener, its TLS and its users."""

    def __init__(self, *values: Any, **more: Any) -> None:
        super().__init__(*values, **more)
        self.tls: ssl.SSLContext | None = None
        self.logins: Logins | None = None

    async def open(self, door: Callable[[], asyncio.Protocol]) -> asyncio.Server:
        """Listen on HOST:PORT."""
        self.read_certificate()
        if self.settings.auth_users_file is not None:
            self.logins = Logins(self.settings.auth_users_file, self.limits)
        loop = asyncio.get_running_loop()
        return await loop.create_server(door, self.settings.host, self.settings.port, backlog=BACKLOG)

    def read_certificate(self) -> None:
        """Show the certificate that lies in the file now to who connects from now on. Raises OSError."""
        if self.settings.tls_certificate is not None:
            self.tls = tls.server_context(self.settings.tls_certificate, self.settings.tls_key)

    road = SmtpSession.road

    def session(self) -> Dialogue:
        """SMTP."""
        return SmtpSession(self)

    async def stop(self, seconds: float) -> None:
        """Listen no more."""
        await super().stop(seconds)
        if self.logins is not None:
            self.logins.close()
