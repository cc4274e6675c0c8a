"""Mails made to cost a parser more than their size: each kind as a function of a size that it grows with."""

from __future__ import annotations

import base64
import struct
from collections.abc import Callable

MIXED = b'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
HTML = b"Content-Type: text/html; charset=utf-8\r\n\r\n"
PLAIN = b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
BASE64 = b"Content-Type: application/x-a\r\nContent-Transfer-Encoding: base64\r\n\r\n"
QUOTED = b"Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
PART = b"--b\r\nContent-Type: text/plain\r\n\r\nx\r\n"


def _numbered(form: bytes, count: int) -> bytes:
    """A form with %d, once for each number."""
    return b"".join(form % number for number in range(count))


def _nested(count: int) -> bytes:
    """Multiparts in multiparts, each with a boundary of its own, none closed."""
    return _numbered(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%%d\r\n".replace(b"%%d", b"x"), count)


def _really_nested(count: int) -> bytes:
    """Multiparts in multiparts, all of them closed."""
    opened = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(count))
    return opened + b"\r\nx\r\n" + b"".join(b"--b%d--\r\n" % n for n in reversed(range(count)))


def _tnef(content: bytes) -> bytes:
    """A container that is a mail's only content."""
    return b"Content-Type: application/ms-tnef\r\nContent-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(
        content
    )


def _tnef_head(number: int, content: bytes) -> bytes:
    return struct.pack("<IHBII", 0x223E9F78, 1, 1, number, len(content)) + content + b"\0\0"


def _signed(content: bytes) -> bytes:
    """What claims to be an opaque signature."""
    head = b"Content-Type: application/pkcs7-mime\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return head + base64.encodebytes(content)


SIZE = 500_000  # bytes, about, of each

