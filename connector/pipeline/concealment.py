"""An employee's own addresses, and how they are found and hidden in whatever spelling they are written (B84)."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Collection, Iterable
from urllib.parse import unquote

import idna

from connector.mail import headers
from connector.mail.addresses import parse
from connector.mail.clean import has_hidden, is_hidden
from connector.mail.model import Mail
from connector.pipeline.policy import Policy
from connector.pipeline.verdicts import Sender
from storage.addresses import normalise, split

SENDERS = ("Sender", "Return-Path", "Resent-From", "Resent-Sender", "Errors-To", "Disposition-Notification-To")
"""Headers that name a mail's writer beside From and Reply-To."""


def own_addresses(mail: Mail, sender: Sender, policy: Policy) -> frozenset[str]:
    """Every address by which the mail's writer could be known, in comparable letters, domains with A- and U-labels."""
    written = {mail.sender.address, mail.envelope.mail_from, *(person.address for person in mail.reply_to)}
    written |= {person.address for name in SENDERS if (value := mail.header(name)) for person in parse(value)}
    keys = sender.addresses | {normalise(address) for address in written if "@" in address}
    return frozenset(spelling for key in keys if not policy.is_public(key) for spelling in _spellings(key))


def _spellings(address: str) -> set[str]:
    local, domain = split(address)
    if domain.isascii() and "xn--" not in domain.lower():
        return {comparable(address)}
    try:
        return {comparable(address), comparable(f"{local}@{idna.decode(domain)}")}
    except (idna.IDNAError, UnicodeError):
        return {comparable(address)}


def comparable(text: str) -> str:
    """The text as it reads: compatible forms and letter case ignored, without hidden characters and backslashes."""
    text = text.replace("\\", "")
    if text.isascii():
        return text.lower()
    if has_hidden(text):
        text = "".join(letter for letter in text if not is_hidden(letter))
    return unicodedata.normalize("NFKC", text).casefold()


def reveals(text: str, addresses: Collection[str]) -> bool:
    """Whether one of the `own_addresses` can be read in the text, in any way in which programs write addresses."""
    if not addresses:
        return False
    readable = comparable(text)
    if "@" not in readable and not any(sign in readable for sign in AT_SIGNS):
        return False
    if not _DISGUISE.search(readable):
        return any(address in readable for address in addresses)
    plain = comparable(html.unescape(unquote(headers.decode_words(text))))
    forms = (readable, plain, _AROUND.sub(r"\1", _COMMENT.sub("", plain.replace('"', ""))))
    return any(address in form for address in addresses for form in forms)


AT_SIGNS = ("@", "%40", "&#", "&commat", "=?")
_DISGUISE = re.compile(r"""[%&"(\s]|=\?""")
"""What a text must hold for another reading of it than its letters."""
_COMMENT = re.compile(r"\([^()]*\)")
_AROUND = re.compile(r"\s*([@.])\s*")


def hide(text: str, addresses: Iterable[str], shown: str) -> str:
    """The text with each of the `own_addresses` replaced; the other letters stay unless an address was disguised."""
    longest_first = sorted(addresses, key=lambda address: (-len(address), address))
    for original in (text, comparable(text)):
        text = original
        for address in longest_first:
            text = re.sub(re.escape(address), lambda _: shown, text, flags=re.IGNORECASE)
        if not reveals(text, longest_first):
            return text
    return shown


def name_without_address(name: str) -> str:
    """A display name, or nothing where it holds an address in any spelling: then it is no name."""
    name = " ".join(name.split())
    return "" if "@" in comparable(name) else name
