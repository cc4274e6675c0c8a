"""What the check of a mail's DKIM signatures said (connector/trust); the stages get it as a value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from connector.mail.model import Mail


@dataclass(frozen=True, slots=True)
class Signature:
    """One signature of the very domain of From: authentic, failed or none, and a code for why it is not authentic."""

    selector: str
    verdict: str
    why: str = ""


Signatures = tuple[Signature, ...]

Prove = Callable[[Mail], Signatures]
"""Checks the signatures of the domain of From; may ask the DNS, and is asked only where nothing else decides."""


def unlooked(mail: Mail) -> Signatures:
    """Nobody looks: for what hangs on the sender's address alone."""
    return ()
