"""B8, B73: letters, encodings and names as mail programs send them; expectations are the standards'."""

from __future__ import annotations

import base64

import pytest

from connector.mail.attachments import part_bytes
from tests.mail.mails import TOP, mixed, multipart, read

PLAIN = "Content-Type: text/plain; charset=utf-8\n\nHello plain"


def names(parsed):
    return [found.name for found in parsed.attachments]


def text_of(raw, type_, more=""):
    """The text of a mail with raw bytes as its body."""
    return read(f"{TOP}Content-Type: {type_}\n{more}\n".encode() + raw).text


# -------------------------------------------------------------------- charsets


@pytest.mark.parametrize(
    ("charset", "raw", "text"),
    [
        ("iso-8859-1", "Grüße aus Köln".encode(), "Grüße aus Köln"),  # UTF-8 by another name, as telephones send it
        ("windows-1252", "Müller".encode(), "Müller"),
        ("windows-1251", "Привет, мир".encode(), "Привет, мир"),
        ("windows-1251", "Её".encode("cp1251"), "Её"),  # also a letter of UTF-8
        ("iso-8859-1", "“Größe” – 5 €".encode("cp1252"), "“Größe” – 5 €"),
        ("us-ascii", "naïve".encode("cp1252"), "naïve"),
        ("us-ascii", "naïve – 5 €".encode(), "naïve – 5 €"),
        ("gb2312", "朱镕基先生，您好".encode("gb18030"), "朱镕基先生，您好"),
        ("gbk", "𠀀字".encode("gb18030"), "𠀀字"),
        ("big5", "中文信件€".encode("big5hkscs", "ignore"), "中文信件"),
        ("ks_c_5601-1987", "똠방각하".encode("cp949"), "똠방각하"),
        ("shift_jis", "①番・髙橋".encode("cp932"), "①番・髙橋"),
        ("iso-2022-jp", "①番".encode("iso2022_jp_2004"), "①番"),
        ("iso-2022-jp", b"\x1b$B-!\x1b(B and \x1b$B-j3t<02q<R\x1b(B", "① and ㈱株式会社"),
        ("iso-2022-jp", b"\x1b(I1234\x1b(B", "ｱｲｳｴ"),
        ("cp50220", b"\x1b$B|!\x1b(B.", "釗."),
        ("us-ascii", "日本語です".encode("iso2022_jp"), "日本語です"),
        ("euc-jp", "日本語".encode("euc_jp"), "日本語"),
        ("koi8-r", "Привет".encode("koi8-r"), "Привет"),
        ("tis-620", "สวัสดี".encode("cp874"), "สวัสดี"),
        ("windows-1255", "שלום".encode("cp1255"), "שלום"),
        ("utf-7", b"Gr+APwA3w-e", "Grüße"),
        ("unicode-1-1-utf-7", b"Hi +2D3eAA-", "Hi 😀"),
        ("utf-16", "Grüße".encode("utf-16"), "Grüße"),
        ("utf-16le", "Grüße".encode("utf-16-le"), "Grüße"),
        ("utf-16be", "Grüße".encode("utf-16-be")[:-1], "Grüß"),  # cut short
        ("utf-8", b"\xef\xbb\xbfGr\xc3\xbc\xc3\x9fe", "Grüße"),
        ("utf-8", "Sträße".encode("cp1252"), "Sträße"),
        ('"utf-8"', "é".encode(), "é"),
        ("utf8", "é".encode(), "é"),
        ("UTF_8", "é".encode(), "é"),
        ("cp-1252", "é".encode("cp1252"), "é"),
        ("iso8859-15", "5 €".encode("iso8859-15"), "5 €"),
        ("macintosh", "é".encode("mac-roman"), "é"),
        ("charset=utf-8", "é".encode(), "é"),
    ],
)
def test_charset__of_a_text(charset, raw, text):
    """B8: the letters that were meant, whatever the charset is called."""
    assert text_of(raw, f"text/plain; charset={charset}") == text


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ('<html><head><meta charset="windows-1251"></head><body>Привет</body></html>'.encode("cp1251"), "Привет"),
        (b'<meta http-equiv="Content-Type" content="text/html; charset=koi8-r">' + "Привет".encode("koi8-r"), "Привет"),
        ("<p>Größe</p>".encode("cp1252"), "Größe"),
        ("<p>Größe</p>".encode(), "Größe"),
        (b"\xff\xfe" + "<p>Größe</p>".encode("utf-16-le"), "Größe"),
    ],
)
def test_html_without_charset__says_it_itself(raw, text):
    """HTML without a charset in its fields is read by its meta element, its byte-order mark, or as what it is."""
    assert text_of(raw, "text/html").strip() == text


# -------------------------------------------------------------------- encodings


