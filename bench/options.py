"""What the measures share: their command line, where the kit and scratch data lie, the mails, progress."""

from __future__ import annotations

import argparse
import fcntl
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench import generator, mails

ROOT = Path(__file__).resolve().parents[1]
KIT = ROOT.parent / "shared" / "bench"
WORK = ROOT / "var" / "bench"


def add(parser: argparse.ArgumentParser) -> None:
    """The options that every measure takes."""
    kit = "the kit of generator, sink, limits and peers (default: ../shared/bench, where it is)"
    parser.add_argument("--kit", type=find_kit, default=os.environ.get("KIT", ""), metavar="DIR", help=kit)
    parser.add_argument("--work", type=Path, default=WORK, help="folder for scratch data (default: var/bench)")
    parser.add_argument("--mails", type=int, default=500)
    parser.add_argument("--runs", type=int, default=3, help="every figure is the median of so many runs")


def find_kit(named: str) -> Path | None:
    """The kit's folder: the one named, which must be there; else the usual place, or nothing."""
    folder = Path(named).resolve() if named else KIT.resolve()
    if (folder / "gen_mail.py").is_file():
        return folder
    if named:
        raise argparse.ArgumentTypeError(f"{folder} holds no gen_mail.py: it is not the kit")
    return None


def mail_set(args: argparse.Namespace, scratch: Path) -> mails.MailSet:
    """The mails to measure with: the kit's generator writes them, or our own."""
    if args.kit is None:
        return generator.generate(args.mails, mails.SEED)
    return mails.from_kit(args.kit, args.mails, new_folder(scratch, "mails"))


GET_FLAGS, SET_FLAGS, TOP_OF_TREES = 0x80086601, 0x40086602, 0x00020000
"""ext4's, from linux/fs.h: folders below one with this flag (`chattr +T`) do not lie beside each other on the disk."""


def _spread(work: Path) -> None:
    """Let the folders below lie apart, so that none is slowed by what was removed from another; a peer's also."""
    folder = os.open(work, os.O_RDONLY)
    try:
        flags = bytearray(8)
        fcntl.ioctl(folder, GET_FLAGS, flags)
        number = int.from_bytes(flags, sys.byteorder) | TOP_OF_TREES
        fcntl.ioctl(folder, SET_FLAGS, number.to_bytes(8, sys.byteorder))
    except OSError as error:
        note(f"{work}: what lies below may slow each other ({error.strerror})")
    finally:
        os.close(folder)


@contextmanager
def scratch(work: Path) -> Iterator[Path]:
    """A folder below `work` for all data of a call, removed at its end.

    Not earlier: where ext4 has no journal, every new file is slowed by each neighbour that was removed in
    the minutes before, so that the next measure would pay for clearing up after the last one.
    """
    work.mkdir(parents=True, exist_ok=True)
    _spread(work)
    folder = new_folder(work, "run")
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def new_folder(scratch: Path, name: str) -> Path:
    """A new folder in the scratch data."""
    return Path(tempfile.mkdtemp(prefix=f"{name}-", dir=scratch.resolve()))


def note(text: str) -> None:
    """Say how far we are."""
    print(text, file=sys.stderr, flush=True)
