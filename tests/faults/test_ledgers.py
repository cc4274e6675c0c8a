"""The ledgers are held against each other in earnest: what would break a promise is found."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults import ledgers
from tests.faults.client import UNKNOWN, Told, mail
from tests.faults.installation import Death
from tests.faults.ledgers import Compared
from tests.faults.sink import Sent, Sink
from tests.house import House

ONE = Sent("<1@x>", "bob@company.example", b"Hello")
OTHER = replace(ONE, message_id="<2@x>")
PAIR = (ONE.message_id, ONE.recipient)


@pytest.mark.parametrize(
    ("sent", "deaths", "counted", "told"),
    [
        ([ONE, OTHER], [], 0, ""),
        ([ONE, OTHER, ONE], [(1, frozenset())], 1, ""),
        ([ONE, OTHER, ONE], [], 0, "no crash explains it"),
        ([ONE, ONE, OTHER], [(2, frozenset())], 0, "no crash explains it"),
        ([ONE, ONE], [(1, frozenset({PAIR}))], 0, "no crash explains it"),
        ([ONE, ONE], [(1, frozenset()), (1, frozenset({PAIR}))], 0, "although it was written down as sent"),
        ([ONE, replace(ONE, content=b"Hullo")], [(1, frozenset())], 0, "not the same mail"),
    ],
)
def test_twice__only_with_a_crash_between_and_before_it_was_written_down(
    sent: list[Sent], deaths: list[tuple[int, frozenset[tuple[str, str]]]], counted: int, told: str
) -> None:
    """B88: the second of two is explained by a crash before the commit, or it is found."""
    compared = Compared()
    marks = [(at, Death(at, known)) for at, known in deaths]

    found = list(ledgers._twice(sent, marks, compared))

    assert compared.sent_twice == counted
    assert [told in one for one in found] == ([True] if told else [])


def test_filed__what_was_accepted_and_is_not_there_is_found(tmp_path: Path) -> None:
    """B2, B5: a lost mail, an id without an outcome, a refusal; who heard nothing was promised nothing."""
    house = House(tmp_path)
    house.take(mail(1, "new", "", 0))
    told = {
        1: Told("new", [UNKNOWN, 250], [f"{1:016x}-00000000"]),
        2: Told("new", [250], ["gone"]),
        3: Told("new", [UNKNOWN]),
        4: Told("new", [554]),
    }

    found = list(ledgers._told_and_filed(told, house.store, Compared()))

    assert found == [
        "mail 2 was accepted ([250]) and is not filed",
        "mail 2 was accepted as gone, of which the store knows no outcome",
        "mail 4 was refused with 554",
    ]


def test_sent__what_the_relay_never_took_is_found() -> None:
    """B87: sent without a taking, failed without a refusal, and what is not done yet."""
    rows = [("<1@x>", "a@x", state, "", "") for state in ("sent", "failed", "deferred")]

    found = list(ledgers._written_and_sent(rows, Sink(), Compared()))

    assert [one.split(":")[0].removeprefix("<1@x> to a@x ") for one in found] == [
        "is written down as sent, and the relay never took it",
        "has failed, and the relay never refused it",
        "is still deferred",
    ]
