"""Which of several mails can be decided on side by side: those that have nothing to do with each other."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from storage.addresses import mailbox_of
from storage.records import Facts, Wanted


def unrelated(mails: Sequence[Wanted]) -> list[range]:
    """Stretches of the mails, by what each asks of the store, in which no decision needs anything of an earlier one's.

    It needs it where the same person wrote, or would be answered, where it answers or reports on the other, and where
    both may be one mail. What two mails do to one ticket, or to the directory, is found when they are filed.
    """
    starts: list[int] = []
    names: set[str] = set()
    for i, wanted in enumerate(mails):
        own = {wanted.sender, wanted.answer, wanted.original, mailbox_of(wanted.sender), mailbox_of(wanted.answer)}
        own |= {wanted.message_id, wanted.dedupe_key}
        own.discard("")
        if not starts or not names.isdisjoint((*own, *wanted.message_ids, wanted.reported)):
            starts.append(i)
            names.clear()
        names |= own
    return [range(start, end) for start, end in pairwise((*starts, len(mails)))]


def may_open(wanted: Wanted) -> bool:
    """Whether nothing that the mail names can lead to a ticket, so that it is likely to open one."""
    return not (wanted.numbers or wanted.message_ids)


def contacts_of(wanted: Wanted, facts: Facts) -> set[int]:
    """The contacts who may have written the mail; one with several addresses is one sender."""
    return {
        contact.id
        for address in {wanted.sender, mailbox_of(wanted.sender)}
        for contact in facts.contacts.get(address, ())
    }
