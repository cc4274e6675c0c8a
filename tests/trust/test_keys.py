"""Keys of signers: asked once, kept for a while, never more than so many."""

from __future__ import annotations

import pytest

from connector.trust import keys as tested
from connector.trust.keys import Answer, Keys, NoAnswer, txt_record


class Dns:
    """Answers, and counts how often it is asked."""

    def __init__(self, ttl: float = 300) -> None:
        self.asked: list[str] = []
        self.ttl = ttl
        self.silent = False
        self.now = 0.0

    def __call__(self, name: str) -> Answer:
        self.asked.append(name)
        if self.silent:
            raise NoAnswer("time-out")
        return Answer(b"p=x" if name.startswith("s1.") else None, self.ttl)

    def clock(self) -> float:
        return self.now


def test_keys__asked_once_within_the_time_of_the_answer() -> None:
    """B26: an answer is kept as long as it says, a missing key too, within bounds."""
    dns = Dns(ttl=300)
    keys = Keys(dns, dns.clock)

    for dns.now in (0.0, 299.0, 301.0):
        assert (keys.get("s1", "a.example"), keys.get("s2", "a.example")) == (b"p=x", None)

    assert dns.asked == [f"{selector}._domainkey.a.example." for selector in ("s1", "s2", "s1", "s2")]


@pytest.mark.parametrize(("ttl", "kept", "gone"), [(0, 59, 61), (1e9, 3599, 3601)])
def test_keys__times_have_bounds(ttl: float, kept: float, gone: float) -> None:
    """B26: no answer makes us ask at every mail, none is believed for ever."""
    dns = Dns(ttl)
    keys = Keys(dns, dns.clock)
    for dns.now in (0.0, kept):
        keys.get("s1", "a.example")
    assert len(dns.asked) == 1

    dns.now = gone
    keys.get("s1", "a.example")

    assert len(dns.asked) == 2


def test_keys__no_answer_is_not_kept() -> None:
    """B26: what could not be known is asked again."""
    dns = Dns()
    keys = Keys(dns, dns.clock)
    dns.silent = True
    with pytest.raises(NoAnswer):
        keys.get("s1", "a.example")

    dns.silent = False

    assert keys.get("s1", "a.example") == b"p=x"


def test_keys__so_many_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    """B26: a stranger's selectors do not fill the memory; the oldest goes."""
    monkeypatch.setattr(tested, "MOST_KEPT", 3)
    dns = Dns()
    keys = Keys(dns, dns.clock)
    for selector in ("a", "b", "c", "d", "d", "a"):
        keys.get(selector, "x.example")

    assert [name[0] for name in dns.asked] == ["a", "b", "c", "d", "a"]


@pytest.mark.parametrize("name", ["a..example.", f"{'x' * 64}.example."])
def test_txt_record__what_is_no_name_has_no_answer(name: str) -> None:
    """B26: a name that cannot be asked for is no error of the program; no packet leaves."""
    with pytest.raises(NoAnswer):
        txt_record(name)
