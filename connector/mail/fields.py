"""What the top-level header fields of a mail say: identity, people, threading, date."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime

from connector.mail import addresses, dates, from_field, headers
from connector.mail.model import Address
from storage.values import frozen

MAX_IDS = 200
MAX_ID_CHARACTERS = 998

_ID = re.compile(r"<([^<>]+)>")
_NOT_IN_ID = re.compile(r"[\s\x00-\x1f\x7f-\x9f\ud800-\udfff]+")
_CUTS = frozenset({"headers-cut", "field-cut", "too-many-fields"})


@frozen
class Fields:
    """The values of the top-level fields, decoded; the names are those of `Mail`."""

    headers: tuple[tuple[str, str], ...]
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    subject: str
    from_: tuple[Address, ...]
    from_defects: tuple[str, ...]
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    date: datetime | None
    repairs: tuple[str, ...]


def read(block: headers.Block, charset: str) -> Fields:
    """The fields of a header block; raw 8-bit values are UTF-8, else in the body's charset, else guessed."""
    texts = [(field.name.decode("ascii"), headers.to_text(field.value, charset)) for field in block.fields]
    values: dict[str, list[str]] = {}
    for name, text in texts:
        values.setdefault(name.lower(), []).append(text)
    from_ = _addresses(values, "from")
    is_raw = not b"".join([field.value for field in block.fields]).isascii()
    date = dates.parse(values["date"][0]) if "date" in values else None
    return Fields(
        headers=tuple([(name, headers.decoded(text)) for name, text in texts]),
        message_id=next(iter(message_ids(values.get("message-id", ()), 1)), ""),
        in_reply_to=message_ids(values.get("in-reply-to", ())),
        references=message_ids(values.get("references", ())),
        subject=headers.decoded(values["subject"][0]) if "subject" in values else "",
        from_=from_,
        from_defects=_from_defects(block, values.get("from", ()), from_, is_raw),
        reply_to=_addresses(values, "reply-to"),
        to=_addresses(values, "to"),
        cc=_addresses(values, "cc"),
        date=date,
        repairs=_repairs(date is None and "date" in values, is_raw),
    )


def _addresses(values: dict[str, list[str]], name: str) -> tuple[Address, ...]:
    """The addresses of every field of a name."""
    found = values.get(name)
    if not found:
        return ()
    if len(found) == 1:
        return addresses.parse(found[0])
    return tuple(address for value in found for address in addresses.parse(value))[: addresses.MAX_ADDRESSES]


def _from_defects(
    block: headers.Block, values: Sequence[str], found: Sequence[Address], is_raw: bool
) -> tuple[str, ...]:
    """Why From identifies nobody: what is wrong in it, or that a second one may lie behind what was cut."""
    defects = from_field.defects(values, found)
    if is_raw and not all(_is_in_plain_bytes(f.value, found) for f in block.fields if f.name.lower() == b"from"):
        defects = (*defects, "address-not-plain")
    if block.repairs and _CUTS.intersection(block.repairs):
        defects = (*defects, "headers-cut")
    return defects


def _is_in_plain_bytes(value: bytes, found: Sequence[Address]) -> bool:
    """Whether other programs see the same address: by a charset alone, bytes can be made into any."""
    try:
        value.decode("utf-8")
    except UnicodeDecodeError:
        return all(person.address.encode("utf-8", "replace") in value for person in found)
    return True


def _repairs(date_unreadable: bool, is_raw: bool) -> tuple[str, ...]:
    """What had to be repaired in the fields; `is_raw`: any of them holds bytes beyond ASCII."""
    found = ("date-unreadable",) if date_unreadable else ()
    return (*found, "raw-8bit-header") if is_raw else found


def message_ids(values: Sequence[str], limit: int = MAX_IDS) -> tuple[str, ...]:
    """The Message-IDs in some field values, in order, with their brackets; the newest where there are too many.

    Blanks within an identifier are taken out; a value without brackets is taken as identifiers between blanks.
    """
    found: dict[str, None] = {}
    for value in values:
        for inner in _ID.findall(value) or value.replace("<", " ").replace(">", " ").split():
            is_plain = inner.isascii() and inner.isprintable() and " " not in inner
            identifier = inner if is_plain else _NOT_IN_ID.sub("", inner)
            if identifier and len(identifier) <= MAX_ID_CHARACTERS:
                found[f"<{identifier}>"] = None
        if limit == 1 and found:
            break
    return tuple(found)[-limit:] if limit > 1 else tuple(found)[:1]
