"""One conversation and the reply to it, as a client writes it; what must be kept of it, line by line."""

from __future__ import annotations

import quopri
import random
import textwrap
from collections.abc import Callable
from dataclasses import dataclass
from html import escape

from bench.replies.clients import CLIENTS, Client, Scene
from bench.replies.parents import CONVERTERS, WRITTEN, Converter, Parent, parent
from bench.replies.words import LANGUAGES, Language, invented, paragraph, word
from connector.mail.html import html_to_text
from connector.pipeline.stripping.said import Answered

PEOPLE = (
    ("Alice Archer", "support@example.com"),
    ("Bob Baker-Jones", "bob@company.example"),
    ("Zoë Ünal", "z.unal@x.example"),
)
Line = tuple[str, str]
COPIES = 0.08
"""So often an answer holds a line that its writer took out of the message, as it is."""
PUBLIC = "support@example.com"


@dataclass(frozen=True, slots=True)
class Reply:
    """A reply; `kept` are its lines that must be kept, in order, `own` those of them that its writer wrote.

    Without `signatures` nothing at the end is cut as a signature or a footer.
    """

    client: str
    position: str
    text: str
    html: str
    answered: Answered
    kept: tuple[str, ...]
    own: tuple[str, ...]
    signatures: bool


def reply(seed: int) -> Reply:
    """The reply that a seed stands for: clients in turn, all else at random."""
    rng = random.Random(seed)
    client = CLIENTS[seed % len(CLIENTS)]
    made = parent(_language(rng), rng.choice(PEOPLE), rng)
    language, position = _language(rng), rng.choice(client.positions)
    people = frozenset((made.sender.casefold(), made.address, PUBLIC))
    answered = Answered("<parent@x.example>", _stored(made, rng), people=people)
    introduction = rng.choice(client.introductions)(_scene(made, rng)) if client.introductions else []
    signatures = rng.random() < 0.5
    ending = _ending(client, position, rng)
    if client.structure:
        return _formatted(
            client, position, made, answered, introduction, _answer(language, made, rng), ending, signatures
        )
    quoted = _quoted(client, made, rng)
    lines = _arranged(position, introduction, quoted, lambda: _answer(language, made, rng), ending, signatures, rng)
    shown = [line for line, _ in lines]
    text = "\n".join(_escape(shown) if client.escaped else shown)
    kept, own = (_shown(client, [line for line, kind in lines if kind in kinds]) for kinds in ("ok", "o"))
    return Reply(client.name, position, text, "", answered, kept, own, signatures)


def _language(rng: random.Random) -> Language:
    return invented(rng) if rng.random() < 0.15 else LANGUAGES[rng.choice(list(LANGUAGES))]


def _shown(client: Client, lines: list[str]) -> tuple[str, ...]:
    """Lines as the client shows them, without empty ones."""
    return tuple(line.strip() for line in (_escape(lines) if client.escaped else lines) if line.strip())


def _scene(made: Parent, rng: random.Random) -> Scene:
    words = tuple(word(rng) for _ in range(5))
    to, to_address, subject = "Jane Doe", "jane@acme.example", f"Re: Ticket [0500-{rng.randint(1000, 9999)}] Printer"
    day, hour, minute = rng.randint(1, 28), rng.randint(0, 23), rng.randint(0, 59)
    return Scene(made.sender, made.address, to, to_address, subject, day, hour, minute, words)


def _stored(made: Parent, rng: random.Random) -> str:
    """The message's text as the store has it: as it was written, or made of its HTML here or by its sender."""
    if not made.formatted:
        return _text(made, WRITTEN, rng.choice((0, 72)))
    return html_to_text(made.html()) if rng.random() < 0.6 else _text(made, rng.choice(CONVERTERS), 0)


def _text(made: Parent, converter: Converter, width: int) -> str:
    segments = made.plain(converter)
    separator = "\n\n" if converter.apart else "\n"
    blocks = ["\n".join(_wrapped(lines, width)) for lines in segments]
    if notes := made.footnotes(converter):
        blocks.append("\n".join(notes))
    return separator.join(blocks) + "\n"


def _wrapped(lines: list[str], width: int) -> list[str]:
    """Lines wrapped as mail programs do: at blanks alone."""
    if not width:
        return lines
    return [piece for line in lines for piece in _wrap(line, width) or [""]]


