"""The marks that mail clients leave in HTML around what they quote (B54), as a table and as labels of lines."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from selectolax.lexbor import LexborHTMLParser, LexborNode

from connector.mail.html import MAX_CHARACTERS, is_too_deep, to_text
from connector.pipeline.stripping.labels import ATTRIBUTION, DELIMITER, INDENTED, JUNK, QUOTE, SIGNATURE

MAX_SIZE = 1024 * 1024
"""Characters of HTML in which structure is looked for."""
MAX_DEPTH = 300  # of elements whose end tags may be left out, too
FRAME = "frame"
"""Not a label: attribution and quotation in one element; what stands above its blockquote is the attribution."""


@dataclass(frozen=True, slots=True)
class Structure:
    """One kind of element: its name in the record, the selector, and what the text in it is."""

    name: str
    client: str
    selector: str
    label: str
    example: str
    colons: int = 0  # so many, and an address or a clock, must stand in it: people draw lines above other things


STRUCTURES = (
    Structure("html-outlook-reply", "Outlook on the web, Outlook 2003", "#divRplyFwdMsg, .OutlookMessageHeader",
              DELIMITER,
              '<div id="divRplyFwdMsg"><b>From:</b> Ann</div>'),
    Structure("html-outlook-append", "Outlook mobile",
              "#appendonsend, #ms-outlook-mobile-body-separator-line + hr", DELIMITER,
              '<div id="appendonsend"></div><div>Hello</div>'),
    Structure("html-outlook-reference", "new Outlook, Outlook for iOS and Android",
              "#mail-editor-reference-message-container", DELIMITER,
              '<div id="mail-editor-reference-message-container"><div>Ann:</div>Hello</div>'),
    Structure("html-outlook-border", "Outlook for Windows, Windows Mail",
              'div[style*="border-top:solid" i], div[style*="border-top: solid" i], '
              'div[style*="border-top-style: solid" i], div[style*="border-top:1pt solid" i], '
              'div[style*="border-style: solid none none" i], div[style*="border-style:solid none none" i]', DELIMITER,
              '<div style="border:none;border-top:solid #E1E1E1 1.0pt">From: Ann<br>Sent: 5 May 14:07<br>To: Bob</div>',
              colons=3),
    Structure("html-outlook-mac", "Outlook for Mac", "#OLK_SRC_BODY_SECTION", DELIMITER,
              '<span id="OLK_SRC_BODY_SECTION">Hello</span>'),
    Structure("html-outlook-express", "Outlook Express", 'hr[id="stopSpelling"], hr[tabindex="-1"]', DELIMITER,
              '<hr id="stopSpelling">From: Ann'),
    Structure("html-zimbra", "Zimbra", 'hr#zwchr, [data-marker="__HEADERS__"]', DELIMITER,
              '<hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__"><b>Nork: </b>Ann</div>'),
    Structure("html-gmail-attribution", "Gmail, Mailspring", ".gmail_attr, .gmail_quote_attribution", ATTRIBUTION,
              '<div class="gmail_attr">On Monday Ann wrote:</div>'),
    Structure("html-thunderbird-attribution", "Thunderbird", ".moz-cite-prefix", ATTRIBUTION,
              '<div class="moz-cite-prefix">On 1/2/24 Ann wrote:</div>'),
    Structure("html-roundcube-attribution", "Roundcube", "#reply-intro", ATTRIBUTION,
              '<p id="reply-intro">2024-03-05 Ann:</p><blockquote>Hello</blockquote>'),
    Structure("html-gmail-signature", "Gmail", ".gmail_signature, .gmail_signature_prefix", SIGNATURE,
              '<div class="gmail_signature">Ann</div>'),
    Structure("html-thunderbird-signature", "Thunderbird", ".moz-signature", SIGNATURE,
              '<pre class="moz-signature">-- \nAnn</pre>'),
    Structure("html-outlook-signature", "Outlook", "#Signature, #ms-outlook-mobile-signature", SIGNATURE,
              '<div id="Signature">Ann</div>'),
    Structure("html-proton-signature", "Proton Mail", ".protonmail_signature_block", SIGNATURE,
              '<div class="protonmail_signature_block">Ann</div>'),
    Structure("html-signature", "Roundcube, Front, Spark, Superhuman",
              "div#signature, .front-signature, div[name=messageSignatureSection], .sh-signature", SIGNATURE,
              '<div class="front-signature">Ann</div>'),
    Structure("html-gmail-quote", "Gmail", "div.gmail_quote_container, div.gmail_quote", FRAME,
              '<div class="gmail_quote">Ann:<blockquote>Hello</blockquote></div>'),
    Structure("html-yahoo-quote", "Yahoo", "div.yahoo_quoted, div[id^=yahoo_quoted]", FRAME,
              '<div class="yahoo_quoted">On Monday Ann wrote:<div>Hello</div></div>'),
    Structure("html-proton-quote", "Proton Mail", "div.protonmail_quote", FRAME,
              '<div class="protonmail_quote">Ann:<blockquote>Hello</blockquote></div>'),
    Structure("html-quote", "GMX, WEB.DE, Spark, NetEase Mail Master",
              "div[name=quote], div[name=messageReplySection], div#isReplyContent", FRAME,
              '<div name="quote"><div>Ann:</div><div>Hello</div></div>'),
    Structure("html-verse-section", "HCL Verse, HCL Notes", "div.domino-section", DELIMITER,
              '<div class="domino-section">Ann ---5 May---Hello<br>From: Ann<br>Date: 5 May 14:07<br>Subject:</div>',
              colons=3),
    Structure("html-zoho-quote", "Zoho", "div.zmail_extra", FRAME,
              '<div class="zmail_extra">---- Ann ----<blockquote>Hello</blockquote></div>'),
    Structure("html-cited", "Apple Mail, Thunderbird, Gmail, Proton Mail, Tuta, Fastmail",
              "blockquote[type=cite], blockquote[cite], div.gmail_quote blockquote, blockquote.protonmail_quote, "
              "blockquote.tutanota_quote, blockquote#qt, blockquote.front-blockquote", QUOTE,
              '<blockquote type="cite">Hello</blockquote>'),
    Structure("html-blockquote", "", 'blockquote:not([style*="border:none"]):not([style*="border: none"])', INDENTED,
              "On 5 May 2024 at 10:00 Ann wrote:<blockquote>Hello</blockquote>"),
)  # fmt: skip
"""Asked in this order; an element inside one that was found already is not looked at."""

_FIRST, _END = 0xE100, 0xE000  # private use: mails do not hold them, and they are taken out where they do
_FRAMED = _FIRST + len(STRUCTURES)
_SILENT = frozenset(("style", "script", "head", "title", "template"))


def marked_text(html: str) -> tuple[str, tuple[tuple[int, int, str, str], ...]] | None:
    """The HTML as text, and ranges of its lines with label and rule; None where there is no structure to go by."""
    if len(html) > MAX_SIZE or not any(sign in html for sign in _SIGNS) or is_too_deep(html):
        return None
    tree = LexborHTMLParser(_without_marks(_as_sent(html)))
    if not _mark(tree) or tree.html is None:
        return None
    marked, repairs = to_text(tree.html)
    if "html-cut" in repairs and len(html) <= MAX_CHARACTERS:
        return None  # written out, with its end tags, it is longer than it came: nothing of it may be lost
    return _labels(marked)


def has_quotation(html: str) -> bool:
    """Whether clients' marks of a quotation stand in the HTML, by a look at its letters alone."""
    return any(sign in html for sign in _QUOTATION_SIGNS)


