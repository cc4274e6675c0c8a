"""Bytes to text in whatever charset they are: declared, then UTF-8, then guessed, then Latin-1 (B8)."""

from __future__ import annotations

import codecs
import encodings.aliases as python_names
import re
from functools import lru_cache

from connector.mail import guessing, iso2022jp

ENOUGH_FOR_UTF8 = 6  # bytes beyond ASCII of another charset that are UTF-8 by no accident

# What mails call charsets, and what Python calls them or what is meant. WHATWG's table is followed where the
# label is commonly used for a larger set: iso-8859-1 for windows-1252, gb2312 for gb18030, ks_c_5601 for cp949.
_ALIASES: dict[str, tuple[str, ...]] = {
    "ansi": ("cp1252",),
    "ansix341968": ("cp1252",),
    "ascii": ("utf-8",),
    "big5": ("cp950", "big5hkscs"),
    "big5hkscs": ("big5hkscs",),
    "cp850": ("cp850",),
    "cseuckr": ("cp949",),
    "csisolatin1": ("cp1252",),
    "euckr": ("cp949",),
    "gb2312": ("gb18030",),
    "gbk": ("gb18030",),
    "hzgb2312": ("hz",),
    "cp50220": ("iso2022_jp", "cp50220"),
    "iso2022jp": ("iso2022_jp", "cp50220", "iso2022_jp_2", "iso2022_jp_ext", "iso2022_jp_2004"),
    "iso2022jp1": ("iso2022_jp_1", "iso2022_jp_ext"),
    "iso2022jpms": ("iso2022_jp", "cp50220", "iso2022_jp_ext", "iso2022_jp_2004"),
    "iso88591": ("cp1252", "latin-1"),
    "iso88596e": ("iso8859-6",),
    "iso88596i": ("iso8859-6",),
    "iso88598e": ("iso8859-8", "cp1255"),
    "iso88598i": ("iso8859-8", "cp1255"),
    "iso88598": ("iso8859-8", "cp1255"),
    "iso88599": ("cp1254", "iso8859-9"),
    "iso885911": ("cp874",),
    "ksc5601": ("cp949",),
    "ksc56011987": ("cp949",),
    "ksc56011989": ("cp949",),
    "ksx1001": ("cp949",),
    "latin1": ("cp1252", "latin-1"),
    "macintosh": ("mac-roman",),
    "maccyrillic": ("mac-cyrillic",),
    "shiftjis": ("cp932", "shift_jis_2004"),
    "sjis": ("cp932",),
    "tis620": ("cp874",),
    "unicode11utf7": ("utf-7",),
    "unicode11utf8": ("utf-8",),
    "unicode": ("utf-16",),
    "usascii": ("utf-8",),
    "utf7": ("utf-7",),
    "utf8": ("utf-8",),
    "utf8mb4": ("utf-8",),
    "windows31j": ("cp932",),
    "windows874": ("cp874",),
    "windows949": ("cp949",),
    "windows936": ("gb18030",),
    "xeucjp": ("euc_jp",),
    "xgbk": ("gb18030",),
    "xmacroman": ("mac-roman",),
    "xsjis": ("cp932",),
    "xunknown": (),
    "unknown8bit": (),
    "unknown": (),
    "8bit": (),
    "7bit": (),
    "binary": (),
    "none": (),
    "default": (),
    "userdefined": (),
    "xuserdefined": (),
}
_ASCII = bytes(range(128))
_ASCII_BASED = frozenset({"", "utf-8", "us-ascii", "iso-8859-1", "windows-1252"})
_WESTERN = frozenset({"cp1252", "latin-1", "iso-8859-15", "iso8859-15", "cp1250", "iso-8859-2", "cp1254"})
_SINGLE_BYTE = re.compile(r"latin|iso-?8859|cp125|koi8|mac-")
_NOISE = re.compile(r"[^a-z0-9]")
_WINDOWS = re.compile(r"(?:x?cp|x?windows|win|ms|ibm)(\d{3,5})")
# Names that Python knows; it looks for any other among its files, which takes time.
_WITHOUT_ALIAS = (
    "cp1006 cp720 cp737 cp856 cp874 cp875 koi8_r koi8_t koi8_u mac_croatian mac_farsi mac_arabic mac_romanian"
)
_KNOWN = frozenset((*python_names.aliases, *python_names.aliases.values(), *_WITHOUT_ALIAS.split()))
_NOT_IN_NAME = re.compile(r"[^a-z0-9.]+")
# Python codecs that pass for text and are none, or that cost more than linear time.
_REFUSED = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem"})


