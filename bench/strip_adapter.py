"""The strip stage as programs that measure call it."""

from __future__ import annotations

from pathlib import Path

from connector.mail.html import html_to_text
from connector.pipeline.strip import strip_text
from connector.rulebook import read_rules

_RULES = read_rules(Path(__file__).parents[1] / "rules")


def strip(text: str | None, html: str | None, *, signatures: bool = True) -> str:
    """What the strip stage keeps of one lone mail; `signatures=False` keeps signatures."""
    if text is not None and text.strip():
        return strip_text(text, "", _RULES, signatures=signatures).text
    html = html or ""
    return strip_text(html_to_text(html), html, _RULES, signatures=signatures).text
