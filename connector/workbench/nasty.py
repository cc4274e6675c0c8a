"""Lines that patterns like least: very long, of one piece, and near-misses made of a rule's own examples (B52)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connector.rulebook.rules import LINE_LIMIT

PIECES = (
    "a", " ", ":", ">", "-", "<", "(", "[", "1", '"', "*", "_", "/", "\u200f", "年", "כ", "([", "a b ", "On 1 ",
    "12:30 ", "a@b ", "<a@b.c> ", "2024 ", "wrote: ", "http://a ", "On 5 Mar 2024 at 14:07 Ann <a@b.c> wrote ",
    "From: a@b.c ",
)  # fmt: skip
ENDS = ("", ":", "\x01", ":\x01")
r"""What stands at the very end; \x01 is in no pattern, so that what began to match fails there."""
MOST_EXAMPLES = 4


def nasty_lines(examples: Sequence[str]) -> Iterator[str]:
    """Lines as long as rules ever see, nested brackets, and the examples' words, halves and wholes again and again."""
    half = LINE_LIMIT // 2
    yield "(" * half + ")" * half
    ends = dict.fromkeys((*ENDS, *(f"{text[-1:]}\x01" for text in examples[:MOST_EXAMPLES])))
    for piece in (*PIECES, *_pieces(examples)):
        line = (piece * (LINE_LIMIT // len(piece) + 1))[:LINE_LIMIT]
        yield from (line[: LINE_LIMIT - len(end)] + end for end in ends)


def _pieces(examples: Sequence[str]) -> Iterator[str]:
    for example in examples[:MOST_EXAMPLES]:
        text = " ".join(example.split())
        middle = len(text) // 2
        yield from filter(None, dict.fromkeys((f"{text} ", text[:middle], text[middle:], text.split(" ")[-1])))
