"""What a check found, in words that say what to do."""

from __future__ import annotations

from dataclasses import dataclass

OK, SKIPPED, WARNING, PROBLEM = "ok", "skipped", "warning", "problem"


@dataclass(frozen=True, slots=True)
class Finding:
    """`about` is the thing that was looked at, `what` what was found, `todo` the token to change or what to do."""

    level: str
    about: str
    what: str
    todo: str = ""


def ok(about: str, what: str) -> Finding:
    """It is as it should be."""
    return Finding(OK, about, what)


def skipped(about: str, why: str) -> Finding:
    """It was not looked at."""
    return Finding(SKIPPED, about, why)


def warning(about: str, what: str, todo: str) -> Finding:
    """It works, and is likely not what is wanted."""
    return Finding(WARNING, about, what, todo)


def problem(about: str, what: str, todo: str) -> Finding:
    """It does not work, or harms."""
    return Finding(PROBLEM, about, what, todo)
