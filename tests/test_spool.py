"""The spool: what was accepted is there, once, in one state, whatever happens in between."""

from __future__ import annotations

import asyncio
import errno
import multiprocessing
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from connector import spool_queue
from connector.mail.model import Envelope
from connector.spool import Spool
from connector.spool_file import FOOTER, IN_MEMORY, SpoolError, SpoolFull, TornSpoolFile
from connector.spool_lock import SpoolInUse
from connector.spool_writer import SpoolWriter

RAW = b"From: Amy <amy@x.example>\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\n\r\nHello\r\n"
ENVELOPE = Envelope("amy@x.example", ("support@company.example",), "smtp", True, "192.0.2.1", "mx.x.example")


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "spool")


@pytest.fixture
def writer(spool: Spool) -> Iterator[SpoolWriter]:
    writer = SpoolWriter(spool)
    writer.start()
    yield writer
    writer.stop()


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_accept__gives_back_bytes_and_envelope(spool: Spool) -> None:
    """B2, B4: what was accepted comes out of the spool byte for byte, with its envelope and time."""
    mail = spool.accept(RAW, ENVELOPE)

    claim = spool.claim(mail)

    assert claim is not None
    spooled = claim.read()
    assert (spooled.id, spooled.tries, spooled.raw, spooled.envelope) == (mail, 1, RAW, ENVELOPE)
    assert spooled.received_at.utcoffset() is not None


@pytest.mark.parametrize("raw", [b"", b"\0\r\n\xff" * 9, b"CMTSPOOL" * 4, b"x" * (IN_MEMORY + 1)])
def test_accept__any_bytes_are_a_mail(spool: Spool, raw: bytes) -> None:
    """B8: any byte sequence goes in and comes out, however large and whatever it looks like."""
    assert spool_queue.read(spool, spool.accept(raw, ENVELOPE)).raw == raw


@pytest.mark.parametrize(
    "envelope",
    [
        Envelope(),
        Envelope(
            '"a\\ %s"@x.example', ("é@x.example", '"{}"@x.example'), "imap:Büro", False, "::1", '\x7f"', "amy", "as-is"
        ),
    ],
)
def test_accept__envelope_may_hold_any_text(spool: Spool, envelope: Envelope) -> None:
    """B4: the envelope comes out as it went in, whatever its addresses and names hold."""
    assert spool_queue.read(spool, spool.accept(RAW, envelope)).envelope == envelope


def test_accept__files_are_for_the_owner_alone(spool: Spool) -> None:
    """Mails are private: folders 0700, files 0600."""
    mail = spool.accept(RAW, ENVELOPE)

    assert (spool.new / f"{mail}.0").stat().st_mode & 0o777 == 0o600
    assert spool.new.stat().st_mode & 0o777 == 0o700


def test_ids__rise_when_the_clock_does_not(tmp_path: Path) -> None:
    """The order of arrival is kept when the clock stands or goes back."""
    times = iter([500, 500, 400, 400, 400, 400])
    spool = Spool(tmp_path, clock=lambda: next(times))

    ids = [spool.new_id() for _ in range(3)]

    assert ids == sorted(ids)
    assert len(set(ids)) == 3


def test_waiting__is_in_the_order_of_arrival(spool: Spool) -> None:
    """Mails are worked on in the order in which they came."""
    ids = [spool.accept(RAW, ENVELOPE) for _ in range(20)]

    assert spool.waiting() == ids


@pytest.mark.parametrize(("number", "kind"), [(errno.ENOSPC, SpoolFull), (errno.EIO, SpoolError)])
def test_accept__failed_sync_accepts_nothing(
    spool: Spool, monkeypatch: pytest.MonkeyPatch, number: int, kind: type[SpoolError]
) -> None:
    """B6: a disk that is full or broken is a temporary fault, and leaves nothing behind."""
    calls = []

    def fail(fd: int) -> None:
        calls.append(fd)
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(kind) as caught:
        spool.accept(RAW, ENVELOPE)

    assert isinstance(caught.value, SpoolFull) == (number == errno.ENOSPC)
    assert len(calls) == 1, "a failed sync is not tried again"
    assert names(spool.tmp) == names(spool.new) == []


