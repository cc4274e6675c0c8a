"""Where a customer is answered, and which addresses nobody is ever to be added or answered at (B27, B61)."""

from __future__ import annotations

from functools import lru_cache

import regex

from connector.mail.model import Address, Mail
from connector.pipeline.policy import Policy
from connector.pipeline.verdicts import Sender
from storage.addresses import domain_of, is_folded, is_writable
from storage.records import Facts

NOBODY = r"(?:do[-_.]?not|dont|no|ne)[-_.]?(?:reply|respond|answer|repondre|responder)\d*"
ROBOT = regex.compile(
    rf"(?:mailer-daemon|mail-daemon|maildaemon|postmaster|bounces?|auto[-_.]?reply)(?:[-+_.].*)?@.*"
    rf"|(?:.*[-+_.])?{NOBODY}(?:[-+_.].*)?@.*|.*@(?:.*\.)?{NOBODY}\..*"
)
"""Addresses that nobody reads: by a word of the local part, or by a label of the domain."""


@lru_cache(maxsize=4096)
def is_robot(address: str) -> bool:
    """Whether a normalised address is one that nobody reads, such as no-reply@ (B61)."""
    return ROBOT.fullmatch(address) is not None


def answer_address(mail: Mail, sender: Sender, facts: Facts, policy: Policy) -> str:
    """Reply-To where it is one plain outside address, else From; empty where neither will do (B27)."""
    if not sender.trusted:
        return ""
    candidates = (*(mail.reply_to if len(mail.reply_to) == 1 else ()), mail.sender)
    return next((person.key for person in candidates if may_be_answered(person, facts, policy)), "")


def customer_address(mail: Mail, sender: Sender, facts: Facts, policy: Policy) -> str:
    """The customer's address for the ticket (B63): where one may answer, but for a known customer his account's.

    Else whoever forges From would take the talk over with a Reply-To of his own.
    """
    answer = answer_address(mail, sender, facts, policy)
    if not answer or _is_of_account(answer, sender, facts):
        return answer
    return mail.sender.key if may_be_answered(mail.sender, facts, policy) else ""


def may_be_answered(person: Address, facts: Facts, policy: Policy) -> bool:
    """Whether somebody outside reads mail at the address, and may get some."""
    return (
        is_writable(person.key)
        and not is_folded(person.address)
        and not is_robot(person.key)
        and not policy.is_public(person.key)
        and person.key not in policy.connector.never_add
        and person.key not in facts.directory.by_address
    )


def _is_of_account(address: str, sender: Sender, facts: Facts) -> bool:
    """Whether the address belongs to the sender's account; of somebody unknown nothing is known that could differ."""
    if sender.account_id is None or address in sender.addresses:
        return True
    known = {contact.account_id for contact in facts.contacts.get(address, ())}
    known |= {account.id for account in facts.account_addresses.get(address, ())}
    return sender.account_id in known or domain_of(address) in facts.accounts[sender.account_id].domains
