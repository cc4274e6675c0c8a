"""A mail on its way: accepted, filed by a worker, or by the command `process`; crashed at each step of it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from connector import spool_queue
from connector.finishing import Recorded, finish
from connector.originals import Originals
from connector.processing import Processor, policy_of
from connector.spool_file import SpoolError
from connector.spool_writer import SpoolWriter
from storage.store import Store
from tests.faults.scene import ANSWER, DISK, ENVELOPE, LARGE, OPENING, STRANGER, Scenario
from tests.faults.world import MAX_TRIES, World, book

FILING = (
    "spool.claimed", "finishing.read", "stages.begun", "processing.decided", "originals.linked", "processing.kept",
    "filing.ledger-written", "filing.ticket-written", "entries.entry-written", "filing.history-written",
    "outgoing.mails-written", "database.many-executed", "outgoing.deliveries-written", "filing.outgoing-written",
    "database.before-commit", "database.committed", "processing.filed", "spool.recorded", "finishing.recorded",
    "originals.synced", "database.synced", "finishing.settled", "spool.trailer-cut", "spool.done",
)  # fmt: skip
HOLDING = ("originals.placed", "finishing.held", "file.created", "spool.reason-placed", "spool.moved")


def _accept(folder: Path) -> None:
    """Three mails, one after the other; `told` gets the ids of those that were accepted."""

    async def accept() -> None:
        writer = SpoolWriter(World(folder).spool)
        writer.start()
        for mail in (OPENING, LARGE, STRANGER):
            incoming = World(folder).spool.incoming()
            with suppress(SpoolError):
                for start in range(0, len(mail), 100_000):
                    try:
                        incoming.write(mail[start : start + 100_000])
                    except OSError as error:
                        incoming.discard()
                        raise SpoolError(str(error)) from error
                name = await writer.accept(incoming, ENVELOPE)
                with (folder / "told").open("a") as told:
                    told.write(f"{name} {len(mail)}\n")
        writer.stop()

    asyncio.run(accept())


def _accepted(folder: Path) -> Iterator[str]:
    """Whoever was told that a mail is accepted was told the truth, and nothing half written can be seen (B2)."""
    world = World(folder)
    ledger = folder / "told"
    told = dict(line.split() for line in ledger.read_text().splitlines()) if ledger.exists() else {}
    found = {row.id: row for row in spool_queue.listing(world.spool)}
    for name, length in told.items():
        if name not in found:
            yield f"{name} was accepted and is gone"
        elif len(spool_queue.read(world.spool, name).raw) != int(length):
            yield f"{name} is not what was accepted"
    for name, row in found.items():
        if row.state != "spooled":
            yield f"{name} is {row.state}: {row.reason}"


def _accepted_and_swept(folder: Path) -> Iterator[str]:
    yield from _accepted(folder)
    if left := World(folder).temporary():
        yield f"half written files are left: {left}"


def _process(folder: Path) -> None:
    """What the command `process` does with a mail."""
    world = World(folder)
    claim, recorded = world.spool.accept_claimed(OPENING, ENVELOPE), Recorded()
    store = Store.open(world.settings.store.database)
    processor = Processor(store, Originals(world.settings.store.originals), policy_of(world.settings, book(), store))
    finish(claim, lambda: processor, MAX_TRIES, recorded)
    recorded.settle(processor)


def _processed(folder: Path) -> Iterator[str]:
    """Its caller was told nothing: the mail is filed once, or was never accepted; no half of it is left."""
    world = World(folder)
    if (filed := world.rows("SELECT COUNT(*) FROM entry WHERE kind = 'email'")[0][0]) > 1:
        yield f"it is filed {filed} times"
    if world.states() or world.temporary():
        yield f"left are {world.states()}, {world.temporary()}"


@dataclass(frozen=True)
class Filing:
    """A worker files the last of these mails, or several `together`; those before it have their outcome."""

    mails: tuple[bytes, ...]
    unknown_sender: str = "ticket"
    together: int = 1

    def scenario(self, name: str, points: Sequence[str]) -> Scenario:
        """It is compared with what comes of it without a crash."""
        return Scenario(
            name, tuple(points), self._prepare, self._act, self._mend, self._look, self._halfway, DISK, statements=True
        )

    def _world(self, folder: Path) -> World:
        return World(folder, self.unknown_sender)

    def _prepare(self, folder: Path) -> None:
        """Twice the same; one of the two is filed without a crash."""
        whole = self._world(folder / "whole")
        for world in (whole, self._world(folder)):
            world.folder.mkdir(exist_ok=True)
            world.people()
            for mail in self.mails[: -self.together]:
                world.spool.accept(mail, ENVELOPE)
                world.work()
            for mail in self.mails[-self.together :]:
                world.spool.accept(mail, ENVELOPE)
        begun = whole.effects()
        whole.work()
        effects = {"begun": begun, "done": whole.effects(), "states": whole.states()}
        (folder / "effects.json").write_text(json.dumps(effects))

    def _act(self, folder: Path) -> None:
        self._world(folder).work()

    def _mend(self, folder: Path) -> None:
        self._world(folder).start()

    def _halfway(self, folder: Path) -> Iterator[str]:
        """All effects of the mail, or of those together, or none (B70)."""
        known, found = _known(folder), self._world(folder).effects()
        if found not in (known["begun"], known["done"]):
            yield f"something was written, and not all of it: {_differing(known['begun'], found)}"

    def _look(self, folder: Path) -> Iterator[str]:
        """The same as without a crash (B2, B5, B70), and the original as it came (B4)."""
        known, world = _known(folder), self._world(folder)
        if (found := world.effects()) != known["done"]:
            yield f"it is not written as without a crash: {_differing(known['done'], found)}"
        if (states := world.states()) != known["states"]:
            yield f"the spool holds {states}, without a crash {known['states']}"
        if left := world.temporary():
            yield f"half written files are left: {left}"
        for (sha256,) in world.rows("SELECT sha256 FROM mail"):
            if Originals(world.settings.store.originals).read(sha256) not in self.mails:
                yield f"the original {sha256} is not what was sent"


def _known(folder: Path) -> dict[str, Any]:
    known: dict[str, Any] = json.loads((folder / "effects.json").read_text())
    return known


def _differing(wanted: dict[str, Any], found: dict[str, Any]) -> dict[str, Any]:
    return {name: (wanted[name], found[name]) for name in wanted if wanted[name] != found[name]}


SCENARIOS = (
    Scenario(
        "acceptance",
        ("file.created", "file.begun", "spool.written", "spool.synced", "spool.placed", "spool.folder-synced"),
        lambda folder: None,
        _accept,
        lambda folder: World(folder).spool.sweep(),
        _accepted_and_swept,
        _accepted,
        DISK,
    ),
    Scenario(
        "process",
        ("process.placed", "process.folder-synced", "finishing.recorded", "finishing.settled", "spool.trailer-cut"),
        lambda folder: World(folder).people(),
        _process,
        lambda folder: World(folder).start(),
        _processed,
    ),
    Filing((OPENING,)).scenario("opening", (*FILING, "filing.number-taken", "filing.ticket-opened")),
    Filing((OPENING, ANSWER)).scenario("answer", (*FILING, "filing.ticket-updated")),
    Filing((OPENING, ANSWER, STRANGER), together=2).scenario("together", (*FILING, "finishing.filed-together")),
    Filing((STRANGER,), "hold").scenario("held", HOLDING),
)
