"""A report as one HTML document that loads nothing: for a screen, or for paper (print it, or save it as PDF)."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import jinja2
from markupsafe import Markup

from connector.mail.clean import escape_for_terminal, is_hidden
from connector.report.model import Changes, Report

TEMPLATE, STYLES = "ticket.html.jinja", ("common.css", "screen.css", "print.css")


def as_html(report: Report, *, paper: bool) -> str:
    """The whole document; everything out of mails is text in it, and control characters in none of it."""
    styles = Markup("\n").join(Markup(_file(name)) for name in (STYLES[0], STYLES[2 if paper else 1]))
    html = template(TEMPLATE).render(report=report, styles=styles, paper=paper, **_margins(report))
    return harmless(html)


def _margins(report: Report) -> dict[str, Markup]:
    """What stands at the top and at the bottom of each page."""
    imprint = f"{report.issuer}, {report.printed_at}"
    return {"title": _css_string(f"Ticket {report.number}"), "imprint": _css_string(imprint)}


@cache
def template(name: str) -> jinja2.Template:
    """A template of this package; values are escaped, and the filter `line` puts one into one line."""
    environment = jinja2.Environment(
        autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["line"] = _line
    environment.tests["changes"] = lambda one: isinstance(one, Changes)
    return environment.from_string(_file(name))


def _file(name: str) -> str:
    return files("connector.report").joinpath(name).read_text(encoding="utf-8")


def _line(text: str) -> str:
    """A value in one line; what would show nothing, or turn the order of the others, is written as an escape."""
    return escape_for_terminal(" ".join(text.split()))


def _css_string(text: str) -> Markup:
    """A text as a string of a style sheet: letters and digits as they are, everything else escaped."""
    escaped = (char if char.isascii() and (char.isalnum() or char in " -") else f"\\{ord(char):x} " for char in text)
    return Markup(f'"{"".join(escaped)}"')


def harmless(html: str) -> str:
    """The document without raw hidden characters: those of other scripts as references, controls left out."""
    return html.translate({ord(char): _reference(char) for char in set(html) - {"\n"} if is_hidden(char)})


def _reference(char: str) -> str:
    """A joiner or a mark of direction as `&#x200d;`; a tab as blanks."""
    if char == "\t":
        return "    "
    return f"&#x{ord(char):x};" if ord(char) > 0x9F and not 0xD800 <= ord(char) < 0xE000 else ""
