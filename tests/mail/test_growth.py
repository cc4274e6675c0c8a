"""B8: no mail costs more than time in proportion to its size, whatever it is made of."""

from __future__ import annotations

import pytest

from bench.hostile import HOSTILE
from bench.parsing import milliseconds
from tests.mail.checks import check

SMALL, LARGE = 40_000, 320_000
GROWTH = LARGE / SMALL
FLOOR = 20.0  # milliseconds that differ from run to run


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail__time_grows_with_size(name):
    """B8: eight times the mail takes at most about eight times as long, where a quadratic cost would be 64 times."""
    make = HOSTILE[name]
    assert milliseconds(make(LARGE), 1) < 3 * GROWTH * milliseconds(make(SMALL)) + FLOOR


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail__is_a_mail(name):
    """B8, B73: what is made to break a parser holds what every mail holds, and its attachments can be taken out."""
    check(HOSTILE[name](20_000))


def test_hostile_mails__are_of_their_size():
    """The kinds grow with the size that is asked for; the parts are ten thousand at least."""
    for name, make in HOSTILE.items():
        assert 0.5 * LARGE < len(make(LARGE)) < 2 * LARGE or name == "parts", name
