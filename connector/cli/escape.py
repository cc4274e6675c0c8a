"""Text of mails made harmless for a terminal: in lines, in one line, in JSON."""

from __future__ import annotations

import json
import sys

from connector.mail.clean import escape_for_terminal, is_hidden


def escape_lines(text: str) -> str:
    """Text of several lines; tabs become blanks, everything else that shows nothing is written as an escape."""
    return "\n".join(escape_for_terminal(line.expandtabs(4)) for line in text.split("\n"))


def one_line(value: object) -> str:
    """A value in one line; nothing for None."""
    text = "" if value is None else str(value)
    return escape_for_terminal(" ".join(text.split()) if text.count("\n") or text.count("\t") else text)


def json_text(value: object, *, indent: int | None = 2) -> str:
    """A value as JSON whose strings hold no character that shows nothing; such a one is written as `\\u…`."""
    text = json.dumps(value, ensure_ascii=not _takes_everything(), indent=indent)
    if text.isprintable():
        return text
    return "".join(_json_escape(char) if char != "\n" and is_hidden(char) else char for char in text)


def _takes_everything() -> bool:
    """Whether standard output can hold every letter; where it cannot, JSON says it in ASCII."""
    return (sys.stdout.encoding or "").lower().replace("-", "") == "utf8"


def _json_escape(char: str) -> str:
    """A character of a JSON string as `\\u…`; `json` itself leaves DEL as it is."""
    return f"\\u{ord(char):04x}" if char.isascii() else json.dumps(char)[1:-1]