def test_writer__accepts_many_at_once_in_order(spool: Spool, writer: SpoolWriter) -> None:
    """B2: mails that wait together are all safe when they are answered, in the order in which they were given."""

    async def accept_all() -> list[str]:
        return await asyncio.gather(*(writer.accept(b"%d" % number, ENVELOPE) for number in range(200)))

    ids = asyncio.run(accept_all())

    assert ids == spool.waiting()
    assert [spool_queue.read(spool, mail).raw for mail in ids] == [b"%d" % number for number in range(200)]
    assert names(spool.tmp) == []


def test_writer__large_mail_comes_in_pieces(spool: Spool, writer: SpoolWriter) -> None:
    """A large mail goes to the disk while it comes in, and is whole in the end."""
    incoming = spool.incoming()
    for number in range(10):
        incoming.write(bytes([number]) * 100_000)

    mail = asyncio.run(writer.accept(incoming, ENVELOPE))

    assert spool_queue.read(spool, mail).raw == b"".join(bytes([number]) * 100_000 for number in range(10))


def test_writer__cancelled_caller_does_not_cancel_the_write(spool: Spool, writer: SpoolWriter) -> None:
    """B6: the client that goes away during the write changes nothing."""

    async def accept_and_go() -> None:
        task = asyncio.create_task(writer.accept(RAW, ENVELOPE))
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(accept_and_go())
    writer.stop()

    assert len(spool.waiting()) == 1


