"""Words as the search knows them, made here so that both databases agree, and what people ask for in them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

import regex

from storage.records import StoreError

LONGEST = 64  # letters of a word; the rest of it counts neither in tickets nor in queries
MOST_WORDS = 50  # in a query

_MARKS = regex.compile(r"\p{M}+")
_IDEOGRAMS = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Hangul}"
_WORD = regex.compile(rf"[{_IDEOGRAMS}]|[[\p{{L}}\p{{N}}]--[{_IDEOGRAMS}]]+", regex.V1)
_TERM = re.compile(r'"([^"]*)"?(\*?)|([^\s"]+)')


def words(text: str) -> list[str]:
    """The words of a text in order: letter case, accents and compatibility forms make no difference.

    Runs of letters and digits are words; where words are written without blanks (Han, Kana, Hangul), every character
    is one.
    """
    found = _western(text)
    if found is None:
        found = _any(text)
    return found if max(map(len, found), default=0) <= LONGEST else [word[:LONGEST] for word in found]


def _any(text: str) -> list[str]:
    """The words of a text in any script."""
    bare = _MARKS.sub("", unicodedata.normalize("NFKD", text))
    found: list[str] = _WORD.findall(unicodedata.normalize("NFC", bare).casefold())
    return found


def _western(text: str) -> list[str] | None:
    """The same at a tenth of the time, where each letter is one of windows-1252 and becomes one at most."""
    try:
        letters = text.encode("ascii" if text.isascii() else "cp1252").replace(b"\xdf", b"ss")
    except UnicodeEncodeError:
        return None
    plain = letters.translate(_PLAIN)
    return None if b"\0" in plain else plain.decode("cp1252").split()


def _plain(code: int) -> bytes:
    """What a letter of windows-1252 is in a word; a blank where it parts words, zero where it is not so simple."""
    found = "".join(_any(bytes([code]).decode("cp1252", "replace"))) or " "
    with suppress(UnicodeEncodeError):
        if len(found) == 1:
            return found.encode("cp1252")
    return b"\0"


_PLAIN = b"".join(map(_plain, range(256)))


@dataclass(frozen=True, slots=True)
class Term:
    """Words that must stand in a ticket one after the other; with `beginning` the last may go on."""

    words: tuple[str, ...]
    beginning: bool = False


def terms(text: str) -> tuple[Term, ...]:
    """What a query asks for: every word, "words one after the other", and beginnings with a star (`print*`).

    What is written without a blank (`0500-1000`, `bob@acme.example`) stands so in the ticket too. StoreError where no
    word is asked for, or more than MOST_WORDS.
    """
    found = []
    for quoted, star, plain in _TERM.findall(text):
        if of_term := tuple(words(quoted or plain)):
            found.append(Term(of_term, bool(star) or plain.endswith("*")))
    if not found:
        raise StoreError(f"search {text!r}: there is no word in it; a word is made of letters and digits")
    if sum(len(term.words) for term in found) > MOST_WORDS:
        raise StoreError(f"a search is for at most {MOST_WORDS} words")
    return tuple(found)


def fts5(query: Iterable[Term]) -> str:
    """The query as SQLite's FTS5 takes it."""
    return " AND ".join(f'"{" ".join(term.words)}"{" *" if term.beginning else ""}' for term in query)


def tsquery(query: Iterable[Term]) -> str:
    """The query as PostgreSQL takes it."""
    return " & ".join(f"({_phrase(term)})" for term in query)


def tsquery_anywhere(query: Iterable[Term]) -> str:
    """The same words, wherever they stand: what PostgreSQL's index alone can tell."""
    return " & ".join(f"({_phrase(term, ' & ')})" for term in query)


def _phrase(term: Term, joined: str = " <-> ") -> str:
    return joined.join(f"'{word}'" for word in term.words) + (":*" if term.beginning else "")


LAST_POSITION, MOST_POSITIONS = 16383, 255
"""PostgreSQL keeps no later position, and no more of one word."""
BLOCKS = (12, 14, 16, 18)
"""A document also says in which blocks of 4096, 16384… tickets its ticket is, so that the index can be asked for the
newest alone."""
BLOCK_GROWTH = 4  # so many times as large each is as the one before


def tsvector(ticket_id: int, document: Iterable[str]) -> str:
    """The words of a ticket's document with their positions, and its blocks, as PostgreSQL takes them."""
    positions: dict[str, list[str]] = {}
    for position, word in enumerate(document, 1):
        of_word = positions.setdefault(word, [])
        if not of_word or (position <= LAST_POSITION and len(of_word) < MOST_POSITIONS):
            of_word.append(str(min(position, LAST_POSITION)))
    placed = (f"'{word}':{','.join(of_word)}" for word, of_word in positions.items())
    return " ".join((*placed, *(_block(bits, ticket_id >> bits) for bits in BLOCKS)))


def newest_blocks(bits: int, newest: int) -> str:
    """A condition of a tsquery: the ticket is in the block of the newest one or in the block before."""
    block = newest >> bits
    return f"({_block(bits, block)} | {_block(bits, block - 1)})"


def _block(bits: int, number: int) -> str:
    """A lexeme that no word can be: words have letters and digits alone."""
    return f"'#{bits}.{number}'"
