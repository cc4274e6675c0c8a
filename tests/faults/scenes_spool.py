"""What people do with mail in the spool, and what the service does with what the dead left; crashed at each step."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from connector import spool_queue
from tests.faults.scene import DISK, ENVELOPE, STRANGER, Look, Scenario
from tests.faults.world import MAX_TRIES, World


def _hold(folder: Path) -> None:
    world = World(folder, "hold")
    world.people()
    world.spool.accept(STRANGER, ENVELOPE)
    world.work()


def _on_held(what: Callable[[World, str], None]) -> Callable[[Path], None]:
    """Something that a person does with the held mail, and does again where it is still held."""

    def act(folder: Path) -> None:
        world = World(folder, "hold")
        for row in spool_queue.listing(world.spool):
            if row.state == "held":
                what(world, row.id)

    return act


def _is_only(*states: str) -> Look:
    def look(folder: Path) -> Iterator[str]:
        world = World(folder)
        if world.states() != sorted(states):
            yield f"the spool holds {world.states()}, not {states}"
        for row in spool_queue.listing(world.spool):
            if spool_queue.read(world.spool, row.id).raw != STRANGER:
                yield f"{row.id} is not what was sent"

    return look


def _orphans(folder: Path) -> None:
    """Mails whose owners died: one that waits again, and one that was tried often enough."""
    world = World(folder)
    for tries in (1, MAX_TRIES):
        mail = world.spool.accept(STRANGER, ENVELOPE)
        (world.spool.new / f"{mail}.0").rename(world.spool.work / f"{mail}.{tries}")


def _recover(folder: Path) -> None:
    World(folder).spool.recover(MAX_TRIES)


_retry = _on_held(lambda world, mail: spool_queue.retry(world.spool, mail))
_release = _on_held(lambda world, mail: spool_queue.release(world.spool, mail, "as-is", "bob@company.example"))
_drop = _on_held(lambda world, mail: spool_queue.drop(world.spool, mail))
RELEASING = ("file.created", "queue.released", "spool.moved", "queue.retried")
RECOVERING = ("spool.moved", "spool.brought-back", "file.created", "spool.reason-placed")
SCENARIOS = (
    Scenario("retry", ("spool.moved", "queue.retried"), _hold, _retry, _retry, _is_only("spooled")),
    Scenario("release", RELEASING, _hold, _release, _release, _is_only("spooled")),
    Scenario("drop", ("queue.dropped",), _hold, _drop, _drop, _is_only()),
    Scenario("recovery", RECOVERING, _orphans, _recover, _recover, _is_only("quarantined", "spooled"), errors=DISK),
)
