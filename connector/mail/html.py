"""HTML to text: as a reader sees it, in linear time whatever comes; nothing is fetched (B8, B54).

inscriptis gives the best text, but takes 0.7 ms a KiB and pads nested tables without bound: it gets what is small
and flat. The rest goes to lexbor, which is quadratic in depth; what is deep has its tags taken out.
"""

from __future__ import annotations

import html as entities
import re

from inscriptis import get_text
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig
from selectolax.lexbor import LexborHTMLParser

MAX_CHARACTERS = 512 * 1024
MAX_DEPTH = 200
INSCRIPTIS_CHARACTERS = 24 * 1024
INSCRIPTIS_INDENTS = 6

_CSS = CSS_PROFILES["strict"] | {"hr": CSS_PROFILES["strict"]["div"]}  # else a ruler glues two lines together
_CONFIG = ParserConfig(css=_CSS, display_links=False, display_images=False)
_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_OPEN_ENDED = "p li td tr th dd dt option"  # their end tags may be left out
_NO_DEPTH = frozenset(
    ("area base br col embed hr img input link meta param source track wbr " + _OPEN_ENDED).split(" ")
)
_INDENTING = frozenset(["table", "ul", "ol", "dl", "dd", "blockquote", "fieldset", "menu"])
_BLOCK_TAG = re.compile(
    r"</?(?:address|article|aside|blockquote|br|caption|center|dd|div|dl|dt|fieldset|figcaption|footer|form|h[1-6]"
    r"|header|hr|li|main|nav|ol|p|pre|section|table|tr|ul)(?:[\s/][^<>]*)?>",
    re.IGNORECASE,
)
_CELL_END = re.compile(r"</t[dh]\s*>", re.IGNORECASE)
_STYLE = re.compile(r"""\bstyle\s*=\s*(?:"[^"]*"|'[^']*'|[^\s>]*)""", re.IGNORECASE)
_HIDING = re.compile(r"display\s*:\s*none", re.IGNORECASE)
_UNSEEN = (
    "script,style,head,title,template,noscript,object,svg,"
    '[style*="display:none"],[style*="display: none"],[style*="DISPLAY: none"]'
)
_BREAK = "\f"  # stands for a line end while blanks are collapsed; a blank to HTML, so it stays where it is put
_DATA_URI = re.compile(r"data:[a-z]+/[a-z0-9.+-]+;base64,[A-Za-z0-9+/=%\s]{100,}+", re.IGNORECASE)
_BLANKS = re.compile(r"[ \t\r\n]+")
_BREAKS = re.compile(r"[ \f]*\f[ \f]*")
_UNSEEN_BLOCK = re.compile(r"<(script|style)\b.*?(?:</\1\s*>|\Z)|<!--.*?(?:-->|\Z)", re.IGNORECASE | re.DOTALL)
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
    depth, indents = depths(html)
    if depth > MAX_DEPTH:
        return _by_tags(html), (*repairs, "html-too-deep")
    text = ""
    if len(html) <= INSCRIPTIS_CHARACTERS and indents <= INSCRIPTIS_INDENTS:
        text = _by_inscriptis(html)
    return text or _by_lexbor(html), repairs


def without_data_uris(html: str) -> str:
    """HTML without the content of images that stand in it: they may be megabytes."""
    return _DATA_URI.sub("data:,", html)


def depths(html: str) -> tuple[int, int]:
    """How deep elements, and those that indent, are nested at most; end tags that may be left out do not count."""
    depth = deepest = indent = deepest_indent = 0
    for slash, tag in _TAG.findall(html):
        tag = tag.lower()
        if tag in _NO_DEPTH:
            continue
        step = -1 if slash else 1
        depth = max(depth + step, 0)
        deepest = max(deepest, depth)
        if tag in _INDENTING:
            indent = max(indent + step, 0)
            deepest_indent = max(deepest_indent, indent)
    return deepest, deepest_indent


def _by_inscriptis(html: str) -> str:
    """The text as inscriptis lays it out, or nothing where it fails."""
    try:
        text: str = get_text(_STYLE.sub(_only_hiding, html), _CONFIG)
    except Exception:  # lxml and inscriptis raise many kinds on broken input; lexbor reads it then
        return ""
    return "\n".join(line.rstrip() for line in text.split("\n")).strip()


def _only_hiding(style: re.Match[str]) -> str:
    """A style attribute that may hide an element and do nothing else: a margin may be of a million lines."""
    return 'style="display:none"' if _HIDING.search(style[0]) else ""


def _by_lexbor(html: str) -> str:
    """The text with line ends where block elements begin and end."""
    html = _BLOCK_TAG.sub(lambda tag: f"{_BREAK}{tag[0]}{_BREAK}", html.replace(_BREAK, " "))
    tree = LexborHTMLParser(_CELL_END.sub(r" \g<0>", html))
    for node in tree.css(_UNSEEN):
        node.decompose()
    return _laid_out(tree.body.text() if tree.body else "")


def _by_tags(html: str) -> str:
    """The text between tags, without regard to structure."""
    html = _UNSEEN_BLOCK.sub(" ", html.replace(_BREAK, " "))
    return _laid_out(entities.unescape(_ANY_TAG.sub(_BREAK, html)))


def _laid_out(text: str) -> str:
    """Blanks of the source collapsed, then breaks made line ends; at most one empty line between two lines."""
    return _BREAKS.sub(_line_ends, _BLANKS.sub(" ", text)).strip()


def _line_ends(breaks: re.Match[str]) -> str:
    """One line end for the two breaks around a tag, an empty line for more of them (a paragraph's end and start)."""
    return "\n" if breaks[0].count(_BREAK) <= 4 else "\n\n"
