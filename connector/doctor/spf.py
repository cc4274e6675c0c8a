"""Who may send for a domain, as the domain says it (SPF, RFC 7208): what is wrong with what it says."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

LOOK_UPS = 10
"""With more of them receivers give up (section 4.6.4)."""
VERSION = "v=spf1"
TERM = re.compile(
    r"(?P<sign>[-+~?]?)(?:(?P<all>all)|(?P<name>include|exists):(?P<target>\S+)|(?P<host>a|mx|ptr)(?::[^/\s]+)?(?:/\S+)?"
    r"|(?:ip4:[\d.]+(?:/\d+)?|ip6:[\da-f:.]+(?:/\d+)?))|redirect=(?P<redirect>\S+)|[a-z][\w.-]*=\S*",
    re.IGNORECASE,
)

Texts = Callable[[str], list[str]]
"""The text records of a name."""


@dataclass(slots=True)
class Policy:
    """What a domain's record comes to, with all that it includes."""

    look_ups: int = 0
    wrong: list[str] = field(default_factory=list)
    end: str = ""  # how it ends for everybody else: -all, ~all, ?all, +all; nothing where it does not say


def records(texts: list[str]) -> list[str]:
    """Those of a name's text records that are of SPF."""
    return [text for text in texts if text.lower() == VERSION or text.lower().startswith(f"{VERSION} ")]


def policy_of(domain: str, record: str, texts: Texts) -> Policy:
    """Read a domain's record and what it includes. Raises what `texts` does."""
    found = Policy()
    _read(domain, record, texts, found, frozenset((domain.lower(),)))
    return found


def _read(domain: str, record: str, texts: Texts, found: Policy, above: frozenset[str]) -> str:
    """How the record ends; what it costs, and what is wrong, is added."""
    end = redirect = ""
    for term in record.split()[1:]:
        match = TERM.fullmatch(term)
        if match is None:
            found.wrong.append(f"{term!r} in the record of {domain} is no term of SPF")
        elif match["all"]:
            end = end or f"{match['sign'] or '+'}all"
        elif match["redirect"]:
            redirect = match["redirect"]
        elif match["name"] or match["host"]:
            found.look_ups += 1
            if (match["name"] or "").lower() == "include":
                _follow(match["target"], texts, found, above)
    if redirect and not end:
        found.look_ups += 1
        end = _follow(redirect, texts, found, above)
    found.end = end
    return end


def _follow(target: str, texts: Texts, found: Policy, above: frozenset[str]) -> str:
    """Read the record of another domain; a name that depends on the mail (a macro) is not followed."""
    if "%" in target or found.look_ups > LOOK_UPS:
        return ""
    if target.lower() in above:
        found.wrong.append(f"{target} includes itself")
        return ""
    their = records(texts(target))
    if len(their) != 1:
        found.wrong.append(f"{target}, which is included, has {'no' if not their else len(their)} records of SPF")
        return ""
    return _read(target, their[0], texts, found, above | {target.lower()})


def troubles(found: Policy) -> Iterator[str]:
    """What keeps receivers from believing it, or lets everybody send."""
    yield from found.wrong
    if found.look_ups > LOOK_UPS:
        yield f"it asks the DNS more than {LOOK_UPS} times: receivers give up and take it for an error"
    if found.end == "+all":
        yield "it ends with +all: everybody may send for this domain"
