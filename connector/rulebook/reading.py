"""Reads the rule files of a folder; all that is wrong with any of them is told at once (B51)."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import regex

from connector.ini import Entry, Ini, Problem, Section, read_ini
from connector.rulebook.definitions import DEFINE, UndefinedPart, with_parts
from connector.rulebook.literals import NOTHING_KNOWN, Needs
from connector.rulebook.rules import (
    AUTHENTICATIONS,
    AUTOMATIC_KINDS,
    FLAGS,
    LINE_KINDS,
    AutomaticRule,
    Limits,
    Rule,
    RuleErrors,
    Rules,
    compiled,
)

AUTOMATIC_FILE = "automatic.ini"
EXAMPLE_TIMEOUT = 1.0
"""Seconds that a rule may take on one of its own examples."""

Trying = Callable[[Problem], None]

_LIMITS = Limits()
_EXAMPLE = re.compile(r"(counter)?example\d*", re.IGNORECASE)
_KEYS = {"kind": "Kind", "flags": "Flags", "language": "Language", "client": "Client", "active": "Active"}
_LINE_KEYS = _KEYS | {"pattern": "Pattern"}
_DEFINITION_KEYS = {key: _LINE_KEYS[key] for key in ("kind", "flags", "pattern")}
_AUTOMATIC_KEYS = _KEYS | {
    "sender": "Sender",
    "subject": "Subject",
    "authentication": "Authentication",
    "account": "Account",
}
_BETWEEN = " | "
"""What stands between sender and subject in the example of a rule that has patterns for both."""
_YES = {"y", "yes", "1", "true"}
_NO = {"n", "no", "0", "false"}


def _nobody(_at: Problem) -> None:
    """Nobody wants to know."""


def read_rules(directory: Path, limits: Limits = _LIMITS, trying: Trying = _nobody) -> Rules:
    """The active rules of every `*.ini` in the folder, files by name, sections in order; raises `RuleErrors`.

    `trying` is told of each pattern and example before it is tried, as the problem that it were if that never ended.
    """
    files = sorted(directory.glob("*.ini"))
    problems: list[Problem] = []
    if not files:
        problems.append(Problem(directory, 0, "", "", "no rule files", "a folder with at least one *.ini"))
    lines: dict[str, list[Rule]] = {}
    automatic: dict[str, list[AutomaticRule]] = {}
    names: dict[str, str] = {}
    defined: dict[str, str] = {}
    for file in files:
        ini = read_ini(file)
        problems += ini.problems
        for section in ini.sections:
            reader = _SectionReader(ini, section, problems, defined, trying)
            reader.unique(names)
            if reader.is_definition:
                reader.define()
            elif file.name == AUTOMATIC_FILE:
                if (alert := reader.automatic_rule()) and reader.active():
                    automatic.setdefault(alert.kind, []).append(alert)
            elif (rule := reader.line_rule()) and reader.active():
                lines.setdefault(rule.kind, []).append(rule)
    if problems:
        raise RuleErrors(tuple(sorted(problems, key=lambda each: (each.file, each.line))))
    return Rules(
        {kind: tuple(each) for kind, each in lines.items()},
        {kind: tuple(each) for kind, each in automatic.items()},
        limits,
    )


@dataclass(frozen=True, slots=True)
class _SectionReader:
    """Turns one section into a rule, noting what is wrong with it."""

    ini: Ini
    section: Section
    problems: list[Problem]
    defined: dict[str, str]
    trying: Trying

    @property
    def is_definition(self) -> bool:
        """Whether the section is no rule, but a part of the patterns of rules below it."""
        return self._text("kind").lower() == DEFINE

    def define(self) -> None:
        """Note what other patterns mean by the section's name."""
        self._known_keys(_DEFINITION_KEYS)
        self.defined[self.section.name] = self._pattern("pattern", self._flags(""), required=True)

    def unique(self, names: dict[str, str]) -> None:
        """Note the rule's name, and complain if another file has it too."""
        place = f"{self.ini.path.name}:{self.section.line}"
        if (first := names.setdefault(self.section.name.lower(), place)) != place:
            self._problem(None, f"a rule of this name also in {first}", "each name once in all files")

    def line_rule(self) -> Rule | None:
        """A rule about lines, or nothing where the section is not in order."""
        before = len(self.problems)
        self._known_keys(_LINE_KEYS)
        kind, flags = self._kind(LINE_KINDS), self._flags("")
        pattern = self._pattern("pattern", flags, required=True)
        examples, counters = self._examples()
        for entries, word in ((examples, "Example"), (counters, "CounterExample")):
            if not entries:
                self._problem(None, f"no {word}", f"at least one {word} a rule")
        if pattern:
            ready = compiled(pattern, flags)
            shape = joined if kind == "attribution" else str
            self._execute(examples, counters, lambda text: _found(ready, shape(text)))
        if len(self.problems) > before:
            return None
        return Rule(
            self.section.name, kind, pattern, flags, self._text("language"), self._text("client"),
            tuple(map(example_text, examples)), tuple(map(example_text, counters)),
            Needs.of(pattern, flags),
        )  # fmt: skip

    def automatic_rule(self) -> AutomaticRule | None:
        """A rule about senders and subjects, or nothing where the section is not in order (B14)."""
        before = len(self.problems)
        self._known_keys(_AUTOMATIC_KEYS)
        kind, flags = self._kind(AUTOMATIC_KINDS), self._flags("i")
        sender = self._pattern("sender", flags, required=False)
        subject = self._pattern("subject", flags, required=False)
        if not self.section.get("sender") and not self.section.get("subject"):
            self._problem(None, "neither Sender nor Subject", "one of them, or both")
        account, authentication = self._text("account"), self._authentication()
        if len(self.problems) == before:
            captures = bool(subject) and "account" in compiled(subject, flags).groupindex
            if kind == "account" and not account and not captures:
                self._problem(None, "no Account", "Account, or a group (?P<account>…) in Subject")
            self._execute_automatic([compiled(each, flags) for each in (sender, subject) if each])
        if len(self.problems) > before:
            return None
        needs, sender_needs = (Needs.of(one, flags) if one else NOTHING_KNOWN for one in (subject, sender))
        return AutomaticRule(
            self.section.name, kind, sender, subject, flags, account, self._text("language"),
            needs, sender_needs, authentication,
        )  # fmt: skip

    def active(self) -> bool:
        """Whether the rule is switched on (`Active`, default Y)."""
        return self._text("active").lower() not in _NO

    def _problem(self, entry: Entry | None, found: str, allowed: str) -> None:
        self.problems.append(self._at(entry, found, allowed))

    def _at(self, entry: Entry | None, found: str, allowed: str) -> Problem:
        line, key = (entry.line, entry.key) if entry else (self.section.line, "")
        return Problem(self.ini.path, line, self.section.name, key, found, allowed)

    def _text(self, key: str) -> str:
        entry = self.section.get(key)
        return entry.value if entry else ""

    def _known_keys(self, known: dict[str, str]) -> None:
        names = ", ".join([*known.values(), "Example, Example2…, CounterExample…"])
        for entry in self.section.entries:
            if entry.key.lower() not in known and not _EXAMPLE.fullmatch(entry.key):
                self._problem(entry, "an unknown key", names)
        active = self.section.get("active")
        if active and active.value.lower() not in _YES | _NO:
            self._problem(active, repr(active.value), "Y or N")

    def _kind(self, kinds: tuple[str, ...]) -> str:
        entry = self.section.get("kind")
        if entry and entry.value.lower() in kinds:
            return entry.value.lower()
        self._problem(entry, repr(entry.value) if entry else "no Kind", ", ".join(kinds))
        return ""

    def _flags(self, default: str) -> str:
        entry = self.section.get("flags")
        if entry is None:
            return default
        flags = entry.value.replace(",", "").replace(" ", "")
        if set(flags) <= set(FLAGS):
            return "".join(sorted({*flags, *default}))
        self._problem(entry, repr(entry.value), "any of i, m, s, x")
        return default

    def _pattern(self, key: str, flags: str, *, required: bool) -> str:
        entry = self.section.get(key)
        if entry is None or not entry.value:
            if required or entry:
                self._problem(entry, f"no {_LINE_KEYS.get(key, key.title())}", "a regular expression on one line")
            return ""
        try:
            pattern = with_parts(entry.value, self.defined)
            self.trying(self._at(entry, "a pattern", _SMALLER))
            compiled(pattern, flags)
        except UndefinedPart as error:
            self._problem(entry, f"(?&{error}), which nothing above defines", "names of sections of Kind define above")
            return ""
        except regex.error as error:
            self._problem(entry, f"a pattern that does not compile: {error}", "a pattern that the regex module reads")
            return ""
        except (MemoryError, RecursionError):
            self._problem(entry, "a pattern that is too large to compile", _SMALLER)
            return ""
        return pattern

    def _examples(self) -> tuple[list[Entry], list[Entry]]:
        entries = [(match[1], entry) for entry in self.section.entries if (match := _EXAMPLE.fullmatch(entry.key))]
        return [entry for counter, entry in entries if not counter], [entry for counter, entry in entries if counter]

    def _authentication(self) -> tuple[str, ...]:
        """The verdicts on the sender that the rule asks for (B26)."""
        entry = self.section.get("authentication")
        if entry is None:
            return ()
        verdicts = tuple(each.strip().lower() for each in entry.value.split(","))
        if set(verdicts) <= set(AUTHENTICATIONS):
            return verdicts
        self._problem(entry, repr(entry.value), f"some of {', '.join(AUTHENTICATIONS)}")
        return ()

    def _execute_automatic(self, patterns: list[regex.Pattern[str]]) -> None:
        """Try the examples of a rule about sender and subject; where both have a pattern, both stand in each."""
        examples, counters = self._examples()
        if len(patterns) == 2:
            for entry in (*examples, *counters):
                if _BETWEEN not in entry.value:
                    self._problem(entry, f"{_shown(entry.value)}, which is not both", f"sender{_BETWEEN}subject")
            examples, counters = ([one for one in each if _BETWEEN in one.value] for each in (examples, counters))

        def hits(text: str) -> bool:
            texts = text.split(_BETWEEN, 1) if len(patterns) == 2 else [text]
            return all(_found(pattern, part) for pattern, part in zip(patterns, texts, strict=True))

        self._execute(examples, counters, hits)

    def _execute(self, examples: list[Entry], counters: list[Entry], hits: Callable[[str], bool]) -> None:
        for entries, wanted, found in ((examples, True, "does not match"), (counters, False, "matches")):
            for entry in entries:
                text = example_text(entry)
                self.trying(self._at(entry, _shown(text), _FASTER))
                try:
                    hit = hits(text)
                except TimeoutError:
                    self._problem(entry, f"an example that takes over {EXAMPLE_TIMEOUT:.0f} s", _FASTER)
                    continue
                except (MemoryError, RecursionError):
                    self._problem(entry, "an example for which the memory does not suffice", _FASTER)
                    continue
                if hit is not wanted:
                    self._problem(entry, f"{_shown(text)}, which the pattern {found}", _ALLOWED[wanted])


def _found(pattern: regex.Pattern[str], text: str) -> bool:
    """Whether the pattern matches in the text; raises TimeoutError."""
    return pattern.search(text, timeout=EXAMPLE_TIMEOUT) is not None


_FASTER, _SMALLER = "a faster pattern", "a pattern with smaller repeats"
_ALLOWED = {True: "examples that the pattern matches", False: "counter-examples that it does not match"}


def example_text(entry: Entry) -> str:
    """The example with its line ends, which the file writes as `\\n`."""
    return entry.value.replace("\\n", "\n")


def joined(text: str) -> str:
    """Lines as one, as wrapped attribution lines are looked at."""
    return " ".join(text.split())


def _shown(text: str) -> str:
    return repr(text if len(text) <= 60 else text[:57] + "...")
