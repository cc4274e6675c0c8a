"""Several mails that one worker decides on side by side, before all of them are filed in one commit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import accumulate

from connector import pipeline
from connector.mail.model import Envelope
from connector.pipeline import Question
from connector.pipeline.effects import effects
from connector.pipeline.policy import Policy, Receipt
from connector.pipeline.signatures import Prove
from connector.pipeline.steps import Steps, side_by_side
from connector.pipeline.unrelated import contacts_of
from connector.pipeline.verdicts import Decision
from storage.facts import behind
from storage.records import Facts, FactsMoved, Filing, Wanted
from storage.values import frozen


@frozen
class Work:
    """A mail to be taken through the stages: what the spool keeps of it, and its file, which becomes the original."""

    raw: bytes
    envelope: Envelope
    spool_id: str
    received_at: datetime
    file: str | None = None
    sha256: str = ""  # that the bytes were held against, if they were


@frozen
class Asked:
    """A mail that was read, and waits for what it asks of the store."""

    work: Work
    prove: Prove
    receipt: Receipt
    question: Question

    @property
    def wanted(self) -> Wanted:
        """What it asks."""
        return self.question.wanted


@frozen
class Decided:
    """What the stages say of a mail, and what that changes."""

    decision: Decision
    filing: Filing


class Hand:
    """Mails that have nothing to do with each other, as far as it is known before they are decided on.

    Each is decided on as if those before it stood in the store; in place of the decision stands FactsMoved where it has
    to wait until they do. Mails go by their place in the hand.
    """

    def __init__(self, mails: Sequence[Asked], policy: Policy) -> None:
        self._mails = mails
        self._policy = policy
        self._opened = 0  # tickets
        self._tickets: set[int] = set()
        self._contacts: set[int] = set()

    def decide_answers(self, facts: Mapping[int, Facts]) -> dict[int, Decided | FactsMoved]:
        """Mails for tickets that are there."""
        return {i: self._check(i, facts[i], decided) for i, decided in self._decide(facts, opens=False).items()}

    def decide_openers(self, facts: Mapping[int, Facts]) -> dict[int, Decided | FactsMoved]:
        """Mails that are likely to open tickets, in the order of arrival: behind one that waits the others wait too."""
        found: dict[int, Decided | FactsMoved] = {}
        waits: FactsMoved | None = None
        for i, decided in self._decide(facts, opens=True).items():
            found[i] = one = waits or self._check(i, facts[i], decided)
            waits = one if isinstance(one, FactsMoved) else None
        return found

    def _decide(self, facts: Mapping[int, Facts], *, opens: bool) -> dict[int, Decided]:
        """The number of a new ticket hangs on how many mails before it open one.

        That each does, or none (`opens`), is taken for granted at first; where it was not so they are decided on anew.
        """
        does_open = [opens] * len(facts)
        while facts:
            before = accumulate(does_open[:-1], initial=self._opened)
            given = {i: behind(one, opened) for (i, one), opened in zip(facts.items(), before, strict=True)}
            decided = self._with(given)
            assumed, does_open = does_open, [one.filing.new_ticket is not None for one in decided]
            if assumed[:-1] == does_open[:-1]:
                return dict(zip(facts, decided, strict=True))
        return {}

    def _with(self, facts: Mapping[int, Facts]) -> list[Decided]:
        """The decisions that follow from these facts, with their effects."""
        mails = [self._mails[i] for i in facts]
        decisions = side_by_side(
            [decision_on(mail, one, self._policy) for mail, one in zip(mails, facts.values(), strict=True)]
        )
        # failpoint: processing.decided
        return [
            Decided(decision, effects(decision, one.directory.version, self._policy, mail.receipt))
            for mail, one, decision in zip(mails, facts.values(), decisions, strict=True)
        ]

    def _check(self, i: int, facts: Facts, decided: Decided) -> Decided | FactsMoved:
        """The decision, or why it has to wait for those that were decided on before it."""
        wanted, filing = self._mails[i].wanted, decided.filing
        contacts = contacts_of(wanted, facts)
        if not self._contacts.isdisjoint(contacts):
            return FactsMoved("another mail of the same contact comes before")
        if self._opened and not facts.numbers.keys() >= set(wanted.numbers):
            return FactsMoved("a ticket that the mail names is not there yet")
        self._contacts |= contacts
        if filing.ticket_id in self._tickets:
            return FactsMoved(f"another mail for ticket {filing.ticket_id} comes before")
        if filing.ticket_id is not None:
            self._tickets.add(filing.ticket_id)
        self._opened += filing.new_ticket is not None
        return decided


def decision_on(mail: Asked, facts: Facts, policy: Policy) -> Steps[Decision]:
    """The stages behind the first, with the facts that the mail asked for."""
    return pipeline.decide(mail.question, facts, mail.prove, policy, mail.receipt)
