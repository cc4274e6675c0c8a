"""Cleaning what comes from mails before it reaches a database, a rule, a log or a terminal."""

from __future__ import annotations

import re
import unicodedata

# C0 and C1 controls but tab and line feed, and lone surrogates (neither SQLite nor PostgreSQL takes them).
_NOT_IN_TEXT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]+")
_LINE_ENDS = re.compile("[\x85\u2028\u2029]")
_PLAIN = bytes(range(0x20, 0x7F)) + b"\t\n"
_BLANKS = re.compile(r"[\t\r\n\x0b\x0c\x85\u2028\u2029]+ *")

# Characters that are letters by category and still show nothing.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def text(value: str) -> str:
    """A text of several lines without control characters but tab; every line ends in one line feed."""
    value = value.replace("\r\n", "\n")
    if "\r" in value:
        value = value.replace("\r\n", "\n").replace("\r", "\n")  # lines may end in two carriage returns
    if _has_controls(value):
        return _NOT_IN_TEXT.sub("", _LINE_ENDS.sub("\n", value))
    return value


def _has_controls(value: str) -> bool:
    """Whether a text may have other controls than tab and line feed; letters in ASCII are the quickest to tell."""
    others = value.encode("utf-8", "surrogatepass").translate(None, _PLAIN)
    return bool(others) and not others.decode("utf-8", "surrogatepass").isprintable()


def line(value: str) -> str:
    """A header value as one line: line ends and tabs become blanks, other control characters go."""
    if value.isprintable():
        return value
    return _NOT_IN_TEXT.sub("", _BLANKS.sub(" ", value))


def name(value: str) -> str:
    """A file or display name: one line without controls, bidi controls and invisible characters."""
    value = line(value).strip()
    return value if value.isprintable() else "".join(char for char in value if not is_hidden(char))


def is_hidden(char: str) -> bool:
    """Whether a character shows nothing or changes how others show: control, format, bidi, line separator."""
    return unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") or char in _INVISIBLE


def has_hidden(value: str) -> bool:
    """Whether any character of a value but a tab is hidden (see `is_hidden`)."""
    if value.isascii():
        return not value.replace("\t", "").isprintable()
    if value.isprintable():
        return not _INVISIBLE.isdisjoint(value)
    return any(is_hidden(char) and char != "\t" for char in value)


def escape_for_terminal(value: str) -> str:
    """A value on one line for terminals and logs: every hidden character is written as an escape (`\\x1b`)."""
    if value.isprintable() and value.isascii():
        return value
    return "".join(_escaped(char) if is_hidden(char) else char for char in value)


def _escaped(char: str) -> str:
    """A character as a Python escape sequence."""
    return char.encode("unicode_escape", "surrogatepass").decode("ascii") if not char.isascii() else repr(char)[1:-1]
