"""How often Python looks for garbage in cycles: seldom, for a process that lives long and makes few of them."""

from __future__ import annotations

import gc

EVERY = 20_000
"""So many more objects were made than let go of before the young ones are looked at; 700 by default."""


def look_seldom() -> None:
    """Call it when the process has read all that it keeps: that is not looked at again."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(EVERY, 20, 20)
