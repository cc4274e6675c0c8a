"""Stage 5 over a suite of replies as clients write them, and of texts that only look like some; a file is a case."""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass
from pathlib import Path

import pytest

from bench.adapters import strip
from connector.pipeline.strip import strip_text
from tests.pipeline.test_strip import RULES

HERE = Path(__file__).parent
_PARTS = re.compile(r"^==== (mail\.txt|mail\.html|kept)\n", re.MULTILINE)

LANGUAGES = ("en", "de", "fr", "es", "it", "pt", "nl", "sv", "no", "da", "fi", "pl", "cs", "ru", "uk", "he", "ar", "ja",
             "ko", "zh", "tr")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Reply:
    """One file of `replies`: who wrote it in which form, the mail, and what of it was newly written."""

    name: str
    language: str
    client: str
    html: bool
    mail: str
    kept: str


def read_reply(file: Path) -> Reply:
    head, form, mail, kept, text = _PARTS.split(file.read_text(encoding="utf-8"))
    fields = dict(line.split(": ", 1) for line in head.splitlines())
    assert kept == "kept"
    return Reply(file.stem, fields["Language"], fields["Client"], form == "mail.html", mail, text)


REPLIES = [read_reply(file) for file in sorted(HERE.joinpath("replies").glob("*.txt"))]
ANSWER = "Yes, on Friday.\nBoth of them."
ATTRIBUTIONS, HEADERS, FOOTERS = (
    HERE.joinpath(name).read_text(encoding="utf-8").splitlines()
    for name in ("attributions.txt", "headers.txt", "footers.txt")
)
OWN_WORDS = sorted(HERE.joinpath("own_words").glob("*.txt"))


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: reply.name)
def test_reply__what_was_newly_written_is_kept_and_nothing_else(reply: Reply) -> None:
    """B50, B51, B53, B54: every client and language; blanks aside."""
    kept = strip(None if reply.html else reply.mail, reply.mail if reply.html else None)
    assert kept.split() == reply.kept.split()


def test_replies__cover_the_languages_and_clients_of_the_contract() -> None:
    """B51: the languages that the contract names, and twenty-five clients."""
    assert set(LANGUAGES) <= {reply.language for reply in REPLIES}
    assert len({reply.client for reply in REPLIES}) >= 25


@pytest.mark.parametrize("quoted", ["> Could you send us\n> the boxes?", "Could you send us\nthe boxes?"])
@pytest.mark.parametrize("attribution", ATTRIBUTIONS)
def test_attribution__is_found_on_one_line_and_wrapped(attribution: str, quoted: str) -> None:
    """B50, B51: with quote marks below and without, and wrapped at 60 characters; the answer above stays."""
    for line in {attribution, textwrap.fill(attribution, 60, break_on_hyphens=False)}:
        assert strip_text(f"{ANSWER}\n\n{line}\n\n{quoted}\n", "", RULES).text == ANSWER


@pytest.mark.parametrize("header", HEADERS)
def test_header_block__goes_with_all_below(header: str) -> None:
    """B50, B51: a quoted mail header of any language, and the mail below it that nothing marks."""
    block = header.replace("\\n", "\n")
    text = f"{ANSWER}\n\n{block}\n\nCould you send us\nthe boxes?\n"
    assert strip_text(text, "", RULES).text == ANSWER


@pytest.mark.parametrize("footer", FOOTERS)
def test_footer__goes(footer: str) -> None:
    """B50, B51: what clients add below an answer, in any language."""
    assert strip_text(f"{ANSWER}\n\n{footer}\n", "", RULES).text == ANSWER


@pytest.mark.parametrize("first_mail", [False, True])
@pytest.mark.parametrize("file", OWN_WORDS, ids=lambda file: file.stem)
def test_own_words__stay_whole(file: Path, first_mail: bool) -> None:
    """B50, B53: what looks like a quotation, a header, a signature or a footer, and is none, stays."""
    text = file.read_text(encoding="utf-8")
    written = strip_text(text, "", RULES, first_mail=first_mail)
    assert (written.text.split(), written.cut) == (text.split(), ())
