"""File names that are safe to write, cleaning, and HTML to text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.mail import clean, content
from connector.mail.html import html_to_text
from tests.mail.mails import mixed


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\x.exe", "x.exe"),
        ("C:evil.txt", "C_evil.txt"),
        ("..", "attachment"),
        ("", "attachment"),
        ("folder/", "folder"),
        ("con.txt", "_con.txt"),
        ("LPT1", "_LPT1"),
        ("invoice\u200b.exe", "invoice.exe"),
        ("fdp\u202eexe.txt", "fdpexe.txt"),
        ("a\x00b\n.txt", "ab .txt"),
        ("trailing. ", "trailing"),
        ("a?*|<>.txt", "a_____.txt"),
        (".hidden", "hidden"),
    ],
)
def test_safe_filename__is_only_a_name(name, safe):
    """B73: no folder, drive, device, control, invisible character or trailing dot is left in a name."""
    assert content.safe_filename(name) == safe


@given(st.text(max_size=400))
def test_safe_filename__holds_for_any_name(name):
    """B73: any name gives one that is not empty, at most 150 bytes, and in no folder."""
    safe = content.safe_filename(name)
    assert 0 < len(safe.encode()) <= 150
    assert not set(safe) & set('/\\:*?"<>|\0')
    assert safe not in (".", "..")


def test_long_name__keeps_its_extension():
    """B73: a name of 300 bytes is shortened before its extension."""
    safe = content.safe_filename("é" * 150 + ".pdf")
    assert safe.endswith("é.pdf")
    assert len(safe.encode()) <= 150


@pytest.mark.parametrize(
    ("parameter", "name"),
    [
        ('filename="a b.pdf"', "a b.pdf"),
        ("filename=a b.pdf", "a b.pdf"),
        ("filename*=utf-8''%e2%82%ac.pdf", "€.pdf"),
        ("filename*0*=utf-8''%e2%82; filename*1*=%ac; filename*2=.pdf", "€.pdf"),
        ('filename="=?utf-8?b?4oKsLnBkZg==?="', "€.pdf"),
        ('filename="a\\"b.pdf"', 'a"b.pdf'),
        ('filename="€.pdf"', "€.pdf"),
        ('filename="x\u202efdp.exe"', "xfdp.exe"),
    ],
)
def test_attachment_name__is_read_in_every_form(parameter, name):
    """B73: quoted, RFC 2231, RFC 2047 and raw names are decoded; bidi controls are taken out."""
    parsed = mixed(f"Content-Type: application/pdf\nContent-Disposition: attachment; {parameter}\n\nx")
    assert [found.name for found in parsed.attachments] == [name]


def test_escape_for_terminal__shows_what_is_hidden():
    """B104: escape sequences, line ends and bidi controls show as escapes; letters stay letters."""
    assert clean.escape_for_terminal("é\x1b[31m\n\u202ex\ud800") == "é\\x1b[31m\\n\\u202ex\\ud800"


def test_text__has_no_controls():
    """B8: NUL, lone surrogates and controls go; tab stays; every line end is one line feed."""
    assert clean.text("a\0b\tc\r\nd\re\x85f\ud800\x1b") == "ab\tc\nd\ne\nf"


@pytest.mark.parametrize("size", [1, 2000])
def test_html__becomes_lines(size):
    """B54: small HTML and large HTML, which other code reads, give the same words on the same lines."""
    source = "<style>p{}</style>" + "<p>One <b>two</b>\n three<br>four &amp; five</p>" * size + "<script>x</script>"
    lines = [line for line in html_to_text(source).split("\n") if line]
    assert lines == ["One two three", "four & five"] * size


def test_deep_html__still_has_its_text():
    """B8: HTML nested beyond all reason has its tags taken out."""
    assert html_to_text("<div>" * 5000 + "word").strip() == "word"
