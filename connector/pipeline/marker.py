"""The marks that this service's own mails bear, and how they are told from forged ones (B12)."""

from __future__ import annotations

import hmac
from functools import lru_cache

from connector.pipeline.policy import Installation, Receipt

MARKER = "X-CmtEmailConnector"
"""Header: installation id, Message-ID as it left, and the keyed hash of the two; relays rewrite Message-IDs."""


def mac(installation: Installation, message_id: str) -> str:
    """The keyed hash that only this installation can make of a Message-ID."""
    return _keyed_hash(installation.key, f"{installation.id} {message_id}")[:32]


def marker_value(installation: Installation, message_id: str) -> str:
    """The marker header's value for a mail with this Message-ID."""
    return f"{installation.id} {message_id} {mac(installation, message_id)}"


def proven_id(installation: Installation, value: str) -> str:
    """The Message-ID in a marker header's value, or nothing where it is not one that this installation has made."""
    words = value.split()
    if len(words) != 3 or words[0] != installation.id:
        return ""
    return words[1] if hmac.compare_digest(words[2].encode(), mac(installation, words[1]).encode()) else ""


def new_message_id(installation: Installation, receipt: Receipt, kind: str, domain: str) -> str:
    """The Message-ID of a mail made for a spooled one: the same at every try (B88), and not to be guessed (B33).

    It begins with the time, so that in the store's indexes new ones stand together, at the end.
    """
    digest = _keyed_hash(installation.key, f"{receipt.spool_id} {kind}")
    return f"<{int(receipt.received_at.timestamp() * 1000):x}.{digest[:32]}.{kind}@{domain}>"


def _keyed_hash(key: bytes, text: str) -> str:
    """The keyed hash of a text, in hexadecimal digits."""
    made = _begun(key).copy()
    made.update(text.encode())
    return made.hexdigest()


@lru_cache(maxsize=16)
def _begun(key: bytes) -> hmac.HMAC:
    """A hash with the key in it, to be copied: making one takes longer than hashing a short text."""
    return hmac.new(key, digestmod="sha256")
