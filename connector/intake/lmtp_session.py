"""LMTP: SMTP, but for LHLO and for one reply to each recipient after the mail (RFC 2033)."""

from __future__ import annotations

from aiosmtpd.lmtp import LMTP

from connector.intake.listener import Listener
from connector.intake.session import MailSession


class LmtpSession(MailSession, LMTP):
    """One LMTP connection."""

    road = "lmtp"

    def __init__(self, listener: Listener) -> None:
        super().__init__(listener, ident="LMTP")

    async def answer(self, reply: str, recipients: int) -> None:
        """The reply once for each recipient that was taken, and to nobody else (RFC 2033, 4.2)."""
        for _ in range(recipients):
            await self.send(reply)
            # failpoint: lmtp.one-answered
        self.count(reply)

    async def check_helo_needed(self, helo: str = "LHLO") -> bool:
        """Say which greeting is missing."""
        needed: bool = await super().check_helo_needed("LHLO")
        return needed