_QUOTATION_SIGNS = ("gmail_quote", "yahoo_quoted", "protonmail_quote", "zmail_extra", "divRplyFwdMsg", "appendonsend",
                    "reference-message-container", "moz-cite-prefix", "reply-intro", "zwchr", "isReplyContent",
                    'type="cite"', 'name="quote"')  # fmt: skip
_SIGNS = (*_QUOTATION_SIGNS, "blockquote", "BLOCKQUOTE", "gmail_", "moz-", "protonmail_", "name=", "<hr", "<HR",
          "__HEADERS__", "OutlookMessageHeader", "border-top", "border-style", "OLK_SRC", "ignature",
          "domino-section",
          "outlook-mobile")  # fmt: skip
_COPIED = re.compile(r"(?<=[\"'\s])(?:x_)+(?=[\w-])")
_TAG = re.compile(r"<[a-zA-Z][^<>]*>")
_REACH_OR_CLOCK = re.compile(r"@|\d[:.時时시h]\s?\d\d")
_MOST = 2000  # elements of one kind that are looked at


def _as_sent(html: str) -> str:
    """The HTML with classes and ids as they were before Outlook copied them and put "x_" in front of each."""
    if "x_" not in html:
        return html
    return _TAG.sub(lambda tag: _COPIED.sub("", tag[0]) if "x_" in tag[0] else tag[0], html)


def _without_marks(html: str) -> str:
    """The HTML without the characters that serve as marks."""
    return html.translate(_NO_MARKS) if any(chr(code) in html for code in _NO_MARKS) else html


_MARKS = {
    **{chr(_FIRST + number): (ATTRIBUTION if each.label == FRAME else each.label, each.name)
       for number, each in enumerate(STRUCTURES)},
    **{chr(_FRAMED + number): (FRAME, each.name) for number, each in enumerate(STRUCTURES)},
}  # fmt: skip
"""Mark -> label and name; the second half is for frames without a blockquote, which are quoted as a whole."""
_NO_MARKS = dict.fromkeys(map(ord, [chr(_END), *_MARKS]))


