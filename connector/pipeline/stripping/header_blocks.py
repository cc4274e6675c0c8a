"""Labels the header blocks of quoted mails: From, Sent, To and Subject in any language, and titles above them."""

from __future__ import annotations

import re

from connector.pipeline.stripping.labels import ATTRIBUTION, DELIMITER, EMPTY, HEADER, TEXT, Labelled
from connector.rulebook import Matcher, Rule

CANDIDATES = 500
"""Lines that are looked at as fields; real mails have a few."""
_GAP = 3
"""So many lines may stand between two fields of one header block: folded addresses, empty lines."""
_PEOPLE = frozenset(("from", "to", "cc"))
_CLOCK = re.compile(r"(?<!\d)(?<!\d\.)\d{1,2}[:.時时시h]\s?\d\d(?!\.?\d)")
_DAY = re.compile(r"\d[:.時时시h]\s?\d\d|\d{4}|\d{1,2}[-./]\s?\d{1,2}[-./]\s?\d\d")
_RULER = re.compile(r"[-_=]{4,}")
_FORM_FIELD = re.compile(r"[^\W\d_a-z][\w-]{0,20}[:：]\s{1,4}\S")
_MAILBOX = re.compile(r"From \S{1,200} +[A-Z][a-z]{2} [A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d (?:\S{1,6} )?\d{4}$")
"""The line above a mail in a file: of a mailbox, or of a patch."""
_UNCLOSED = re.compile(r"[(<\[][^)>\]]*$")


def label_header_blocks(text: Labelled, matcher: Matcher) -> None:
    """Label the header blocks, and the titles above them, in what is left."""
    fields = _header_fields(text, matcher)
    index = 0 if fields else len(text.lines)
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
    return _title(text.lines[above], matcher) is None


def _label_title(text: Labelled, block: int, matcher: Matcher) -> None:
    """Label the line above a header block where it is a title ("Original Message") that means nothing elsewhere."""
    above = next((at for at in range(block - 1, -1, -1) if text.labels[at] != EMPTY), 0)
    if text.labels[above] == TEXT and (rule := _title(text.lines[above], matcher)):
        text.mark(above, above + 1, DELIMITER, rule.name)


def _title(line: str, matcher: Matcher) -> Rule | None:
    found = matcher.first(matcher.possible("title", (line,)), line)
    return found[0] if found else None


def _header_fields(text: Labelled, matcher: Matcher) -> dict[int, tuple[frozenset[str], str]]:
    """Line -> the fields of a mail header that it may be, and the rule that says so."""
    candidates = [
        index
        for index, line in enumerate(text.lines)
        if (":" in line or "：" in line) and text.labels[index] == TEXT and (":" in line[:30] or "：" in line[:30])
    ][:CANDIDATES]
    if len(candidates) < 2:
        return {}
    near = [
        index
        for place, index in enumerate(candidates)
        if _near(candidates, place - 1, index) or _near(candidates, place + 1, index)
    ]
    rules = matcher.possible("header-block", [text.lines[index][:40] for index in near])
    fields: dict[int, tuple[frozenset[str], str]] = {}
    for index in near:
        if found := matcher.first(rules, text.lines[index][:80]):
            rule, match = found
            names = frozenset(name for name, value in match.groupdict().items() if value)
            fields[index] = names or frozenset({rule.name}), rule.name
            if rule is not rules[0]:
                rules.sort(key=lambda each: each is not rule)  # the block's other lines are of the same language
    return fields


def _near(candidates: list[int], place: int, index: int) -> bool:
    return 0 <= place < len(candidates) and abs(candidates[place] - index) <= _GAP + 1


def _block(text: Labelled, fields: dict[int, tuple[frozenset[str], str]], first: int) -> list[int]:
    """The lines of the header block that starts at `first`: fields, folded values, and single empty lines.

    The way of a mail ("Received") is folded anywhere: what stands between it and the next field belongs to it.
    """
    block = [first]
    raw = first
    for index in range(first + 1, len(text.lines)):
        if index in fields:
            block.append(index)
            raw = index if "raw" in fields[index][0] else raw
        elif text.labels[index] == TEXT and (
            _is_folded(text.lines[index - 1], text.lines[index]) or _is_raw(text, fields, raw, index)
        ):
            block.append(index)
        elif text.labels[index] != EMPTY or index - block[-1] > 1 or index + 1 not in fields:
            break
    return block


def _is_raw(text: Labelled, fields: dict[int, tuple[frozenset[str], str]], raw: int, index: int) -> bool:
    """Whether a line stands right between a field of a mail's way and a further field."""
    below = next((at for at in range(index + 1, index + _GAP + 1) if at in fields), None)
    if below is None or "raw" not in fields[raw][0]:
        return False
    return index - raw <= _GAP and all(text.labels[at] == TEXT and at not in fields for at in range(raw + 1, below))


def _is_folded(above: str, line: str) -> bool:
    """Whether a line goes on with the value of the field above: with a further address, or a bracket's content."""
    return above[-1:] in (",", ";", "<") or line[0] in "<[" or bool(_UNCLOSED.search(above[-200:]))


def _is_header_block(text: Labelled, fields: dict[int, tuple[frozenset[str], str]], block: list[int]) -> bool:
    """Two different fields, who or when among them, and what only mails have; none below a mailbox's own line.

    That is a date, and an address of a person or a sender with a clock; below a delimiter the date may be missing.
    People write "From: Berlin, To: Rome, Date: Monday" as well, show From, To and Subject of a mail that failed, and
    what was sent may be a number. Clients quote no field of a mail's way.
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
    if not dated or not has & {"date", "sent"}:
        return False
    return address or (timed and "from" in has and ("subject" in has or {"sent", "to"} <= has))
