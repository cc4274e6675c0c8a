"""Parts that several patterns share: a section of Kind define, which other patterns call as `(?&name)`."""

from __future__ import annotations

import re

DEFINE = "define"
"""The kind of a section that is no rule, but a part of the patterns below it."""

_CALL = re.compile(r"\(\?&([\w-]+)\)")


class UndefinedPart(Exception):
    """A pattern calls what no section above it defines; the text is the name."""


def with_parts(pattern: str, defined: dict[str, str]) -> str:
    """The pattern with every `(?&name)` replaced by what it stands for; raises `UndefinedPart`."""

    def part(call: re.Match[str]) -> str:
        if call[1] not in defined:
            raise UndefinedPart(call[1])
        return f"(?:{defined[call[1]]})"

    return _CALL.sub(part, pattern)