@pytest.mark.parametrize(
    ("encoding", "raw", "text"),
    [
        ("quoted-printable", b"Gr=C3=BC=C3=9Fe=20=\r\nall", "Grüße all"),
        ("quoted-printable", b"a =  \r\nb", "a b"),
        ("quoted-printable", b"100%=3d=3D", "100%=="),
        ("quoted-printable", b"x =zz y", "x =zz y"),
        ("QUOTED-PRINTABLE", b"=41", "A"),
        ("base64", base64.b64encode("Grüße\r\n".encode()), "Grüße\n"),
        ("base64", b"R3LDvMOfZQ==\r\n\r\n-- \r\nlist footer", "Grüße"),
        (
            "base64",
            b"This text was never encoded, whatever is said.\r\n",
            "This text was never encoded, whatever is said.\n",
        ),
        ("base64\r\nX-A: b", base64.b64encode(b"a"), "a"),
        ("7bit", "Grüße".encode(), "Grüße"),
        ("8bits", "Grüße".encode(), "Grüße"),
        ("utf-8", "Grüße".encode(), "Grüße"),
    ],
)
def test_encoding__of_a_text(encoding, raw, text):
    """B8: what was meant by a transfer encoding, spelt and kept as programs do (RFC 2045, 6)."""
    assert text_of(raw, "text/plain; charset=utf-8", f"Content-Transfer-Encoding: {encoding}\n") == text


# ----------------------------------------------------------------- names, words


@pytest.mark.parametrize(
    ("fields", "name"),
    [
        ('Content-Disposition: attachment; filename="a b.pdf"', "a b.pdf"),
        ("Content-Disposition: attachment; filename=a b.pdf", "a b.pdf"),
        ("Content-Disposition: attachment; filename*=UTF-8''%E2%82%AC%20rate.pdf", "€ rate.pdf"),
        ("Content-Disposition: attachment; filename*=iso-8859-1'de'%DCbersicht.pdf; filename=x.pdf", "Übersicht.pdf"),
        ("Content-Disposition: attachment; filename=x.pdf; filename*=utf-8''%C3%BC.pdf", "ü.pdf"),
        ('Content-Disposition: attachment;\n filename*0="Our ";\n filename*1="report.pdf"', "Our report.pdf"),
        ("Content-Disposition: attachment;\n filename*0*=utf-8''%C3%9C;\n filename*1*=ber;\n filename*2=.a", "Über.a"),
        ("Content-Disposition: attachment;\n filename*1*=b;\n filename*0*=utf-8''a", "ab"),
        ("Content-Disposition: attachment;\n filename*0*=utf-8''%E2%82;\n filename*1*=%AC.pdf", "€.pdf"),
        ('Content-Disposition: attachment; filename="=?utf-8?B?w5xiZXIucGRm?="', "Über.pdf"),
        ('Content-Disposition: attachment; filename="=?utf-8?Q?=C3=9Cber=5F1?=\n =?utf-8?Q?.pdf?="', "Über_1.pdf"),
        ("Content-Disposition: attachment; filename==?iso-8859-1?Q?=DCber.pdf?=", "Über.pdf"),
        ("Content-Type: application/pdf; name=only-here.pdf\nContent-Disposition: attachment", "only-here.pdf"),
        ('Content-Disposition: attachment; filename="C:\\Users\\Ann\\a.pdf"', "C:\\Users\\Ann\\a.pdf"),
        ('Content-Disposition: attachment; filename="say \\"hi\\".pdf"', 'say "hi".pdf'),
        ('Content-Disposition: attachment; filename="semi;colon.pdf"', "semi;colon.pdf"),
        ("Content-Disposition: attachment; filename='single.pdf'", "'single.pdf'"),
        ("Content-Disposition: attachment; FileName=a.pdf; size=12", "a.pdf"),
        ("Content-Disposition: ATTACHMENT; filename=\"Gr\u00fc\u00dfe.pdf\"", "Grüße.pdf"),
        ("Content-Disposition: attachment; filename=a.pdf;", "a.pdf"),
        ('Content-Disposition: attachment; filename="unclosed.pdf', "unclosed.pdf"),
    ],
)  # fmt: skip
def test_attachment__has_the_name_it_was_sent_with(fields, name):
    """B73: RFC 2183, RFC 2231, and what programs do instead."""
    type_ = "" if "Content-Type" in fields else "Content-Type: application/pdf\n"
    assert names(mixed(PLAIN, f"{type_}{fields}\n\nx")) == [name]


