"""Who wrote the mail that this one forwards (B37): an attached mail's From, or the header block below the own words.

The outermost one counts, and only where the mail says that it is a forward: by its subject, by the title above the
header block, by the attached mail itself. A reply quotes a header block as well and is none.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

from connector.mail import clean, content
from connector.mail.addresses import key
from connector.mail.headers import MAX_HEADER_BYTES
from connector.mail.model import Envelope, Mail
from connector.mail.parse import parse
from connector.pipeline.forward_words import FINNISH, FORWARD, REPLY, prefix, says_forward
from connector.pipeline.stripping.labels import JUNK
from connector.pipeline.verdicts import Forwarded
from connector.rulebook import Matcher, Rules

EXAMINED = 64 * 1024
"""Characters of the text in which the header block is looked for."""
CANDIDATES = 200
"""Lines that are looked at as fields."""
MAX_ATTACHED = 20
MAX_VALUE = 600
MAX_NAME = 200
MAX_TITLE = 160
_GAP = 2
"""So many folded lines may stand below a field."""

_ADDRESS = re.compile(r"[^\s<>\[\]()\"',;:|*]+@[^\s<>\[\]()\"',;:|*]+\.[^\s<>\[\]()\"',;:|*]*[^\s<>\[\]()\"',;:|*.]")
_BRACKETS = re.compile(r"<[^<>]*>|\[[^\[\]]*\]|\([^()]*@[^()]*\)")
_MARKS = " \t*_\"'<>;,:："
_QUOTE_MARK = re.compile(r"[>＞]")
_RULER = re.compile(r"[-_=*~─—\s>]+")
_DATED = re.compile(r"\d[:.時时시h]\s?\d\d")


def originals(mail: Mail, rules: Rules) -> tuple[Forwarded, ...]:
    """Everybody who may have written what the mail forwards; none: it is no forward. Time is linear in its size."""
    word = prefix(mail.subject)
    if mail.report or (word in REPLY and word not in FORWARD):
        return ()
    inside = _in_text(mail.text[:EXAMINED], word, rules)
    found = [*_attached(mail), *([inside] if inside else [])]
    return tuple({one.address: one for one in reversed(found)}.values())


def _attached(mail: Mail) -> Iterator[Forwarded]:
    """The senders of the mails that are attached, each with a From that is in order."""
    parts = [part for part in mail.parts if part.type in ("message/rfc822", "message/global") and not part.nested]
    for part in parts[:MAX_ATTACHED]:
        data = content.decode(mail.raw[part.start : part.end], part.encoding)[0]
        inner = parse(data[:MAX_HEADER_BYTES], Envelope())
        if inner.sender.key and not inner.from_defects:
            yield Forwarded(inner.sender.name[:MAX_NAME], inner.sender.key, "attached-mail")


def _in_text(text: str, word: str, rules: Rules) -> Forwarded | None:
    """The sender in the first header block, where nothing but the own words and a title stands above it."""
    if "@" not in text or not (word or says_forward(text)):
        return None
    lines = [unicodedata.normalize("NFC", line.strip(JUNK)) for line in text.split("\n")]
    fields = _fields(lines, rules)
    for first in sorted(fields):
        block = _block(lines, fields, first)
        has = frozenset().union(*(fields[index][0] for index in block if index in fields))
        if "from" in has and has & {"date", "sent", "to", "subject"}:
            return _of_block(lines, fields, block, word)
    return _of_attribution(lines)


def _of_block(
    lines: list[str], fields: dict[int, tuple[frozenset[str], int, str]], block: list[int], word: str
) -> Forwarded | None:
    title = _title_above(lines, block[0])
    own_end = block[0] if title is None else title
    if any(_QUOTE_MARK.match(line) for line in lines[:own_end]):
        return None  # a quotation stands above: the block is not directly below the own words
    if title is None and (not word or _QUOTE_MARK.match(lines[block[0]])):
        return None
    at = next(index for index in block if index in fields and "from" in fields[index][0])
    if title is None and word == FINNISH and "fi" in fields[at][2]:
        return None
    return _person(_value(lines, fields, block, at), "header-block")


def _fields(lines: list[str], rules: Rules) -> dict[int, tuple[frozenset[str], int, str]]:
    """Line -> the fields of a mail header that it may be, where its value begins, and the rule's languages."""
    candidates = [at for at, line in enumerate(lines) if ":" in line[:40] or "：" in line[:40]][:CANDIDATES]
    matcher = Matcher(rules)
    possible = matcher.possible("header-block", [lines[at][:50] for at in candidates])
    found: dict[int, tuple[frozenset[str], int, str]] = {}
    for at in candidates:
        if hit := matcher.first(possible, lines[at][:80]):
            rule, match = hit
            names = frozenset(name for name, value in match.groupdict().items() if value)
            found[at] = names, match.end(), rule.language
            possible.sort(key=lambda each: each is not rule)  # the block's other lines are of the same language
    return found


def _block(lines: list[str], fields: dict[int, tuple[frozenset[str], int, str]], first: int) -> list[int]:
    """The lines of the header block that begins at `first`: fields, values below them, single empty lines."""
    block = [first]
    for at in range(first + 1, len(lines)):
        if at in fields or at - max(index for index in block if index in fields) <= _GAP:
            block.append(at)
        else:
            break
    last = max(index for index in block if index in fields)
    return [index for index in block if index <= last + 1]


def _title_above(lines: list[str], first: int) -> int | None:
    """The line of the title of a forward that stands right above a line, blank lines and rulers between."""
    above = next((at for at in range(first - 1, -1, -1) if lines[at] and not _RULER.fullmatch(lines[at])), None)
    if above is None or _QUOTE_MARK.match(lines[above]) or len(lines[above]) > MAX_TITLE:
        return None
    framed = lines[above][0] in "-_=*~─—‐–" or lines[above][-1] in ":：-_=*~─—‐–"
    return above if says_forward(lines[above]) and framed else None


def _value(lines: list[str], fields: dict[int, tuple[frozenset[str], int, str]], block: list[int], at: int) -> str:
    """The value of a field; what does not hold an address yet may go on below."""
    value = lines[at][fields[at][1] :]
    for below in range(at + 1, min(at + 1 + _GAP, block[-1] + 1)):
        if below in fields or "@" in value:
            break
        value = f"{value} {lines[below].lstrip('>＞ ')}"
    return value[:MAX_VALUE]


def _of_attribution(lines: list[str]) -> Forwarded | None:
    """Yandex and mail.ru write an attribution below the title instead of a header block: date, name, address, colon."""
    for at, line in enumerate(lines):
        if _QUOTE_MARK.match(line):
            return None
        if line[-1:] in (":", "：") and _DATED.search(line) and "@" in line and _title_above(lines, at) is not None:
            named = _ADDRESS.search(line)
            name = line[: named.start()].rpartition(",")[2] if named else ""
            return _person(f"{name} {named[0]}", "header-block") if named else None
    return None


def _person(value: str, found: str) -> Forwarded | None:
    """The one person that a field names, with one plain address; nobody where it names two or none."""
    addresses = {key(one.removeprefix("mailto:")): None for one in _ADDRESS.findall(clean.name(value))}
    if len(addresses) != 1:
        return None
    name = _ADDRESS.sub("", _BRACKETS.sub(" ", value)).replace("mailto:", "")
    return Forwarded(clean.name(" ".join(name.split()).strip(_MARKS))[:MAX_NAME].strip(), next(iter(addresses)), found)
