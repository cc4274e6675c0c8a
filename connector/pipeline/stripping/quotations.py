"""Labels the lines that earlier mails left in a text: quote marks, attributions, header blocks, delimiters."""

from __future__ import annotations

import re
from collections.abc import Callable

from connector.pipeline.stripping.header_blocks import label_header_blocks
from connector.pipeline.stripping.labels import (
    ATTRIBUTION,
    DELIMITER,
    EMPTY,
    HEADER,
    QUOTE,
    TEXT,
    Labelled,
    is_within_sentence,
)
from connector.rulebook import Matcher, Rule

CANDIDATES = 500
"""Lines that are looked at as ends of attributions or delimiters; real mails have a few."""
WRAPPED_LINES = 5
"""An attribution is looked for in at most so many lines."""
_LABELS = frozenset((QUOTE, DELIMITER, ATTRIBUTION, HEADER))
_MARKS = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~§±«»›‹¦│┃＞｜•·■")
"""What a quoted line can begin with; lines that begin with a letter or digit are not asked about quote marks."""
_DATE = re.compile(r"\d[:.時时시h]\s?\d\d|\b(?:19|20)\d\d\b|[12]\d{3}\s?[年년]")
_UNCLOSED = re.compile(r"[(<\[][^)>\]]*$")
_WRAPPED_REST = re.compile(r"[a-zß-öø-ÿ]|[<(\[]?https?:")
_CLOSING = re.compile(r"[^(<\[]*[)>\]]")
_ENDS = tuple(".!?:;。！？：")
_INTRODUCED = re.compile("t(?=e{0,2}q)")
_SENTENCE_END = re.compile(r"[.!?:;。！？：；…][\"'”’»)\]]*$")
_BROKEN_OFF = re.compile(r"\w$")
_LINK_AND_MARK = re.compile(r"[(<\[]?https?:\S+ >")
_VERB = 40
"""Characters of "> wrote:" in any language."""
_WRAPPED = 70
"""Clients wrap lines at so many characters or more."""


def label_quotations(text: Labelled, matcher: Matcher) -> None:
    """Label quote marks, then delimiters, attributions and header blocks in what is left."""
    for step in _steps():
        step(text, matcher)


def holds_quotation(text: Labelled, matcher: Matcher) -> bool:
    """Whether `label_quotations` labels any line; what is behind the first step that does is not asked for."""
    for step in _steps():
        step(text, matcher)
        if not _LABELS.isdisjoint(text.labels):
            return True
    return False


def _steps() -> tuple[Callable[[Labelled, Matcher], None], ...]:
    return _label_quotes, _label_delimiters, _label_attributions, _label_introductions, label_header_blocks


def _label_quotes(text: Labelled, matcher: Matcher) -> None:
    places = [
        index
        for index, line in enumerate(text.lines)
        if line and line[0] in _MARKS and text.labels[index] == TEXT and not _closes_address(text, index)
    ]
    if not places:
        return
    lines = [text.lines[index] for index in places]
    for rule in matcher.possible("quote", lines):
        for place in matcher.lines(rule, lines):
            text.labels[places[place]], text.rules[places[place]] = QUOTE, rule.name
    _label_wrapped_rests(text)


def _closes_address(text: Labelled, index: int) -> bool:
    """Whether the ">" of a line is the end of an address above it: "On … Ann <", "ann@…", "> wrote:"."""
    line = text.lines[index]
    if len(line) > _VERB or line[-1] not in ":：" or line.count(">") > 1:
        return False
    above = " ".join(text.lines[max(0, index - 3) : index])
    return above.count("<") > above.count(">")


def _label_wrapped_rests(text: Labelled) -> None:
    """Label lines between quoted ones that the quoting client wrapped off the line above.

    Below the end of a sentence an answer may begin: there a line is a rest only where others surely are.
    """
    shape = text.shape
    between = [found.start() + 1 for found in re.finditer("q(?=tq)", shape)]
    rests = [index for index in between if _is_rest(text.lines[index - 1], text.lines[index])]
    if any(_BROKEN_OFF.search(text.lines[index - 1]) for index in rests):
        ended = [index for index in between if text.lines[index - 1].endswith(".")]
        rests += [index for index in ended if _goes_on(text.lines[index - 1], text.lines[index])]
    for index in rests:
        text.mark(index, index + 1, QUOTE, text.rules[index - 1])


