"""PostgreSQL's connection breaks at COMMIT, so that nobody knows whether it was done: all effects once, or none."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from connector import spool_queue
from connector.delivery_store import DeliveryStore
from connector.mail.model import Envelope
from connector.spool import Spool
from connector.worker import Setup, Worker
from storage.records import Result, StoreBusy
from storage.store import Store
from tests import postgres
from tests.house import PUBLIC, mail_bytes, shipped_book, shipped_settings
from tests.service import until
from tests.storage import make
from tests.storage.cutting import CommitCutter

pytestmark = pytest.mark.postgresql
RAW = mail_bytes("jane@elsewhere.example")


@dataclass
class Place:
    """A database, reached by a connection that breaks when it is told to."""

    setup: Setup
    cutter: CommitCutter
    direct: Store


@contextmanager
def place(server: postgres.Server, folder: Path) -> Iterator[Place]:
    sockets = Path(tempfile.mkdtemp(prefix="cut-"))  # the path of a socket must be short
    database = server.create()
    direct = Store.open(server.url(database))

    def crash() -> None:
        server.stop()
        server.start()

    with CommitCutter(sockets, server.folder, crash).running() as cutter:
        url = server.url(database).replace(str(server.folder), str(sockets))
        settings = shipped_settings()
        store = replace(settings.store, database=url, originals=folder / "originals", spool=folder / "spool")
        yield Place(Setup(replace(settings, store=store), shipped_book()), cutter, direct)
        until(lambda: server.is_running)  # a server that was crashed is started by another thread
    direct.close()
    shutil.rmtree(sockets)


@pytest.fixture
def broken(server: postgres.Server, tmp_path: Path) -> Iterator[Place]:
    with place(server, tmp_path) as made:
        yield made


def file_at_a_broken_commit(at: Place, how: str) -> None:
    """A worker files a mail whose COMMIT has no answer; it waits, costs no try, and is filed once in the end."""
    spool = Spool(at.setup.settings.store.spool)
    mail = spool.accept(RAW, Envelope(rcpt_to=(PUBLIC,)))
    worker = Worker(at.setup)
    worker._ready()
    at.cutter.how = how
    assert worker.work(mail).busy
    assert (at.cutter.cuts, [(row.state, row.tries) for row in spool_queue.listing(spool)]) == (1, [("spooled", 0)])
    while (report := worker.work(mail)).busy:
        pass
    worker.settle()
    assert report.outcome == "filed"
    assert spool_queue.listing(spool) == []
    with suppress(StoreBusy):  # the server may have been away
        at.direct.next_number()
    rows = make.count_rows(at.direct)
    assert (rows["mail"], rows["ticket"], rows["outgoing"]) == (1, 1, 1)
    assert [entry["kind"] for entry in at.direct.history("0500-1000")] == ["email", "change"]
    assert at.direct.next_number() == "0500-1001"


@pytest.mark.parametrize("how", ["lost", "unsent"])
def test_filing__commit_without_an_answer(broken: Place, how: str) -> None:
    """B5, B70: whether it was done or not, the mail is filed once, by its spool id, and its number is used once."""
    file_at_a_broken_commit(broken, how)


@pytest.mark.long
def test_filing__server_that_crashes_in_mid_commit(tmp_path: Path, server: postgres.Server) -> None:
    """B3, B5, B70: the same where the server itself is ended with COMMIT in its hands, and starts again."""
    del server  # skips where there are no programs
    with postgres.running() as own, place(own, tmp_path) as made:
        file_at_a_broken_commit(made, "crash")


@pytest.mark.parametrize("how", ["lost", "unsent"])
def test_courier__commit_without_an_answer(broken: Place, how: str) -> None:
    """B87, B88: a claim without an answer can be ended and made again; a result is written once, however often."""
    make.open_ticket(broken.direct, outgoing=(make.outgoing("a@company.example"),))
    store = DeliveryStore(broken.setup.settings, broken.setup.book)
    store.release_leases("courier", make.LATER)
    broken.cutter.how = how
    with pytest.raises(StoreBusy):
        store.claim_deliveries(make.LATER, 10, 3600, "courier")
    store.release_leases("courier", make.LATER)
    (claimed,) = store.claim_deliveries(make.LATER, 10, 3600, "courier")

    failed = Result(claimed.drops[0].delivery_id, "failed", "550 no", make.LATER)
    broken.cutter.how = how
    with pytest.raises(StoreBusy):
        store.record_results([failed], make.LATER)
    store.record_results([failed], make.LATER)
    assert broken.cutter.cuts == 2
    (row,) = broken.direct.deliveries()
    assert (row["state"], row["tries"]) == ("failed", 1)
    assert [entry["kind"] for entry in broken.direct.history("0500-1000")].count("delivery-report") == 1
