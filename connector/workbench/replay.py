"""Candidate rules over the stored originals, in parallel: what would be kept and cut; nothing is written (B55)."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from difflib import unified_diff
from multiprocessing import get_context

from connector.config.settings import Settings
from connector.delivery_store import open_store
from connector.mail.model import Envelope
from connector.originals import Originals
from connector.pipeline.ingest import ingest, referenced
from connector.pipeline.nature import nature
from connector.pipeline.policy import Policy
from connector.pipeline.strip import strip
from connector.pipeline.unasked import too_slow
from connector.pipeline.verdicts import Match, Opening, Written
from connector.processing import RuleBook, policy_of
from connector.rulebook import Rules
from storage.records import Facts, Ticket
from storage.replay import StoredMail, Wanted, pages, said_before
from storage.store import Store


@dataclass(frozen=True, slots=True)
class Replayed:
    """One entry under both rules; `diff` is empty where the text stays, `automatic` None where that does."""

    entry: int
    ticket: str
    sender: str
    missing: bool = False
    diff: tuple[str, ...] = ()
    longer: int = 0  # characters that are kept more; fewer where negative
    guarded: bool = False  # under the candidates all would go, so that all stays
    automatic: bool | None = None
    rules: dict[str, int] = field(default_factory=dict)  # by name: lines that it cuts more, or fewer
    passed_over: tuple[str, ...] = ()


def replay(settings: Settings, book: RuleBook, candidates: Rules, store: Store, wanted: Wanted) -> Iterator[Replayed]:
    """Every entry in the order of ids; memory is that of a page."""
    with ProcessPoolExecutor(
        os.cpu_count(), get_context("spawn"), initializer=_begin, initargs=(settings, book, candidates)
    ) as pool:
        for page in pages(store.db, wanted):
            yield from pool.map(_one, page, chunksize=25)


class _Worker:
    """What a process keeps between mails."""

    def __init__(self, settings: Settings, book: RuleBook, candidates: Rules) -> None:
        self.store = open_store(settings)
        self.originals = Originals(settings.store.originals)
        self.directory = self.store.directory()
        self.present = policy_of(settings, book, self.store)
        self.candidate = replace(self.present, rules=candidates)

    def replay(self, stored: StoredMail) -> Replayed:
        """The mail under both rules."""
        about = (stored.entry_id, stored.number, stored.sender)
        try:
            mail = ingest(self.originals.read(stored.sha256), Envelope())
        except FileNotFoundError:
            return Replayed(*about, missing=True)
        ticket = Ticket(stored.ticket_id, stored.number, 0, "", "", None, 0, None, (), None, None)
        said = said_before(self.store.db, stored, referenced(mail))
        facts = Facts(self.directory, tickets={ticket.id: ticket}, said=said)
        match = Match(ticket, stored.number, Opening(None, "") if _is_first(stored) else None)

        def written(policy: Policy) -> Written:
            return strip(mail, match, facts, policy)

        before, after = written(self.present), written(self.candidate)
        diff = unified_diff(before.text.split("\n"), after.text.split("\n"), "present", "candidate", lineterm="")
        was, is_ = (nature(mail, each.rules) for each in (self.present, self.candidate))
        return Replayed(
            *about,
            diff=tuple(diff),
            longer=len(after.text) - len(before.text),
            guarded=any(one.code == "nothing-left" for one in after.because),
            automatic=is_.automatic if was.automatic is not is_.automatic else None,
            rules=_more(before, after),
            passed_over=too_slow((*is_.unasked, *after.because)),
        )


def _is_first(stored: StoredMail) -> bool:
    """Whether the mail opened its ticket, as its record says."""
    return bool(stored.decision) and bool(json.loads(stored.decision).get("match", {}).get("new"))


def _more(before: Written, after: Written) -> dict[str, int]:
    lines: Counter[str] = Counter()
    for written, sign in ((after, 1), (before, -1)):
        for cut in written.cut:
            lines[cut.rule] += sign * (cut.last - cut.first + 1)
    return {rule: count for rule, count in lines.items() if count}


_WORKERS: list[_Worker] = []
"""The one of this process."""


def _begin(settings: Settings, book: RuleBook, candidates: Rules) -> None:
    _WORKERS.append(_Worker(settings, book, candidates))


def _one(stored: StoredMail) -> Replayed:
    return _WORKERS[0].replay(stored)
