"""Which way out the configuration names."""

from __future__ import annotations

from connector.config.settings import Outgoing
from connector.courier.outbox import Outbox
from connector.courier.relay import Relay
from connector.courier.signing import signer_of
from connector.courier.transport import Transport


def transport_of(settings: Outgoing) -> Transport:
    """The relay or the outbox, as `[OUTGOING]` says. Raises UnfitKey."""
    signer = signer_of(settings)
    return Relay(settings, signer=signer) if settings.transport == "smtp" else Outbox(settings.outbox, signer)
