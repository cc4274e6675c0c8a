"""B8: format=flowed (RFC 3676): what a mail program wrapped is one line again."""

from __future__ import annotations

import pytest

from tests.mail.mails import mail

FLOWED = "text/plain; charset=utf-8; format=flowed"


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ("One \ntwo \nthree\nfour\n", "One two three\nfour\n"),
        (" From here\n > no quote\n", "From here\n> no quote\n"),
        ("> quoted \n> on\n>> deeper\n", "> quoted on\n>> deeper\n"),
        ("> quoted \nmine\n", "> quoted\nmine\n"),
        (">\n> a\n", ">\n> a\n"),
        ("text \n-- \nAnn\n", "text\n-- \nAnn\n"),
        ("end \n", "end\n"),
        ("", ""),
    ],
)
def test_flowed__lines_are_joined_within_a_quotation(sent, read):
    """RFC 3676, 4.1 to 4.5: soft ends, space-stuffing, depth of quotation, the signature's line."""
    assert mail(sent, FLOWED).text == read


def test_flowed__delsp_takes_the_blank_away():
    """RFC 3676, 4.2: scripts without blanks between words are wrapped with DelSp."""
    assert mail("日本 \n語\n", f"{FLOWED}; DelSp=Yes").text == "日本語\n"


def test_fixed__lines_stay():
    """RFC 3676, 4: without the parameter nothing is joined."""
    assert mail("One \ntwo\n").text == "One \ntwo\n"
