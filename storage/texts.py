"""What people type, made safe to store and to compare: names, plain addresses, any text."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from storage.addresses import is_folded, is_plain, normalise
from storage.records import StoreError


@lru_cache(maxsize=1024)
def name_key(name: str) -> str:
    """The form in which names are compared: letter case, Unicode form and surplus blanks ignored."""
    return " ".join(unicodedata.normalize("NFC", name).casefold().split())


def clean(text: str) -> str:
    """The text without what databases refuse: NUL and lone surrogates."""
    return text.replace("\0", "").encode("utf-8", "replace").decode("utf-8")


def plain_addresses(text: str) -> tuple[str, ...]:
    """Typed addresses, separated by comma or semicolon, normalised; StoreError names what is not plain (B64)."""
    typed = [part.strip() for part in re.split("[,;]", text)]
    if not any(typed):
        raise StoreError(f"{text!r}: no address was given; allowed is address@domain.com")
    return tuple(dict.fromkeys(plain_address(part) for part in typed if part))


def plain_address(text: str) -> str:
    """One typed address, normalised; StoreError for anything but `address@domain.com` (B64)."""
    address = normalise(text)
    if not is_plain(address) or is_folded(text):
        raise StoreError(f"{text!r} is not a plain address: allowed is address@domain.com, without name or brackets")
    return address
