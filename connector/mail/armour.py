"""Clear-signed text: what stands between the lines of a PGP signature (RFC 9580, 7)."""

from __future__ import annotations

_SIGNED = "-----BEGIN PGP SIGNED MESSAGE-----"
_SIGNATURE = "-----BEGIN PGP SIGNATURE-----"
_END = "-----END PGP SIGNATURE-----"


def is_signed(text: str) -> bool:
    """Whether a text holds clear-signed ones."""
    return _SIGNED in text and _SIGNATURE in text


def without(text: str) -> str:
    """The text without armour: head lines and signatures go, escaped dashes are undone; the rest stays."""
    kept: list[str] = []
    state = ""  # "", head, signed, signature: where in a clear-signed text a line stands
    for line in text.split("\n"):
        mark = line.rstrip()
        if mark == _SIGNED and not state:
            state = "head"
        elif mark == _SIGNATURE and state == "signed":
            state = "signature"
        elif state == "head":
            state = "signed" if not mark else state
        elif state == "signature":
            state = "" if mark == _END else state
        else:
            kept.append(line.removeprefix("- ") if state == "signed" else line)
    return "\n".join(kept) if not state else text
