"""A worker that files several mails in one commit, whatever goes wrong with one; and how many it is told of."""

from __future__ import annotations

import asyncio
import os
from collections import deque
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import structlog
from structlog.testing import capture_logs

from connector import finishing, pipeline
from connector.mail.model import Envelope, Mail
from connector.people import read_people
from connector.spool import Spool
from connector.spool_queue import listing
from connector.worker import LARGE, MOST_TOGETHER, Report, Setup, Worker
from connector.workers import WorkerPool
from storage.records import StoreBusy
from storage.store import Store
from tests.house import PEOPLE, PUBLIC, mail_bytes, settings_in, shipped_book

ENVELOPE = Envelope(rcpt_to=(PUBLIC,))
JANE, BIRGIT, CHLOE, ALICE = (
    "jane@acme.example",
    "birgit@borealis.example",
    "chloe@corvus.example",
    "alice@company.example",
)


@pytest.fixture
def setup(tmp_path: Path) -> Setup:
    settings = settings_in(tmp_path)
    store = Store.open(settings.store.database)
    store.import_people(read_people(PEOPLE, settings.groups))
    store.close()
    return Setup(settings, shipped_book())


@pytest.fixture
def spool(setup: Setup) -> Spool:
    return Spool(setup.settings.store.spool)


def in_turn(worker: Worker, mails: Sequence[str]) -> list[Report]:
    return [report for reports in worker.in_turn(mails) for report in reports]


def told(worker: Worker, spool: Spool, mails: Sequence[bytes]) -> list[str]:
    """What the worker tells of each; the mails that stay in the spool stand there."""
    reports = in_turn(worker, [spool.accept(raw, ENVELOPE) for raw in mails])
    worker.settle()
    return [report.outcome for report in reports]


def test_worker__a_defect_is_one_mails_own(
    setup: Setup, spool: Spool, monkeypatch: pytest.MonkeyPatch, commits: list[int]
) -> None:
    """B7: the others are filed; the one is tried again, alone, and set aside in the end."""
    whole = pipeline.classify

    def classify(mail: Mail, *more: Any) -> Any:
        if mail.subject == "bad":
            raise ValueError("a defect")
        return whole(mail, *more)

    monkeypatch.setattr(pipeline, "classify", classify)
    monkeypatch.setattr(finishing, "log", structlog.get_logger("finishing"))  # one that no test has used before
    worker = Worker(setup)
    mails = [mail_bytes(JANE), mail_bytes(BIRGIT, subject="bad"), mail_bytes(CHLOE)]
    with capture_logs() as logs:
        assert told(worker, spool, mails) == ["filed", "", "filed"]
    assert [line["error"] for line in logs if line["log_level"] == "error"] == ["ValueError: a defect"]
    assert commits == [1, 1]
    (row,) = listing(spool)
    assert row.tries == 1
    with capture_logs():
        assert [in_turn(worker, [row.id])[0].outcome for _ in range(2)] == ["", "quarantined"]


def test_worker__a_torn_file_is_one_mails_own(setup: Setup, spool: Spool) -> None:
    """faults: the others are filed; the damaged one is set aside."""
    names = [spool.accept(raw, ENVELOPE) for raw in (mail_bytes(JANE), mail_bytes(BIRGIT))]
    with (spool.new / f"{names[0]}.0").open("r+b") as file:
        file.write(b"X")
    worker = Worker(setup)
    assert [report.outcome for report in in_turn(worker, names)] == ["quarantined", "filed"]


