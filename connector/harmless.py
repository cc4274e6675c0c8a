"""What of a mail's HTML is harmless: elements, attributes, styles; `python -m connector.harmless` keeps only that.

Nothing that loads, runs, asks for input, lies above other things, or hides words is kept. Images that belong to the
mail stay with `src="cid:…"`; the others have none.
"""

from __future__ import annotations

import re
import resource
import sys

import nh3

SECONDS = 2
MEMORY = 1024**3
"""What the process may take: html5ever needs minutes, or gigabytes, for what is nested as it must not be."""

_TAGS = """
a abbr address article b bdi bdo big blockquote br caption center cite code col colgroup dd del dfn div dl dt em
figcaption figure font footer h1 h2 h3 h4 h5 h6 header hr i img ins kbd li main mark ol p pre q s samp section small
span strike strong sub sup table tbody td tfoot th thead tr tt u ul var wbr
"""
TAGS = frozenset(_TAGS.split())
_UNSEEN = "script style template noscript title iframe object embed svg math textarea select noembed noframes xmp"
UNSEEN = frozenset(_UNSEEN.split())
"""Elements that go with all that is in them; of other unknown ones the text stays."""

CELL = {"colspan", "rowspan", "align", "valign", "width"}
ATTRIBUTES = {
    "*": {"dir", "lang", "style"},
    "a": {"href"},
    "img": {"src", "alt", "width", "height"},
    "font": {"color"},
    "ol": {"start", "type"},
    "table": {"border", "width", "align"},
    "td": CELL,
    "th": CELL,
    "p": {"align"},
    "div": {"align"},
}
NUMBER = re.compile(r"\d{1,4}%?")
WORD = re.compile(r"[A-Za-z-]{1,20}")
VALUES = {
    "href": re.compile(r"(?:https?://|mailto:)\S+", re.IGNORECASE),
    "src": re.compile(r"cid:[^\s\"'<>]{1,500}", re.IGNORECASE),
    **dict.fromkeys(("colspan", "rowspan", "width", "height", "border", "start"), NUMBER),
    **dict.fromkeys(("dir", "align", "valign", "lang"), WORD),
    "type": re.compile(r"[1aAiI]"),
}
"""What each attribute may say; `alt` anything, `style` and `color` as below."""

STYLES = {
    "font-weight": re.compile(r"bold|bolder|normal|[1-9]00"),
    "font-style": re.compile(r"italic|oblique|normal"),
    "text-decoration": re.compile(r"underline|line-through|none"),
    "text-align": re.compile(r"left|right|center|justify|start|end"),
    "direction": re.compile(r"ltr|rtl"),
    "white-space": re.compile(r"pre|pre-wrap|pre-line|normal"),
    "list-style-type": WORD,
    "color": re.compile(r"#[0-9a-f]{3}|#[0-9a-f]{6}|rgb\(\s*\d{1,3}\s*(?:,\s*\d{1,3}\s*){2}\)|[a-z]{3,10}"),
}
_DARK_NAMES = "black blue brown crimson darkblue darkgreen darkred gray green indigo maroon navy olive purple red teal"
DARK_NAMES = frozenset(_DARK_NAMES.split())
LIGHTEST = 170
"""Brightness (0 to 255) that can be read on white; a lighter colour would hide words, and goes."""


def clean(html: str) -> str:
    """Harmless HTML for the body of a document, however long it takes."""
    return nh3.clean(
        html,
        tags=set(TAGS),
        clean_content_tags=set(UNSEEN),
        attributes=ATTRIBUTES,
        attribute_filter=_kept,
        link_rel=None,
        set_tag_attribute_values={"a": {"rel": "noopener noreferrer nofollow"}},
        url_schemes={"http", "https", "mailto", "cid"},
    )


def _kept(_tag: str, name: str, value: str) -> str | None:
    """The value of an attribute, or None where it goes."""
    if name == "style":
        return _style(value) or None
    if name == "color":
        return value if _style(f"color:{value}") else None
    pattern = VALUES.get(name)
    return value if pattern is None or pattern.fullmatch(value.strip()) else None


def _style(value: str) -> str:
    """The declarations that are known to be harmless; nothing with an escape, a comment or a function in it."""
    kept = []
    for declaration in value[:2000].lower().split(";"):
        name, _, said = (part.strip() for part in declaration.partition(":"))
        pattern = STYLES.get(name)
        if pattern and pattern.fullmatch(said) and (name != "color" or _is_dark(said)):
            kept.append(f"{name}:{said}")
    return ";".join(kept)


def _is_dark(colour: str) -> bool:
    """Whether words in this colour can be read on white."""
    if colour.startswith("#"):
        digits = colour[1:] if len(colour) == 7 else "".join(2 * digit for digit in colour[1:])
        parts = [int(digits[at : at + 2], 16) for at in (0, 2, 4)]
    elif colour.startswith("rgb"):
        parts = [int(number) for number in re.findall(r"\d+", colour)]
    else:
        return colour in DARK_NAMES
    red, green, blue = parts
    return 0.299 * red + 0.587 * green + 0.114 * blue <= LIGHTEST


def _child() -> None:
    """Standard input to standard output, within the limits; the system ends what goes beyond them."""
    resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    sys.stdout.buffer.write(clean(sys.stdin.buffer.read().decode("utf-8")).encode("utf-8"))


if __name__ == "__main__":
    _child()
