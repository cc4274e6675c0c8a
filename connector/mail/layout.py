"""Where the lines of HTML end: marks put before its tags, and line ends made of them when the tags are gone."""

from __future__ import annotations

import re

# Control characters stand for what is to be seen while blanks are collapsed; HTML takes them for letters.
ITEM, CELL, BLOCK, LINE, PARAGRAPH, BLANK = "\x1a", "\x1b", "\x1c", "\x1d", "\x1e", "\x1f"
MAX_LINE_ENDS = 3  # between two lines, however many the source has
MAX_LEVELS = 8  # of lists that are indented

_MARKS = re.compile("[\x1a-\x1f]")
_BLOCK_TAG = re.compile(
    r"<(/?)(address|article|aside|blockquote|br|caption|center|dd|div|dl|dt|fieldset|figcaption|footer|form|h[1-6]"
    r"|header|hr|li|main|nav|ol|p|pre|section|table|td|th|tr|ul)(?=[\s/>])[^<>]*>",
    re.IGNORECASE,
)
_TABLE = frozenset(["table", "tr", "td", "th"])
_PARAGRAPHS = frozenset(["p", "h1", "h2", "h3", "h4", "h5", "h6"])
_PRE_END = re.compile(r"</pre", re.IGNORECASE)
_PRE = re.compile(r"<pre\b[^<>]*>", re.IGNORECASE)
_LINE_END = re.compile(r"\r\n?|\n")
_BLANKS = re.compile(r"[ \t\r\n\f\v]+")
_BREAKS = re.compile("[ \x1b\x1f]*[\x1c-\x1e][ \x1b-\x1e]*")
_EMPTY_LINES = re.compile(rf"\n{{{MAX_LINE_ENDS},}}")
_BEHIND_BULLET = re.compile("\x1a[ \x1a-\x1e]*")
_CELLS = re.compile(" ?\x1b[ \x1b]*")


def without_marks(html: str) -> str:
    """HTML that holds none of the marks."""
    return _MARKS.sub(" ", html)


def marked(html: str) -> str:
    """HTML with a mark at every tag that ends a line, a bullet or number at every item, and pre-formatted text kept."""
    return _BLOCK_TAG.sub(_Marks().at, _with_pre(without_marks(html)))


def laid_out(text: str) -> str:
    """Blanks of the source collapsed, then line ends made of the marks; no line ends in a blank."""
    text = _BEHIND_BULLET.sub("", _BLANKS.sub(" ", text))
    text = _CELLS.sub("  ", _BREAKS.sub(_line_ends, text)).strip(" ").replace(BLANK, " ").replace("\xa0", " ")
    return _EMPTY_LINES.sub("\n" * MAX_LINE_ENDS, "\n".join([line.rstrip() for line in text.split("\n")])).strip("\n")


class _Marks:
    """Marks the tags of one document; knows which lists are open."""

    def __init__(self) -> None:
        self.numbers: list[int] = []  # the last number of each open list; -1: it has bullets
        self.is_first_cell = False

    def at(self, tag: re.Match[str]) -> str:
        """A tag with its marks."""
        slash, name = tag[1], tag[2].lower()
        if name == "br":
            return LINE
        if name in _TABLE:
            return self._in_table(tag[0], slash, name)
        if name in ("ul", "ol"):
            if not slash:
                self.numbers.append(0 if name == "ol" else -1)
            elif self.numbers:
                self.numbers.pop()
        if name in _PARAGRAPHS:
            return f"{PARAGRAPH}{tag[0]}{PARAGRAPH}"
        return f"{BLOCK}{tag[0]}{BLOCK}{self._item() if name == 'li' and not slash else ''}"

    def _in_table(self, tag: str, slash: str, name: str) -> str:
        """A tag of a table: letters between its rows and cells would be put before the table, so marks are in cells."""
        if name == "table":
            return tag + BLOCK if slash else BLOCK + tag
        if name == "tr" or slash:
            self.is_first_cell = name == "tr" and not slash
            return tag
        mark, self.is_first_cell = BLOCK if self.is_first_cell else CELL, False
        return tag + mark

    def _item(self) -> str:
        """The bullet or number of an item, indented by the level of its list."""
        indent = BLANK * 2 * min(len(self.numbers), MAX_LEVELS)
        if not self.numbers or self.numbers[-1] < 0:
            return f"{indent}* {ITEM}"
        self.numbers[-1] += 1
        return f"{indent}{self.numbers[-1]}. {ITEM}"


def _with_pre(html: str) -> str:
    """HTML in which line ends and blanks of pre-formatted text are marks."""
    pieces: list[str] = []
    position = 0
    while begin := _PRE.search(html, position):
        end = _PRE_END.search(html, begin.end())
        stop = end.start() if end else len(html)
        lines = _LINE_END.sub(LINE, html[begin.end() : stop])
        pieces += [html[position : begin.end()], _outside_tags(lines)]
        position = stop
    return "".join([*pieces, html[position:]]) if pieces else html


def _outside_tags(html: str) -> str:
    """HTML with its blanks outside tags as marks."""
    return re.sub(r"<[^<>]*>| +", lambda found: found[0] if found[0][0] == "<" else BLANK * len(found[0]), html)


def _line_ends(breaks: re.Match[str]) -> str:
    """As many line ends as a reader sees: an empty line around paragraphs, one for each br, else a new line."""
    marks = breaks[0].strip(f" {BLANK}{CELL}")
    if PARAGRAPH in marks:
        return "\n\n"
    lines = marks.count(LINE) + (marks[0] == BLOCK)
    return "\n" * max(1, min(lines, MAX_LINE_ENDS))