HOSTILE: dict[str, Callable[[int], bytes]] = {
    "encoded words": lambda n: b"Subject: " + b"=?utf-8?q?a?= " * (n // 14) + b"\r\n\r\n",
    "encoded words on many lines": lambda n: b"Subject: a" + b"\r\n =?utf-8?b?w7w=?=" * (n // 20) + b"\r\n\r\n",
    "encoded words of changing charsets": lambda n: b"Subject: " + _numbered(b"=?x-%d?q?=e9?= ", n // 18) + b"\r\n\r\n",
    "half encoded words": lambda n: b"Subject: " + b"=?a?q?" * (n // 6) + b"\r\n\r\n",
    "question marks": lambda n: b"Subject: =?" + b"?" * n + b"\r\n\r\n",
    "an encoded word without end": lambda n: b"Subject: =?utf-8?b?" + b"QUFB" * (n // 4) + b"\r\n\r\n",
    "continued parameters": lambda n: b"Content-Type: a/b" + _numbered(b"; name*%d=a", n // 12) + b"\r\n\r\n",
    "continued parameters, backwards": lambda n: (
        b"Content-Type: a/b" + b"".join(b"; name*%d*=%%41" % m for m in reversed(range(n // 16))) + b"\r\n\r\n"
    ),
    "parameters without value": lambda n: b"Content-Type: a/b" + b"; a" * (n // 3) + b"\r\n\r\n",
    "semicolons": lambda n: b"Content-Type: a/b" + b";" * n + b"\r\n\r\n",
    "percent signs": lambda n: b"Content-Disposition: inline; filename*=utf-8''" + b"%" * n + b"\r\n\r\n",
    "quotes in a parameter": lambda n: b'Content-Type: a/b; name="' + b'\\"' * (n // 2) + b"\r\n\r\n",
    "comments in comments": lambda n: b"From: " + b"(" * (n // 2) + b")" * (n // 2) + b"\r\n\r\n",
    "comments in the date": lambda n: b"Date: " + b"(" * n + b"\r\n\r\n",
    "digits in the date": lambda n: b"Date: " + b"9" * n + b"\r\n\r\n",
    "open quotes in From": lambda n: b"From: " + b'"\\' * (n // 2) + b"\r\n\r\n",
    "open angles in To": lambda n: b"To: " + b"<" * n + b"\r\n\r\n",
    "addresses": lambda n: b"To: " + _numbered(b"a%d@b.example, ", n // 20) + b"\r\n\r\n",
    "commas": lambda n: b"To: " + b"," * n + b"\r\n\r\n",
    "a domain of labels": lambda n: b"From: a@" + "ü.".encode() * (n // 3) + b"example\r\n\r\n",
    "at signs": lambda n: b"From: " + b"@" * n + b"\r\n\r\n",
    "references": lambda n: b"References: " + _numbered(b"<%d@x> ", n // 10) + b"\r\n\r\n",
    "folded lines": lambda n: b"Subject: a" + b"\r\n b" * (n // 4) + b"\r\n\r\n",
    "fields": lambda n: b"A: b\r\n" * (n // 6) + b"\r\nx",
    "lines that are no fields": lambda n: (
        b"Subject: a\r\n" + b"no field\r\n" * (n // 10) + b"From: a@b.example\r\n\r\nx"
    ),
    "delimiters among the fields": lambda n: (
        b"Content-Type: multipart/mixed; boundary="
        + b"x" * (n // 10)
        + b"\r\n"
        + b"A: b\r\n" * 900
        + b"--x\r\n" * (n // 6)
        + b"\r\nx"
    ),
    "colons": lambda n: b":\r\n" * (n // 3),
    "a header without end": lambda n: b"Subject: " + b"a" * n,
    "raw letters in headers": lambda n: b"X-A: " + b"\xe9\xff\x81" * (n // 3) + b"\r\n\r\n",
    "blank lines first": lambda n: b" \r\n" * (n // 3) + b"Subject: a\r\n\r\nx",
    "parts": lambda n: MIXED + PART * 10_000 + b"--b--\r\n",
    "multiparts without end": lambda n: _nested(n // 50),
    "multiparts in multiparts": lambda n: _really_nested(n // 60),
    "attached mails in attached mails": lambda n: b"Content-Type: message/rfc822\r\n\r\n" * (n // 32),
    "lines like delimiters": lambda n: MIXED + b"--bb\r\n" * (n // 6),
    "beginnings of delimiters": lambda n: MIXED + b"--b" * (n // 3),
    "delimiters that close": lambda n: MIXED + b"--b--\r\n" * (n // 7),
    "missing boundaries": lambda n: MIXED.replace(b'"b"', b'""') + PART * (n // 38),
    "a boundary of dashes": lambda n: MIXED.replace(b'"b"', b'"' + b"-" * 60 + b'"') + b"-" * n,
    "a digest": lambda n: MIXED.replace(b"mixed", b"digest") + b"--b\r\n\r\nSubject: x\r\n\r\n\r\n" * (n // 24),
    "base64 junk": lambda n: BASE64 + b"=A!" * (n // 3),
    "base64 padding": lambda n: BASE64 + b"QQ==\r\n" * (n // 6),
    "base64 in one line": lambda n: BASE64 + b"QUFB" * (n // 4),
    "equals signs": lambda n: QUOTED + b"=" * n,
    "soft line ends": lambda n: QUOTED + b"=\r\n" * (n // 3),
    "begin lines": lambda n: PLAIN + b"begin 644 x\r\n" * (n // 13),
    "begin lines with content": lambda n: PLAIN + b"begin 644 x\r\n" + b"M" + b"`" * 60 + b"\r\n" * (n // 2),
    "uuencoded files": lambda n: PLAIN + b"begin 644 x\r\n#0V%T\r\n`\r\nend\r\n" * (n // 30),
    "open tags": lambda n: HTML + b"<div>" * (n // 5),
    "tables in tables": lambda n: HTML + b"<table><tr><td>a" * (n // 16),
    "lists in lists": lambda n: HTML + b"<ul><li>a" * (n // 9),
    "less-than signs": lambda n: HTML + b"<" * n,
    "comments in HTML": lambda n: HTML + b"<!--" * (n // 4),
    "attributes": lambda n: HTML + b"<p " + b"a=b " * (n // 4) + b">x",
    "attributes of many names": lambda n: HTML + b"<p " + _numbered(b"a%d ", n // 6) + b">x",
    "attributes with angle brackets": lambda n: HTML + b"<p " + _numbered(b"a%d='>'", n // 9) + b">x",
    "attributes behind a comment": lambda n: HTML + b'<!-- <p a=" --><p ' + _numbered(b"a%d=b ", n // 8) + b">x",
    "entities": lambda n: HTML + b"&amp" * (n // 4),
    "meta elements": lambda n: b"Content-Type: text/html\r\n\r\n" + b"<meta " * (n // 6),
    "enriched text": lambda n: b"Content-Type: text/enriched\r\n\r\n" + b"<a" * (n // 2),
    "flowed lines": lambda n: b"Content-Type: text/plain; format=flowed\r\n\r\n" + b"> a \r\n" * (n // 6),
    "quote marks": lambda n: b"Content-Type: text/plain; format=flowed\r\n\r\n" + b">" * n,
    "a charset to guess": lambda n: (
        b"Content-Type: text/plain; charset=x\r\n\r\n" + bytes(range(128, 256)) * (n // 128)
    ),
    "texts to guess": lambda n: (
        MIXED
        + (b"--b\r\nContent-Type: text/plain; charset=x\r\n\r\n" + bytes(range(255, 127, -1)) * (n // 62_000) + b"\r\n")
        * 480
    ),
    "fields to guess": lambda n: _numbered(b"X-%d: " + bytes(range(160, 255)) + b"\r\n", n // 105) + b"\r\nx",
    "words to guess": lambda n: (
        b"Subject: " + (b"=?x?q?" + b"=f0=d2=c9=d7=c5=d4_" * 6 + b"?= a ") * (n // 125) + b"\r\n\r\n"
    ),
    "a wrong charset": lambda n: PLAIN + b"\xe9 \xfc\xdf abc \x81\xff " * (n // 14),
    "UTF-7": lambda n: b"Content-Type: text/plain; charset=utf-7\r\n\r\n" + b"+AOk-" * (n // 5),
    "ISO-2022-JP": lambda n: b"Content-Type: text/plain; charset=iso-2022-jp\r\n\r\n" + b"\x1b$B" * (n // 3),
    "HZ": lambda n: b"Content-Type: text/plain; charset=hz-gb-2312\r\n\r\n" + b"~{" * (n // 2),
    "controls": lambda n: PLAIN + b"\x00\x1b" * (n // 2),
    "bare carriage returns": lambda n: b"Subject: a\r\r" + b"x\r" * (n // 2),
    "TNEF: billions of properties": lambda n: _tnef(
        _tnef_head(0x00069003, struct.pack("<IHHI", 0xFFFFFFFF, 0x1003, 1, 0xFFFFFFFF) + bytes(n // 2))
    ),
    "TNEF: attributes": lambda n: _tnef(_tnef_head(1, b"") + struct.pack("<BIIH", 2, 0x00069002, 0, 0) * (n // 22)),
    "CMS: open elements": lambda n: _signed(b"\x30\x80" * (n // 3)),
    "CMS: pieces": lambda n: _signed(
        bytes.fromhex("308006092a864886f70d010702a08030800201013100308006092a864886f70d010701a0802480")
        + b"\x04\x00" * (n // 3)
    ),
}
