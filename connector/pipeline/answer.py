"""Where a customer is answered, and which addresses nobody is ever to be added or answered at (B27, B61)."""

from __future__ import annotations

import regex

from connector.mail.model import Address, Mail
from connector.pipeline.policy import Policy
from connector.pipeline.verdicts import Sender
from storage.addresses import is_writable
from storage.records import Facts

ROBOT = regex.compile(
    r"(?:mailer-daemon|mail-daemon|maildaemon|postmaster|bounces?|"
    r"(?:do[-_.]?not|dont|no|ne)[-_.]?(?:reply|respond|answer|repondre|responder)|noreply|donotreply)(?:[-+_.].*)?"
)
"""Local parts that nobody reads."""


def is_robot(address: str) -> bool:
    """Whether a normalised address is one that nobody reads, such as no-reply@ (B61)."""
    return ROBOT.fullmatch(address.partition("@")[0]) is not None


def answer_address(mail: Mail, sender: Sender, facts: Facts, policy: Policy) -> str:
    """Reply-To where it is one plain outside address, else From; empty where neither will do (B27)."""
    if not sender.trusted:
        return ""
    candidates = (*(mail.reply_to if len(mail.reply_to) == 1 else ()), mail.sender)
    return next((person.key for person in candidates if _may_be_answered(person, facts, policy)), "")


def _may_be_answered(person: Address, facts: Facts, policy: Policy) -> bool:
    return (
        is_writable(person.key)
        and not is_robot(person.key)
        and not policy.is_public(person.key)
        and person.key not in policy.connector.never_add
        and person.key not in facts.directory.by_address
    )