@pytest.mark.parametrize(
    ("subject", "read_as"),
    [
        ("=?utf-8?B?R3LDvMO?=\n =?utf-8?B?n2U=?=", "Grüße"),
        ("=?utf-8?Q?Gr=C3?= =?utf-8?Q?=BC=C3=9Fe?=", "Grüße"),
        ("=?UTF-8?q?caf=C3=A9_au_lait?= today", "café au lait today"),
        ("Re: =?iso-8859-1*de?Q?Gr=FC=DFe?=", "Re: Grüße"),
        ("=?gb2312?B?1uzpRrv5?=", "朱镕基"),
        ("=?iso-2022-jp?B?GyRCRnxLXDhsGyhC?=", "日本語"),
        ("=?ISO-2022-JP?B?GyRCLSEbKEI=?=", "①"),
        ("=?unknown?Q?abc?=", "abc"),
        ("=?utf-8?Q?broken", "=?utf-8?Q?broken"),
        ("=?utf-8?Q?spaces in it?=", "spaces in it"),
        ("=?utf-8?B?R3LDvMOfZQ?=", "Grüße"),
        ("a =?utf-8?Q?b?= c =?utf-8?Q?d?=", "a b c d"),
        ("=?utf-8?Q?a?=\t=?utf-8?Q?b?=", "ab"),
        ("Gr\u00fc\u00dfe", "Grüße"),
        ("=?utf-8?Q?tab=09nul=00esc=1B?=", "tab nulesc"),
        ("=?utf-8?Q??=x", "x"),
    ],
)
def test_subject__encoded_words_are_read(subject, read_as):
    """B8: RFC 2047, words that are cut within a letter included."""
    assert read(f"Subject: {subject}\n\nx").subject == read_as


def test_attached_file__can_be_taken_out_whole():
    """B73: bytes come out as they went in."""
    data = bytes(range(256)) * 40
    encoded = base64.encodebytes(data).decode()
    parsed = mixed(PLAIN, f"Content-Type: a/b; name=x\nContent-Transfer-Encoding: base64\n\n{encoded}")
    assert part_bytes(parsed, parsed.attachments[0]) == data


@pytest.mark.parametrize(
    "value",
    [
        "text/plain;charset=ISO-8859-5;format=fixed",
        "text/plain; charset = 'iso-8859-5'",
        'text/plain; charset="iso-8859-5',
        "text/plain; charset=iso-8859-5 (Cyrillic)",
        "text/plain; charset=iso-8859-5; charset=utf-8",
        "text/plain;; charset=iso-8859-5;",
        "text/plain charset=iso-8859-5",
        "text/plain, charset=iso-8859-5",
        "plain; charset=x-iso-8859-5",
        "charset=iso-8859-5",
    ],
)
def test_content_type__however_it_is_spelt(value):
    """B8: blanks, quotes, comments and separators where none belong, or are missing (RFC 2045, 5.1)."""
    assert text_of("Привет".encode("iso8859-5"), value) == "Привет"


@pytest.mark.parametrize(
    "value",
    [
        "multipart/mixed; BOUNDARY=b1",
        'multipart/mixed; boundary="b1',
        'multipart/mixed; boundary="b1 "',
        "multipart/mixed;\n\tboundary=\n b1",
        "multipart/mixed; boundary*0=b; boundary*1=1",
        "multipart/mixed; boundary*=us-ascii''b1",
        "multipart/mixed boundary=b1",
        "multipart/mixed; boundary='b1'",
        'multipart/mixed; boundary="--b1"',
        "multipart/mixed",
    ],
)
def test_boundary__however_it_is_spelt(value):
    """B8: parts are found by a boundary in any spelling, or without one (RFC 2046, 5.1.1; RFC 2231)."""
    body = multipart("mixed", PLAIN, "Content-Type: a/b; name=x\n\ny")
    parsed = read(f"{TOP}Content-Type: {value}\n\n{body}")
    assert (parsed.text, names(parsed)) == ("Hello plain", ["x"])


@pytest.mark.parametrize(
    ("sent_in", "words"),
    [
        ("gb18030", "您好，关于您昨天提交的打印机故障工单，我们的工程师已经开始处理，请您稍等片刻。谢谢！"),
        ("cp932", "お世話になっております。プリンターの故障についてご連絡いたします。よろしくお願いします。"),
        ("euc_jp", "お世話になっております。プリンターの故障についてご連絡いたします。よろしくお願いします。"),
        ("iso2022_jp", "プリンターの故障についてご連絡いたします。"),
        ("cp1251", "Здравствуйте! Принтер сломался вчера вечером, пожалуйста, помогите нам как можно скорее."),
        ("koi8-r", "Здравствуйте! Принтер сломался вчера вечером, пожалуйста, помогите нам как можно скорее."),
        ("cp949", "안녕하세요. 프린터가 고장났습니다. 빠른 시일 내에 도와주시면 감사하겠습니다."),
        ("cp1253", "Καλημέρα, ο εκτυπωτής χάλασε χθες. Παρακαλώ βοηθήστε μας."),
        ("cp1252", "Schöne Grüße aus Köln, der Drucker ist kaputt. Können Sie helfen?"),
        ("utf-8", "您好，谢谢！"),
    ],
)
@pytest.mark.parametrize("said", ["utf-8", "us-ascii", ""])
def test_wrong_or_missing_charset__is_found_by_the_letters(sent_in, words, said):
    """B8: a text of some words in a charset that is not said, or said wrongly, is read."""
    assert text_of(words.encode(sent_in), f"text/plain; charset={said}" if said else "text/plain") == words


def test_raw_japanese_subject():
    """B8: a subject in raw ISO-2022-JP is read."""
    raw = b"Subject: " + "日本語".encode("iso2022_jp") + b"\r\n\r\nx"
    assert read(raw).subject == "日本語"
