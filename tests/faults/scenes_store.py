"""What leaves, what fails, what is indexed, and migrations; crashed at each step and after each statement."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from connector.courier.transport import Following, MailObject, Outcome, Tried, nothing
from storage import migrate
from storage.store import Store
from tests.faults.scene import ENVELOPE, OPENING, Look, Scenario
from tests.faults.world import World
from tests.storage import versions

OLDEST = min(file.name for file in versions.FOLDER.glob("*.sqlite.sql"))[:4]
SETTINGS = ("installation", "secret", "next_number", "directory_version")
SENDING = (
    "courier.leases-released", "deliveries.leased", "courier.claimed", "file.created", "outbox.placed", "courier.tried",
    "deliveries.results-written", "database.committed", "courier.recorded", "courier.results-synced", "database.synced",
)  # fmt: skip


def _to_send(folder: Path) -> None:
    world = World(folder)
    world.people()
    world.spool.accept(OPENING, ENVELOPE)
    world.work()


def _sent(folder: Path) -> Iterator[str]:
    """What is written down as sent is in the outbox (B88)."""
    world = World(folder)
    got = world.outbox()
    rows = world.rows(
        "SELECT o.message_id, d.recipient, d.state FROM delivery d JOIN outgoing o ON o.id = d.outgoing_id"
    )
    for name, recipient, state in rows:
        if state == "sent" and not got[name, recipient]:
            yield f"{recipient} was not sent {name}, which is written down as sent"
    if set(got) - {(name, recipient) for name, recipient, _ in rows}:
        yield "somebody got what the store does not know"


def _all_sent(folder: Path) -> Iterator[str]:
    yield from _sent(folder)
    world = World(folder)
    if open_ := world.rows("SELECT recipient, state FROM delivery WHERE state <> 'sent'"):
        yield f"not sent: {open_}"
    if often := {pair: times for pair, times in world.outbox().items() if times > 2}:
        yield f"sent more than twice: {often}"


class _Refusing:
    """A relay to which the customer's address is none; all others get their mail."""

    def session(self) -> _Refusing:
        """Nothing goes from one mail to the next."""
        return self

    async def send(self, mail: MailObject, following: Following = nothing) -> Tried:
        """Refuse who is outside."""
        bad = Outcome("failed", "550 5.1.1 no such address", of_recipient=True)
        return Tried(
            {one: bad if one.endswith("@acme.example") else Outcome("sent", "250 ok") for one in mail.recipients}
        )

    def end(self) -> None:
        """Nothing is begun."""

    async def close(self) -> None:
        """Nothing is open."""


def _told_of_failure(folder: Path) -> Iterator[str]:
    """A failure stands on its ticket once, and the address is suspended with one mail to the manager (B11, B87)."""
    world = World(folder, bounces=1)
    reports = world.rows("SELECT COUNT(*) FROM entry WHERE kind = 'delivery-report'")[0][0]
    suspended = world.rows("SELECT COUNT(*) FROM failing WHERE suspended_at IS NOT NULL")[0][0]
    alarms = world.rows("SELECT COUNT(*) FROM outgoing WHERE mail_id IS NULL")[0][0]
    if (reports, suspended, alarms) != (1, 1, 1):
        yield f"{reports} failures told, {suspended} addresses suspended, {alarms} alarms; one each is right"


def _index(folder: Path) -> None:
    store = Store.open(World(folder).settings.store.database)
    store.upkeep(10.0)
    store.close()


def _indexed(folder: Path) -> Iterator[str]:
    if World(folder).rows("SELECT COUNT(*) FROM search_queue") != [[0]]:
        yield "a ticket still waits to be indexed"
    if World(folder).rows("SELECT COUNT(*) FROM ticket_words WHERE ticket_words MATCH 'printer'") != [[1]]:
        yield "the ticket is not found"


def _old_version(folder: Path) -> None:
    """The oldest that is kept."""
    versions.load(OLDEST, "sqlite", World(folder).settings.store.database)


def _open(folder: Path) -> None:
    Store.open(World(folder).settings.store.database).close()


def _old_or_new(every: Sequence[str]) -> Look:
    """All of the migrations that were to come, or none of them (B97)."""

    def look(folder: Path) -> Iterator[str]:
        waiting = migrate.waiting(World(folder).settings.store.database)
        if waiting and waiting != list(every):
            yield f"only {waiting} are still to come, of {every}"

    return look


def _newest(folder: Path) -> Iterator[str]:
    if waiting := migrate.waiting(World(folder).settings.store.database):
        yield f"{waiting} are still to come"
    if World(folder).rows(f"SELECT COUNT(*) FROM setting WHERE name IN {SETTINGS}") != [[len(SETTINGS)]]:
        yield "it has not all of its settings"


def _send(folder: Path) -> None:
    World(folder).send()


def _send_in_vain(folder: Path) -> None:
    World(folder, bounces=1).send(_Refusing())


MIGRATIONS = sorted(file.stem for file in migrate.FOLDER.glob("[0-9]*.py"))
OLD = _old_or_new([name for name in MIGRATIONS if name[:4] > OLDEST])
FAILING = ("deliveries.failure-written", "courier.recorded", "suspension.suspended")
SEEDING = ("migrate.applied", "migrate.seeded")
SCENARIOS = (
    Scenario("sending", SENDING, _to_send, _send, _send, _all_sent, _sent, statements=True),
    Scenario("failure", FAILING, _to_send, _send_in_vain, _send_in_vain, _told_of_failure, statements=True),
    Scenario("search", ("search.taken-off",), _to_send, _index, _index, _indexed, statements=True),
    Scenario(
        "new store", SEEDING, lambda folder: None, _open, _open, _newest, _old_or_new(MIGRATIONS), statements=True
    ),
    Scenario("old store", ("migrate.applied",), _old_version, _open, _open, _newest, OLD, statements=True),
)
