"""Candidate rules over the stored originals, in parallel: what would be kept and cut; nothing is written (B55)."""

from __future__ import annotations

import json
import os
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass, field, replace
from difflib import unified_diff
from multiprocessing import get_context

from connector.config.settings import Settings
from connector.delivery_store import open_store
from connector.mail.model import Envelope, Mail
from connector.originals import Originals
from connector.pipeline.ingest import ingest, referenced
from connector.pipeline.nature import DETECTED, nature
from connector.pipeline.strip import strip
from connector.pipeline.unasked import too_slow
from connector.pipeline.verdicts import Match, Nature, Opening, Written
from connector.processing import RuleBook, policy_of
from connector.rulebook import Matcher, Rules
from connector.workbench.comparing import Comparing, changed_kinds
from storage.records import Facts, StoreError, Ticket
from storage.replay import StoredMail, Wanted, pages, said_before
from storage.store import Store

AHEAD = 4
"""Pages in work or waiting for each process, so that none is idle."""


@dataclass(frozen=True, slots=True)
class Replayed:
    """One entry under both rules; `diff` is empty where the text stays, `automatic` None where that does.

    Where the original is `missing`, or a `fault` says why it could not be replayed, nothing else is known.
    """

    entry: int
    ticket: str
    sender: str
    missing: bool = False
    fault: str = ""
    diff: tuple[str, ...] = ()
    longer: int = 0  # characters that are kept more; fewer where negative
    guarded: bool = False  # under the candidates all would go, so that all stays
    automatic: bool | None = None
    rules: dict[str, int] = field(default_factory=dict)  # by name: lines that it cuts more, or fewer
    passed_over: tuple[str, ...] = ()
    hits: tuple[str, ...] = ()  # the rules in use that matched, and the candidates that did
    candidate_hits: tuple[str, ...] = ()

    @property
    def changed(self) -> bool:
        """Whether the candidates make anything else of the mail."""
        return bool(self.diff) or self.automatic is not None


def replay(settings: Settings, book: RuleBook, candidates: Rules, store: Store, wanted: Wanted) -> Iterator[Replayed]:
    """Every entry in the order of ids; memory is that of a few pages. Raises StoreError, ChildProcessError."""
    processes = os.cpu_count() or 1
    with ProcessPoolExecutor(
        processes, get_context("spawn"), initializer=_begin, initargs=(settings, book, candidates)
    ) as pool:
        working: deque[tuple[StoredMail, Future[list[Replayed]]]] = deque()
        for page in pages(store.db, wanted):
            working.append((page[0], pool.submit(_page, page)))
            if len(working) > AHEAD * processes:
                yield from _result(*working.popleft())
        while working:
            yield from _result(*working.popleft())


def _result(first: StoredMail, page: Future[list[Replayed]]) -> list[Replayed]:
    try:
        return page.result()
    except BrokenProcessPool:
        told = f"a process was killed at entry {first.entry_id} or soon behind it, for lack of memory maybe"
        raise ChildProcessError(f"{told}; --ticket and --since replay a part") from None


class _Worker:
    """What a process keeps between mails."""

    def __init__(self, settings: Settings, book: RuleBook, candidates: Rules) -> None:
        self.store = open_store(settings)
        self.originals = Originals(settings.store.originals)
        self.directory = self.store.directory()
        self.present = policy_of(settings, book, self.store)
        self.candidate = replace(self.present, rules=candidates)
        self.changed = changed_kinds(book.rules, candidates)

    def replay(self, stored: StoredMail) -> Replayed:
        """The mail under both rules; what is wrong with it is told and does not stop the others."""
        about = (stored.entry_id, stored.number, stored.sender)
        try:
            mail = ingest(self.originals.read(stored.sha256), Envelope())
            return self._compared(stored, mail)
        except FileNotFoundError:
            return Replayed(*about, missing=True)
        except StoreError:
            raise
        except Exception as error:  # a file that cannot be read, or a defect of ours
            return Replayed(*about, fault=f"{type(error).__name__}: {error}")

    def _compared(self, stored: StoredMail, mail: Mail) -> Replayed:
        watched = Comparing(self.present.rules, self.candidate.rules, self.changed)
        matcher: Matcher = watched
        match, facts = self._known(stored, mail)
        before = after = strip(mail, match, facts, self.present, watched)
        if not watched.same:
            matcher = Matcher(self.candidate.rules)
            after = strip(mail, match, facts, self.candidate, matcher)
        was, is_ = (nature(mail, each.rules) for each in (self.present, self.candidate))
        return Replayed(
            stored.entry_id,
            stored.number,
            stored.sender,
            diff=_diff(before.text, after.text),
            longer=len(after.text) - len(before.text),
            guarded=any(one.code == "nothing-left" for one in after.because),
            automatic=is_.automatic if was.automatic is not is_.automatic else None,
            rules=_more(before, after),
            passed_over=too_slow((*is_.unasked, *after.because)),
            hits=_hits(watched, was),
            candidate_hits=_hits(matcher, is_),
        )

    def _known(self, stored: StoredMail, mail: Mail) -> tuple[Match, Facts]:
        """The mail's ticket, and what the mail answers of all that was known when it came."""
        ticket = Ticket(stored.ticket_id, stored.number, 0, "", "", None, 0, None, (), None, None)
        said = said_before(self.store.db, stored, referenced(mail))
        match = Match(ticket, stored.number, Opening(None, "") if _is_first(stored) else None)
        return match, Facts(self.directory, tickets={ticket.id: ticket}, said=said)


def _diff(before: str, after: str) -> tuple[str, ...]:
    if before == after:
        return ()
    return tuple(unified_diff(before.split("\n"), after.split("\n"), "present", "candidate", lineterm=""))


def _hits(matcher: Matcher, kind: Nature) -> tuple[str, ...]:
    """The names of the rules that matched, about lines, and about sender and subject."""
    detected = (str(one.facts["rule"]) for one in kind.because if one.code in DETECTED)
    others = (kind.skip, kind.account.rule if kind.account else "")
    return (*matcher.matched, *detected, *filter(None, others))


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


def _page(page: list[StoredMail]) -> list[Replayed]:
    return [_WORKERS[0].replay(stored) for stored in page]
