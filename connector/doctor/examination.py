"""All checks together: those of this machine one after the other, those that ask others at the same time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from datetime import datetime
from functools import partial
from pathlib import Path

from connector.config.settings import Settings
from connector.doctor import clock, configuration, disk, domain, ledger, listening, mailboxes, relay, secrets
from connector.doctor.findings import Finding, problem, skipped

AT_ONCE = 16

Check = Callable[[], Iterable[Finding]]


class Examination:
    """What is to be looked at; `running` tells whether the service is."""

    def __init__(self, settings: Settings, now: datetime, *, running: bool) -> None:
        self._settings = settings
        self._now = now
        self._running = running

    def here(self) -> list[Check]:
        """The checks of this machine."""
        settings, now = self._settings, self._now
        return [
            partial(configuration.choices, settings),
            partial(ledger.check, settings, now),
            partial(disk.check, settings),
            partial(secrets.check, settings),
            partial(secrets.certificate, settings, now),
            clock.synchronised,
            *(
                partial(listening.check, about, place, running=self._running)
                for about, place in listening.places(settings).items()
            ),
        ]

    def elsewhere(self) -> list[Check]:
        """The checks that ask others; each has its time limits."""
        settings = self._settings
        return [
            partial(relay.check, settings.outgoing),
            *(partial(mailboxes.check, road) for road in mailboxes.roads(settings)),
            *domain.checks(settings),
        ]

    def run(self, step: Callable[[], None], *, network: bool) -> Iterator[Finding]:
        """Every finding, in the order of the checks; `step` is called behind each check, in this thread."""
        elsewhere = self.elsewhere() if network else []
        with ThreadPoolExecutor(AT_ONCE, "doctor") as threads:
            asked = [threads.submit(_made, check) for check in elsewhere]
            for check in self.here():
                yield from _made(check)
                step()
            for _ in as_completed(asked):
                step()
        for one in asked:
            yield from one.result()
        if not network:
            yield skipped("network", "relay, mailboxes and DNS were not asked")


def read_settings(file: Path) -> tuple[Settings | None, list[Finding]]:
    """The settings, where the INI can be used, and what is found in it, the rules and the templates."""
    return configuration.read(file)


def _made(check: Check) -> list[Finding]:
    """All that a check finds; a file that goes away in the middle, say, is a finding too."""
    try:
        return list(check())
    except OSError as error:
        return [problem("doctor", f"a check could not be finished: {error}", "look at it, and run doctor again")]
