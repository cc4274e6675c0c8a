"""What a status of a failed delivery says (RFC 3463, RFC 5321): for good or not, the address or something else."""

from __future__ import annotations

import re

ENHANCED = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_BASIC = re.compile(r"(?<![\d.])([45]\d\d)(?=[ -]|$)")
_NOT_THE_ADDRESS = re.compile(
    r"quota|(?:mailbox|inbox|storage)[\w ]{0,20}full|full mailbox|too (?:large|big|long)|size|spam|virus|malware|phish"
    r"|black ?list|block ?list|blocked|reputation|policy|dmarc|spf\b|dkim|greylist|rate limit|too many",
    re.IGNORECASE,
)
_GENERIC = frozenset(("", "5.0.0", "5.1.0"))
_ADDRESS_REPLIES = frozenset(("550", "551", "553"))
_OF_THE_SENDER = frozenset(("5.1.7", "5.1.8"))

WORDS = {
    "1.1": "no such mailbox",
    "1.2": "no such domain",
    "1.3": "the address is not in order",
    "1.6": "the mailbox has moved",
    "1.10": "the domain takes no mail",
    "2.1": "the mailbox is switched off",
    "2.2": "the mailbox is full",
    "2.3": "the mail is too large for the mailbox",
    "3.4": "the mail is too large",
    "4.1": "the server did not answer",
    "4.4": "no way to the server",
    "4.6": "the mail went round in a loop",
    "4.7": "it was tried for too long",
    "7.1": "refused by the receiver's policy",
}
"""Subject and detail of a status, in words (RFC 3463, section 3)."""

_SUBJECTS = {
    "1": "something is wrong with the address",
    "2": "something is wrong with the mailbox",
    "3": "the receiver's mail system is in trouble",
    "4": "something is wrong on the way",
    "5": "the servers did not understand each other",
    "6": "the content was refused",
    "7": "refused for reasons of security or policy",
}


def enhanced(text: str) -> str:
    """The first enhanced status code in a text, or nothing."""
    found = ENHANCED.search(text[:2000])
    return f"{found[1]}.{int(found[2])}.{int(found[3])}" if found else ""


def exact(status: str, answer: str) -> str:
    """The more exact of a report's status and the one in the answer that it repeats: many reports say just 5.0.0."""
    return status if status not in _GENERIC else enhanced(answer) or status


def in_words(status: str) -> str:
    """What a status says, or nothing where it says nothing."""
    _, _, rest = status.partition(".")
    return WORDS.get(rest) or _SUBJECTS.get(rest.partition(".")[0], "")


def is_final(status: str, answer: str) -> bool:
    """Whether it is a failure for good: class 5, by the status or else by the reply code in the answer."""
    if status:
        return status.startswith("5")
    found = _BASIC.search(answer[:2000])
    return found is None or found[1].startswith("5")


def blames_address(status: str, answer: str) -> bool:
    """Whether a failure for good says that nothing sent to this address can arrive, whatever the mail (B11).

    So say the classes 5.1 (address; not 5.1.7 and 5.1.8, which speak of the sender's), 5.2.1 (mailbox disabled), 5.4
    (no way to the host), and a status that says nothing, unless the words do. A full mailbox (5.2.2), size, content,
    security and policy (5.2.3, 5.3, 5.6, 5.7) say nothing of the address. Without a status the reply codes 550, 551
    and 553 speak of the address (RFC 5321, 4.2.2).
    """
    status = exact(status, answer)
    if status in _GENERIC:
        basic = _BASIC.search(answer[:2000])
        speaks = bool(status) or basic is None or basic[1] in _ADDRESS_REPLIES
        return speaks and not _NOT_THE_ADDRESS.search(answer[:2000])
    if not status.startswith("5") or status in _OF_THE_SENDER:
        return False
    return status.startswith(("5.1.", "5.4.")) or status == "5.2.1"
