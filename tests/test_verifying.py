"""Originals and spool held against the store: damage planted in files is found, each kind of it (B4, B9, B97)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from connector import verifying
from connector.mail.model import Envelope
from connector.originals import Originals
from connector.spool import Spool
from storage.store import Store
from storage.verify import Finding
from tests.storage import filled


class Place:
    """A store of which every mail's original and every held mail is where it belongs."""

    def __init__(self, folder: Path) -> None:
        self.store = Store.open("sqlite::memory:")
        filled.fill(self.store)
        self.originals = Originals(folder / "originals")
        for name in filled.NAMES:
            self.originals.keep(filled.raw(name), filled.sha256(name))
        self.spool = Spool(folder / "spool")
        with self.store.db.transaction():
            for name in ("held", "quarantined"):
                claim = self.spool.accept_claimed(filled.raw(name), Envelope())
                claim.hold("unknown-sender", "why") if name == "held" else claim.quarantine("failed", "why")
                self.store.db.run("UPDATE mail SET spool_id = ? WHERE outcome = ?", (claim.id, name))

    def original(self, name: str) -> Path:
        return self.originals.path(filled.sha256(name))

    def findings(self, *, quick: bool = False) -> list[Finding]:
        db = self.store.db
        steps: list[int] = []
        found = [
            *verifying.originals(db, self.originals.folder, steps.append, quick=quick),
            *verifying.attachments(db, self.originals.folder),
            *verifying.spooled(db, self.spool.folder),
        ]
        assert sum(steps) == len(filled.NAMES)
        return found

    def codes(self) -> set[str]:
        return {finding.code for finding in self.findings()}


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    made = Place(tmp_path)
    yield made
    made.store.close()


def test_verifying__finds_nothing_where_all_is_sound(place: Place) -> None:
    """B4, B97: neither by hashes nor by sizes."""
    assert place.findings() == []
    assert place.findings(quick=True) == []


def test_verifying__original_that_a_mail_still_waits_behind(place: Place) -> None:
    """B4: an original that still has the spool's trailer behind it is what its name says."""
    claim = place.spool.accept_claimed(filled.raw("open"), Envelope())
    place.original("open").unlink()
    place.originals.adopt(claim.path, filled.raw("open"), filled.sha256("open"))
    assert place.original("open").stat().st_size > len(filled.raw("open"))
    assert place.findings() == []
    claim.close()


def flip(place: Place) -> None:
    raw = bytearray(place.original("open").read_bytes())
    raw[-1] ^= 1
    place.original("open").write_bytes(raw)


def cut(place: Place) -> None:
    place.original("open").write_bytes(filled.raw("open")[:-1])


def remove(place: Place) -> None:
    place.original("own").unlink()


def empty_file(place: Place) -> None:
    place.original("odd").write_bytes(b"")


def unreadable(place: Place) -> None:
    place.original("odd").unlink()
    place.original("odd").mkdir()


def wrong_size(place: Place) -> None:
    place.store.db.run("UPDATE mail SET size = size + 1 WHERE subject = 'own'")


def orphan(place: Place) -> None:
    place.originals.keep(b"nobody's", "0" * 64)


def stray(place: Place) -> None:
    (place.originals.folder / "a" / "notes.txt").touch()


def other_attachment(place: Place) -> None:
    place.store.db.run("UPDATE attachment SET size = size + 1 WHERE entry_id = 1 AND number = 2")


def one_attachment_more(place: Place) -> None:
    place.store.db.run("INSERT INTO attachment (entry_id, number, name, type, size) VALUES (1, 3, 'c', 'x/y', 1)")


def held_lost(place: Place) -> None:
    for file in place.spool.held.iterdir():
        file.unlink()


def quarantined_lost(place: Place) -> None:
    for file in place.spool.quarantine.iterdir():
        file.unlink()


def torn(place: Place) -> None:
    [file] = (file for file in place.spool.held.iterdir() if file.suffix != ".reason")
    file.write_bytes(file.read_bytes()[:-3])


def held_unknown(place: Place) -> None:
    place.spool.accept_claimed(b"From: x\r\n\r\n", Envelope()).hold("unknown-sender", "why")


@pytest.mark.parametrize(
    ("damage", "code"),
    [
        (flip, "original-damaged"),
        (cut, "original-damaged"),
        (empty_file, "original-damaged"),
        (remove, "original-missing"),
        (unreadable, "original-unreadable"),
        (wrong_size, "original-size"),
        (orphan, "orphan"),
        (stray, "stray-file"),
        (other_attachment, "attachment"),
        (one_attachment_more, "attachment"),
        (held_lost, "held-missing"),
        (quarantined_lost, "held-missing"),
        (torn, "spool-damaged"),
        (held_unknown, "held-unknown"),
    ],
)
def test_verifying__finds_what_is_planted(place: Place, damage: Callable[[Place], None], code: str) -> None:
    """B4, B9, B97: each kind of damage, by its own code."""
    damage(place)
    assert code in place.codes()


def test_verifying__what_nobody_points_to_is_a_warning(place: Place) -> None:
    """B97: a crash between keeping and filing leaves such a file; nothing is wrong with it but that."""
    place.originals.keep(b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
    assert [(finding.code, finding.level) for finding in place.findings()] == [("orphan", "warning")]


def test_verifying__quick_sees_sizes(place: Place) -> None:
    """B97: a cut original is found without reading it."""
    cut(place)
    assert "original-size" in {finding.code for finding in place.findings(quick=True)}
