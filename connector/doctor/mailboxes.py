"""The roads on which mail is fetched, each gone once without taking anything."""

from __future__ import annotations

from collections.abc import Iterator

from connector.config.settings import Settings
from connector.doctor.findings import Finding, ok, problem, warning
from connector.doctor.hints import what_to_do
from connector.intake.dialing import TimeLimits
from connector.intake.fetching import roads_of
from connector.intake.roads import Road, RoadFailed

LIMITS = TimeLimits(connect=10.0, read=10.0, command=15.0)


def roads(settings: Settings) -> list[Road]:
    """Every road that mail is fetched by, servers having less time than the service gives them."""
    return roads_of(settings, LIMITS)


def check(road: Road) -> Iterator[Finding]:
    """Connection, log-in, folders and what the server can."""
    try:
        found = road.check()
    except (RoadFailed, OSError) as error:
        yield problem(road.label, str(error), what_to_do(str(error), f"look at the section [{road.label}]"))
        return
    yield ok(road.label, found.found)
    for remark in found.remarks:
        yield warning(road.label, remark, f"nothing, or change AfterAccept or Idle in [{road.label}]")
