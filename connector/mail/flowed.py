"""format=flowed: lines that a mail program wrapped are joined again (RFC 3676)."""

from __future__ import annotations

SIGNATURE = "-- "  # the line before a signature: it ends in a blank and is no wrapped line


def joined(text: str, delete_space: bool) -> str:
    """The text with its paragraphs on one line each; `delete_space` is DelSp: the blank at the end goes, too."""
    paragraphs: list[str] = []
    pieces: list[str] = []
    open_depth = -1  # of the quotation in which a paragraph goes on; -1: none does
    for line in text.removesuffix("\n").split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        is_flowed = content.endswith(" ") and content != SIGNATURE
        if depth != open_depth or content == SIGNATURE:
            _close(paragraphs, pieces)
            pieces = [">" * depth + " " if depth and content else ">" * depth]
        pieces.append(content[:-1] if is_flowed and delete_space else content)
        open_depth = depth if is_flowed else -1
    _close(paragraphs, pieces)
    return "\n".join(paragraphs) + text[len(text.removesuffix("\n")) :]


def _close(paragraphs: list[str], pieces: list[str]) -> None:
    """Put a paragraph down; a blank at its end had nothing to go on with."""
    if pieces:
        paragraph = "".join(pieces)
        paragraphs.append(paragraph if paragraph.endswith(SIGNATURE) else paragraph.rstrip(" "))
