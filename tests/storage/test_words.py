"""What counts as a word, and what a query asks for."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from storage.records import StoreError
from storage.words import LONGEST, MOST_POSITIONS, Term, fts5, newest_blocks, terms, tsquery, tsvector, words
from storage.words import _any as any_words

WORDS = [
    ("Printer on fire!", ["printer", "on", "fire"]),
    ("0500-1000", ["0500", "1000"]),
    ("bob_smith@acme.example", ["bob", "smith", "acme", "example"]),
    ("Straße, ÉCOLE, ﬁle", ["strasse", "ecole", "file"]),
    ("Ёлка Ελλάς", ["елка", "ελλασ"]),
    ("東京プリンタ and 한국", [*"東京フリンタ", "and", *"한국"]),
    ("كِتاب", ["كتاب"]),
    ("² ①", ["2", "1"]),
    ("x" * 100, ["x" * LONGEST]),
    ("…!?", []),
]


@pytest.mark.parametrize(("text", "found"), WORDS)
def test_words__letters_and_digits(text: str, found: list[str]) -> None:
    """B94: case, accents and compatibility forms make no difference; an ideogram is a word."""
    assert words(text) == found


WESTERN = bytes(range(256)).decode("cp1252", "replace")


@given(st.text(st.sampled_from([*WESTERN, "\u0301", "Ω"])))
@example("".join(f"a{letter}b {letter}" for letter in WESTERN))
def test_words__the_quick_way_finds_the_same(text: str) -> None:
    """B94: what is done with letters of windows-1252 by a table is what Unicode says."""
    assert words(text) == [word[:LONGEST] for word in any_words(text)]


TERMS = [
    ("Printer FIRE", (Term(("printer",)), Term(("fire",)))),
    ('"on fire" printer', (Term(("on", "fire")), Term(("printer",)))),
    ("print*", (Term(("print",), beginning=True),)),
    ('"on fi"*', (Term(("on", "fi"), beginning=True),)),
    ("bob@acme.example", (Term(("bob", "acme", "example")),)),
    ("東京", (Term(("東", "京")),)),
    ('"not closed', (Term(("not", "closed")),)),
    ("printer & fire", (Term(("printer",)), Term(("fire",)))),
]


@pytest.mark.parametrize(("text", "asked"), TERMS)
def test_terms__words_phrases_beginnings(text: str, asked: tuple[Term, ...]) -> None:
    """B94: words, phrases in quotes or written without a blank, beginnings with a star."""
    assert terms(text) == asked


@pytest.mark.parametrize("text", ["", "  ", "...", '""', "*"])
def test_terms__without_a_word_are_refused(text: str) -> None:
    """B94: a search for nothing is an error that says what a word is."""
    with pytest.raises(StoreError, match="no word in it; a word is made of letters and digits"):
        terms(text)


def test_terms__too_many_words_are_refused() -> None:
    """B94: a pasted mail is no query."""
    with pytest.raises(StoreError, match="at most 50 words"):
        terms("word " * 51)


def test_query__is_put_as_each_database_takes_it() -> None:
    """B94: the same query for FTS5 and for PostgreSQL."""
    asked = terms('print* "on fire"')
    assert fts5(asked) == '"print" * AND "on fire"'
    assert tsquery(asked) == "('print':*) & ('on' <-> 'fire')"


def test_tsvector__keeps_what_postgresql_can_hold() -> None:
    """B94: positions up to 16383, 255 of one word; a word that comes later is found all the same."""
    blocks = "'#12.2' '#14.0' '#16.0' '#18.0'"
    assert tsvector(8192, ["a", "b", "a"]) == f"'a':1,3 'b':2 {blocks}"
    assert tsvector(1, ["a"] * 300).count(",") == MOST_POSITIONS - 1
    assert "'b':16383 " in tsvector(1, ["a"] * 20_000 + ["b"])


def test_newest_blocks__are_those_of_the_documents() -> None:
    """B94: a document is in the newest blocks while its ticket is less than one block older than the newest."""
    asked = newest_blocks(12, 3 * 4096)
    assert [block in asked for block in ("'#12.3'", "'#12.2'", "'#12.1'")] == [True, True, False]
    assert "'#12.2'" in tsvector(3 * 4096 - 1, [])
