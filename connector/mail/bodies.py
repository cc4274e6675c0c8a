"""Which parts are the body and which are attachments (RFC 2046, RFC 8621 4.1.4)."""

from __future__ import annotations

from dataclasses import dataclass, field

from connector.mail.entity import NESTED_TYPES, Node

_BODY_TYPES = frozenset({"text/plain", "text/html", "text/enriched", "text/richtext", "text/markdown"})
_NEVER_BODY = frozenset(
    {"text/calendar", "text/vcard", "text/x-vcard", "text/directory", "text/rfc822-headers", "text/rtf"}
)
_ONLY_ALTERNATIVES = frozenset({"text/x-amp-html", "text/watch-html"})  # the same content once more, for few readers
_SIGNATURES = frozenset({"application/pgp-signature", "application/pkcs7-signature", "application/x-pkcs7-signature"})


@dataclass(slots=True)
class Slot:
    """One stretch of the body: the same content as plain text, as HTML, or as both."""

    plain: list[Node] = field(default_factory=list)
    html: list[Node] = field(default_factory=list)


@dataclass(slots=True)
class Selection:
    """The body's stretches in order, and the parts that are attachments."""

    slots: list[Slot] = field(default_factory=list)
    attachments: list[tuple[Node, bool]] = field(default_factory=list)  # the part; whether it is shown inline


def select(root: Node) -> Selection:
    """Tell the body of a mail from its attachments."""
    found = Selection()
    found.slots = _slots(root, True, False, found)
    return found


def _slots(node: Node, first: bool, related: bool, found: Selection) -> list[Slot]:
    """The stretches in one entity; attachments are put down in `found`."""
    if not node.is_multipart:
        if _is_body(node, first):
            if node.name:  # it is read in place, and may be a file that somebody wants
                found.attachments.append((node, False))
            return [Slot([], [node]) if node.type == "text/html" else Slot([node], [])]
        if not (_is_empty(node) or _is_signature(node, first)):
            found.attachments.append((node, _is_inline(node, related)))
        return []
    if node.type == "multipart/alternative":
        return _alternative(node, found)
    is_related = node.type == "multipart/related"
    root = _related_root(node) if is_related else -1
    slots: list[Slot] = []
    for index, child in enumerate(node.children):
        slots += _slots(child, index == (root if is_related else 0), is_related and index != root, found)
    return slots


def _alternative(node: Node, found: Selection) -> list[Slot]:
    """One stretch out of alternatives: the first that is plain text, and the last that is HTML."""
    choices = [_joined(_slots(child, True, False, found)) for child in node.children]
    plain = [slot.plain for slot in choices if slot.plain]
    only_plain = [slot.plain for slot in choices if slot.plain and not slot.html]
    rich = [slot.html for slot in choices if slot.html]
    merged = Slot((only_plain or plain or [[]])[0], (rich or [[]])[-1])
    return [merged] if merged.plain or merged.html else []


def _joined(slots: list[Slot]) -> Slot:
    """Several stretches as one."""
    if len(slots) == 1:
        return slots[0]
    return Slot([part for slot in slots for part in slot.plain], [part for slot in slots for part in slot.html])


def _related_root(node: Node) -> int:
    """Which part of a multipart/related the others belong to (RFC 2387: `start`, else the first)."""
    start = node.parameters.get("start", "").strip("<> ")
    return next((index for index, child in enumerate(node.children) if start and child.content_id == start), 0)


def _is_body(node: Node, first: bool) -> bool:
    """Whether a leaf is text to be read in place: a named text is so only where it comes first."""
    if node.type in NESTED_TYPES or (node.disposition == "attachment" and (node.depth or node.name)):
        return False
    if node.type in _BODY_TYPES:
        return first or not node.name
    return node.depth == 0 and node.type.startswith("text/") and node.type not in _NEVER_BODY


def _is_empty(node: Node) -> bool:
    """Whether a part has no content, no name and no purpose, or is a form of the body that is not shown."""
    if node.name:
        return False
    return (node.start >= node.end and node.type in ("text/plain", "text/html")) or node.type in _ONLY_ALTERNATIVES


def _is_signature(node: Node, first: bool) -> bool:
    """Whether a part is the signature of a signed mail: it is looked through, the original keeps it (RFC 1847)."""
    return not first and node.type in _SIGNATURES


def _is_inline(node: Node, related: bool) -> bool:
    """Whether an attachment is shown within the body: it has a content id, and is not said to stand apart."""
    return bool(node.content_id) and (related or node.disposition != "attachment")
