"""HTML of mails made harmless: what nobody may send to a reader's screen, in a table."""

from __future__ import annotations

import re
import resource
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from selectolax.lexbor import LexborHTMLParser

from connector.harmless import ATTRIBUTES, SECONDS, TAGS, clean
from connector.mail.html import is_too_deep
from connector.mail.model import Envelope
from connector.mail.parse import parse
from connector.sanitise import MAX_CHARACTERS, sanitised
from tests.house import ROOT

GIVEN = {"html", "head", "body"}
"""Elements that a parser of whole documents adds."""


def assert_harmless(html: str) -> None:
    """As a browser's parser reads it: listed elements and attributes alone, and nothing in them that loads or runs."""
    for node in LexborHTMLParser(f"<body>{html}").css("*"):
        assert node.tag in TAGS | GIVEN
        for name, value in node.attributes.items():
            assert name in ATTRIBUTES["*"] | ATTRIBUTES.get(node.tag or "", set()) | (
                {"rel"} if node.tag == "a" else set()
            )
            text = (value or "").lower()
            if name == "href":
                assert text.lstrip().startswith(("http://", "https://", "mailto:"))
            if name == "src":
                assert text.startswith("cid:")
            if name == "style":
                rest = re.sub(r"rgb\([\d\s,]+\)", "", text)
                assert not any(part in rest for part in ("(", "\\", "/*", "@", "position", "display"))