def _mark(tree: LexborHTMLParser) -> bool:
    """Put marks around the text of every structure; False where there is none."""
    taken: set[int] = set()
    found = False
    for number, structure in enumerate(STRUCTURES):
        for node in tree.css(structure.selector)[:_MOST]:
            if _inside(node, taken) or not _has_colons(node, structure.colons):
                continue
            if structure.label != FRAME or not node.css_first("blockquote"):
                taken.add(node.mem_id)
            found |= _mark_node(node, structure, number, taken)
    return found


def _has_colons(node: LexborNode, wanted: int) -> bool:
    """Whether so many colons, and an address or a clock, stand in the first texts of the node; 0 asks for nothing."""
    texts = " ".join((text.text_content or "")[:200] for text in islice(_texts(node), 20 if wanted else 0))
    texts = texts.replace("\u200e", "")  # Windows puts such marks between the digits of dates
    return not wanted or (texts.count(":") + texts.count("：") >= wanted and bool(_REACH_OR_CLOCK.search(texts)))


def _inside(node: LexborNode, taken: set[int]) -> bool:
    """Whether the node or one above it is marked already, or it lies too deep to tell."""
    above: LexborNode | None = node
    for _ in range(MAX_DEPTH):
        if above is None:
            return False
        if above.mem_id in taken:
            return True
        above = above.parent
    return True


def _mark_node(node: LexborNode, structure: Structure, number: int, taken: set[int]) -> bool:
    frame = structure.label == FRAME
    if frame and not node.css_first("blockquote"):
        return _mark_whole_frame(list(_texts(node)), number)
    if structure.label == DELIMITER:
        first = next(_texts_from(node), None)
        if first:
            _replace(first, before=chr(_FIRST + number) + chr(_END))
        return first is not None
    texts = list(_attribution_texts(node, taken) if frame else _texts(node))
    if len(texts) == 1:
        _replace(texts[0], before=chr(_FIRST + number), after=chr(_END))
    elif texts:
        _replace(texts[0], before=chr(_FIRST + number))
        _replace(texts[-1], after=chr(_END))
    return bool(texts)


def _mark_whole_frame(texts: list[LexborNode], number: int) -> bool:
    """Mark a frame that holds no blockquote: it is quoted as a whole, and what stands below it is not."""
    if len(texts) == 1:
        _replace(texts[0], before=chr(_FRAMED + number), after=chr(_END))
    elif texts:
        _replace(texts[0], before=chr(_FRAMED + number))
        _replace(texts[-1], after=chr(_END))
    return bool(texts)


def _texts(node: LexborNode) -> Iterator[LexborNode]:
    """The text nodes below the node that show something."""
    for each in node.traverse(include_text=True, skip_empty=True):
        if each.is_text_node and (each.text_content or "").strip(JUNK + "\n") and _shows(each):
            yield each


def _shows(text: LexborNode) -> bool:
    return text.parent is None or text.parent.tag not in _SILENT


def _texts_from(node: LexborNode) -> Iterator[LexborNode]:
    """The text nodes in the node, then those that follow it in the document."""
    at: LexborNode | None = node
    while at is not None:
        yield from _texts(at)
        while at is not None and at.next is None:
            at = at.parent
        at = at.next if at is not None else None


def _attribution_texts(frame: LexborNode, taken: set[int]) -> Iterator[LexborNode]:
    """The text nodes of a frame that stand above its first blockquote and are not marked yet."""
    for each in frame.traverse(include_text=True, skip_empty=True):
        if each.tag == "blockquote":
            return
        shown = each.is_text_node and (each.text_content or "").strip(JUNK + "\n")
        if shown and _shows(each) and not _inside(each, taken):
            yield each


def _replace(text: LexborNode, before: str = "", after: str = "") -> None:
    """Put marks at the first and last character that shows, so that they move no line."""
    content = text.text_content or ""
    inner = content.strip(JUNK + "\n")
    lead, _, trail = content.partition(inner)
    text.replace_with(f"{lead}{before}{inner}{after}{trail}")


def _labels(marked: str) -> tuple[str, tuple[tuple[int, int, str, str], ...]]:
    """The text without its marks, and the ranges of lines between them."""
    ranges: list[tuple[int, int, str, str]] = []
    opened: list[tuple[int, str]] = []  # marks may stand within others: an earlier mail's attribution in a quotation
    for index, line in enumerate(marked.split("\n")):
        for char in line if not line.isascii() else "":
            if char in _MARKS:
                opened.append((index, char))
            elif char == chr(_END) and opened:
                start, mark = opened.pop()
                if not opened:
                    ranges += _range(start, index + 1, *_MARKS[mark])
    return marked.translate(_NO_MARKS), tuple(ranges)


def _range(first: int, end: int, label: str, name: str) -> Iterator[tuple[int, int, str, str]]:
    """One range; of a whole frame its first line, which is the attribution, and the others."""
    if label != FRAME:
        yield first, end, label, name
        return
    yield first, first + 1, ATTRIBUTION, name
    if first + 1 < end:
        yield first + 1, end, QUOTE, name
