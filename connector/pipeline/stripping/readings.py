"""Which of a mail's two readings is stripped, the plain text or the HTML (B54)."""

from __future__ import annotations

import re

from connector.mail.html import MAX_CHARACTERS, html_to_text
from connector.pipeline.stripping.html_quotes import has_quotation
from connector.pipeline.stripping.labels import unlabelled
from connector.pipeline.stripping.quotations import holds_quotation
from connector.rulebook import Matcher

SHORT, TIMES = 200, 4
"""Characters that a placeholder has at most; so many times longer the HTML is than a plain text that is a beginning."""
_TAGS = re.compile(r"<(style|script|head|title)\b.*?</\1\s*>|<[/!?a-zA-Z][^<>]*>", re.IGNORECASE | re.DOTALL)
_WORD = re.compile(r"\w{2,}")
_PLACEHOLDER = re.compile(r"\bhtml\b", re.IGNORECASE)


def reading(text: str, plain: str, html: str, matcher: Matcher) -> tuple[str, str]:
    """The text to strip, and the HTML that it was made from or "".

    The plain text is read unless the HTML says the same and more: it marks a quotation that the plain text does not,
    or the plain text is a placeholder, or a small part of it.
    """
    if not plain.strip():
        return text, html
    if not html or len(html) > MAX_CHARACTERS:
        return text, ""
    poor = _is_far_shorter(plain, html) or _is_placeholder(plain)
    if not poor and ("\n>" in plain or not has_quotation(html) or holds_quotation(unlabelled(plain), matcher)):
        return text, ""
    shown = html_to_text(html)
    words, plain_words = set(_WORD.findall(shown)), set(_WORD.findall(plain))
    if not words or not (_is_placeholder(plain) or len(plain_words - words) * 10 <= len(plain_words)):
        return text, ""
    return shown, html


def _is_placeholder(plain: str) -> bool:
    """Whether a short plain text says nothing, or tells its reader about HTML."""
    return len(plain) <= SHORT and (not _WORD.search(plain) or bool(_PLACEHOLDER.search(plain)))


def _is_far_shorter(plain: str, html: str) -> bool:
    """Whether the plain text is a small part of what the HTML shows, as far as can be told without reading it."""
    if len(plain) * TIMES >= len(html):
        return False
    return len(" ".join(plain.split())) * TIMES < len(" ".join(_TAGS.sub(" ", html).split()))