def test_writer__one_failing_file_fails_one_mail(
    spool: Spool, writer: SpoolWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B6: the mails written beside the one that the disk refused are accepted."""
    sync = os.fsync

    def fail_large(fd: int) -> None:
        if os.fstat(fd).st_size > 5000:
            raise OSError(errno.EIO, "Input/output error")
        sync(fd)

    monkeypatch.setattr("connector.spool_file.os.fsync", fail_large)
    sizes = [10, 6000, 20]

    async def accept_all() -> list[object]:
        return await asyncio.gather(*(writer.accept(b"x" * n, ENVELOPE) for n in sizes), return_exceptions=True)

    answers = asyncio.run(accept_all())

    assert [isinstance(answer, SpoolError) for answer in answers] == [False, True, False]
    assert len(spool.waiting()) == 2
    assert names(spool.tmp) == []


def test_writer__failed_folder_sync_accepts_none(
    spool: Spool, writer: SpoolWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B2: without the folder's sync no mail is accepted and none is left."""

    def fail(folder: Path) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("connector.spool_writer.sync_folder", fail)

    with pytest.raises(SpoolError):
        asyncio.run(writer.accept(RAW, ENVELOPE))

    assert spool.waiting() == []


def test_claim__only_one_gets_it(spool: Spool) -> None:
    """B5: two workers never work on one mail."""
    mail = spool.accept(RAW, ENVELOPE)

    first, second = spool.claim(mail), spool.claim(mail)

    assert first is not None
    assert second is None


@pytest.mark.parametrize("mail", ["../../etc/passwd", "", "0" * 16, "0" * 16 + "-" + "0" * 8])
def test_claim__unknown_id_is_none(spool: Spool, mail: str) -> None:
    """An id that is no mail's, or no id at all, claims nothing."""
    assert spool.claim(mail) is None


def test_done__leaves_nothing(spool: Spool) -> None:
    """A mail with its recorded outcome leaves the spool."""
    claim = spool.accept_claimed(RAW, ENVELOPE)

    claim.done()

    assert spool_queue.counts(spool) == {"spooled": 0, "held": 0, "quarantined": 0}


def test_accept_claimed__no_worker_gets_it(spool: Spool) -> None:
    """B105: a mail given on the command line is worked on there, not by a worker beside it."""
    claim = spool.accept_claimed(RAW, ENVELOPE)

    assert spool.waiting() == []
    assert spool.recover(3).waiting == ()
    assert claim.read().raw == RAW


def test_give_back__is_not_a_try(spool: Spool) -> None:
    """B3: a mail that had to wait for the database has lost no try."""
    mail = spool.accept(RAW, ENVELOPE)
    first = spool.claim(mail)
    assert first is not None

    first.give_back()

    again = spool.claim(mail)
    assert again is not None
    assert again.tries == 1


def test_recover__leaves_living_owners_alone(spool: Spool) -> None:
    """A claim whose owner lives is nobody else's."""
    claim = spool.claim(spool.accept(RAW, ENVELOPE))

    recovered = spool.recover(3)

    assert claim is not None
    assert recovered.waiting == recovered.quarantined == ()


def die_with_claim(folder: Path, mail: str) -> None:
    assert Spool(folder).claim(mail) is not None
    os._exit(1)


def test_recover__crashes_end_in_quarantine(spool: Spool) -> None:
    """B7: a mail whose worker dies is tried a bounded number of times, then set aside with its bytes and the reason."""
    mail = spool.accept(RAW, ENVELOPE)
    recovered = []
    for _ in range(3):
        child = multiprocessing.get_context("fork").Process(target=die_with_claim, args=(spool.folder, mail))
        child.start()
        child.join()
        recovered.append(spool.recover(max_tries=3))

    assert [result.waiting for result in recovered] == [(mail,), (mail,), ()]
    assert recovered[2].quarantined == (mail,)
    row = spool_queue.listing(spool)[0]
    assert (row.state, row.code, row.reason, row.tries) == (
        "quarantined",
        "crashed",
        "crashed or timed out 3 times",
        3,
    )
    assert spool_queue.read(spool, mail).raw == RAW


@pytest.mark.parametrize("damage", ["cut", "changed", "empty", "trailer"])
def test_read__damage_is_noticed(spool: Spool, damage: str) -> None:
    """B7: a torn or changed file is known for one; it never becomes a shortened ticket."""
    mail = spool.accept(RAW, ENVELOPE)
    path = spool.new / f"{mail}.0"
    whole = path.read_bytes()
    middle = len(whole) - FOOTER.size - 5
    path.write_bytes(
        {
            "cut": whole[:-10],
            "changed": b"X" + whole[1:],
            "empty": b"",
            "trailer": whole[:middle] + b"X" + whole[middle + 1 :],
        }[damage]
    )
    claim = spool.claim(mail)

    assert claim is not None
    with pytest.raises(TornSpoolFile):
        claim.read()


def test_listing__tells_state_reason_and_headers(spool: Spool) -> None:
    """B7, B9: the queue shows each mail's state, why it is there, and whom it is from."""
    spool.accept(RAW, ENVELOPE)
    held = spool.accept_claimed(RAW, ENVELOPE)
    held.hold("loop", "More than 50 hops.")

    rows = spool_queue.listing(spool)

    assert [(row.state, row.code, row.reason, row.tries) for row in rows] == [
        ("spooled", "", "", 0),
        ("held", "loop", "More than 50 hops.", 1),
    ]
    assert [(row.sender, row.subject, row.size) for row in rows] == [("Amy <amy@x.example>", "Grüße", len(RAW))] * 2


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (b"", ("", "")),
        (b"\xef\xbb\xbfSubject: a\r\n b\x1b[31m\r\n\r\nFrom: body", ("", "a b [31m")),
        (b"from: x\nsubject: =?nope?q?a?=\n", ("x", "=?nope?q?a?=")),
        (b"Subject: \xff\xfe\n", ("", "\ufffd\ufffd")),
    ],
)
def test_peek__shows_any_header(head: bytes, expected: tuple[str, str]) -> None:
    """B8: headers of any kind can be listed, and none can write to the terminal."""
    assert spool_queue.peek(head) == expected


