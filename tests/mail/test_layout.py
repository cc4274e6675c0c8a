"""B8, B54: HTML turned to text reads as a reader sees it."""

from __future__ import annotations

import pytest

from connector.mail.html import html_to_text


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("<div>One</div><div>Two</div>", "One\nTwo"),
        ("One<br>two<br/>three", "One\ntwo\nthree"),
        ("One<br><br>two", "One\n\ntwo"),
        ("<div>One<br></div><div>two</div>", "One\ntwo"),
        ("<div>One</div><div><br></div><div>two</div>", "One\n\ntwo"),
        ("<p>One</p><p>&nbsp;</p><p>Two</p>", "One\n\n\nTwo"),
        ("One" + "<br>" * 50 + "two", "One\n\n\ntwo"),
        ("a  \n b&nbsp;&nbsp;c <b>d</b>e", "a b  c de"),
        ("<ul><li>a<li>b<ul><li>c</ul></ul>", "  * a\n  * b\n    * c"),
        ("<ol><li>a</li><li><p>b</p></li></ol>", "  1. a\n  2. b"),
        ("<table><tr><td>Name</td><td>Value</td></tr><tr><td>A</td> <td>12</td></tr></table>", "Name  Value\nA  12"),
        ("<table><tr><td><table><tr><td>a</td></tr></table></td><td>b</td></tr></table>", "a\nb"),
        ("<pre>def f():\n    return 1\n</pre>x", "def f():\n    return 1\nx"),
        ("<p>seen<script>x()</script><style>p{}</style><span style='display:none'>no</span></p>", "seen"),
        ("<h1>Title</h1>text", "Title\n\ntext"),
        ("a<!-- <p>no</p> -->b", "ab"),
        ("5 &lt; 6 &amp; 7 > 3", "5 < 6 & 7 > 3"),
        ("\x1aa\x1cb\x1fc", "a b c"),
        ("", ""),
    ],
)  # fmt: skip
def test_html__reads_as_it_is_seen(html, text):
    """B54: paragraphs, lines, lists, tables and pre-formatted text keep their shape; what is hidden stays hidden."""
    assert html_to_text(html) == text
