"""A worker process: claims the mails it is told of, takes them through the stages, and says what became of each.

Standard input: the setup (pickled, with its length in front), then one spool id a line, or an empty line when nothing
waits, or `off` and the name of a rule that was too slow too often. Standard output: one JSON object for each id.
End of input means stop. Ids that were told together are filed in one commit. Whatever happens to this process costs the
mails in hand one try and nothing else; what was tried before is taken alone.
"""

from __future__ import annotations

import json
import os
import pickle
import resource
import signal
import struct
import sys
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, fields, replace
from io import BufferedReader
from typing import BinaryIO

import structlog

from connector import logs, memory
from connector.config.settings import Settings
from connector.delivery_store import store_for_mail
from connector.finishing import AWAY, Ended, Recorded, finish, finish_together
from connector.originals import Originals
from connector.processing import Processor, RuleBook, policy_of
from connector.rulebook.matching import patterns
from connector.spool import Claim, Spool
from connector.turns import Turns
from connector.warming import is_waiting, warm

log = structlog.get_logger("worker")

LENGTH = struct.Struct(">I")

OFF = "off "
"""In front of a rule's name; no spool id has a blank."""

MOST_RECORDED = 64
"""So many recorded mails stay in the spool at most before they leave it together."""

MOST_TOGETHER = 8
"""So many mails at most are filed in one commit: where more wait, that one worker would keep the others waiting."""

LARGE = 1 << 20
"""Bytes from which on a mail is taken alone: those in one commit are held in memory together."""


@dataclass(frozen=True, slots=True)
class Setup:
    """What a worker is started with: settings and rules that the main process has read and found good."""

    settings: Settings
    book: RuleBook


@dataclass(frozen=True, slots=True)
class Report:
    """What became of one mail. `busy`: the store or the disk could not be had; the mail waits, no try was spent."""

    id: str
    outcome: str = ""
    deliveries: int = 0
    retry: bool = False
    busy: str = ""
    slow_rules: tuple[str, ...] = ()


FIELDS = tuple(field.name for field in fields(Report))


def as_line(report: Report) -> bytes:
    """The report as the main process reads it."""
    return json.dumps({name: getattr(report, name) for name in FIELDS}).encode("ascii") + b"\n"


def write_setup(setup: Setup) -> bytes:
    """The setup as the worker reads it."""
    data = pickle.dumps(setup)
    return LENGTH.pack(len(data)) + data


def read_setup(source: BinaryIO) -> Setup | None:
    """The setup from our own parent, or None where it ended before it had said all."""
    head = source.read(LENGTH.size)
    data = source.read(LENGTH.unpack(head)[0]) if len(head) == LENGTH.size else b""
    if not data or len(data) < LENGTH.unpack(head)[0]:
        return None
    setup: Setup = pickle.loads(data)
    return setup


def main() -> None:
    """Run until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the terminal's Ctrl-C is the main process's business
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    source = os.fdopen(sys.stdin.fileno(), "rb", closefd=False)
    setup = read_setup(source)
    if setup is None:
        return
    logs.configure(setup.settings.service.log_format, setup.settings.service.log_level)
    limit = setup.settings.service.worker_memory_limit
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    worker = Worker(setup)
    memory.settle()
    with suppress(BrokenPipeError):
        worker.run(source, sys.stdout.buffer)


class Worker:
    """Does one mail after the other."""

    def __init__(self, setup: Setup) -> None:
        settings = setup.settings
        self._setup = setup
        self._spool = Spool(settings.store.spool)
        self._originals = Originals(settings.store.originals)
        self._max_tries = settings.service.max_tries
        self._processor: Processor | None = None
        self._recorded = Recorded()
        self._cold = patterns(setup.book.rules)
        self._is_warm = False

    def run(self, source: BufferedReader, target: BinaryIO) -> None:
        """Answer every id of the input with a report; an empty line says that no mail is waiting."""
        hand: list[str] = []
        for line in source:
            mail = line.decode().strip()
            if mail.startswith(OFF):
                self.switch_off(mail.removeprefix(OFF))
                continue
            if mail:
                hand.append(mail)
                if len(hand) < MOST_TOGETHER and is_waiting(source):
                    continue
            self._work(hand, target)
            if not mail or len(self._recorded) >= MOST_RECORDED:
                self.settle()
            if not mail and not self._is_warm and warm(self._cold, source):
                self._is_warm = True
                memory.settle()
        self._work(hand, target)
        self.settle()

    def _work(self, hand: list[str], target: BinaryIO) -> None:
        """Take the mails in hand, and tell of each as soon as its end is known: the next may end this process."""
        for reports in self.in_turn(hand) if len(hand) > 1 else ([self.work(mail)] for mail in hand):
            target.write(b"".join(map(as_line, reports)))
            target.flush()
            # failpoint: worker.reported
        hand.clear()

    def switch_off(self, rule: str) -> None:
        """Do without a rule for as long as this process runs (B52)."""
        self._setup = replace(self._setup, book=self._setup.book.without(rule))
        if self._processor is not None:
            self._processor = self._processor.without(rule)

    def settle(self) -> None:
        """Let what is recorded out of the spool."""
        if self._recorded:
            self._recorded.settle(self._ready())

    def work(self, mail: str) -> Report:
        """Claim the mail and finish it, or put it where its failure belongs."""
        claim = self._claim(mail)
        return claim if isinstance(claim, Report) else _told(mail, self._finish(claim))

    def in_turn(self, mails: Sequence[str]) -> Iterator[list[Report]]:
        """The same for several, with one commit; what was tried before, is large or has one try alone, goes alone.

        While it does, no other is claimed, so that none loses a try with it, and none that is recorded waits to be let
        out of the spool.
        """
        hand: list[str] = []
        for mail in mails:
            if self._max_tries > 1 and self._spool.is_fresh(mail, LARGE):
                hand.append(mail)
            else:
                yield self._together(hand)
                hand = []
                self.settle()
                yield [self.work(mail)]
        yield self._together(hand)

    def _together(self, mails: Sequence[str]) -> list[Report]:
        claims = [self._claim(mail) for mail in mails]
        hand = [one for one in claims if isinstance(one, Claim)]
        ended = finish_together(hand, self._ready, self._max_tries, self._recorded) if hand else []
        told = [_told(claim.id, end) for claim, end in zip(hand, ended, strict=True)]
        return [*(one for one in claims if isinstance(one, Report)), *told]

    def _claim(self, mail: str) -> Claim | Report:
        try:
            return self._spool.claim(mail) or Report(mail)
        except AWAY as error:
            return _told(mail, error)

    def _finish(self, claim: Claim) -> Ended | Exception:
        try:
            return finish(claim, self._ready, self._max_tries, self._recorded)
        except AWAY as error:
            return error

    def _ready(self) -> Processor:
        """The processor; the store is opened when the first mail needs it, and again after it was away."""
        if self._processor is None:
            store = store_for_mail(self._setup.settings, sync_later=True)  # the spool keeps a mail until `settle`
            policy = policy_of(self._setup.settings, self._setup.book, store)
            self._processor = Processor(store, self._originals, policy, turns=Turns(self._spool.folder / "opening"))
        return self._processor


def _told(mail: str, ended: Ended | Exception) -> Report:
    if isinstance(ended, Ended):
        return Report(mail, ended.outcome, ended.deliveries, not ended.outcome, slow_rules=ended.slow_rules)
    log.warning("store or disk not ready, the mail waits", mail=mail, error=str(ended))
    return Report(mail, busy=str(ended))


if __name__ == "__main__":
    main()
