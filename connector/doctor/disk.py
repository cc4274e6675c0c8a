"""The folders that mail lies in: there, writable, nobody else's to read, with room, on one file system."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from connector.config.settings import Settings
from connector.doctor.findings import Finding, ok, problem, skipped, warning

MEBIBYTE = 1024 * 1024
FULL, NEARLY_FULL = 100 * MEBIBYTE, 1024 * MEBIBYTE
FEW_INODES = 10_000
OTHERS, EVERYBODY = 0o077, 0o007


def check(settings: Settings) -> Iterator[Finding]:
    """Spool and originals, and the folder of an SQLite database."""
    for about, folder in (("spool", settings.store.spool), ("originals", settings.store.originals)):
        yield from _folder(about, folder)
    yield from _one_file_system(settings)
    scheme, _, file = settings.store.database.partition(":")
    if scheme == "sqlite" and Path(file).exists():
        yield from _database(Path(file))
        yield from _access("database", Path(file).parent)
        yield from _room("database", Path(file).parent)


def _database(file: Path) -> Iterator[Finding]:
    mode = file.stat().st_mode & 0o777
    if mode & EVERYBODY and file.parent.stat().st_mode & EVERYBODY:
        what = f"everybody on this machine can read {file} (mode {mode:04o}), and so all mail"
        yield warning("database", what, f"chmod 0600 {file}, or chmod 0700 {file.parent}")


def _folder(about: str, folder: Path) -> Iterator[Finding]:
    if not folder.exists():
        yield skipped(about, f"{folder} is not there yet; the service makes it")
        return
    if not folder.is_dir():
        yield problem(about, f"{folder} is no folder", "move it away, or name another one in [STORE]")
        return
    yield from _access(about, folder)
    for place in sorted(one for one in folder.iterdir() if one.is_dir()):
        mode = place.stat().st_mode & 0o777
        if mode & OTHERS:
            yield problem(about, f"others may look into {place} (mode {mode:04o})", f"chmod 0700 {place}")
    yield from _room(about, folder)


def _access(about: str, folder: Path) -> Iterator[Finding]:
    if not os.access(folder, os.R_OK | os.W_OK | os.X_OK):
        yield problem(
            about,
            f"user {os.geteuid()} cannot write to {folder}",
            "run doctor as the service's user, or chown the folder to it",
        )
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        yield warning(
            about,
            f"{folder} belongs to user {owner}, and this runs as user {os.geteuid()}",
            "run doctor as the service's user; if this is that user, chown the folder to it",
        )


def _room(about: str, folder: Path) -> Iterator[Finding]:
    found = os.statvfs(folder)
    free, percent = found.f_bavail * found.f_frsize, 100 * found.f_bavail // max(1, found.f_blocks)
    if free < FULL:
        yield problem(about, f"the disk of {folder} has {free // MEBIBYTE} MiB left", "make room: mail is refused soon")
    elif free < NEARLY_FULL:
        yield warning(about, f"the disk of {folder} has {free // MEBIBYTE} MiB left", "make room")
    else:
        yield ok(about, f"{folder}: {free // MEBIBYTE} MiB free, {percent} % of the disk")
    if found.f_files and found.f_favail < FEW_INODES:
        yield problem(about, f"the disk of {folder} has room for {found.f_favail} more files", "remove small files")


def _one_file_system(settings: Settings) -> Iterator[Finding]:
    """Within the spool mails are renamed; originals are linked to the spool's files where that is possible."""
    spool, originals = settings.store.spool, settings.store.originals
    if not (spool.is_dir() and originals.is_dir()):
        return
    device = spool.stat().st_dev
    for place in spool.iterdir():
        if place.is_dir() and place.stat().st_dev != device:
            yield problem(
                "spool", f"{place} is on another file system", "mount none below the spool: mails are renamed"
            )
    if originals.stat().st_dev != device:
        yield warning(
            "originals",
            "they are on another file system than the spool: each mail is written twice",
            "put Spool and Originals of [STORE] on one",
        )
