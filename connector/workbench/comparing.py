"""Whether other rules could have made anything else of a mail, told without making it a second time (B55)."""

from __future__ import annotations

from collections.abc import Sequence

from connector.rulebook import Matcher, Rule, Rules
from connector.rulebook.rules import LINE_KINDS


def changed_kinds(rules: Rules, other: Rules) -> frozenset[str]:
    """The kinds whose rules, or their order, are not the same."""
    return frozenset(kind for kind in LINE_KINDS if rules.of(kind) != other.of(kind))


class Comparing(Matcher):
    """A matcher that watches whether the rules that are possible would be the same ones under other rules.

    As long as they are, all that follows is the same; once they are not, what would follow cannot be told from here.
    `changed` are the kinds in which the two differ.
    """

    def __init__(self, rules: Rules, other: Rules, changed: frozenset[str]) -> None:
        super().__init__(rules)
        self._other = Matcher(other)
        self._changed = changed
        self.same = True

    def possible(self, kind: str, lines: Sequence[str]) -> list[Rule]:
        """The rules that are possible; `same` tells whether those of the other rules have been so far."""
        if not self.same or kind not in self._changed:
            return super().possible(kind, lines)
        found = super().possible(kind, lines)
        self.same = self._other.possible(kind, lines) == found
        return found
