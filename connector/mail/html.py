"""HTML to text: as a reader sees it, in linear time whatever comes; nothing is fetched (B8, B54).

lexbor reads the HTML as browsers do; where lines end is marked in it before (`layout.py`). It is quadratic in depth and
in the attributes of one element, so what has too many of them has its tags taken out instead.
"""

from __future__ import annotations

import html as entities
import re

from selectolax.lexbor import LexborHTMLParser

from connector.mail import layout

MAX_CHARACTERS = 512 * 1024
MAX_DEPTH = 200
MAX_ATTRIBUTES = 1000  # of one element
LONG_TAG = 4 * MAX_ATTRIBUTES  # characters; in less there is no room for so many

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_OPEN_ENDED = "p li td tr th dd dt option"  # their end tags may be left out
_NO_DEPTH = frozenset(
    ("area base br col embed hr img input link meta param source track wbr " + _OPEN_ENDED).split(" ")
)
_UNSEEN = (
    "script,style,head,title,template,noscript,object,svg,"
    '[style*="display:none"],[style*="display: none"],[style*="DISPLAY: none"]'
)
_DATA_URI = re.compile(r"data:[a-z]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=%\s]{100,}+", re.IGNORECASE)
_UNSEEN_BLOCK = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
_WHOLE_TAG = re.compile(r"""<[a-zA-Z](?:[^"'=>]++|=\s*+(?:"[^"]*+"?|'[^']*+'?)?|["'])*+""")
"""A tag as browsers read it: an angle bracket in a quoted value does not end it. It may hold more than they see."""
_ATTRIBUTE = re.compile(r"""[^\s/"'=]++""")
_ANY_TAG = re.compile(r"<[/!?a-zA-Z][^<>]*>")


def html_to_text(html: str) -> str:
    """The text of an HTML body or of a piece of one."""
    return to_text(html)[0]


def to_text(html: str) -> tuple[str, tuple[str, ...]]:
    """The text of an HTML body, and repair codes (`html-cut`, `html-too-deep`)."""
    repairs: tuple[str, ...] = ()
    if len(html) > MAX_CHARACTERS:
        html = without_data_uris(html)
    if len(html) > MAX_CHARACTERS:
        html, repairs = html[:MAX_CHARACTERS], ("html-cut",)
    if is_too_deep(html):
        return _by_tags(html), (*repairs, "html-too-deep")
    return _by_lexbor(html), repairs


def without_data_uris(html: str) -> str:
    """HTML without the content of images that stand in it: they may be megabytes."""
    return _DATA_URI.sub("data:,", html)


def is_too_deep(html: str) -> bool:
    """Whether reading it by its structure could take more than time in proportion to its size."""
    return depth(html) > MAX_DEPTH or any(
        len(tag) > LONG_TAG and len(_ATTRIBUTE.findall(tag)) > MAX_ATTRIBUTES for tag in _WHOLE_TAG.findall(html)
    )


def depth(html: str) -> int:
    """How deep elements are nested at most; those whose end tags may be left out do not count."""
    level = deepest = 0
    for slash, tag in _TAG.findall(html):
        if tag.lower() not in _NO_DEPTH:
            level = max(level + (-1 if slash else 1), 0)
            deepest = max(deepest, level)
    return deepest


def _by_lexbor(html: str) -> str:
    """The text with line ends where block elements begin and end."""
    tree = LexborHTMLParser(layout.marked(html))
    for node in tree.css(_UNSEEN):
        node.decompose()
    return layout.laid_out(tree.body.text() if tree.body else "")


def _by_tags(html: str) -> str:
    """The text between tags, without regard to structure."""
    html = _UNSEEN_BLOCK.sub(" ", layout.without_marks(html))
    return layout.laid_out(entities.unescape(_ANY_TAG.sub(layout.BLOCK, html)))
