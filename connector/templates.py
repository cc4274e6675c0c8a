"""Texts that go to people outside, from files that administrators edit: Jinja, sandboxed, strict."""

from __future__ import annotations

import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from connector.ini import Problem
from connector.template_grammar import ALLOWED, faults

MAX_CHARACTERS = 64 * 1024


@dataclass(frozen=True, slots=True)
class Purpose:
    """When a template is used, and the names it may use with what they stand for; `empty` are those that may be "".

    Only values are put in, never names of the program: a template is data that people outside the house get to read.
    """

    when: str
    names: Mapping[str, str]
    empty: frozenset[str] = frozenset()

    @property
    def samples(self) -> tuple[Mapping[str, str], ...]:
        """Values to try a template with: each one filled, and where it may be, empty."""
        filled = {name: f"{name}-of-the-sample" for name in self.names}
        return filled, {**filled, **dict.fromkeys(self.empty, "")}


_NUMBER = {"number": "the ticket's number, such as 0500-1000"}
_FROM_NAME = {"from_name": "ResponseFromName of the INI, in whose name the mail is sent"}
_ALERT = {
    **_NUMBER,
    "subject": "the ticket's subject",
    "name": "whom the mail speaks to; empty where it goes to several, or the name is not known",
    "account": "the name of the ticket's account",
}
PURPOSES: Mapping[str, Purpose] = {
    "response.txt": Purpose(
        "answers a customer's mail that opened a ticket (RespondToNewTickets)",
        {
            **_NUMBER,
            "name": "the customer's name; empty where it is not known",
            "follows": "the number of the closed ticket that this one follows; mostly empty",
            **_FROM_NAME,
        },
        frozenset(("name", "follows")),
    ),
    "new-ticket.txt": Purpose(
        "tells customers of a ticket that was opened for them by hand (AlertCustomersOnNew)",
        {**_ALERT, "description": "the request that it was opened with; may be empty", **_FROM_NAME},
        frozenset(("subject", "name", "description")),
    ),
    "closed-ticket.txt": Purpose(
        "tells customers that their ticket is Completed (AlertCustomersOnClose)",
        {**_ALERT, **_FROM_NAME},
        frozenset(("subject", "name")),
    ),
    "paused-pair.txt": Purpose(
        "tells a ticket's manager that a sender wrote more than MailsPerTicketPerHour to it",
        {
            **_NUMBER,
            "subject": "the ticket's subject",
            "name": "the manager's name",
            "sender": "the sender's address",
            "limit": "MailsPerTicketPerHour of the INI",
            "mails": "time and subject of the last mails, one a line",
            "command": "the command that lets the sender's mails through again",
        },
        frozenset(("subject",)),
    ),
    "suspended-address.txt": Purpose(
        "tells managers that nothing more is sent to an address (BouncesBeforeSuspend)",
        {
            "name": "the manager's name",
            "address": "the address",
            "failures": "how many mails to it failed",
            "proofs": "ticket and the server's answer of the last failures, one a line",
            "command": "the command that ends it",
        },
    ),
}
"""Every template, by the name of its file in `rules/templates/`."""


class TemplateErrors(Exception):
    """A template cannot be used: everything that is wrong with it, at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__(problems)
        self.problems = problems

    def __str__(self) -> str:
        """One problem a line."""
        return "\n".join(map(str, self.problems))


@dataclass(frozen=True)
class Template:
    """One template, compiled when it is first used; it travels between processes as its text."""

    name: str
    source: str = field(repr=False)

    @cached_property
    def _compiled(self) -> jinja2.Template:
        return _environment().from_string(self.source)

    def render(self, **values: str) -> str:
        """The text; a value may be empty, but none may be missing."""
        return self._compiled.render(**values).strip() + "\n"

    def __getstate__(self) -> dict[str, str]:
        return {"name": self.name, "source": self.source}


def read_template(file: Path) -> Template:
    """The template of a file, which cannot fail whatever values it is given; else TemplateErrors with every reason."""
    try:
        with file.open(encoding="utf-8") as opened:
            source = opened.read(MAX_CHARACTERS + 1)
    except (OSError, UnicodeDecodeError) as error:
        reason = f"a file that cannot be read ({getattr(error, 'strerror', None) or error})"
        raise TemplateErrors((Problem(file, 0, "", "", reason, "a text in UTF-8"),)) from error
    template = Template(file.name, source)
    problems = tuple(_problems(file, template))
    if problems:
        raise TemplateErrors(problems)
    return template


def _problems(file: Path, template: Template) -> Iterator[Problem]:
    """What is wrong, by line; a template that looks right is tried with sample values."""
    purpose = PURPOSES[file.name]
    allowed = f"{ALLOWED}; the names {', '.join(purpose.names)}"
    if len(template.source) > MAX_CHARACTERS:
        yield Problem(file, 0, "", "", f"more than {MAX_CHARACTERS} characters", "that many")
        return
    try:
        found = list(faults(_environment().parse(template.source), frozenset(purpose.names)))
        for line, what in found:
            yield Problem(file, line, "", "", what, allowed)
        for sample in purpose.samples if not found else ():
            template.render(**sample)
    except Exception as error:  # what stands in a template is a program, and fails like one
        yield Problem(file, _line(error), "", "", f"what cannot be read ({error})", allowed)


def _line(error: Exception) -> int:
    """Where in the template it failed; 0 where that is not known."""
    inside = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<template>"]
    return (error.lineno if isinstance(error, jinja2.TemplateSyntaxError) else (inside or [0])[-1]) or 0


def _environment() -> ImmutableSandboxedEnvironment:
    return ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)
