"""Address headers, read tolerantly (RFC 5322, 3.4); `from_field` has the strict reading of From."""

from __future__ import annotations

import re
from functools import lru_cache

from connector.mail import clean, headers
from connector.mail.model import Address
from storage import addresses

MAX_ADDRESSES = 2000
MAX_TOKENS = 200  # of one mailbox
MAX_REMEMBERED = 300  # characters of a value that is kept for the next mail
MAX_NORMALISED = 400  # characters; what is longer is no address and not worth IDNA's time

_SIMPLE = re.compile(
    r"\s*(?:\"?([^\"<>@,()\\:;\[\]]*)\"?\s*<([^\s<>@,;:\"()\[\]\\]+@[A-Za-z0-9.-]+)>|([\w.+=-]+@[A-Za-z0-9.-]+))\s*"
)
TOKEN = re.compile(
    r"""\s+|"(?:[^"\\]|\\.)*+"?|<[^<>]*+>?|\[[^\[\]]*+\]?|[,;:()>\]\\]|[^\s,;:()<>"\[\]\\]+""", re.DOTALL
)
_UNQUOTED_TOKEN = re.compile(r"""\s+|<[^<>]*+>?|[,;:]|[^\s,;:<>]+|>""")
_BARE = re.compile(r"[^\s<>\"'(),;:]+@[^\s<>\"'(),;:]+")
_QUOTED_PAIR = re.compile(r"\\(.)", re.DOTALL)


def parse(value: str) -> tuple[Address, ...]:
    """The mailboxes of a header value (unfolded, not decoded); groups are flattened.

    What has a name and no `@` is kept with an empty address and key.
    """
    return _parse_short(value) if len(value) <= MAX_REMEMBERED else _parse(value)


@lru_cache(maxsize=1024)
def _parse_short(value: str) -> tuple[Address, ...]:
    """As `parse`, remembered: the same few people write and are written to."""
    return _parse(value)


def _parse(value: str) -> tuple[Address, ...]:
    """As `parse`, read anew."""
    simple = _SIMPLE.fullmatch(value)
    if simple:
        name = simple[1].strip() if simple[1] else ""
        return (_address(name, simple[2] or simple[3]),)
    found = [address for item in items(value) if (address := _mailbox(item)) is not None]
    if not found and "=?" in value and "@" in (decoded := headers.decode_words(value)):
        found = [Address("", match, key(match)) for match in _BARE.findall(decoded)]
    return tuple(found[:MAX_ADDRESSES])


def _address(name: str, address: str) -> Address:
    """An address with its name decoded and both of them clean."""
    address = clean.name(address)
    return Address(_decoded_name(name), address, key(address))


def _decoded_name(name: str) -> str:
    """A display name decoded and clean."""
    return clean.name(headers.decode_words(name) if "=?" in name else name)


def key(address: str) -> str:
    """The address in the form for comparing (B20)."""
    return addresses.normalise(address) if len(address) <= MAX_NORMALISED else address.lower()


def items(value: str) -> list[list[str]]:
    """The tokens of each mailbox: split at commas and semicolons, group names dropped, comments as one token."""
    tokens = TOKEN.findall(value)
    if any(len(token) > 1 and token[0] == '"' and not _is_closed(token) for token in tokens[-1:]) or tokens[-1:] == [
        '"'
    ]:
        tokens = _UNQUOTED_TOKEN.findall(value)
    items: list[list[str]] = [[]]
    comment: list[str] = []
    depth = 0
    for token in tokens:
        if token == "(" or depth:
            depth += (token == "(") - (token == ")")
            comment.append(token)
            if not depth:
                items[-1].append("".join(comment))
                comment = []
        elif token in (",", ";"):
            if len(items) >= MAX_ADDRESSES:
                return items
            items.append([])
        elif token == ":":
            items[-1] = []
        else:
            items[-1].append(token)
    if comment:
        items[-1].append("".join(comment))
    return items


def _is_closed(token: str) -> bool:
    """Whether a quoted string ends with its quote."""
    return len(token) > 1 and token.endswith('"') and (len(token) - len(token[:-1].rstrip("\\"))) % 2 == 1


def _mailbox(tokens: list[str]) -> Address | None:
    """One mailbox out of its tokens, or None where there is no address."""
    tokens = tokens[:MAX_TOKENS]
    angles = [token for token in tokens if token[:1] == "<"]
    comment = "".join(token[1:].removesuffix(")") for token in tokens if token[:1] == "(")
    words = [token for token in tokens if token[:1] not in ("<", "(") and token != ">"]
    if angles:
        address = angles[-1].strip("<> \t").rpartition(":")[2].strip()
        name = "".join(map(word_text, words)).strip() or comment
        return _address(name, address) if address or name else None
    text = "".join(words).strip()
    at = next((word for word in words if "@" in word and word[0] != '"'), "")
    if not at:
        return Address(name, "", "") if (name := _decoded_name("".join(map(word_text, words)))) else None
    if text.startswith('"') or " " not in text:
        return _address(comment, text)
    found = _BARE.search(text)
    if not found:
        return _address(comment, text.replace(" ", ""))
    return _address(text.replace(found[0], "").strip() or comment, found[0])


def word_text(token: str) -> str:
    """A word of a display name, without its quotes."""
    if token[:1] != '"':
        return token
    return _QUOTED_PAIR.sub(r"\1", token[1:-1] if _is_closed(token) else token[1:])
