"""What comes from mails reaches the terminal as text alone."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.cli.escape import escape_lines, json_text, one_line
from connector.mail.clean import is_hidden

NASTY = "a\x1b[31m\x07\x7f\x9b\u202e\u2066\U000e0041\ud800\u200b[bold]b[/bold]"


@given(st.dictionaries(st.text(st.characters()), st.text(st.characters())))
def test_json_is_harmless_and_means_the_same(value: dict[str, str]) -> None:
    """faults: JSON holds no hidden character, and reads back as what it was."""
    text = json_text(value)
    assert not [char for char in text if char != "\n" and is_hidden(char)]
    assert json.loads(text) == value


@pytest.mark.parametrize("function", [escape_lines, one_line])
def test_lines_are_harmless(function: object) -> None:
    """faults: control, bidi and invisible characters are written as escapes; markup is text."""
    assert callable(function)
    text = function(NASTY + "\tx")
    assert not [char for char in text if is_hidden(char)]
    assert "[bold]b[/bold]" in text


def test_lines_stay_lines() -> None:
    """A text keeps its lines, a cell has one."""
    assert escape_lines("a\r\nb\tc") == "a\\r\nb   c"
    assert one_line("a\n b\tc") == "a b c"
    assert one_line(None) == ""
