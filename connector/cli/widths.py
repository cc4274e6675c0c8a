"""How the columns of a table share the width of a terminal."""

from __future__ import annotations

from collections.abc import Sequence


def shares(natural: Sequence[int], weights: Sequence[int], room: int) -> list[int]:
    """The width of each column: its natural one, as long as all of them fit.

    Else those of weight 0 keep theirs, and the others share the rest by weight; what one does not need goes to the
    others. At least 1 each.
    """
    widths = list(natural)
    wanting = [i for i, weight in enumerate(weights) if weight]
    left = room - sum(width for i, width in enumerate(natural) if i not in wanting)
    while wanting:
        together = sum(weights[i] for i in wanting)
        content = [i for i in wanting if natural[i] * together <= left * weights[i]]
        if not content:
            break
        left -= sum(natural[i] for i in content)
        wanting = [i for i in wanting if i not in content]
    together = sum(weights[i] for i in wanting)
    for i in sorted(wanting, key=lambda i: weights[i]):
        widths[i] = max(1, left * weights[i] // together)
        left, together = left - widths[i], together - weights[i]
    return widths
