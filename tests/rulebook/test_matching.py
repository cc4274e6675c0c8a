"""Rules under time limits, and the texts that rule them out beforehand."""

from __future__ import annotations

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st

from connector.rulebook import AutomaticRule, Fit, Limits, Matcher, Rule, Rules
from connector.rulebook.literals import Needs, Searched, needed_literals

SLOW = Rule("slow", "footer", "^(?:a|aa)+$")
QUICK = Rule("quick", "footer", "b$")
EVIL = "a" * 60 + "b"


def rules(*each: Rule, rule: int = 20, mail: int = 500) -> Rules:
    return Rules({"footer": each}, limits=Limits(rule, mail))


def test_slow_rule__is_passed_over_and_named_and_the_next_one_asked() -> None:
    """B52: a rule past its time limit does not stop the mail."""
    matcher = Matcher(rules(SLOW, QUICK))
    found = matcher.first([SLOW, QUICK], EVIL)
    assert found is not None
    assert (found[0].name, list(matcher.passed_over)) == ("quick", ["slow"])


def test_slow_rule__costs_its_limit_once_a_mail() -> None:
    """B52: what was passed over is not tried on the mail's other lines, and is tried again on the next mail."""
    matcher = Matcher(rules(SLOW))
    for _ in range(100):
        assert matcher.first([SLOW], EVIL) is None
    again = Matcher(rules(SLOW)).first([SLOW], "aa")
    assert again is not None


def test_short_text__what_was_found_in_it_counts_on_every_mail() -> None:
    """B51, B52: a text that was searched for another mail is known, but not where it took too long."""
    for _ in range(2):
        matcher = Matcher(rules(SLOW, QUICK))
        assert matcher.first([SLOW, QUICK], EVIL)
        assert (list(matcher.matched), list(matcher.passed_over)) == (["quick"], ["slow"])


@pytest.mark.parametrize("pattern", ["sender", "subject"])
def test_slow_automatic_rule__is_passed_over_and_named_and_the_next_one_asked(pattern: str) -> None:
    """B52: the rules of `automatic.ini` have the same limit; each of a rule's patterns counts."""
    slow, quick = AutomaticRule("slow", "skip", **{pattern: SLOW.pattern}), AutomaticRule("quick", "skip", subject="b$")
    matcher = Matcher(Rules(automatic={"skip": (slow, quick)}, limits=Limits(20, 500)))
    found = matcher.automatic_rule("skip", EVIL, EVIL)
    assert (found, list(matcher.passed_over)) == (Fit(quick), ["slow"])


def test_without__leaves_a_rule_of_any_file_out() -> None:
    """B52: what is switched off is asked no more, whichever file it is from."""
    all_rules = Rules({"footer": (SLOW, QUICK)}, {"skip": (AutomaticRule("away", "skip", subject="b"),)})
    less = all_rules.without("slow").without("away")
    assert (less.of("footer"), less.automatic["skip"]) == ((QUICK,), ())


def test_mail__has_a_limit_for_all_rules_together() -> None:
    """B52: past the mail's own limit no rule is run any more, and the record can say so."""
    slow = [Rule(f"slow{number}", "footer", f"^(?:a|aa)+{number}?$") for number in range(9)]
    matcher = Matcher(rules(*slow, rule=50, mail=60))
    matcher.first([*slow, QUICK], EVIL)
    assert matcher.out_of_time
    assert len(matcher.passed_over) < 9


def test_lines__finds_what_each_line_alone_would() -> None:
    """B51: many lines in one call give the same as one call a line, also for a pattern that runs over line ends."""
    lines = ["> a", "b", "", "> c", ">"]
    for pattern in (r"^>", r"^>\s*\S", r"b\s*", r"c$", r"^>\s*[^>]*>"):
        rule = Rule("mark", "footer", pattern)
        alone = {index for index, line in enumerate(lines) if regex.search(pattern, line)}
        assert Matcher(rules(rule)).lines(rule, lines) == alone


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        (r"^On\b.*\b(?:wrote|sent)\s*:$", (("sent", "wrote"), ("on",), (":",))),
        (r"gr(?:ü|ue)(?:ß|ss)e", (("grüsse", "gruesse"),)),
        (r"colou?r", (("color", "colour"),)),
        (r"(?:foo)?bar", (("bar",),)),
        (r"\w+@(?:\w+\.)+de>?", (("de",), ("@",), (".",))),
        (r"(?:foo)*x", ()),
        (r"foo|x", ()),
        (r"(?i)foo", ()),
        (r"(?:foo){e<=1}", ()),
        (r"(?!foo)bar", (("bar",),)),
        (r"(?-i:Foo)bar", (("foobar",),)),
    ],
)
def test_needed_literals__known_or_nothing(pattern: str, needed: tuple[tuple[str, ...], ...]) -> None:
    """B51: what a pattern needs is found where it is plain, and nothing is claimed where it is not."""
    assert needed_literals(pattern, "") == needed


PIECES = st.sampled_from(
    ["ab", "cd", "üb", "[ßs]i", "(?:ab|ef)", "[xy]z", "x?", "(?:gh)?", r"\d", ".*", "(?=ab)", "(c|de)+", "Ij"]
)


@given(st.lists(PIECES, min_size=1, max_size=5), st.text(alphabet="abcdefghijxyz1ßüÜıİ–", max_size=14))
def test_needs__never_rule_out_a_match(pieces: list[str], text: str) -> None:
    """B51: wherever a pattern matches, one of each of the texts that it needs is there."""
    pattern = "".join(pieces)
    if regex.search(pattern, text, regex.IGNORECASE):
        assert Needs.of(pattern, "i").may_be_in(Searched(text))


def test_needs__rule_out_what_cannot_match() -> None:
    """B51: a text that lacks the letters of all that a pattern needs is not given to the pattern."""
    needs = Needs.of("gr(?:ü|ue)(?:ß|ss)e|regards", "i")
    possible = ["Grüße", "GRUESSE", "grüsse", "Kind regards –"]
    assert [text for text in [*possible, "grusse", "größe", "regard"] if needs.may_be_in(Searched(text))] == possible
    needs = Needs.of(r"^On .*@.* wrote:$", "")
    assert [text for text in ("On 5 May a@b wrote:", "On 5 May Ann wrote:") if needs.may_be_in(Searched(text))] == [
        "On 5 May a@b wrote:"
    ]
