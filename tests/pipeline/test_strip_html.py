"""Stage 5: which of a mail's readings is stripped, and what HTML tells of it."""

from __future__ import annotations

import time

import pytest

from connector.mail.html import html_to_text
from connector.pipeline.strip import strip_text
from connector.pipeline.stripping.readings import reading
from connector.rulebook import Matcher
from tests.pipeline.test_strip import ATTRIBUTIONS, QUOTED, RULES, kept_html

FIRE = "<p>My printer is on fire, please come</p>"
GMAIL = (
    '<div>Yes, on Friday.</div><div class="gmail_quote"><div class="gmail_attr">Anek idatzi du:</div>'
    "<blockquote class=gmail_quote>Bi kutxa?</blockquote></div>"
)


def entry(plain: str, html: str) -> str:
    return strip_text(*reading(plain, plain, html, Matcher(RULES)), RULES).text


@pytest.mark.parametrize("plain", ["This message needs an HTML viewer.", ".", "Ihr Programm zeigt kein HTML an."])
def test_reading__html_beside_a_placeholder(plain: str) -> None:
    """B54: where the plain text is a placeholder, the HTML is what was written."""
    assert entry(plain, FIRE) == "My printer is on fire, please come"


def test_reading__html_with_marks_beside_a_plain_text_without() -> None:
    """B54: where only the HTML tells what is quoted, it is used."""
    assert entry("Yes, on Friday.\n\nAnek idatzi du:\nBi kutxa?", GMAIL) == "Yes, on Friday."


def test_reading__html_beside_the_beginning_of_it() -> None:
    """B54: where the plain text is only the beginning of what the HTML says, the HTML is used."""
    assert entry("The pump", f"<p>The pump {'is broken again and ' * 10}wet.</p>").endswith("wet.")


@pytest.mark.parametrize(
    ("plain", "html"),
    [
        (f"Yes, on Friday.\n\n{ATTRIBUTIONS['Gmail']}\n{QUOTED}", GMAIL),
        ("Please look at the HTML page\nof ours, where the table of the prices is broken since last Friday." * 3, FIRE),
        ("See the other words that stand here.", GMAIL),
        ("Plain words.", "<p></p>"),
        ("Plain words.", ""),
    ],
)
def test_reading__plain_text_else(plain: str, html: str) -> None:
    """B54: a plain text that has the marks, or that says what the HTML does not, is what is read."""
    assert reading(plain, plain, html, Matcher(RULES)) == (plain, "")


def test_yahoo_quote__answer_below_stays() -> None:
    """B53, B54: what stands below Yahoo's quotation is an answer, the quotation goes."""
    html = '<div class="yahoo_quoted">On Monday <a>Ann</a> wrote:<div>Both?</div></div>'
    assert kept_html(f"{html}<div>Yes.</div>") == "Yes."
    assert kept_html(f"<div>Hello.</div>{html}<div>Yes.</div>").split() == ["Hello.", "Yes."]
    assert kept_html(f"<div>Hello.</div>{html}") == "Hello."


@pytest.mark.parametrize("style", ["", ' style="margin-left:40px"', ' class="gmail_quote"'])
def test_blockquote__without_an_attribution_is_ones_own(style: str) -> None:
    """B53, B54: an indented part that nothing attributes stays, at the end as well."""
    assert kept_html(f"<p>Note:</p><blockquote{style}>Both boxes</blockquote>").split() == ["Note:", "Both", "boxes"]


def test_nested_attribution__does_not_end_the_outer_quotation() -> None:
    """B54: in a quotation an earlier one's attribution belongs to it; an answer below both stays."""
    inner = '<div class="gmail_quote"><div class="gmail_attr">Bob:</div><blockquote>Old</blockquote></div>'
    outer = f'<div class="gmail_quote"><div class="gmail_attr">Ann:</div><blockquote>New{inner}</blockquote></div>'
    assert kept_html(f"{outer}<div>Yes.</div>") == "Yes."


@pytest.mark.parametrize("items", [1, 1900])
def test_cuts__number_the_lines_of_the_whole_text(items: int) -> None:
    """B55: line numbers are those of the text that is stored as the whole, also where end tags are left out."""
    html = f"<p>Yes.</p><ul>{'<li>a box' * items}</ul><div class=gmail_quote>Ann:<blockquote>Old</blockquote></div>"
    written = strip_text(html_to_text(html), html, RULES)
    lines = written.whole.split("\n")
    cut = [line.strip() for one in written.cut for line in lines[one.first - 1 : one.last] if line.strip()]
    assert cut == ["Ann:", "Old"]
    assert "Old" not in written.text


def test_ruler__parts_two_lines() -> None:
    """B54: what stands above a ruler and below it are two lines, so that a header below is found."""
    assert html_to_text("<div>Yes.<hr><b>From:</b> Ann</div>") == "Yes.\nFrom: Ann"


@pytest.mark.parametrize("before", ["x_", "x_x_"])
def test_copied_html__is_read_as_it_was_sent(before: str) -> None:
    """B54: Outlook puts "x_" in front of the classes and ids of what it copies, once each time; words keep theirs."""
    html = GMAIL.replace("gmail_", f"{before}gmail_").replace("Yes,", "x_yes,")
    assert kept_html(html) == "x_yes, on Friday."


@pytest.mark.parametrize(
    "piece", ['<a class="x_', " x_", '<div class="x_gmail_quote">', "<hr>From: Ann ", "<blockquote>"]
)
def test_html__takes_time_in_proportion(piece: str) -> None:
    """B8: 200 KB of what the search for marks likes least."""
    html = piece * (200_000 // len(piece))
    started = time.process_time()
    strip_text(html_to_text(html), html, RULES)
    assert time.process_time() - started < 1.0
