"""Delivery reports that are no RFC 3464: the forms of qmail, Exchange, Domino, of providers, in plain text (B11)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from email import message_from_bytes, policy
from email.message import Message

from flufl.bounce import all_failures

from connector.mail import fields, headers, status
from connector.mail.fields import Fields
from connector.mail.model import DeliveryReport, FailedRecipient
from storage.addresses import normalise

MAX_TEXT = 64 * 1024  # characters that are looked at
MAX_LINE = 400  # their patterns take time that grows with the square of a line
MAX_ADDRESSES = 100
MAX_ANSWER = 500

_SAYS_SO = re.compile(
    r"undeliver|not (?:be )?delivered|deliver\w* (?:has )?(?:failed|failure|problem|error|status)|failure notice"
    r"|returned (?:mail|to sender)|mail (?:system )?error|message rejected|unzustellbar|nicht zugestellt"
    r"|zustellung.{0,20}(?:fehl|nicht)|non (?:remis|distribu|recapitabil)|échec de la (?:remise|distribution)"
    r"|no se (?:ha )?pudo entregar|no entregad|não (?:foi )?(?:entregue|pôde)|mancato recapito|onbestelbaar"
    r"|не ?доставлен|не удалось доставить|niedostarczon|nie można dostarczyć|kunde inte levereras"
    r"|配信不能|无法投递|退信",
    re.IGNORECASE,
)
_GIVES_TIME = re.compile(
    r"delayed|delay notification|will (?:be retried|keep trying)|still being retried|verzögert", re.I
)
_MESSAGE_ID = re.compile(r"^[>|\s]{0,8}message-id:[ \t]*\n?[>| \t]*(<[^<>\s]{1,900}>)", re.IGNORECASE | re.MULTILINE)
_FIELD = re.compile(r"^[>| \t]{0,8}([A-Za-z][A-Za-z-]{1,40}):[ \t]*(.*(?:\n[>|]?[ \t]+\S.*)*)", re.MULTILINE)
_KEPT = frozenset(("message-id", "subject", "to", "x-cmtemailconnector"))
_NAMED = re.compile(r"(?<![^\s<:])([^\s<>@:;,\"'()]{1,64}@[\w.-]{1,254}\w)(?=[\s:;,.)>]|$)")
_ADDRESS_LINES = 60  # below these the returned mail stands, or nothing that is of use
_ANSWER = re.compile(r"^.*?((?<![\d.])[45]\d\d[ -].*|(?<![\d.])[45]\.\d{1,3}\.\d{1,3}(?![\d.]).*)$", re.MULTILINE)


def read(raw: bytes, top: Fields, text: str, returned: Mapping[str, str]) -> DeliveryReport | None:
    """What a machine's mail says of failed deliveries, or None where nothing shows that it speaks of any.

    It does where it names a recipient in a form that is known, or where its subject or its first lines say so and the
    mail in question came with it.
    """
    text = _cut(text)
    temporary, final = _by_known_forms(raw, top, text)
    about = dict(returned) or _returned_in(text)
    notice = f"{top.subject}\n{text[:2000]}"
    if not (temporary or final):
        if not (about.get("message-id") and _SAYS_SO.search(notice)):
            return None
        named = _named_above(text)
        temporary, final = (named, set()) if _GIVES_TIME.search(notice) else (set(), named)
        if not named:
            return DeliveryReport("text", (_recipient((), notice, text),), about)
    recipients = [_recipient((one,), "delayed", text) for one in sorted(temporary)]
    recipients += [_recipient((one,), "", text) for one in sorted(final)]
    return DeliveryReport("text", tuple(recipients[:MAX_ADDRESSES]), about)


def _cut(text: str) -> str:
    return "\n".join(line[:MAX_LINE] for line in text[:MAX_TEXT].split("\n"))


def _recipient(addresses: tuple[str, ...], notice: str, text: str) -> FailedRecipient:
    """One recipient, with the answer that the report repeats."""
    found = _ANSWER.search(text)
    answer = found[1].strip()[:MAX_ANSWER] if found else ""
    action = "delayed" if _GIVES_TIME.search(notice) else "failed"
    return FailedRecipient(addresses, action, status.enhanced(answer), answer)


# -- the forms that a library knows ------------------------------------------------------------------------------


def _by_known_forms(raw: bytes, top: Fields, text: str) -> tuple[set[str], set[str]]:
    """Temporary and final failures, by normalised address; at most `MAX_TEXT` of the mail is looked at."""
    for message in _messages(raw, top, text):
        try:
            temporary, final = all_failures(message)
        except Exception:  # its readers take for granted that a form that begins well ends well
            continue
        if temporary or final:
            return _addresses(temporary), _addresses(final)
    return set(), set()


def _messages(raw: bytes, top: Fields, text: str) -> Iterator[Message]:
    """The mail as its decoded text, and as it stands: some forms are told by their parts."""
    plain = Message(policy.compat32)
    for name, value in top.headers[:200]:
        if name.lower() in ("from", "subject", "x-failed-recipients", "x-mailer"):
            plain[name] = value[:MAX_LINE].encode("ascii", "replace").decode("ascii")
    plain.set_payload(text)
    yield plain
    lines = (line[:MAX_LINE] for line in raw[:MAX_TEXT].splitlines())
    yield message_from_bytes(b"\n".join(lines), policy=policy.compat32)


def _addresses(found: frozenset[bytes]) -> set[str]:
    texts = (one.decode("ascii", "replace") if isinstance(one, bytes) else str(one) for one in found)
    return {normalise(one) for one in texts if "@" in one}


# -- our own reading of plain text -------------------------------------------------------------------------------


def _returned_in(text: str) -> dict[str, str]:
    """The header fields of the returned mail where it stands in the text: those around its Message-ID."""
    found = _MESSAGE_ID.search(text)
    if found is None:
        return {}
    lines = text[: found.start()].split("\n")
    first = len(lines)
    while first and len(lines) - first < 100 and lines[first - 1].strip("> |\t"):
        first -= 1
    block = "\n".join(lines[first:]) + text[found.start() : found.start() + 16 * 1024]
    about: dict[str, str] = {}
    for name, value in _FIELD.findall(block):
        if name.lower() in _KEPT:
            about.setdefault(name.lower(), headers.decoded(headers.to_text(value.encode("utf-8", "replace"))))
    ids = fields.message_ids([found[1]], 1)
    return {**about, "message-id": ids[0] if ids else ""}


def _named_above(text: str) -> set[str]:
    """Addresses that the report names above the returned mail."""
    found = _MESSAGE_ID.search(text)
    above = text[: found.start()] if found else text
    above = "\n".join(above.split("\n")[:_ADDRESS_LINES])
    return {normalise(one) for one in _NAMED.findall(above)[:MAX_ADDRESSES]}
