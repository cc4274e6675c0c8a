"""Which fault of a database is worth another try, told from the whole chain of exceptions.

A full disk shows up as "cannot rollback": the truth stands in `__context__`.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator

import peewee

from storage.records import FactsMoved, StoreBusy, StoreError

MOVED = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY", "SQLITE_CONSTRAINT_FOREIGNKEY")
MOVED_STATES = ("23505", "23503")  # unique_violation, foreign_key_violation
AWAY = (
    ("locked", "the database is locked by another process"),
    ("busy", "the database is locked by another process"),
    ("is full", "the disk of the database is full"),
    ("disk i/o", "the disk of the database fails"),
    ("unable to open", "the database file cannot be opened"),
    ("readonly", "the database cannot be written"),
)
"""What SQLite says in its OperationalError, and what it means. The next try may find it gone."""

ENDED = "no transaction is active"
"""What a rollback is told where SQLite rolled back by itself, as on a full disk; an inner transaction told why."""


class told:
    """Turns what the drivers raise inside into StoreBusy, FactsMoved or StoreError; other errors pass."""

    __slots__ = ()

    def __enter__(self) -> None:
        """Nothing to do yet."""

    def __exit__(self, kind: object, error: BaseException | None, _: object) -> None:
        if error is not None and (ours := of(error)) is not None:
            raise ours from error


def of(error: BaseException) -> StoreError | None:
    """The store's own error for one that a driver raised; None for any other."""
    if isinstance(error, UnicodeEncodeError):
        return StoreError(f"a text cannot be stored: {error}")
    from_driver = isinstance(error, (peewee.PeeweeException, sqlite3.Error))
    if from_driver or (isinstance(error, Exception) and type(error).__module__.startswith("psycopg")):
        return translated(error)
    return None


def translated(error: BaseException) -> StoreError:
    """The store's own error for a driver's, by the first link of its chain that tells something."""
    chain = list(links(error))
    for link in chain:
        if reason := away(link):
            return StoreBusy(f"{reason}: {link}")
    before = chain[-1].__context__
    if ENDED in str(chain[-1]) and isinstance(before, StoreBusy):
        return StoreBusy(str(before))
    if any(moved(link) for link in chain):
        return FactsMoved(f"the store changed in between: {chain[-1]}")
    return StoreError(f"the database refused it: {chain[-1]}")


def links(error: BaseException | None) -> Iterator[BaseException]:
    """The error and all that it came from, newest first, back to what the store had told before."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen and not isinstance(error, StoreError):
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__


def away(error: BaseException) -> str:
    """Why the database cannot be used at the moment, or nothing."""
    if isinstance(error, sqlite3.OperationalError):
        text = str(error).lower()
        return next((reason for sign, reason in AWAY if sign in text), "")
    # Lost connections, restarts, deadlocks, a full disk: psycopg has them all below OperationalError.
    names = {base.__name__ for base in type(error).__mro__ if base.__module__.startswith("psycopg")}
    return "the database server is away or busy" if names & {"OperationalError", "InterfaceError"} else ""


def moved(error: BaseException) -> bool:
    """Whether a key was taken, or what it points to has gone, since the facts were read."""
    return getattr(error, "sqlite_errorname", "") in MOVED or getattr(error, "sqlstate", "") in MOVED_STATES
