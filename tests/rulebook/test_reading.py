"""Rule files: read whole, or refused with everything that is wrong with them."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from connector.rulebook import Matcher, Rule, RuleErrors, Rules, read_rules

SHIPPED = Path(__file__).parents[2] / "rules"
REFUSALS = Path(__file__).parents[1] / "refusals" / "rules"
QUOTE = "[mark]\nKind = quote\nPattern = ^>\nExample = > a\nCounterExample = a\n"
LANGUAGES = {
    "en",
    "de",
    "fr",
    "es",
    "it",
    "pt",
    "nl",
    "sv",
    "no",
    "da",
    "fi",
    "pl",
    "cs",
    "ru",
    "uk",
    "he",
    "ar",
    "ja",
    "ko",
    "zh",
    "tr",
}


@pytest.fixture(scope="module")
def shipped() -> Rules:
    return read_rules(SHIPPED)


@pytest.mark.parametrize("directory", sorted(REFUSALS.iterdir()), ids=lambda path: path.name)
def test_refusals__every_problem_is_told_with_its_place(directory: Path) -> None:
    """B51: a wrong rule file is refused, and says file, line, section, key, what was found and what is allowed."""
    with pytest.raises(RuleErrors) as refused:
        read_rules(directory)
    told = str(refused.value).replace(f"{directory}/", "").replace(str(directory), "DIRECTORY")
    assert told + "\n" == (directory / "expected-error").read_text("utf-8")


def test_shipped__all_examples_hold_and_every_rule_has_both_kinds(shipped: Rules) -> None:
    """B51: the shipped rules are in order; each line rule has an example and a counter-example."""
    rules = [rule for kind in shipped.by_kind for rule in shipped.of(kind)]
    assert len(rules) > 100
    assert all(rule.examples and rule.counter_examples for rule in rules)


@pytest.mark.parametrize("kind", ["attribution", "header-block", "delimiter", "footer", "signature"])
def test_shipped__every_language_of_the_contract_is_there(shipped: Rules, kind: str) -> None:
    """B51: attributions, header blocks, delimiters, footers and closings of all languages that are promised."""
    known = {code.strip() for rule in shipped.of(kind) for code in rule.language.split(",")}
    missing = LANGUAGES - known
    assert missing <= ({"ja", "ko", "zh"} if kind == "signature" else set())


def test_shipped__out_of_office_subjects_in_every_language(shipped: Rules) -> None:
    """B10, B51: the subject forms of automatic answers are known in all languages that are promised."""
    known = {code.strip() for rule in shipped.automatic["detect"] for code in rule.language.split(",")}
    assert known >= LANGUAGES


@pytest.mark.parametrize(
    ("subject", "automatic"),
    [
        ("Automatic reply: Your invoice", True),
        ("AUTOMATISCHE ANTWORT: Ihre Rechnung", True),
        ("Réponse automatique : Ticket [0500-1000]", True),
        ("How do I switch my automatic reply off?", False),
        ("Out of office setting broken", False),
        ("Re: Office chairs", False),
    ],
)
def test_automatic_subject__only_the_forms_of_programs(shipped: Rules, subject: str, automatic: bool) -> None:
    """B10: an out-of-office subject is recognised, a question about one is not."""
    assert bool(Matcher(shipped).automatic_rule("detect", "", subject)) is automatic


def test_automatic_rule__both_patterns_must_match_and_the_first_rule_wins(tmp_path: Path) -> None:
    """B14: sender and subject both given: both must match; within a kind the first match wins; letter case ignored."""
    (tmp_path / "automatic.ini").write_text(
        "[both]\nKind = detect\nSender = @alerts\\.example$\nSubject = ^disk\n"
        "[sender]\nKind = detect\nSender = @alerts\\.example$\n",
        "utf-8",
    )
    rules = Matcher(read_rules(tmp_path))
    found = [rules.automatic_rule("detect", "nas@ALERTS.example", subject) for subject in ("DISK full", "Fan")]
    assert [fit and fit.rule.name for fit in found] == ["both", "sender"]
    assert rules.automatic_rule("detect", "a@b.example", "Disk full") is None


def test_inactive_rule__is_read_and_left_out(tmp_path: Path) -> None:
    """B51: `Active = N` disables a rule, whose examples are tried all the same."""
    (tmp_path / "own.ini").write_text(QUOTE + "Active = N\n", "utf-8")
    assert len(read_rules(tmp_path)) == 0


def test_rules__keep_the_order_of_files_and_sections(tmp_path: Path) -> None:
    """B51: the file gives the order; files are taken by name."""
    (tmp_path / "b.ini").write_text(QUOTE.replace("mark", "third"), "utf-8")
    (tmp_path / "a.ini").write_text(QUOTE + QUOTE.replace("mark", "second"), "utf-8")
    assert [rule.name for rule in read_rules(tmp_path).of("quote")] == ["mark", "second", "third"]


def test_other_files__are_ignored(tmp_path: Path) -> None:
    """B51: only `*.ini` of the folder itself are rule files."""
    (tmp_path / "own.ini").write_text(QUOTE, "utf-8")
    (tmp_path / "own.ini~").write_text("[", "utf-8")
    (tmp_path / "templates").mkdir()
    assert len(read_rules(tmp_path)) == 1


def test_example__line_ends_are_written_as_backslash_n(tmp_path: Path) -> None:
    """B51: an attribution's example may be wrapped; its lines are looked at as one, as those of a mail are."""
    (tmp_path / "own.ini").write_text(
        "[who]\nKind = attribution\nPattern = ^On .* wrote:$\nExample = On Monday\\nAnn wrote:\nCounterExample = On\n",
        "utf-8",
    )
    assert read_rules(tmp_path).of("attribution")[0].examples == ("On Monday\nAnn wrote:",)


def test_rules__survive_pickling(shipped: Rules) -> None:
    """B51: rules are sent to worker processes as plain data."""
    assert pickle.loads(pickle.dumps(shipped)) == shipped


def test_needs__no_shipped_rule_is_ruled_out_for_its_own_examples(shipped: Rules) -> None:
    """B51: the texts that a rule is known to need stand in each of its examples."""
    from connector.rulebook.literals import Searched

    def ruled_out(rule: Rule) -> bool:
        return any(not rule.needs.may_be_in(Searched(example)) for example in rule.examples)

    assert [rule.name for kind in shipped.by_kind for rule in shipped.of(kind) if ruled_out(rule)] == []
