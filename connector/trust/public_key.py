"""The public key of a DKIM record, and whether it made a signature (RFC 6376, section 3.6.1; RFC 8301; RFC 8463)."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

SMALLEST = 1024
"""Bits of an RSA key (RFC 8301, section 3.2)."""


class Unreadable(ValueError):
    """The record holds no key of a kind that is known, or none any more."""


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key of a kind that signatures name: `rsa` or `ed25519`."""

    kind: str
    _key: RSAPublicKey | Ed25519PublicKey

    @property
    def weak(self) -> bool:
        """Whether signatures by it prove nothing, for others can make them too."""
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

        return isinstance(self._key, RSAPublicKey) and self._key.key_size < SMALLEST

    def signed(self, digest: bytes, signature: bytes) -> bool:
        """Whether the owner of the private key signed what has this SHA-256."""
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
        from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
        from cryptography.hazmat.primitives.hashes import SHA256

        try:
            if isinstance(self._key, RSAPublicKey):
                self._key.verify(signature, digest, PKCS1v15(), Prehashed(SHA256()))
            else:  # RFC 8463, section 3: what is signed is the hash
                self._key.verify(signature, digest)
        except InvalidSignature:
            return False
        return True


def public_key(tags: Mapping[bytes, bytes]) -> PublicKey:
    """The key of a record, whose tags these are. Raises Unreadable."""
    if not {b"*", b"email"} & {one.strip() for one in tags.get(b"s", b"*").split(b":")}:
        raise Unreadable("a key that is not for mail")
    make = KINDS.get(tags.get(b"k", b"rsa").lower().decode("ascii", "replace"))
    if make is None:
        raise Unreadable("a key of an unknown kind")
    try:
        return make(base64.b64decode(b"".join(tags.get(b"p", b"").split()), validate=True))
    except ValueError as error:
        raise Unreadable("no key") from error


def _rsa(der: bytes) -> PublicKey:
    """Keys stand in the DNS in either form, SubjectPublicKeyInfo or RSAPublicKey alone (erratum 3017 of RFC 6376)."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key

    try:
        key = load_der_public_key(der)
    except UnsupportedAlgorithm as error:
        raise Unreadable("no key") from error
    if not isinstance(key, RSAPublicKey):
        raise Unreadable("another key than k= says")
    return PublicKey("rsa", key)


def _ed25519(raw: bytes) -> PublicKey:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    return PublicKey("ed25519", Ed25519PublicKey.from_public_bytes(raw))


KINDS = {"rsa": _rsa, "ed25519": _ed25519}