def _is_rest(above: str, line: str) -> bool:
    """Whether a line surely goes on where the quoted one above it ends."""
    if _LINK_AND_MARK.fullmatch(line):
        return True
    if _SENTENCE_END.search(above[-20:]):
        return False
    unclosed = bool(_UNCLOSED.search(above[-200:]))
    word = line.split(maxsplit=1)[0]
    if unclosed and len(word) > 2 and _CLOSING.match(word):
        return True
    return _goes_on(above, line) or (unclosed and len(above) > _WRAPPED and bool(_CLOSING.match(line)))


def _goes_on(above: str, line: str) -> bool:
    """Whether the line begins within a sentence, and its first word had no room above."""
    return bool(_WRAPPED_REST.match(line)) and len(above) + len(line.split(maxsplit=1)[0]) >= _WRAPPED


def _label_delimiters(text: Labelled, matcher: Matcher) -> None:
    candidates = [
        index
        for index, line in enumerate(text.lines)
        if text.labels[index] == TEXT and (not line[0].isalnum() or line[-1] in ":：")
    ][:CANDIDATES]
    rules = matcher.possible("delimiter", [text.lines[index] for index in candidates])
    for index in candidates if rules else ():
        if (found := matcher.first(rules, text.lines[index])) and not is_within_sentence(text, index):
            text.mark(index, index + 1, DELIMITER, found[0].name)


def _label_attributions(text: Labelled, matcher: Matcher) -> None:
    """An attribution ends where its last line does: with a colon, a rule of dashes, or with an address in it."""
    ends = [
        index
        for index, line in enumerate(text.lines)
        if text.labels[index] == TEXT and (line[-1] in ":：-—" or "@" in line or line.endswith(">>>"))
    ][:CANDIDATES]
    if not ends:
        return
    windows = {index: _window(text, index) for index in ends}
    rules = matcher.possible("attribution", [" ".join(lines) for lines in windows.values()])
    for index in ends if rules else ():
        if found := _attribution(windows[index], rules, matcher):
            count, rule = found
            text.mark(index + 1 - count, index + 1, ATTRIBUTION, rule)


def _label_introductions(text: Labelled, matcher: Matcher) -> None:
    """What no rule for attributions knows is one where quote marks follow, and a date and an address stand in it."""
    found = [match.start() for match in _INTRODUCED.finditer(text.shape)]
    ends = [index for index in found if text.lines[index][-1] in ":："][:CANDIDATES]
    windows = {index: _window(text, index) for index in ends}
    rules = matcher.possible("introduction", [" ".join(lines) for lines in windows.values()])
    for index in ends if rules else ():
        if hit := _attribution(windows[index], rules, matcher):
            text.mark(index + 1 - hit[0], index + 1, ATTRIBUTION, hit[1])


def _window(text: Labelled, last: int) -> list[str]:
    """The line and those above it that can belong to one attribution.

    That are lines of text without an empty one between, but above an address in brackets.
    """
    first = last
    while first > 0 and last - first + 1 < WRAPPED_LINES and _may_go_on_above(text, first):
        first -= 1
    return text.lines[first : last + 1]


def _may_go_on_above(text: Labelled, first: int) -> bool:
    if text.labels[first - 1] == EMPTY:
        return text.lines[first][0:1] == "<" and first > 1 and text.labels[first - 2] == TEXT
    return text.labels[first - 1] == TEXT


def _attribution(window: list[str], rules: list[Rule], matcher: Matcher) -> tuple[int, str] | None:
    """How many lines at the window's end are an attribution, and by which rule.

    The fewest lines win, so that text directly above stays. More win only where the line above them is unclosed, or
    where they alone hold a date and another rule says so: a sentence above may hold one as well.
    """
    best: tuple[int, str] | None = None
    for count in range(1, len(window) + 1):
        if count > 1 and window[-count].endswith(_ENDS) and not _UNCLOSED.search(window[-count]):
            break
        joined = " ".join(window[-count:])
        unclosed = count > 1 and _UNCLOSED.search(window[-count])
        if not (found := matcher.first(rules, joined)):
            continue
        rule, dated = found[0].name, _DATE.search(joined)
        if best is None or unclosed or (dated and rule != best[1]):
            best = count, rule
            if dated and not (count < len(window) and _UNCLOSED.search(window[-count - 1])):
                break
    return best
