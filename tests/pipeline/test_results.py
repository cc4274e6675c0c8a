"""Authentication-Results and Received: what they say, and what cannot be smuggled into them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.pipeline.results import Result, Results, read_results, written_by


def results(value: str) -> Results:
    return read_results(b"Authentication-Results: " + value.encode() + b"\r\n")


def said(value: str) -> list[tuple[str, str, list[str]]]:
    return [(one.method, one.result, sorted(one.domains)) for one in results(value).results]


@pytest.mark.parametrize(
    ("value", "server", "expected"),
    [
        pytest.param(
            "mx.google.com;\r\n       dkim=pass header.i=@d.example header.s=20230601 header.b=Ab+c/1==;\r\n       "
            "spf=pass (google.com: domain of u@d.example designates 192.0.2.1 as permitted sender)"
            " smtp.mailfrom=u@d.example;\r\n       dmarc=pass (p=NONE sp=QUARANTINE dis=NONE) header.from=d.example",
            "mx.google.com",
            [("dkim", "pass", ["d.example"]), ("spf", "pass", ["d.example"]), ("dmarc", "pass", ["d.example"])],
            id="google",
        ),
        pytest.param(
            "spf=pass (sender IP is 192.0.2.1)\r\n smtp.mailfrom=d.example; dkim=pass (signature was verified)\r\n"
            " header.d=d.example;dmarc=pass action=none\r\n header.from=d.example;compauth=pass reason=100",
            "",
            [
                ("spf", "pass", ["d.example"]),
                ("dkim", "pass", ["d.example"]),
                ("dmarc", "pass", ["d.example"]),
                ("compauth", "pass", []),
            ],
            id="microsoft-365",
        ),
        pytest.param(
            "spf=none (sender IP is ) smtp.mailfrom=d.example; company.example; dkim=none (message not signed)"
            " header.d=none;company.example; dmarc=none action=none header.from=d.example;",
            "",
            [("spf", "none", ["d.example"]), ("dkim", "none", ["none"]), ("dmarc", "none", ["d.example"])],
            id="microsoft-365-older",
        ),
        pytest.param(
            "mx.d.example;\r\n\tdkim=pass (2048-bit key; unprotected) header.d=d.example header.i=@d.example header.a="
            'rsa-sha256 header.s=s header.b="x/Y+z"',
            "mx.d.example",
            [("dkim", "pass", ["d.example"])],
            id="opendkim",
        ),
        pytest.param(
            "mx.d.example; dmarc=fail (p=reject dis=none) header.from=d.example",
            "mx.d.example",
            [("dmarc", "fail", ["d.example"])],
            id="opendmarc",
        ),
        pytest.param(
            "mx.d.example; spf=pass (sender SPF authorized) smtp.mailfrom=d.example (client-ip=192.0.2.1;"
            " helo=h; envelope-from=u@d.example; receiver=<UNKNOWN>)",
            "mx.d.example",
            [("spf", "pass", ["d.example"])],
            id="policyd-spf",
        ),
        pytest.param(
            "mx.d.example;\r\n\tdkim=pass header.d=d.example header.s=s header.b=AbC1;\r\n\tspf=softfail (mx.d.example:"
            ' 192.0.2.1 is neither permitted nor denied by domain of "u@d.example") smtp.mailfrom="u@d.example";\r\n'
            "\tdmarc=pass (policy=none) header.from=d.example",
            "mx.d.example",
            [("dkim", "pass", ["d.example"]), ("spf", "softfail", ["d.example"]), ("dmarc", "pass", ["d.example"])],
            id="rspamd",
        ),
        pytest.param("MX.D.example 1; none", "mx.d.example", [], id="none"),
        pytest.param('"mx.d.example"; spf=fail', "mx.d.example", [("spf", "fail", [])], id="quoted-server"),
        pytest.param("mx; dkim/1 = Pass header . d = D.example", "mx", [("dkim", "pass", ["d.example"])], id="blanks"),
        pytest.param("mx; spf=pass smtp.mailfrom=<u@d.example>", "mx", [("spf", "pass", ["d.example"])], id="brackets"),
        pytest.param("mx; spf=none smtp.mailfrom=; dkim=none", "mx", [("spf", "none", [""]), ("dkim", "none", [])]),
        pytest.param("mx; dmarc=pass header.from=bücher.example", "mx", [("dmarc", "pass", ["xn--bcher-kva.example"])]),
        pytest.param("mx; dkim=pass header.d=a.example header.i=@b.example", "mx", [("dkim", "pass", ["a.example"])]),
    ],
)
def test_results__as_servers_write_them(value: str, server: str, expected: list[tuple[str, str, list[str]]]) -> None:
    """B26: Google, Microsoft 365, and what stands behind Postfix; letter case, blanks and comments do not count."""
    found = results(value)

    assert (found.server, found.sound) == (server, True)
    assert said(value) == expected


FORGED = "dmarc=pass header.from=d.example"


@pytest.mark.parametrize(
    "value",
    [
        f"mx; spf=fail (x; {FORGED}) smtp.mailfrom=e.example",
        f"mx; spf=fail (x (y) ; {FORGED}) smtp.mailfrom=e.example",
        f"mx; spf=fail (x \\) ; {FORGED}) smtp.mailfrom=e.example",
        f'mx; spf=fail smtp.mailfrom="x; {FORGED}"@e.example',
        f'mx; spf=fail smtp.mailfrom="x\\"; {FORGED}"@e.example',
        f'mx; spf=fail reason="; {FORGED};" smtp.mailfrom=e.example',
        f"mx (x); spf=fail ({'(' * 5000}; {FORGED}{')' * 5000}) smtp.mailfrom=e.example",
        f"mx; spf=fail smtp.mailfrom=e.example\r\n (; {FORGED})",
    ],
)
def test_results__comments_and_quotes_hold_no_results(value: str) -> None:
    """B26: whatever stands in a comment or between quotes says nothing."""
    assert said(value)[0][:2] == ("spf", "fail")
    assert [one.method for one in results(value).results] == ["spf"]
    assert results(value).sound


@pytest.mark.parametrize(
    "value",
    [
        f"mx; spf=fail (x; {FORGED}",
        f'mx; spf=fail smtp.mailfrom="x; {FORGED}',
        f"mx; spf=fail smtp.mailfrom=x); {FORGED}",
        f'mx; spf=fail smtp.mailfrom=x\\"; {FORGED}',
        f"mx; spf=fail smtp.mailfrom=x\x00; {FORGED}",
        f'mx; spf=none smtp.mailfrom="; dmarc=fail header.from=d.example; dkim="; {FORGED}',
        f"mx; spf=none (; dmarc = FAIL header.from=d.example; x); {FORGED}",
        f"mx; spf=fail smtp.mailfrom=x\rX: y; {FORGED}",
    ],
)
def test_results__what_does_not_end_is_not_sound(value: str) -> None:
    """B26: a comment or quotes that do not end or hide a DMARC fail, control characters: nothing is sure."""
    assert (results(value).server, results(value).sound) == ("mx", False)


def test_results__bytes_that_are_no_utf8_are_not_sound() -> None:
    """B26: letters that nobody can read the same way make nothing sure."""
    assert not read_results(b"Authentication-Results: mx; dmarc=pass header.from=\xff.example\r\n").sound


@pytest.mark.parametrize(
    "value",
    [
        "mx; dkim=pass header.d=d.example header.d=e.example",
        "mx; dkim=pass header.d=d.example rubbish",
        'mx; dkim=pass header.d=d.example"',
        "mx; dkim=pass(x)header.d=d.example x",
        "mx; dkim=passheader.d=d.example",
        "mx; dkim=pass header.d=d.example@e.example",
        "mx; dkim=pass xheader.d=d.example",
        "mx; dkim=pass header.from=d.example",
    ],
)
def test_results__what_is_not_in_order_names_no_single_domain(value: str) -> None:
    """B26: a domain that is there twice, or in a result that is not in order, is not proved."""
    assert not results(value).sound or all(one.domains != {"d.example"} for one in results(value).results)


WORDS = st.sampled_from((
    "(", ")", '"', "\\", ";", "=", " ", "\t", "\r\n ", "dmarc", "pass", "fail", "header.from", "d.example", "@", "x",
    ".", "/", "1", "ü", "\x00", "\x7f", "dmarc=pass header.from=d.example", "; dmarc=pass header.from=d.example;",
))  # fmt: skip


@given(words=st.lists(WORDS, max_size=25))
def test_results__no_comment_or_quotes_let_anything_out(words: list[str]) -> None:
    """B26: whatever a stranger writes, in a comment or in quotes as a server must write it, adds no result."""
    text = "".join(words)
    escaped = "".join(f"\\{letter}" if letter in '()"\\' else letter for letter in text)
    comment = f"mx; spf=fail ({escaped}) smtp.mailfrom=e.example"
    quoted = f'mx; spf=fail smtp.mailfrom="{escaped}"@e.example'

    assert [(one.method, one.result) for one in results(comment).results] == [("spf", "fail")]
    assert [(one.method, one.result) for one in results(quoted).results] == [("spf", "fail")]


@given(words=st.lists(WORDS, max_size=25))
def test_results__any_text_is_read(words: list[str]) -> None:
    """B8, B26: nothing makes the reader fail, and what it says has the shape that is promised."""
    found = results("mx;" + "".join(words))

    assert all(isinstance(one, Result) and one.method == one.method.lower() for one in found.results)


@pytest.mark.parametrize(
    ("value", "host"),
    [
        ("from a.example (a.example [192.0.2.1]) by MX.d.example (Postfix) with ESMTPS id 1; Mon", "mx.d.example"),
        ("from unknown (HELO a) (192.0.2.1) by mx.d.example with SMTP; Mon", "mx.d.example"),
        ("by 2002:a05:6a10:1234:b0:1 with SMTP id x; Mon", "2002:a05:6a10:1234:b0:1"),
        ("from by.evil.example (by mx.d.example) by real.example.; Mon", "real.example"),
        ("from by by mx.d.example; Mon", "mx.d.example"),
        ("from x y by mx.d.example; Mon", ""),
        ("(qmail 1 invoked by uid 0); Mon", ""),
        ("from a (by mx.d.example", ""),
        ("from a; by mx.d.example", ""),
        ("", ""),
    ],
)
def test_received__host_behind_by(value: str, host: str) -> None:
    """B26: the host that wrote the field, where it stands in the usual order; comments do not count."""
    assert written_by(f"Received: {value}\r\n".encode()) == host
