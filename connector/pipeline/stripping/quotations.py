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
_PEOPLE = frozenset(("from", "to", "cc"))
_CLOCK = re.compile(r"(?<!\d)(?<!\d\.)\d{1,2}[:.時时시h]\s?\d\d(?!\.?\d)")
_DAY = re.compile(r"\d[:.時时시h]\s?\d\d|\d{4}|\d{1,2}[-./]\s?\d{1,2}[-./]\s?\d\d")
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
_RULER = re.compile(r"[-_=]{4,}")
_FORM_FIELD = re.compile(r"[^\W\d_a-z][\w-]{0,20}[:：]\s{1,4}\S")
_MAILBOX = re.compile(r"From \S{1,200} +[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:\S{1,6} )?\d{4}$")
"""The line above a mail in a file: of a mailbox, or of a patch."""
_WRAPPED = 70
"""Clients wrap lines at so many characters or more."""


def label_quotations(text: Labelled, matcher: Matcher) -> None:
    """Label quote marks, then delimiters, attributions and header blocks in what is left."""
    _label_quotes(text, matcher)
    _label_delimiters(text, matcher)
    _label_attributions(text, matcher)
    _label_introductions(text, matcher)
    _label_header_blocks(text, matcher)


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
            text.mark(places[place], places[place] + 1, QUOTE, rule.name)
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
    rules = matcher.possible("delimiter", (text.lines[index] for index in candidates))
    for index in candidates if rules else ():
        if found := matcher.first(rules, text.lines[index]):
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
    rules = matcher.possible("attribution", (" ".join(lines) for lines in windows.values()))
    for index in ends if rules else ():
        if found := _attribution(windows[index], rules, matcher):
            count, rule = found
            text.mark(index + 1 - count, index + 1, ATTRIBUTION, rule)


def _label_introductions(text: Labelled, matcher: Matcher) -> None:
    """What no rule for attributions knows is one where quote marks follow, and a date and an address stand in it."""
    found = [match.start() for match in _INTRODUCED.finditer(text.shape)]
    ends = [index for index in found if text.lines[index][-1] in ":："][:CANDIDATES]
    windows = {index: _window(text, index) for index in ends}
    rules = matcher.possible("introduction", (" ".join(lines) for lines in windows.values()))
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


def _label_header_blocks(text: Labelled, matcher: Matcher) -> None:
    fields = _header_fields(text, matcher)
    index = 0
    while index < len(text.lines):
        if index not in fields:
            index += 1
            continue
        block = _block(text, fields, index)
        if _is_header_block(text, fields, block) and not _is_announced(text, block[0], matcher):
            text.mark(block[0], block[-1] + 1, HEADER, fields[block[0]][1])
            _label_title(text, block[0], matcher)
        elif len(block) > 1 and _introduces(text, fields, block):
            first = block[0] - (block[0] > 0 and bool(_RULER.fullmatch(text.lines[block[0] - 1])))
            text.mark(first, block[-1] + 1, ATTRIBUTION, fields[block[0]][1])
        index = block[-1] + 1


def _goes_on_from(text: Labelled, above: int) -> bool:
    """Whether the line right above a header is of the same kind: a mailbox's own, or a field of a form."""
    line = text.lines[above]
    return bool(_MAILBOX.match(line)) or (text.labels[above] == TEXT and bool(_FORM_FIELD.match(line)))


def _introduces(text: Labelled, fields: dict[int, tuple[frozenset[str], str]], block: list[int]) -> bool:
    """Whether whom a mail went to and what it was about stands right above an attribution, as Yandex writes it."""
    has = frozenset().union(*(fields[index][0] for index in block if index in fields))
    return {"to", "subject"} <= has and text.labels[block[-1] + 1 : block[-1] + 2] == [ATTRIBUTION]


def _is_announced(text: Labelled, block: int, matcher: Matcher) -> bool:
    """Whether the writer's own line above says with a colon that the header is what he or she wants to show.

    A title ends with one as well, and rulers may stand between.
    """
    above = next((at for at in range(block - 1, -1, -1) if any(map(str.isalnum, text.lines[at]))), None)
    if above is None or text.labels[above] != TEXT or text.lines[above][-1] not in ":：":
        return False
    return not matcher.first(matcher.rules.of("title"), text.lines[above])


def _label_title(text: Labelled, block: int, matcher: Matcher) -> None:
    """Label the line above a header block where it is a title ("Original Message") that means nothing elsewhere."""
    above = next((at for at in range(block - 1, -1, -1) if text.labels[at] != EMPTY), 0)
    if text.labels[above] == TEXT and (found := matcher.first(matcher.rules.of("title"), text.lines[above])):
        text.mark(above, above + 1, DELIMITER, found[0].name)


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
    """The lines of the header block that starts at `first`: fields, folded values, and single empty lines."""
    block = [first]
    for index in range(first + 1, len(text.lines)):
        if index in fields or (text.labels[index] == TEXT and _is_folded(text.lines[index - 1], text.lines[index])):
            block.append(index)
        elif text.labels[index] != EMPTY or index - block[-1] > 1 or index + 1 not in fields:
            break
    return block


def _is_folded(above: str, line: str) -> bool:
    """Whether a line goes on with the value of the field above: with a further address, or a bracket's content."""
    return above[-1:] in (",", ";", "<") or line[0] in "<[" or bool(_UNCLOSED.search(above[-200:]))


def _is_header_block(text: Labelled, fields: dict[int, tuple[frozenset[str], str]], block: list[int]) -> bool:
    """Two different fields, who or when among them, and what only mails have; none below a mailbox's own line.

    That is an address of a person, or a sender and a date with a clock. People write "From: Berlin,
    To: Rome, Date: Monday" as well, and what was sent may be a number. Clients quote no field of a mail's way.
    """
    has = frozenset().union(*(fields[index][0] for index in block if index in fields))
    if len(has) < 2 or not has & {"from", "date", "sent"} or not has & {"date", "sent", "subject"} or "raw" in has:
        return False
    if block[0] and _goes_on_from(text, block[0] - 1):
        return False
    names: frozenset[str] = frozenset()
    address = timed = False
    dated = not has & {"date", "sent"}
    for index in block:
        names = fields[index][0] if index in fields else names
        address |= bool(names & _PEOPLE) and "@" in text.lines[index]
        if names & {"date", "sent"}:
            line = text.lines[index].replace("\u200e", "")  # Windows puts such marks between the digits
            timed |= bool(_CLOCK.search(line))
            dated |= bool(_DAY.search(line))
    if text.labels[max(0, block[0] - 1)] == DELIMITER:
        return dated
    return dated and (address or (timed and "from" in has and ("subject" in has or {"sent", "to"} <= has)))
