"""What is there already, told without making or changing anything: the store's file, the running service."""

from __future__ import annotations

import fcntl
from pathlib import Path

from connector.config.settings import Settings
from connector.delivery_store import open_store
from storage.store import Store


def store_is_there(settings: Settings) -> bool:
    """Whether there is a store to open; a PostgreSQL one is taken to be there."""
    scheme, _, file = settings.store.database.partition(":")
    return scheme != "sqlite" or Path(file).exists()


def store_or_empty(settings: Settings) -> Store:
    """The store, or an empty one in memory where it is not there yet."""
    if store_is_there(settings):
        return open_store(settings)
    tickets = settings.tickets
    return Store.open("sqlite::memory:", number_prefix=tickets.number_prefix, first_number=tickets.first_number)


def service_runs(spool: Path) -> bool:
    """Whether a service holds the spool's lock."""
    try:
        with (spool / "lock").open("rb") as file:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    except OSError:
        return False
    return False