def test_worker__a_busy_store_costs_nobody_a_try(setup: Setup, spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """B3: all wait again, and are filed when it is back."""
    worker = Worker(setup)
    names = [spool.accept(raw, ENVELOPE) for raw in (mail_bytes(JANE), mail_bytes(BIRGIT))]
    with monkeypatch.context() as patch:
        patch.setattr(Store, "file_all", lambda *_: (_ for _ in ()).throw(StoreBusy("locked")))
        assert [report.busy for report in in_turn(worker, names)] == ["locked", "locked"]
    assert [(row.state, row.tries) for row in listing(spool)] == [("spooled", 0)] * 2
    assert [report.outcome for report in in_turn(worker, names)] == ["filed", "filed"]


def test_worker__a_held_mail_among_others(setup: Setup, spool: Spool) -> None:
    """B9: it waits in the queue, the others are filed."""
    connector = replace(setup.settings.connector, unknown_sender="hold")
    worker = Worker(Setup(replace(setup.settings, connector=connector), setup.book))
    mails = [mail_bytes(JANE), mail_bytes("zed@nowhere.example"), mail_bytes(BIRGIT)]
    assert told(worker, spool, mails) == ["filed", "held", "filed"]
    assert [row.state for row in listing(spool)] == ["held"]


def test_worker__what_was_tried_or_is_large_goes_alone(setup: Setup, spool: Spool, commits: list[int]) -> None:
    """B7: a mail that ended its worker takes no others with it again; large ones are not held in memory together."""
    names = [spool.accept(raw, ENVELOPE) for raw in (mail_bytes(JANE), mail_bytes(BIRGIT), mail_bytes(CHLOE))]
    names.append(spool.accept(mail_bytes(ALICE, body="0123456789\r\n" * (LARGE // 12)), ENVELOPE))
    claim = spool.claim(names[0])
    assert claim is not None
    claim.put_back(1)
    assert [report.outcome for report in in_turn(Worker(setup), names)] == ["filed"] * 4
    assert commits == [1, 2, 1]


def test_worker__a_tried_mail_begins_when_the_others_are_through(
    setup: Setup, spool: Spool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B7: what was done before it is told, and out of the spool: if it ends the process, none of that is done again."""
    names = [spool.accept(raw, ENVELOPE) for raw in (mail_bytes(JANE), mail_bytes(BIRGIT))]
    claim = spool.claim(names[1])
    assert claim is not None
    claim.put_back(1)
    worker = Worker(setup)
    monkeypatch.setattr(worker, "work", lambda _: [row.id for row in listing(spool)])
    turns = worker.in_turn(names)
    assert [report.id for report in next(turns)] == names[:1]
    assert next(turns) == [names[1:]]


def test_worker__takes_together_what_it_was_told_together(setup: Setup, spool: Spool, commits: list[int]) -> None:
    """B3: mails that queue up share commits; a worker never waits for more."""
    senders = [f"user{i}@firm{i}.example" for i in range(MOST_TOGETHER + 2)]
    names = [spool.accept(mail_bytes(sender), ENVELOPE) for sender in senders]
    read, write = os.pipe()
    os.write(write, "".join(f"{name}\n" for name in names).encode())
    os.close(write)
    answers = setup.settings.store.spool / "answers"
    with os.fdopen(read, "rb") as source, answers.open("wb") as target:
        Worker(setup).run(source, target)
    assert commits == [MOST_TOGETHER, 2]
    assert len(answers.read_bytes().splitlines()) == len(names)
    assert listing(spool) == []


def test_worker__with_one_try_each_mail_goes_alone(setup: Setup, spool: Spool, commits: list[int]) -> None:
    """B7: one that ends its worker must not take others into the quarantine with it."""
    service = replace(setup.settings.service, max_tries=1)
    worker = Worker(replace(setup, settings=replace(setup.settings, service=service)))
    assert told(worker, spool, [mail_bytes(JANE), mail_bytes(BIRGIT)]) == ["filed", "filed"]
    assert commits == [1, 1]


# -- the pool --------------------------------------------------------------------------------------------------------


def pool(setup: Setup, spool: Spool, size: int) -> WorkerPool:
    return WorkerPool(setup, spool, size, lambda report: None, lambda rule: None)


@pytest.mark.parametrize(("waiting", "told"), [(0, 2), (4, 2), (8, 4), (40, 16), (1000, 2 * MOST_TOGETHER)])
def test_pool__tells_more_where_more_wait(setup: Setup, spool: Spool, waiting: int, told: int) -> None:
    """B3: few mails keep their order and are shared by all workers; many are told so that they can share commits."""
    many = pool(setup, spool, 2)
    asyncio.run(many.look())
    many.submit(f"{i:016x}" for i in range(waiting))
    assert many._ahead() == told


def test_pool__a_dead_workers_mails_keep_their_place(setup: Setup, spool: Spool) -> None:
    """B7: what it had not claimed is the next again; behind all stands what may have ended it."""

    async def taken() -> list[str]:
        left = pool(setup, spool, 1)
        await left.look()
        hand = deque(left._backlog.take() for _ in range(3))
        claim = spool.claim(hand[0])
        assert claim is not None
        claim.close()
        left._take_back(hand)
        return [left._backlog.take() for _ in range(len(left._backlog))]

    names = [spool.accept(mail_bytes(sender), ENVELOPE) for sender in (JANE, BIRGIT, CHLOE, ALICE)]
    assert asyncio.run(taken()) == [*names[1:], names[0]]


def test_pool__a_store_that_is_away_is_waited_for_once_a_hand(setup: Setup, spool: Spool) -> None:
    """B3: several mails that could not be filed for one reason do not make the pause longer."""

    async def pauses() -> list[float]:
        waiting = pool(setup, spool, 1)
        for name in "abc":
            waiting._take_in(Report(name, busy="locked"), deque([name]))
        first = waiting._pause
        waiting._paused, waiting._pause = first, 0.0
        waiting._take_in(Report("a", busy="locked"), deque(["a"]))
        return [first, waiting._pause]

    assert asyncio.run(pauses()) == [1.0, 2.0]