@lru_cache(maxsize=256)
def codecs_for(charset: str) -> tuple[str, ...]:
    """The Python codecs to try for a charset's name, in order; none for an unknown one."""
    label = _NOISE.sub("", charset.lower())
    if label in _ALIASES:
        return _ALIASES[label]
    windows = _WINDOWS.fullmatch(label)
    charset = charset.strip(" \"'").removeprefix("x-")
    for candidate in (f"cp{windows[1]}" if windows else charset, f"iso{label[3:]}"):
        if _is_text_codec(candidate):
            return (candidate,)
    return ()


def _is_text_codec(candidate: str) -> bool:
    """Whether Python has a text codec of that name that may be used on input."""
    if _NOT_IN_NAME.sub("_", candidate) not in _KNOWN:
        return False
    try:
        found = codecs.lookup(candidate)
        bytes(4).decode(candidate)
    except (LookupError, ValueError, TypeError):
        return False
    return found.name.replace("-", "_") not in _REFUSED


def decode(data: bytes, charset: str) -> tuple[str, str]:
    """The text of some bytes, and a repair code (`unknown-charset`, `wrong-charset`) or nothing."""
    if charset in _ASCII_BASED and data.isascii():
        return (data.decode("ascii"), "") if 27 not in data or b"\x1b$" not in data else _with_escapes(data)
    codec_names = codecs_for(charset) if charset else ("utf-8",)
    if codec_names and _SINGLE_BYTE.match(codec_names[0]) and (text := _as_utf8(data, codec_names[0])):
        return text, "wrong-charset"
    if not charset and data.startswith((b"\xff\xfe", b"\xfe\xff")):
        codec_names = ("utf-16",)
    if codec_names and codec_names[0].startswith("utf-16"):
        data = data[: len(data) & ~1]  # a text that was cut may end within a letter
    for codec_name in codec_names:
        try:
            return _decoded(data, codec_name).removeprefix("\ufeff"), ""
        except ValueError:
            continue
    return _guess(data, codec_names), "wrong-charset" if codec_names else "unknown-charset"


def _decoded(data: bytes, codec_name: str) -> str:
    """The text by one codec; raises ValueError where it is not of that charset."""
    return iso2022jp.decode(data) if codec_name == "cp50220" else data.decode(codec_name)


def _with_escapes(data: bytes) -> tuple[str, str]:
    """The text of ASCII with escapes to Japanese letters, which is often sent without a charset."""
    for codec_name in codecs_for("iso-2022-jp"):
        try:
            return _decoded(data, codec_name), "wrong-charset"
        except ValueError:
            continue
    return data.decode("ascii"), ""


def _as_utf8(data: bytes, codec_name: str) -> str:
    """The text where bytes that are said to be of a charset of single bytes are UTF-8, else nothing.

    Two letters of western Europe in a row that make one of UTF-8 do not occur; of other charsets it takes more.
    """
    if len(data.translate(None, _ASCII)) < (2 if codec_name in _WESTERN else ENOUGH_FOR_UTF8):
        return ""
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        return ""


def _guess(data: bytes, declared: tuple[str, ...]) -> str:
    """The text of bytes that are not what they were said to be."""
    if declared and declared[0].startswith(("utf-16", "utf-32")) and _is_nearly(data, declared[0]):
        return data.decode(declared[0], "replace").removeprefix("\ufeff")
    try:
        return data.decode("utf-8").removeprefix("\ufeff")
    except UnicodeDecodeError:
        pass
    if declared and _is_nearly(data, declared[0]):
        return data.decode(declared[0], "replace")
    return guessing.text(data)


def _is_nearly(data: bytes, codec_name: str) -> bool:
    """Whether only few bytes are wrong in a charset: one bad letter must not change the whole text."""
    wrong = data.decode(codec_name, "replace").count("\ufffd")
    return wrong * 10 <= len(data.translate(None, _ASCII))
