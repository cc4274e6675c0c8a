"""The originals: bytes as they came, named by their hash."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import pytest

from connector.mail.model import Envelope
from connector.originals import Originals
from connector.spool import Spool

RAW = b"Subject: x\n\nbare line feeds, \0 and \xff stay\r"
SHA256 = hashlib.sha256(RAW).hexdigest()


@pytest.fixture
def originals(tmp_path: Path) -> Originals:
    return Originals(tmp_path / "originals")


def test_keep__gives_back_the_very_bytes(originals: Originals) -> None:
    """B4: the original comes back byte for byte."""
    originals.keep(RAW, SHA256)

    assert originals.read(SHA256) == RAW


def test_keep__is_named_by_its_hash_and_private(originals: Originals) -> None:
    """B4: the file is named by SHA-256, as .eml, and readable by its owner alone."""
    originals.keep(RAW, SHA256)

    path = originals.folder / SHA256[0] / f"{SHA256}.eml"
    assert originals.path(SHA256) == path
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_keep__again_writes_nothing(originals: Originals) -> None:
    """B5: the same mail again leaves the file as it is."""
    originals.keep(RAW, SHA256)
    before = os.stat(originals.path(SHA256)).st_ino

    originals.keep(RAW, SHA256)

    assert os.stat(originals.path(SHA256)).st_ino == before


def test_keep__replaces_a_cut_file(originals: Originals) -> None:
    """B4: a file of another size is not the original and is written anew."""
    originals.keep(RAW, SHA256)
    originals.path(SHA256).write_bytes(RAW[:5])

    originals.keep(RAW, SHA256)

    assert originals.read(SHA256) == RAW


def test_keep__failing_disk_leaves_nothing(originals: Originals, monkeypatch: pytest.MonkeyPatch) -> None:
    """B4: an original that could not be synced is not there."""

    def fail(fd: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)

    with pytest.raises(OSError, match="Input/output error"):
        originals.keep(RAW, SHA256)

    assert [path for path in originals.folder.rglob("*") if path.is_file()] == []


@pytest.mark.parametrize("name", ["../../x", "", "A" * 64, SHA256 + "/x"])
def test_path__refuses_what_is_no_hash(originals: Originals, name: str) -> None:
    """A name from outside can lead nowhere else."""
    with pytest.raises(ValueError, match="not a SHA-256"):
        originals.path(name)


def test_sweep__removes_leftovers(originals: Originals) -> None:
    """What a crash left half written is removed at start."""
    (originals.folder / "tmp" / "half").write_bytes(b"x")

    originals.sweep()

    assert list((originals.folder / "tmp").iterdir()) == []


def test_adopt__the_spool_file_becomes_the_original(originals: Originals, tmp_path: Path) -> None:
    """B4: a spooled mail's file is the original too; its trailer is never seen, and gone once the claim is done."""
    claim = Spool(tmp_path / "spool").accept_claimed(RAW, Envelope())
    claim.read()

    originals.adopt(claim.path, RAW, SHA256)
    assert originals.path(SHA256).stat().st_size > len(RAW)
    assert originals.read(SHA256) == RAW

    originals.sync()
    claim.done()
    assert originals.path(SHA256).read_bytes() == RAW


def test_adopt__twice_and_beside_a_copy(originals: Originals, tmp_path: Path) -> None:
    """B5: adopting again after a crash changes nothing; the same mail in another spool file leaves a whole original."""
    spool = Spool(tmp_path / "spool")
    first, second = spool.accept_claimed(RAW, Envelope()), spool.accept_claimed(RAW, Envelope())
    for claim in (first, second):
        claim.read()
    originals.adopt(first.path, RAW, SHA256)
    originals.adopt(first.path, RAW, SHA256)
    originals.adopt(second.path, RAW, SHA256)
    originals.sync()

    second.done()
    assert originals.read(SHA256) == RAW
    first.done()
    assert originals.path(SHA256).read_bytes() == RAW


def test_adopt__copies_where_there_can_be_no_second_name(
    originals: Originals, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B4: originals on another file system are copies, safe on the disk before the spool lets go of the mail."""
    claim = Spool(tmp_path / "spool").accept_claimed(RAW, Envelope())

    def elsewhere(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", elsewhere)
    originals.adopt(claim.path, RAW, SHA256)
    assert originals.path(SHA256).read_bytes() == RAW
