"""Letters of all scripts beside each other: their width and their direction must not move the columns of a table."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

LEFT_TO_RIGHT_MARK = "\u200e"
_RIGHT_TO_LEFT = frozenset(("R", "AL", "AN"))
_JOINERS = re.compile(r"(?<=[^\x00-\x7f])[\u200c\u200d]+(?=[^\x00-\x7f])")
_VARIANTS = re.compile(r"[\ufe0e\ufe0f]|(?<=\S)[\U0001f3fb-\U0001f3ff]")
"""What joins letters, or asks for another picture or colour of one: terminals disagree on how wide the outcome is.

Beside ASCII a joiner joins nothing; it stays, to be shown as the escape that it is in an address.
"""


def settled(text: str) -> str:
    """A text without joiners, variation selectors and skin tones: every letter as wide as it is alone."""
    if text.isascii():
        return text
    return _JOINERS.sub("", _VARIANTS.sub("", text))


def in_order(cells: Iterable[str]) -> list[str]:
    """The cells of one line; where one is written from right to left, each begins with a mark of no width.

    A terminal that orders such letters (UAX 9) would else move digits and blanks of the cells beside them. The mark
    stands in front, for what is cut off is at the end.
    """
    line = list(cells)
    return [one and LEFT_TO_RIGHT_MARK + one for one in line] if any(map(_has_right_to_left, line)) else line


def _has_right_to_left(text: str) -> bool:
    return not text.isascii() and any(unicodedata.bidirectional(char) in _RIGHT_TO_LEFT for char in text)
