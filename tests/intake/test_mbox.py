"""Mail out of an mbox: locked as others lock it, taken as a whole, emptied when it is safe."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest

from connector.config.settings import MboxIn
from connector.intake import mbox
from connector.intake.mbox import Mbox
from connector.intake.mbox_lock import OURS, locked
from connector.intake.retries import TRIES_AT_ONCE
from connector.intake.roads import RoadFailed
from connector.spool_file import SpoolError
from tests.house import ROOT, mail_bytes
from tests.intake.walking import Walk
from tests.service import Service, until

SEPARATOR = b"From amy@x.example Mon Nov 23 22:16:00 2026\n"
ONE = b"Subject: one\n\n>From the start\nFrom the top\n\nFrom here on it is text\n"
TWO = b"Subject: two\n\nbody\n"


def put(path: Path, *mails: bytes) -> None:
    """Deliver without locking, for when nobody reads."""
    with path.open("ab") as file:
        file.write(b"".join(SEPARATOR + mail + b"\n" for mail in mails))


def road(path: Path, largest: int = 100_000) -> Mbox:
    return Mbox(MboxIn("office", path, 0.02), largest)  # type: ignore[arg-type]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "support"


def test_mbox__is_taken_and_emptied(path: Path) -> None:
    """B1, B2: mail by mail, the bytes as they are, again when there is more; nothing stays beside it."""
    put(path, ONE, TWO)
    with Walk(road(path)) as walk:
        walk.until(ONE, TWO)
        until(lambda: path.stat().st_size, 0)
        put(path, TWO)
        walk.until(ONE, TWO, TWO)
        until(lambda: path.stat().st_size, 0)
    assert (walk.roads, walk.errors, os.listdir(path.parent)) == ({"mbox:office"}, [], [path.name])


WRITER = """
import mailbox, sys
box = mailbox.mbox(sys.argv[1], create=False)
for number in range(int(sys.argv[2])):
    while True:
        try:
            box.lock()
            break
        except mailbox.ExternalClashError:
            pass
    with open(sys.argv[1], "ab") as file:
        file.write(b"From a@x.example Mon Nov 23 22:16:00 2026\\nSubject: %d\\n\\nbody\\n\\n" % number)
    box.unlock()
