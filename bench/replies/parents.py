"""Messages that are answered: blocks of text, and how mail programs write them as plain text and as HTML."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from html import escape

from bench.replies.words import Language, paragraph, sentence


@dataclass(frozen=True, slots=True)
class Block:
    """A part of a message: kind paragraph, list, code, table, link, greeting, closing or signature, and its lines.

    A table's lines have tabs between cells, a link's are its text and its address.
    """

    kind: str
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Converter:
    """How a program makes plain text of a formatted message; {t} is a link's text, {u} its address, {i} its number."""

    bullet: str = "* "
    link: str = "{t} <{u}>"
    cell: str = "\t"
    footnotes: bool = False
    apart: bool = True  # whether an empty line stands between paragraphs


CONVERTERS = (
    Converter(),
    Converter("   - ", "{t}<{u}>", "\n"),
    Converter("·         ", "{t}<{u}>", "\n", apart=False),
    Converter("o   ", "{t}"),
    Converter("  * ", "{t} [{i}]", " ", footnotes=True),
    Converter("• ", "[{t}]({u})", " | "),
)
WRITTEN = Converter("- ", "{t}: {u}", "   ")
"""How people write plain text themselves: programs do not change it."""


@dataclass(slots=True)
class Parent:
    """A message that is answered."""

    sender: str
    address: str
    blocks: list[Block]
    formatted: bool  # written as HTML: every program makes its own plain text of it
    links: list[str] = field(default_factory=list)

    def plain(self, converter: Converter) -> list[list[str]]:
        """The lines of each block, long ones not wrapped."""
        self.links.clear()
        return [self._lines(block, converter) for block in self.blocks]

    def footnotes(self, converter: Converter) -> list[str]:
        """What a converter writes below the text."""
        return [f"[{i}] {url}" for i, url in enumerate(self.links, 1)] if converter.footnotes else []

    def _lines(self, block: Block, converter: Converter) -> list[str]:
        if block.kind == "list":
            return [converter.bullet + line for line in block.lines]
        if block.kind == "table":
            return [line for row in block.lines for line in row.replace("\t", converter.cell).split("\n")]
        if block.kind == "link":
            before, text, url, behind = block.lines
            self.links.append(url)
            return [before + converter.link.format(t=text, u=url, i=len(self.links)) + behind]
        return list(block.lines)

    def html(self) -> str:
        """The message as HTML."""
        return "".join(map(_html, self.blocks))


def _html(block: Block) -> str:
    lines = [escape(line) for line in block.lines]
    if block.kind == "list":
        return "<ul>" + "".join(f"<li>{line}</li>" for line in lines) + "</ul>"
    if block.kind == "table":
        rows = ("".join(f"<td>{cell}</td>" for cell in line.split("\t")) for line in lines)
        return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"
    if block.kind == "link":
        before, text, url, behind = lines
        return f'<p>{before}<a href="{url}">{text}</a>{behind}</p>'
    if block.kind == "code":
        return "<pre>" + "\n".join(lines) + "</pre>"
    return f"<p>{'<br>'.join(lines)}</p>"


def parent(language: Language, people: tuple[str, str], rng: random.Random) -> Parent:
    """A message of a few blocks."""
    blocks = [Block("greeting", (rng.choice(language.greetings),))]
    for _ in range(rng.randint(2, 7)):
        kind = rng.choices(("paragraph", "list", "code", "table", "link"), (6, 1, 0.6, 0.6, 1.2))[0]
        blocks.append(Block(kind, _content(kind, language, rng)))
    name, address = people
    blocks.append(Block("closing", (rng.choice(language.closings), name)))
    if rng.random() < 0.4:
        blocks.append(
            Block(
                "signature", ("-- ", name, "Example Ltd, Main Street 5", f"Tel. +49 30 {rng.randint(100000, 999999)}")
            )
        )
    return Parent(name, address, blocks, rng.random() < 0.5)


def _content(kind: str, language: Language, rng: random.Random) -> tuple[str, ...]:
    number = rng.randint(100, 99999)
    if kind == "list":
        return tuple(sentence(language, rng) for _ in range(rng.randint(2, 4)))
    if kind == "code":
        return (
            f"ping -c {number % 10 + 1} 192.0.2.{number % 255}",
            f"Error 0x{number:08x} in module net{number}.c",
            "exit 1",
        )
    if kind == "table":
        return tuple(
            f"{thing}\t{rng.randint(1, 99)}\t{rng.randint(1, 9999)},00" for thing in rng.sample(language.things, 3)
        )
    if kind == "link":
        words = language.blank.join(rng.sample(language.things, 2))
        url = f"https://www.shop{number}.example/{number}/view?id={number}&lang=xx"
        return (sentence(language, rng) + " ", words, url, " " + sentence(language, rng))
    return (paragraph(language, rng),)