def test_listing__shows_a_torn_file(spool: Spool) -> None:
    """B7: what cannot be read is listed with the reason."""
    mail = spool.accept(RAW, ENVELOPE)
    (spool.new / f"{mail}.0").write_bytes(b"torn")

    row = spool_queue.listing(spool)[0]

    assert (row.id, row.code) == (mail, "torn")


@pytest.mark.parametrize("how", ["hold", "quarantine"])
def test_retry__goes_through_again_from_the_start(spool: Spool, how: str) -> None:
    """B7: `queue retry` sends a mail through again, with all of its tries."""
    claim = spool.accept_claimed(RAW, ENVELOPE)
    getattr(claim, how)("why", "Why.")

    spool_queue.retry(spool, claim.id)

    again = spool.claim(claim.id)
    assert again is not None
    assert again.tries == 1
    assert names(spool.held) == names(spool.quarantine) == []


def test_release__tells_how_and_by_whom(spool: Spool) -> None:
    """B9: a released mail goes through again, and its envelope tells who let it."""
    raw = RAW * 10_000
    claim = spool.accept_claimed(raw, ENVELOPE)
    claim.hold("forged", "Forged.")

    spool_queue.release(spool, claim.id, "unverified", "amy@company.example")

    spooled = spool_queue.read(spool, claim.id)
    assert (spooled.envelope.release, spooled.envelope.released_by) == ("unverified", "amy@company.example")
    assert spooled.raw == raw
    assert spool.waiting() == [claim.id]


def test_release__full_disk_leaves_the_mail_held(spool: Spool, monkeypatch: pytest.MonkeyPatch) -> None:
    """B9: a release that the disk refuses changes nothing."""
    claim = spool.accept_claimed(RAW, ENVELOPE)
    claim.hold("forged", "Forged.")

    def fail(fd: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(SpoolFull):
        spool_queue.release(spool, claim.id, "as-is", "amy@company.example")

    assert spool_queue.listing(spool)[0].state == "held"
    assert spool_queue.read(spool, claim.id).envelope == ENVELOPE
    assert names(spool.tmp) == []


def test_release__refuses_what_is_not_held(spool: Spool) -> None:
    """B9: only held mail can be released."""
    mail = spool.accept(RAW, ENVELOPE)

    with pytest.raises(spool_queue.NotInSpool, match="is held"):
        spool_queue.release(spool, mail, "as-is", "amy@company.example")


def test_drop__removes_mail_and_reason(spool: Spool) -> None:
    """A dropped mail is gone with its reason; one that is not there is named."""
    claim = spool.accept_claimed(RAW, ENVELOPE)
    claim.quarantine("defect", "Defect.")

    spool_queue.drop(spool, claim.id)

    assert names(spool.quarantine) == []
    with pytest.raises(spool_queue.NotInSpool, match=claim.id):
        spool_queue.drop(spool, claim.id)


def test_drop__leaves_what_is_worked_on(spool: Spool) -> None:
    """A mail that a worker has in hand cannot be taken from under it."""
    claim = spool.accept_claimed(RAW, ENVELOPE)

    with pytest.raises(spool_queue.NotInSpool):
        spool_queue.drop(spool, claim.id)

    assert claim.path.exists()


def test_sweep__takes_leftovers_and_leaves_what_is_being_written(spool: Spool) -> None:
    """B2: what a crash left half written is removed at start; what somebody writes at that moment is not."""
    (spool.tmp / "leftover").write_bytes(b"half")
    incoming = spool.incoming()
    incoming.write(b"x" * (IN_MEMORY + 1))

    spool.sweep()

    assert len(names(spool.tmp)) == 1
    assert "leftover" not in names(spool.tmp)
    incoming.discard()


def test_lock__second_service_is_told(spool: Spool) -> None:
    """Two services on one spool: the second stops, and is told which process has it."""
    with spool.lock(), pytest.raises(SpoolInUse, match=f"process {os.getpid()}"), Spool(spool.folder).lock():
        pass

    with spool.lock():
        assert (spool.folder / "lock").read_text() == f"{os.getpid()}\n"
