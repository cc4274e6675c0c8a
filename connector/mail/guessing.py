"""Text out of bytes of which nothing is known but that they are not UTF-8 (B8)."""

from __future__ import annotations

import re
from contextvars import ContextVar

from charset_normalizer import from_bytes

GUESS_BYTES = 4 * 1024  # what charset-normalizer is shown; it takes milliseconds for each KiB of some inputs
GUESS_AT_LEAST = 24  # with fewer bytes beyond ASCII its guess is worse than windows-1252
MAX_GUESSES = 30  # for one mail; each takes milliseconds, and what follows is taken to be as the last one was

_ASCII = bytes(range(128))
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
# Where bytes beyond ASCII stand alone among ASCII letters, the writing is Latin.
_LATIN = ["cp1252", "cp1250", "iso8859_2", "cp1254", "cp1257"]
_MAY_BE_CYRILLIC = re.compile("[а-яА-Я]{3}|[\uff61-\uff9f]{3}")  # half-width katakana is what KOI8 looks like
_SMALL_CYRILLIC = re.compile("[а-я]")
_CYRILLIC_CHARSETS = ("cp1251", "koi8-r", "iso8859-5", "cp866")

_made: ContextVar[list[str] | None] = ContextVar("guesses that were made for one mail", default=None)


def begin_mail() -> None:
    """Count the guesses anew: a mail of many texts costs no more than one with a long text."""
    _made.set([])


def text(data: bytes) -> str:
    """The text of some bytes; nothing is refused."""
    sample = data[:GUESS_BYTES]
    high = len(sample.translate(None, _ASCII))
    if high >= GUESS_AT_LEAST and b"\0" not in sample:
        name = _charset(sample, high)
        if name:
            return data.decode(name, "replace")
    return _western(data)


def _charset(sample: bytes, high: int) -> str:
    """The charset that a sample with so many bytes beyond ASCII is probably in, or nothing."""
    made = _made.get()
    if made is not None and len(made) >= MAX_GUESSES:
        return made[-1]
    runs = len(_HIGH_RUN.findall(sample))
    best = from_bytes(sample, cp_isolation=_LATIN if runs * 3 > high * 2 else None).best()
    name = best.encoding if best else ""
    if best and _MAY_BE_CYRILLIC.search(str(best)):
        name = _cyrillic(sample)
    if made is not None:
        made.append(name)
    return name


def _cyrillic(sample: bytes) -> str:
    """Which charset of Cyrillic letters: the one in which most of them are small (in a wrong one capitals are)."""
    return max(_CYRILLIC_CHARSETS, key=lambda name: len(_SMALL_CYRILLIC.findall(sample.decode(name, "replace"))))


def _western(data: bytes) -> str:
    """The text as windows-1252, or as Latin-1, in which every byte is something."""
    try:
        return data.decode("cp1252")
    except UnicodeDecodeError:
        return data.decode("latin-1")
