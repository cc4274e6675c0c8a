"""The real service is ended at every failpoint: nothing accepted is lost, filed twice or told twice (B2 to B7, B88)."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.faults.failpoints import STATEMENT, places
from tests.faults.installation import Installation
from tests.faults.roads import POINTS as ROADS
from tests.faults.roads import Roads
from tests.faults.scenarios import SCENARIOS
from tests.faults.sink import Sink
from tests.faults.tour import MAIN, Tour, in_turn


def test_every_failpoint_is_gone_to() -> None:
    """faults: each is armed by a scenario or a tour below, which fails where it is not reached."""
    armed = {point for scenario in SCENARIOS.values() for point in scenario.points} | {STATEMENT, *MAIN, *ROADS}
    assert armed == set(places())


def tour(folder: Path, points: dict[str, str], workers: int = 2) -> None:
    with Sink().running() as sink:
        installation = Installation(folder, sink, workers=workers)
        compared = Tour(installation).run(points)
    assert compared.findings == []
    assert installation.points.acted() == list(points)
    assert compared.filed >= len(points)


def test_tour__a_crash_between_the_relays_250_and_the_commit(tmp_path: Path) -> None:
    """B88: the relay took a mail and nobody wrote it down; the service's other failpoints are long tests."""
    tour(tmp_path, {"relay.answered": "kill"}, workers=1)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_tour__every_failpoint_of_the_service(tmp_path: Path) -> None:
    """B2, B3, B5, B7, B87, B88, B103: from the client's connection to the relay's answer, start, reload and stop."""
    tour(tmp_path, in_turn(MAIN))


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_tour__every_failpoint_of_the_roads(tmp_path: Path, mail_server: object) -> None:
    """B1, B2, B5: LMTP, Maildir, mbox, IMAP, POP3: each mail is filed once and marked, wherever the service dies."""
    roads = Roads(tmp_path, mail_server)
    assert roads.run() == []
    assert roads.points.acted() == list(ROADS)
