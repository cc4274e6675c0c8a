"""Texts that go to people outside, from files that administrators edit: Jinja, sandboxed, strict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

import jinja2
from jinja2.sandbox import SandboxedEnvironment

ALERT_SAMPLES = (
    {"number": "0500-1000", "subject": "Printer", "name": "Jane Doe", "account": "Acme", "description": "It smokes.",
     "from_name": "Support"},
    {"number": "0500-1001", "subject": "", "name": "", "account": "Acme", "description": "", "from_name": "Support"},
)  # fmt: skip
SAMPLES: Mapping[str, tuple[Mapping[str, str], ...]] = {
    "response.txt": (
        {"number": "0500-1000", "name": "Jane Doe", "follows": "", "from_name": "Support"},
        {"number": "0500-1001", "name": "", "follows": "0500-1000", "from_name": "Support"},
    ),
    "new-ticket.txt": ALERT_SAMPLES,
    "closed-ticket.txt": ALERT_SAMPLES,
}
"""What each template is given, each value once filled and, where it may be, once empty."""


class TemplateError(Exception):
    """A template cannot be used; the text says which file, which line and why."""


@dataclass(frozen=True)
class Template:
    """One template, compiled when it is first used; it travels between processes as its text."""

    name: str
    source: str = field(repr=False)

    @cached_property
    def _compiled(self) -> jinja2.Template:
        environment = SandboxedEnvironment(undefined=jinja2.StrictUndefined)
        return environment.from_string(self.source)

    def render(self, **values: str) -> str:
        """The text; a value may be empty, but none may be missing."""
        return self._compiled.render(**values).strip() + "\n"

    def __getstate__(self) -> dict[str, str]:
        return {"name": self.name, "source": self.source}


def read_template(file: Path) -> Template:
    """The template of a file, tried out with sample values; TemplateError says what is wrong with it."""
    try:
        template = Template(file.name, file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise TemplateError(f"{file}: cannot be read: {error}") from error
    samples = SAMPLES[file.name]
    try:
        for sample in samples:
            template.render(**sample)
    except Exception as error:  # what stands in a template is a program, and fails like one
        line = getattr(error, "lineno", None) or "?"
        raise TemplateError(f"{file}:{line}: {error}; allowed values are {', '.join(samples[0])}") from error
    return template
