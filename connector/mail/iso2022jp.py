"""Japanese mails as Windows writes them: ISO-2022-JP with letters that the standard has not, such as ① and ㈱ (B8)."""

from __future__ import annotations

import re

_SHIFTS = re.compile(rb"\x1b([$(]\(?[@A-Z])")
_TWO_BYTES, _ONE_BYTE = (b"$@", b"$B"), (b"(B", b"(J")
_KATAKANA = b"(I"
_HALF = bytes(byte | 0x80 for byte in range(256))


def decode(data: bytes) -> str:
    """The text, with NEC's and IBM's letters; raises ValueError where it is none, as codecs do.

    Windows puts the letters of code page 932 into the rows that JIS X 0208 leaves free (RFC 1468 does not allow it).
    """
    first, *parts = _SHIFTS.split(data)
    texts = [first.decode("ascii")]
    for shift, run in zip(parts[::2], parts[1::2], strict=True):
        if shift in _TWO_BYTES:
            letters, line_end, rest = _two_bytes(run)
            texts.append(letters.decode("cp932") + (line_end + rest).decode("ascii"))
        elif shift == _KATAKANA:
            texts.append(run.translate(_HALF).decode("cp932"))
        elif shift in _ONE_BYTE:
            texts.append(run.decode("ascii"))
        else:
            raise ValueError(f"no letters of Windows behind {shift!r}")
    return "".join(texts)


def _two_bytes(run: bytes) -> tuple[bytes, bytes, bytes]:
    """The letters of a run as code page 932 has them, and the line end with what stands behind it, which is ASCII."""
    letters, line_end, rest = run.partition(b"\r\n") if b"\r\n" in run else run.partition(b"\n")
    pairs = zip(letters[::2], letters[1::2], strict=True)
    return b"".join(_shift_jis(row, cell) for row, cell in pairs), line_end, rest


def _shift_jis(row: int, cell: int) -> bytes:
    """The two bytes of Shift JIS for two of JIS; rows go in pairs there, and 0x7f is left out."""
    lead = (row - 0x21) // 2 + (0x81 if row < 0x5F else 0xC1)
    trail = cell + (0x7E if row % 2 == 0 else 0x20 if cell >= 0x60 else 0x1F)
    return bytes((lead, trail))
