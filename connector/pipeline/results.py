"""Authentication-Results (RFC 8601) and Received, read strictly: nothing in a comment or in quotes is ever a result.

The library for it (authres) refuses what Microsoft 365 writes, and ends in a RecursionError on nested comments.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from storage.addresses import normalise_domain

_FOLD = re.compile(r"[\r\n]+(?=[ \t])")
_OUTSIDE = re.compile(r'"(?:[^"\\]|\\.)*+"|[();]|[^"();\\]++')
_INSIDE = re.compile(r"[()]|\\.|[^()\\]++")  # of a comment
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f\ud800-\udfff]")
_SERVER = re.compile(r'\s*(?:"([^"\\]*)"|([^\s"=]+))(?:\s+\d+)?\s*')
_QUOTED_OR_PLAIN = r'(?:"(?:[^"\\]|\\.)*+"|[^\s"])*+'
_RESULT = re.compile(r"\s*([A-Za-z][\w-]*)(?:\s*/\s*\d+)?\s*=\s*([A-Za-z]+)(?=\s|$)")
_PROPERTY = re.compile(rf"\s+([A-Za-z][\w-]*(?:\s*\.\s*[\w-]+)?)\s*=\s*({_QUOTED_OR_PLAIN})")
_PROPERTIES = re.compile(rf"(?:\s+[A-Za-z][\w-]*(?:\s*\.\s*[\w-]+)?\s*=\s*{_QUOTED_OR_PLAIN})*+\s*")
MAX_DOMAIN = 255  # characters (RFC 1035, section 2.3.4)
_QUOTED = re.compile(r'"((?:[^"\\]|\\.)*+)"')
_DMARC_FAIL = re.compile(r"\bdmarc\s*=\s*fail\b", re.IGNORECASE)
_ESCAPE = re.compile(r"\\(.)")

DOMAINS = {"dmarc": ("header.from",), "dkim": ("header.d", "header.i"), "spf": ("smtp.mailfrom",)}
"""Method -> the properties that hold the domain it speaks of; the first that is there counts."""


@dataclass(frozen=True, slots=True)
class Result:
    """What one method said (lowered), and of which domains (normalised); none where its properties are unreadable."""

    method: str
    result: str
    domains: frozenset[str]


@dataclass(frozen=True, slots=True)
class Results:
    """One Authentication-Results: `server` is its authserv-id, lowered, empty where it has none (Microsoft 365).

    Not `sound`: a comment or quotes do not end, or hide a DMARC fail, or control characters stand in it: somebody may
    have got at the server's words through its quotes, so that nothing in it is sure.
    """

    server: str
    results: tuple[Result, ...]
    sound: bool


def read_results(field: bytes) -> Results:
    """The field (name, value, line ends) as it stands in the mail, not decoded."""
    text = _value(field)
    segments, ended = _segments(text)
    hidden = len(_DMARC_FAIL.findall(text)) > sum(len(_DMARC_FAIL.findall(segment)) for segment in map(_bare, segments))
    sound = ended and not hidden and not _CONTROL.search(text)
    server = _SERVER.fullmatch(segments[0])
    if server:
        return Results((server[1] or server[2] or "").lower(), _results(segments[1:]), sound)
    return Results("", _results(segments) if _RESULT.match(segments[0]) else (), sound)


def written_by(field: bytes) -> str:
    """The host that wrote a Received field (`by`), lowered; empty where it does not say so in the usual order."""
    segments, sound = _segments(_value(field))
    words = segments[0].split()
    if words[:1] and words[0].lower() == "from":
        words = words[2:]
    named = sound and len(words) > 1 and words[0].lower() == "by"
    return words[1].lower().rstrip(".") if named else ""


def _value(field: bytes) -> str:
    """What stands behind the colon, unfolded; bytes that are no UTF-8 are lone surrogates."""
    return _FOLD.sub("", field.partition(b":")[2].decode("utf-8", "surrogateescape").strip(" \t\r\n"))


def _segments(text: str) -> tuple[list[str], bool]:
    """The parts between semicolons, each comment a blank, and whether all comments and quotes end."""
    segments: list[list[str]] = [[]]
    position = depth = 0
    while position < len(text):
        found = (_INSIDE if depth else _OUTSIDE).match(text, position)
        if found is None or (found[0] == ")" and not depth):
            break
        position = found.end()
        if found[0] == "(":
            depth += 1
        elif found[0] == ")":
            depth -= 1
            segments[-1].append(" ")
        elif found[0] == ";" and not depth:
            segments.append([])
        elif not depth:
            segments[-1].append(found[0])
    return ["".join(segment) for segment in segments], position == len(text) and not depth


def _bare(segment: str) -> str:
    """The segment without what it has in quotes."""
    return _QUOTED.sub("", segment)


def _results(segments: list[str]) -> tuple[Result, ...]:
    """Every segment that is a result; others (`none`, a bare domain at Microsoft) say nothing."""
    found = []
    for segment in segments:
        result = _RESULT.match(segment)
        if result:
            method = result[1].lower()
            found.append(Result(method, result[2].lower(), _domains(method, segment[result.end() :])))
    return tuple(found)


def _domains(method: str, properties: str) -> frozenset[str]:
    """Of which domains the result speaks; a property that is there twice has two."""
    if not _PROPERTIES.fullmatch(properties):
        return frozenset()
    pairs = [(re.sub(r"\s", "", name).lower(), value) for name, value in _PROPERTY.findall(properties)]
    for wanted in DOMAINS.get(method, ()):
        values = [value for name, value in pairs if name == wanted]
        if values:
            return frozenset(map(_domain, values))
    return frozenset()


def _domain(value: str) -> str:
    """The domain of an address or a domain, with or without quotes and angle brackets."""
    plain = _QUOTED.sub(lambda quoted: _ESCAPE.sub(r"\1", quoted[1]), value)
    domain = plain.strip("<>").rpartition("@")[2]
    return normalise_domain(domain) if len(domain) <= MAX_DOMAIN else domain