"""


HOLDER = """
import fcntl, sys
file = open(sys.argv[1], "r+")
fcntl.lockf(file, fcntl.LOCK_EX)
print(flush=True)
sys.stdin.read()
"""


def test_mbox__while_another_delivers(path: Path) -> None:
    """B2, B5: who locks as the standard library does, by fcntl and by a file, loses no mail, and none comes twice."""
    path.touch()
    with Walk(road(path)) as walk:
        subprocess.run([sys.executable, "-c", WRITER, str(path), "150"], check=True, timeout=60)
        until(lambda: len(walk.mails) >= 150)
        until(lambda: path.stat().st_size, 0)
    assert sorted(walk.mails) == sorted(b"Subject: %d\n\nbody\n" % number for number in range(150))


def test_mbox__locked_for_a_moment_is_no_failure(path: Path) -> None:
    """B1: who delivers locks it each time."""
    put(path, TWO)
    dot = path.with_name("support.lock")
    dot.write_text("1234")
    with Walk(road(path)) as walk:
        time.sleep(0.2)
        assert (walk.mails, walk.errors) == ([], [])
        dot.unlink()
        walk.until(TWO)
        assert walk.errors == []


def test_mbox__locked_by_another(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B2, B107: by a file or by fcntl: nothing is taken until he is done, and for long it is a failure."""
    monkeypatch.setattr(mbox, "BUSY_SECONDS", 0.0)
    put(path, TWO)
    dot = path.with_name("support.lock")
    dot.write_text("1234")
    with Walk(road(path)) as walk:
        assert "somebody delivers" in str(walk.until_failed())
        dot.unlink()
        walk.until(TWO)
        assert not dot.exists()
    put(path, ONE)
    with subprocess.Popen([sys.executable, "-c", HOLDER, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with Walk(road(path)) as walk:
            assert "locked by somebody else" in str(walk.until_failed())
            other.communicate()
            walk.until(ONE)


def test_mbox__a_lock_that_a_crash_left_is_taken_away(path: Path) -> None:
    """B103: it is known to be ours, and whoever made it lives no more; within one process nobody takes it twice."""
    path.with_name("support.lock").write_bytes(OURS)
    put(path, TWO)
    with Walk(road(path)) as walk:
        walk.until(TWO)
    with locked(path), pytest.raises(RoadFailed, match="taken from already"), locked(path):
        pass


def test_mbox__a_full_disk_leaves_it_as_it_is(path: Path) -> None:
    """B2, B5: what was accepted is not handed over again by this process, and the file stays until all is safe."""
    put(path, ONE, TWO)
    before = path.read_bytes()
    walk = Walk(road(path))
    take = walk._take

    def second_fails(raw: bytes, envelope: object) -> str:
        if raw == TWO and len(walk.errors) < TRIES_AT_ONCE:
            assert path.read_bytes() == before
            raise SpoolError("the disk is full")
        return take(raw, envelope)  # type: ignore[arg-type]

    walk._take = second_fails  # type: ignore[method-assign]
    with walk:
        walk.until(ONE, TWO)
        until(lambda: path.stat().st_size, 0)
    assert [str(error) for error in walk.errors] == ["the disk is full"] * TRIES_AT_ONCE


def test_mbox__somebody_who_does_not_lock(path: Path) -> None:
    """B2: what comes while it is read is not cut off with the rest."""
    put(path, ONE)
    walk = Walk(road(path))
    take = walk._take

    def deliver_meanwhile(raw: bytes, envelope: object) -> str:
        if raw == ONE:
            put(path, TWO)
        return take(raw, envelope)  # type: ignore[arg-type]

    walk._take = deliver_meanwhile  # type: ignore[method-assign]
    with walk:
        walk.until(ONE, TWO)
        until(lambda: path.stat().st_size, 0)
    assert ["without locking" in str(error) for error in walk.errors] == [True]


def test_mbox__too_large_a_mail_is_put_aside(path: Path) -> None:
    """B6, B107: whole, in a file that a person can look at, and the others are taken; it is over when that is gone."""
    large = b"Subject: large\n\n" + b"x" * 200_000 + b"\n"
    put(path, ONE, large, TWO)
    left = path.with_name("support.left")
    with Walk(road(path)) as walk:
        walk.until(ONE, TWO)
        until(lambda: walk.stays, f"larger than MaxMessageSize, put aside: {left}")
        assert left.read_bytes() == SEPARATOR + large + b"\n"
        assert left.stat().st_mode & 0o777 == 0o600
        left.unlink()
        until(lambda: walk.stays, "")


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda path: path.write_bytes(b"Subject: x\n\nbody\n"), "is no mbox"),
        (lambda path: path.symlink_to(ROOT / "README.md"), "symbolic link"),
        (lambda path: path.mkdir(), "Is a directory"),
    ],
    ids=["another file", "a link", "a folder"],
)
def test_mbox__what_is_none_stays_as_it_is(path: Path, make: object, said: str) -> None:
    """B102, B107: above all, nothing is emptied that is no mbox."""
    make(path)  # type: ignore[operator]
    before = ROOT.joinpath("README.md").read_bytes(), path.stat().st_size
    with Walk(road(path)) as walk:
        assert said in str(walk.until_failed())
    assert (ROOT.joinpath("README.md").read_bytes(), path.stat().st_size) == before
    assert not path.with_name("support.lock").exists()


def test_mbox__check_changes_nothing(path: Path) -> None:
    """B106: what `doctor` looks at."""
    assert "is not there" in road(path).check().found
    put(path, ONE)
    assert road(path).check().found.endswith(f": {len(SEPARATOR + ONE) + 1} bytes")
    with pytest.raises(RoadFailed, match="no folder"):
        road(path.parent / "away" / "support").check()
    assert os.listdir(path.parent) == [path.name]


@pytest.mark.long
def test_mbox__the_service_is_killed_while_it_takes(tmp_path: Path, path: Path) -> None:
    """B2, B5: the file is whole, its lock left behind; after the restart each mail is filed once, and it is emptied."""
    subjects = [f"Mail {number}" for number in range(150)]
    mails = (
        mail_bytes("jane@acme.example", subject=one, Message_ID=f"<{one.replace(' ', '.')}@a>") for one in subjects
    )
    put(path, *(mail.replace(b"\r\n", b"\n") for mail in mails))
    before = path.read_bytes()
    with Service(tmp_path, **{"MBOX:office.Path": "support"}) as service:
        for _ in range(20):
            service.wait_for("accepted", road="mbox:office")
        service.kill()
        assert (path.read_bytes(), path.with_name("support.lock").exists()) == (before, True)
        service.start()
        until(lambda: path.stat().st_size, 0)
        until(lambda: filed(service), dict.fromkeys(subjects, 1), 90)
        assert set(service.store().counts().last_mail) == {"mbox:office"}
    assert not path.with_name("support.lock").exists()


def filed(service: Service) -> dict[str, int]:
    """How often each subject was filed."""
    with closing(service.store()) as store:
        return dict(store.db.rows("SELECT subject, COUNT(*) FROM entry WHERE kind = 'email' GROUP BY subject"))
