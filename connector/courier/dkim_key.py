"""The private key that outgoing mail is signed with: read from a file, and what it signs with (RFC 6376, RFC 8463)."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

SMALLEST_KEY = 1024
"""Bits of an RSA key (RFC 8301, section 3.2)."""


class UnfitKey(ValueError):
    """The file holds no key that mail can be signed with; the text says what it holds, and nothing of a key."""


@dataclass(frozen=True, slots=True)
class DkimKey:
    """A key and the name of its algorithm in a signature's `a=`."""

    algorithm: str  # rsa-sha256, ed25519-sha256
    _key: RSAPrivateKey | Ed25519PrivateKey = field(repr=False)

    def public(self) -> str:
        """The public key as a DKIM record's `p=` has it (RFC 6376, section 3.6.1; RFC 8463, section 4.2)."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

        if isinstance(self._key, Ed25519PrivateKey):
            return base64.b64encode(self._key.public_key().public_bytes_raw()).decode()
        der = self._key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
        return base64.b64encode(der).decode()

    def sign(self, header: bytes, digest: bytes) -> bytes:
        """The signature of a canonical header, whose SHA-256 is `digest`; other threads go on meanwhile."""
        from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        if isinstance(self._key, Ed25519PrivateKey):
            return self._key.sign(digest)  # RFC 8463, section 3: what is signed is the hash
        return self._key.sign(header, PKCS1v15(), SHA256())


def read_key(file: Path) -> DkimKey:
    """The key of a PEM file. Raises UnfitKey."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(file.read_bytes(), password=None)
    except OSError as error:
        raise UnfitKey(f"a file that cannot be read: {error.strerror or type(error).__name__}") from None
    except TypeError:
        raise UnfitKey("a key that is locked with a password") from None
    except (ValueError, UnsupportedAlgorithm):
        raise UnfitKey("no private key in PEM") from None
    if isinstance(key, Ed25519PrivateKey):
        return DkimKey("ed25519-sha256", key)
    if not isinstance(key, RSAPrivateKey):
        raise UnfitKey("a private key that is neither RSA nor Ed25519")
    if key.key_size < SMALLEST_KEY:
        raise UnfitKey(f"an RSA key of {key.key_size} bits")
    return DkimKey("rsa-sha256", key)
