"""Labels the lines that earlier mails left in a text: quote marks, attributions, header blocks, delimiters."""

from __future__ import annotations

import re

from connector.pipeline.stripping.labels import ATTRIBUTION, DELIMITER, EMPTY, HEADER, QUOTE, TEXT, Labelled
from connector.rulebook import Matcher, Rule

CANDIDATES = 500
"""Lines that are looked at as ends of attributions, fields of headers or delimiters; real mails have a few."""
WRAPPED_LINES = 5
"""An attribution is looked for in at most so many lines."""
_MARKS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~§±«»›‹¦│┃＞｜•·■")
"""What a quoted line can begin with; lines that begin with a letter or digit are not asked about quote marks."""
_DATE = re.compile(r"\d[:.時时시h]\s?\d\d|\b(?:19|20)\d\d\b|[12]\d{3}\s?[年년]")
_UNCLOSED = re.compile(r"[(<\[][^)>\]]*$")
_WRAPPED_REST = re.compile(r"[a-zß-öø-ÿ]|[<(\[]?https?:")
_LONG = 60


def label_quotations(text: Labelled, matcher: Matcher) -> None:
    """Label quote marks, then delimiters, attributions and header blocks in what is left."""
    _label_quotes(text, matcher)
    _label_delimiters(text, matcher)
    _label_attributions(text, matcher)
    _label_header_blocks(text, matcher)


def _label_quotes(text: Labelled, matcher: Matcher) -> None:
    places = [
        index for index, line in enumerate(text.lines) if line and line[0] in _MARKS and text.labels[index] == TEXT
    ]
    if not places:
        return
    lines = [text.lines[index] for index in places]
    for rule in matcher.possible("quote", lines):
        for place in matcher.lines(rule, lines):
            text.mark(places[place], places[place] + 1, QUOTE, rule.name)
    for index in range(1, len(text.lines) - 1):
        around = text.labels[index - 1 : index + 2]
        if around == [QUOTE, TEXT, QUOTE] and _is_rest(text.lines, index):
            text.mark(index, index + 1, QUOTE, text.rules[index - 1])


def _is_rest(lines: list[str], index: int) -> bool:
    """Whether a line between two quoted ones is what the quoting client wrapped off the line above."""
    above, line = lines[index - 1], lines[index]
    if _UNCLOSED.search(above[-200:]):
        return True
    return bool(_WRAPPED_REST.match(line)) and (len(above) >= _LONG or line.endswith(">"))


def _label_delimiters(text: Labelled, matcher: Matcher) -> None:
    candidates = [
        index
        for index, line in enumerate(text.lines)
        if text.labels[index] == TEXT and (not line[0].isalnum() or line[-1] in ":：")
    ][:CANDIDATES]
    rules = matcher.possible("delimiter", (text.lines[index] for index in candidates))
    for index in candidates if rules else ():
        if found := matcher.first(rules, text.lines[index]):
            text.mark(index, index + 1, DELIMITER, found[0].name)


def _label_attributions(text: Labelled, matcher: Matcher) -> None:
    """An attribution ends where its last line does: with a colon, a rule of dashes, or with an address in it."""
    ends = [
        index
        for index, line in enumerate(text.lines)
        if text.labels[index] == TEXT and (line[-1] in ":：-—" or "@" in line)
    ][:CANDIDATES]
    if not ends:
        return
    windows = {index: _window(text, index) for index in ends}
    rules = matcher.possible("attribution", (" ".join(lines) for lines in windows.values()))
    for index in ends if rules else ():
        if found := _attribution(windows[index], rules, matcher):
            count, rule = found
            text.mark(index + 1 - count, index + 1, ATTRIBUTION, rule)


def _window(text: Labelled, last: int) -> list[str]:
    """The line and those above it that can belong to one attribution: lines of text without an empty one between."""
    first = last
    while first > 0 and last - first + 1 < WRAPPED_LINES and text.labels[first - 1] == TEXT:
        first -= 1
    return text.lines[first : last + 1]


def _attribution(window: list[str], rules: list[Rule], matcher: Matcher) -> tuple[int, str] | None:
    """How many lines at the window's end are an attribution, and by which rule.

    The fewest lines win, so that text directly above stays; but where what they hold has no date, its beginning may
    stand above, and more lines are tried, up to the end of a sentence.
    """
    best: tuple[int, str] | None = None
    for count in range(1, len(window) + 1):
        if count > 1 and window[-count][-1] in ".!?:;。！？：":
            break
        joined = " ".join(window[-count:])
        if found := matcher.first(rules, joined):
            best = count, found[0].name
            unclosed = count < len(window) and _UNCLOSED.search(window[-count - 1])
            if _DATE.search(joined) and not unclosed:
                break
    return best


def _label_header_blocks(text: Labelled, matcher: Matcher) -> None:
    fields = _header_fields(text, matcher)
    index = 0
    while index < len(text.lines):
        if index not in fields:
            index += 1
            continue
        block = _block(text, fields, index)
        if _is_header_block(text, fields, block):
            text.mark(block[0], block[-1] + 1, HEADER, fields[block[0]][1])
        index = block[-1] + 1


def _header_fields(text: Labelled, matcher: Matcher) -> dict[int, tuple[frozenset[str], str]]:
    """Line -> the fields of a mail header that it may be, and the rule that says so."""
    candidates = [
        index
        for index, line in enumerate(text.lines)
        if text.labels[index] == TEXT and (":" in line[:30] or "：" in line[:30])
    ][:CANDIDATES]
    near = [
        index
        for place, index in enumerate(candidates)
        if _near(candidates, place - 1, index) or _near(candidates, place + 1, index)
    ]
    rules = matcher.possible("header-block", (text.lines[index][:40] for index in near))
    fields: dict[int, tuple[frozenset[str], str]] = {}
    for index in near:
        if found := matcher.first(rules, text.lines[index][:80]):
            rule, match = found
            names = frozenset(name for name, value in match.groupdict().items() if value)
            fields[index] = names or frozenset({rule.name}), rule.name
            rules.sort(key=lambda each: each is not rule)  # the block's other lines are of the same language
    return fields


def _near(candidates: list[int], place: int, index: int) -> bool:
    return 0 <= place < len(candidates) and abs(candidates[place] - index) <= _GAP + 1


_GAP = 3
"""So many lines may stand between two fields of one header block: folded addresses, empty lines."""


def _block(text: Labelled, fields: dict[int, tuple[frozenset[str], str]], first: int) -> list[int]:
    """The lines of the header block that starts at `first`: fields near each other, not past a gap of empty lines."""
    block = [first]
    for index in range(first + 1, len(text.lines)):
        if index in fields:
            block.append(index)
        elif (
            index - block[-1] > _GAP
            or text.labels[index] not in (TEXT, EMPTY)
            or (text.labels[index] == EMPTY and len(block) > 1 and index - 1 == block[-1] and index + 1 not in fields)
        ):
            break
    return block


def _is_header_block(text: Labelled, fields: dict[int, tuple[frozenset[str], str]], block: list[int]) -> bool:
    """Two different fields, who or when among them, and what only mails have: an address, a subject, a time of sending.

    People write "From: Berlin, To: Rome, Date: Monday" as well.
    """
    has = frozenset().union(*(fields[index][0] for index in block))
    if len(has) < 2 or not has & {"from", "date", "sent"}:
        return False
    address = any("@" in text.lines[index] for index in range(block[0], min(block[-1] + 2, len(text.lines))))
    return address or {"from", "sent"} <= has or ("subject" in has and len(has) > 2)
