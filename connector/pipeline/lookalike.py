"""Part of stage 2: domains that read like one we know and are another (B27).

Two domains read alike if they have the same skeleton: letters of other scripts, digits and pairs of letters are
replaced by the plain letter that they look like, as Unicode's UTS 39 does it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Set as AbstractSet
from functools import lru_cache

from connector.pipeline.verdicts import Reason, because

MAX_DOMAIN = 255  # characters (RFC 1035, section 2.3.4)

_ALIKE = {
    "a": "аαɑ", "b": "ьƅв", "c": "сᴄ", "d": "ԁɗժđ", "e": "еєҽ℮ɛ", "f": "ƒғ", "g": "ɡցԍ", "h": "һհнħ", "j": "јϳ",
    "k": "кκᴋқ", "l": "1iіιɩıӏłɭ|", "m": "мᴍ", "n": "ոռпηŋ", "o": "0оοօ๐၀øө", "p": "рρ", "q": "ԛգ", "r": "гʀᴦ",
    "s": "ѕꜱ", "t": "тτᴛŧ", "u": "υսцʋ", "v": "ѵνᴠ", "w": "ѡԝωшᴡ", "x": "хχ×", "y": "уүγყ", "z": "ᴢʐ", "3": "зӡ",
}  # fmt: skip
"""Plain letter -> letters that look like it, small ones; accents are taken off before."""

_PLAIN = str.maketrans({other: plain for plain, others in _ALIKE.items() for other in others})
_PAIRS = (("rn", "m"), ("vv", "w"))


def look_alike(domain: str, known: AbstractSet[str]) -> Reason | None:
    """The reason if the domain, or the end of it, reads like one of the known ones; all are normalised.

    A known domain and what lies below it is itself. Both are shown with A-labels, which cannot be mistaken.
    """
    labels = domain.split(".")
    ends = [".".join(labels[start:]) for start in range(len(labels))]
    if not domain or len(domain) > MAX_DOMAIN or not known.isdisjoint(ends):
        return None
    skeletons = {skeleton(end) for end in ends}
    other = min((one for one in known if one and skeleton(one) in skeletons), default="")
    return because("looks-like", domain=ascii_form(domain), other=ascii_form(other)) if other else None


@lru_cache(maxsize=4096)
def skeleton(domain: str) -> str:
    """The domain as it reads."""
    shown = ".".join(map(_shown, domain.split(".")))
    letters = unicodedata.normalize("NFKD", shown.casefold())
    text = "".join(letter for letter in letters if not unicodedata.combining(letter)).casefold().translate(_PLAIN)
    for pair, letter in _PAIRS:
        text = text.replace(pair, letter)
    return text


def _shown(label: str) -> str:
    """A label as mail programs show it: an A-label as the letters it stands for."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except UnicodeError:
        return label


def ascii_form(domain: str) -> str:
    """The domain in letters that cannot be mistaken for others: labels in ASCII, each other one as an A-label."""
    return ".".join(
        label if label.isascii() else "xn--" + label.encode("punycode").decode("ascii") for label in domain.split(".")
    )
