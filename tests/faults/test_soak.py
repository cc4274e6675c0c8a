"""A short form of the soak; the long one is `make soak MINUTES=30`."""

from __future__ import annotations

from pathlib import Path
from random import Random

import pytest

from tests.faults.installation import Installation
from tests.faults.sink import Sink
from tests.faults.soak import Aim, Soak

pytestmark = [pytest.mark.long, pytest.mark.timeout(1200)]


def test_soak__nothing_is_lost_or_doubled(tmp_path: Path) -> None:
    """B2 to B5, B70, B87, B88: load, kills and relay faults by chance; the ledgers agree."""
    with Sink(Random(3)).running() as sink:
        soak = Soak(Installation(tmp_path, sink), Aim(mails=100, kills=8), Random(3))
        compared = soak.run()

    assert compared.findings == []
    assert soak.clients.accepted >= 100
    assert soak.troubles.faults >= 8