def _wrap(line: str, width: int) -> list[str]:
    return textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False)


def _quoted(client: Client, made: Parent, rng: random.Random) -> list[list[str]]:
    """What the client makes of each block of the message; footnotes are a block of their own."""
    converter = rng.choice(CONVERTERS) if made.formatted else WRITTEN
    segments = made.plain(converter)
    if not client.signature:
        segments = [lines for block, lines in zip(made.blocks, segments, strict=True) if block.kind != "signature"]
    if notes := made.footnotes(converter):
        segments.append(notes)
    between = [""] if converter.apart else []
    blocks = [[*_wrapped(lines, client.width), *between] for lines in segments]
    return [[(client.mark + line) if client.mark else line for line in lines] for lines in blocks]


def _answer(language: Language, made: Parent, rng: random.Random) -> list[str]:
    """What a person writes: a word, a sentence, some paragraphs; now and then a line or two out of the message."""
    size = rng.randint(0, 4)
    if size == 0:
        return [rng.choice(language.short)]
    if rng.random() < COPIES:
        lines = [line for block in made.blocks if block.kind in ("paragraph", "list", "code") for line in block.lines]
        copied = rng.choice(lines) if lines else language.short[0]
        lead = [paragraph(language, rng, 1, 1)] if rng.random() < 0.7 else []
        return [*lead, copied]
    lines = [paragraph(language, rng, 1, size) for _ in range(rng.choice((1, 1, 2)))]
    return [line for each in lines for line in (each, "")][:-1]


def _ending(client: Client, position: str, rng: random.Random) -> list[tuple[str, str]]:
    """A signature or a client's footer, each line with its kind: s of a signature, f of a footer."""
    if client.footers:
        return [("", "e"), (rng.choice(client.footers), "f")]
    if position != "inline" and not client.escaped and rng.random() < 0.3:
        return [("", "e"), ("-- ", "s"), ("Jane Doe", "s"), ("Acme Ltd, Harbour Road 12", "s")]
    return []


def _arranged(
    position: str,
    introduction: list[str],
    quoted: list[list[str]],
    answer: Callable[[], list[str]],
    ending: list[tuple[str, str]],
    signatures: bool,
    rng: random.Random,
) -> list[Line]:
    """The lines of the reply, each with what it is: own, kept (an answered quotation), quoted, attribution, ending."""
    head: list[Line] = [(line, "a") for line in introduction]
    tail: list[Line] = [(line, "a" if signatures and kind in "sf" else "o") for line, kind in ending]
    if position == "top":
        return [*_own(answer()), *tail, ("", "e"), *head, *((line, "q") for lines in quoted for line in lines)]
    if position == "bottom":
        return [*head, *((line, "q") for lines in quoted for line in lines), ("", "e"), *_own(answer()), *tail]
    places = sorted(rng.sample(range(len(quoted) - 2), rng.randint(1, min(3, len(quoted) - 2))))
    lines = head
    for at, segment in enumerate(quoted):
        lines += [(line, "k" if at <= places[-1] else "q") for line in segment]
        if at in places:
            lines += [("", "e"), *_own(answer()), ("", "e")]
    return [*lines, *tail]


def _own(lines: list[str]) -> list[Line]:
    return [(line, "o") for line in lines]


def _formatted(
    client: Client,
    position: str,
    made: Parent,
    answered: Answered,
    introduction: list[str],
    answer: list[str],
    ending: list[tuple[str, str]],
    signatures: bool,
) -> Reply:
    """A reply that is HTML alone."""
    own = [line for line in answer if line]
    own += [line for line, kind in ending if not (signatures and kind in "sf") and line]
    mine = "".join(f"<div>{escape(line) or '<br>'}</div>" for line in (*answer, *(line for line, _ in ending)))
    quotation = client.structure.format(a="<br>".join(map(escape, introduction)), q=made.html())
    html = (
        f"<html><body>{mine}<br>{quotation}</body></html>" if position == "top" else f"<body>{quotation}{mine}</body>"
    )
    kept = tuple(line.strip() for line in own)
    return Reply(client.name, position, html_to_text(html), html, answered, kept, kept, signatures)


def _escape(lines: list[str]) -> list[str]:
    """Lines in quoted-printable, as programs show them that do not decode it."""
    text = "\n".join(lines).encode()
    return quopri.encodestring(text).decode("ascii").split("\n")
