"""The replies of bench/replies: a few of each client are stripped exactly, and nothing that a person wrote is lost."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from bench.replies.clients import CLIENTS
from bench.replies.measure import Count, Measured, measured, table
from bench.replies.replies import Reply, reply
from connector.rulebook import Rules, read_rules

SEEDS = range(500_000, 500_000 + 8 * len(CLIENTS))


@pytest.fixture(scope="module")
def rules() -> Rules:
    return read_rules(Path(__file__).parents[2] / "rules")


@pytest.fixture(scope="module")
def results(rules: Rules) -> list[tuple[Reply, Measured]]:
    return [(made, measured(made, rules)) for made in map(reply, SEEDS)]


def test_replies__no_line_of_a_person_is_lost(results: list[tuple[Reply, Measured]]) -> None:
    """B53, B56: whatever the client did, all that the writer wrote is kept."""
    assert [(made.client, result.lost) for made, result in results if result.lost] == []


def test_replies__nearly_all_are_exact(results: list[tuple[Reply, Measured]]) -> None:
    """B56: with the message known, at least 98 of 100 replies are stripped exactly; a long run wants 99."""
    wrong = Counter(made.client for made, result in results if not result.exact)
    assert wrong.total() <= 0.02 * len(results), wrong


def test_replies__every_client_writes_every_position() -> None:
    """B56: at least twenty clients; top, bottom and inline answers, plain and HTML, with and without signatures."""
    made = [reply(seed) for seed in SEEDS]
    assert len({one.client for one in made}) == len(CLIENTS) >= 20
    assert {one.position for one in made} == {"top", "bottom", "inline"}
    assert {bool(one.html) for one in made} == {one.signatures for one in made} == {True, False}
    assert reply(SEEDS[3]) == made[3]


def test_replies__loss_and_excess_are_seen(rules: Rules) -> None:
    """B53: a reply of which more is wanted than is kept counts as lost, one of which less is wanted as not exact."""
    made = next(one for one in map(reply, SEEDS) if measured(one, rules).exact)
    assert measured(replace(made, own=(*made.own, "Another line.")), rules).lost == ("Another line.",)
    assert not measured(replace(made, kept=made.kept[1:]), rules).exact
    assert "| **all** | 2 | 50.00 % | 1 |" in table({"one": Count(1, 1, 0), "two": Count(1, 0, 1)})
