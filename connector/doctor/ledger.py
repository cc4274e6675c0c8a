"""The store: whether it can be had, and what it knows of alarms, addresses and times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from connector.config.settings import Settings
from connector.delivery_store import open_store
from connector.doctor import clock
from connector.doctor.findings import Finding, ok, problem, skipped, warning
from storage import alarms, migrate
from storage.addresses import domain_of, is_among, normalise
from storage.own_domain import recipients_of
from storage.records import StoreError
from storage.store import Store

ABOUT = "store"
MOST = 10
"""So many addresses are named."""


def check(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Everything that is asked of the store; nothing is made, and no migration run."""
    scheme, _, file = settings.store.database.partition(":")
    if scheme == "sqlite" and not Path(file).exists():
        yield skipped(ABOUT, f"there is none yet in {file}; the service makes it")
        return
    try:
        if names := migrate.waiting(settings.store.database):
            what = f"{len(names)} migrations wait: {', '.join(names)}"
            yield warning(ABOUT, what, "stop the older program, then `email-connector db migrate` or start the service")
            return
        store = open_store(settings)
    except (StoreError, OSError) as error:
        yield problem(ABOUT, f"it cannot be had: {error}", "look at Database in [STORE] and at its server or file")
        return
    try:
        yield ok(ABOUT, "it can be had, and is of the newest version")
        yield from _found(settings, store, now)
    except StoreError as error:
        yield problem(ABOUT, f"it cannot be read: {error}", "`email-connector verify` looks for damage")
    finally:
        store.close()


def _found(settings: Settings, store: Store, now: datetime) -> Iterator[Finding]:
    for alarm in alarms.standing(store.db):
        what = f"since {alarm.raised_at:%Y-%m-%d %H:%M} UTC: {alarm.what}"
        yield warning(f"alarm {alarm.name}", what, "mend it; the service tells when it is over")
    counts = store.counts()
    times = [time for time in (*counts.last_mail.values(), counts.last_delivery) if time is not None]
    yield from clock.not_set_back(max(times, default=None), now)
    yield from _default_manager(settings, store)
    yield from _addresses(settings, store)


def _default_manager(settings: Settings, store: Store) -> Iterator[Finding]:
    manager = settings.tickets.default_manager
    if not manager:
        return
    found = store.directory().by_address.get(normalise(manager), ())
    if not found:
        what = f"no employee has the e-mail {manager}"
        yield problem("DefaultManager", what, "set it in [TICKETS] to an employee's e-mail, or add the employee")
    elif not any(one.active for one in found):
        yield problem("DefaultManager", f"{manager} is not active", "set it in [TICKETS] to another employee's e-mail")


def _addresses(settings: Settings, store: Store) -> Iterator[Finding]:
    """Addresses of our own domains that got onto tickets as if they were customers': perhaps public ones (B12)."""
    own = (*settings.connector.public_addresses, *settings.connector.never_add)
    domains = sorted({domain_of(one) for one in settings.connector.public_addresses})
    found = [row for domain in domains for row in recipients_of(store.db, domain) if not is_among(row[0], own)]
    for address, tickets in found[:MOST]:
        yield warning(
            "PublicEmailAddress",
            f"{address}, of our own domain, is an External Recipient of {tickets} tickets, and no employee's e-mail",
            "if its mail comes here, add it to PublicEmailAddress; if it is an employee's, add the employee; "
            "else put it into NeverAddRecipients",
        )
    if not found:
        yield ok("PublicEmailAddress", "no other address of its domain stands on a ticket")