HOSTILE = {
    "script": "<script>alert(1)</script>",
    "script in pieces": "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "script with a slash": "<script/x>alert(1)</script >",
    "script that is not closed": "<p>x<script>alert(1)",
    "onload": "<body onload=alert(1)><p onclick='alert(1)'>x",
    "onerror": "<img src=x onerror=alert(1)>",
    "onerror without blanks": "<img/src='x'/onerror='alert(1)'>",
    "svg": "<svg onload=alert(1)><script>alert(1)</script><a xlink:href='javascript:alert(1)'>x</a></svg>",
    "svg in use": "<svg><use href='data:image/svg+xml,<svg/>#x'/></svg>",
    "math": "<math><mtext><img src=x onerror=alert(1)></mtext></math>",
    "javascript link": "<a href='javascript:alert(1)'>x</a>",
    "javascript in entities": "<a href='&#106;ava&#x73;cript&colon;alert(1)'>x</a>",
    "javascript with a tab": "<a href='java\tscript:alert(1)'>x</a><a href=' \x01javascript:alert(1)'>y</a>",
    "vbscript": "<a href='vbscript:msgbox(1)'>x</a>",
    "data link": "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "other schemes": "<a href='file:///etc/passwd'>x</a><a href='blob:x'>y</a><a href='/x'>z</a><a href='//e.vil'>",
    "data picture": "<img src='data:image/svg+xml;base64,PHN2Zy8+'><img src='data:image/png;base64,AAAA'>",
    "remote pictures": "<img src='http://e.vil/x.png' srcset='http://e.vil/y 2x' lowsrc='http://e.vil/z' dynsrc=x>",
    "picture": "<picture><source srcset='http://e.vil/x'><img src='//e.vil/x'></picture>",
    "background": "<table background='http://e.vil/x'><tr><td background='http://e.vil/x' bgcolor=red>x</table>",
    "css url": "<p style='background:url(http://e.vil/x)'>x</p><p style='color:url(x)'>y</p>",
    "css in escapes": "<p style='background:\\75rl(http://e.vil/x);color:r\\65 d'>x</p>",
    "css in comments": "<p style='back/**/ground:u/**/rl(http://e.vil/x)'>x</p>",
    "css expression": "<p style='width:expression(alert(1));-moz-binding:url(x);behavior:url(x)'>x</p>",
    "css that lies on top": "<p style='position:fixed;top:0;left:0;width:100%;height:100%;z-index:9;opacity:0'>x</p>",
    "css that hides": "<p style='display:none;visibility:hidden;font-size:0;color:#ffffff;text-indent:-9999px'>x</p>",
    "style element": "<style>@import 'http://e.vil/x'; * { background: url(http://e.vil/x) }</style>",
    "link element": "<link rel=stylesheet href='http://e.vil/x'><link rel=preload href=x><link href='//e.vil'>",
    "meta refresh": "<meta http-equiv=refresh content='0;url=http://e.vil/'>",
    "base": "<base href='http://e.vil/'><a href='x'>x</a>",
    "iframe": "<iframe src='http://e.vil/' srcdoc='<script>alert(1)</script>'></iframe>",
    "frames": "<frameset><frame src='http://e.vil/'></frameset>",
    "object, embed, applet": "<object data=x><param name=a></object><embed src=x><applet code=x></applet>",
    "video and audio": "<video src=x poster=http://e.vil/x autoplay><track src=x></video><audio src=x></audio>",
    "form": "<form action='http://e.vil/'><input name=password><button formaction=x>x</button><textarea>y</form>",
    "isindex and keygen": "<isindex action=x><keygen><select><option>x</select>",
    "noscript mXSS": "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript>",
    "template mXSS": "<template><s><template><s><img src=x onerror=alert(1)>@shafigullin</s></template></s></template>",
    "math mXSS": "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=1 onerror=x&gt;'>",
    "svg mXSS": "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "form mXSS": "<form><math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "select mXSS": "<select><style></select><svg></style><img src=x onerror=alert(1)>",
    "textarea": "<textarea><img title='</textarea><img src=x onerror=alert(1)>'></textarea>",
    "xmp and plaintext": "<xmp><p title='</xmp><img src=x onerror=alert(1)>'></xmp><plaintext><img src=x onerror=x>",
    "comment": "<!--><img src=x onerror=alert(1)>--><!--[if IE]><script>alert(1)</script><![endif]-->",
    "cdata": "<![CDATA[<img src=x onerror=alert(1)>]]><?xml-stylesheet href='x'?>",
    "attribute that breaks out": "<img alt='\"><script>alert(1)</script>' src='cid:x\"onerror=alert(1)'>",
    "cid that is none": "<img src='cid:'><img src='CID:a b'><a href='cid:x'>x</a>",
    "window of another": "<a href='http://e.vil/' target=_blank rel=opener ping='http://e.vil/'>x</a>",
    "ids and classes": "<p id=cookie name=x class=x contenteditable autofocus tabindex=1 onfocus=alert(1)>x</p>",
    "custom element": "<x-y onclick=alert(1)>x</x-y><marquee onstart=alert(1)>x</marquee><dialog open>x</dialog>",
    "nul and odd blanks": "<scr\0ipt>alert(1)</scr\0ipt><img\x0csrc=x\x0conerror=alert(1)>",
    "unclosed quote": "<p title=\"<img src=x onerror=alert(1)>",
    "width of miles": "<img src='cid:x' width=99999999><table width='100000%'><tr><td colspan=99999></table>",
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_clean__hostile_html_is_harmless(name: str) -> None:
    """faults: nothing that runs, loads, asks for input, lies above the page or hides; also when it is cleaned twice."""
    once = clean(HOSTILE[name])
    assert_harmless(once)
    assert "e.vil" not in once.replace('href="http://e.vil/"', "")
    assert clean(once) == once


def test_assert_harmless__finds_what_is_not() -> None:
    """The check of this file is no blind one: it rejects the table's mails as they come."""
    for name in ("onload", "svg", "javascript link", "remote pictures", "css that lies on top", "form", "base"):
        with pytest.raises(AssertionError):
            assert_harmless(HOSTILE[name])


@given(
    st.lists(
        st.sampled_from([part for html in HOSTILE.values() for part in (html, html[: len(html) // 2])]), max_size=4
    )
)
def test_clean__no_mixture_gets_through(parts: list[str]) -> None:
    """faults: whatever stands in front, and however it is cut."""
    assert_harmless(clean("".join(parts)))


def test_clean__keeps_what_mails_are_written_with() -> None:
    """faults: headings, lists, tables, quotations, links, readable colours, directions, pictures of the mail."""
    html = (
        '<h1>A</h1><ul><li>b</li></ul><table border="1"><tbody><tr><td colspan="2">c</td></tr></tbody></table>'
        '<blockquote>d</blockquote><p style="color:#c00;font-weight:bold" dir="rtl">e<br>f</p>'
        '<a href="https://acme.example/?a=1&amp;b=2" rel="noopener noreferrer nofollow">g</a>'
        '<img src="cid:a@b" alt="h"><pre>i  j</pre><font color="red">k</font>'
    )
    assert clean(html) == html


@pytest.mark.parametrize(
    ("colour", "kept"),
    [
        ("#fff", False),
        ("#FFFFFE", False),
        ("white", False),
        ("rgb(250, 250, 250)", False),
        ("papayawhip", False),
        ("#c00", True),
        ("rgb(0,0,200)", True),
        ("Red", True),
    ],
)
def test_clean__a_colour_never_hides_words(colour: str, kept: bool) -> None:
    """faults: what could not be read on white is shown as all the rest; backgrounds there are none."""
    html = clean(f'<p style="color: {colour}; background: #000">x</p><font color="{colour}">y</font>')
    assert ("color" in html) is kept
    assert "background" not in html


def test_sanitised__is_the_same_in_a_process_of_its_own() -> None:
    """faults: the child does what `clean` does."""
    html = "<p>Grüße, 日本 🖨</p><script>alert(1)</script>"
    assert sanitised(html) == clean(html) == "<p>Grüße, 日本 🖨</p>"
    assert sanitised("") == ""


def processor_seconds() -> float:
    """What this process and its children have taken; other work on the machine does not count."""
    return time.process_time() + sum(resource.getrusage(resource.RUSAGE_CHILDREN)[:2])


LARGE = {
    "deep": "<div>" * 100_000,
    "deep without an end": "<b><p>" * 50_000,
    "five megabytes of tags": "<p>x</p>" * (5 * 1024 * 1024 // 8),
    "depth in comments": "<div><!--</div>-->" * 20_000,
    "depth in attributes": "<div a='</div>'>" * 20_000,
    "attributes": "<p " + " ".join(f"a{n}=b" for n in range(50_000)) + ">",
    "attributes behind angle brackets": "<p " + "".join(f"a{n}='>'" for n in range(50_000)) + ">",
    "formatting that is opened again": "".join(f"<b id={i}><p>" for i in range(3000)) + "</b>" * 3000,
    "megabytes of ends": "</p>" * (MAX_CHARACTERS // 4),
    "megabytes of brackets": "<" * MAX_CHARACTERS,
}


DEEP = ("depth in comments", "depth in attributes")
"""Those that cost seconds of the machine."""


@pytest.mark.parametrize("name", [pytest.param(n, marks=pytest.mark.long if n in DEEP else ()) for n in LARGE])
def test_sanitised__ends_in_time(name: str) -> None:
    """faults: deep and large HTML is refused before it is read; what deceives the look at it costs seconds at most."""
    before = processor_seconds()
    html = sanitised(LARGE[name])
    assert processor_seconds() - before < 2 * SECONDS
    if html is not None:
        assert_harmless(html[:100_000])


@pytest.mark.parametrize("name", ["deep", "deep without an end", "five megabytes of tags"])
def test_sanitised__too_much_is_not_even_tried(name: str) -> None:
    """faults: 100,000 open tags take html5ever 24 s: size and depth come first."""
    before = processor_seconds()
    assert sanitised(LARGE[name]) is None
    assert processor_seconds() - before < 0.5


def test_sanitised__large_pictures_do_not_count() -> None:
    """faults: pictures that stand in the HTML itself go anyway."""
    html = f"<p>x</p><img src='data:image/png;base64,{'A' * 2 * MAX_CHARACTERS}'>"
    assert sanitised(html) == "<p>x</p><img>"


CORPUS = ROOT.parent / "shared" / "corpora" / "mime"


@pytest.mark.corpora
@pytest.mark.skipif(not CORPUS.is_dir(), reason="the shared corpora are not there")
def test_clean__real_mails() -> None:
    """faults: what real mail programs wrote is harmless, and stays as it is when it is cleaned once more."""
    bodies = {
        file: parse(file.read_bytes(), Envelope()).html for file in sorted(CORPUS.rglob("*.eml")) if file.is_file()
    }
    tried = {file: html for file, html in bodies.items() if html and not is_too_deep(html)}
    assert len(tried) > 50
    for file, html in tried.items():
        once = clean(html)
        assert_harmless(once)
        assert clean(once) == once, file
