"""Counts on how many mails each rule took too long, and says which are to be switched off for it (B52)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

MAILS = 3
"""After so many mails that it was too slow for, a rule is switched off until the rules are read again."""


class RuleWatch:
    """What the main process knows of slow rules since the rules were read; `off` are those switched off, in order."""

    def __init__(self) -> None:
        self.off: list[str] = []
        self._mails: Counter[str] = Counter()

    def count(self, slow: Iterable[str]) -> list[str]:
        """Take in the rules that one mail's record names; those that this mail has switched off."""
        self._mails.update(dict.fromkeys(slow, 1))
        gone = [name for name, mails in self._mails.items() if mails >= MAILS and name not in self.off]
        self.off += gone
        return gone
