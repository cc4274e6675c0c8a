"""The texts that administrators edit: tried out when they are read."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from connector.templates import SAMPLES, Template, TemplateError, read_template
from tests.house import ROOT

RESPONSES = SAMPLES["response.txt"]


def test_read_template__the_shipped_one() -> None:
    """B86: the shipped response names the number, and the closed ticket where there is one."""
    template = read_template(ROOT / "rules" / "templates" / "response.txt")

    plain, following = (template.render(**sample) for sample in RESPONSES)
    assert ("0500-1000" in plain, "follows" in plain) == (True, False)
    assert ("0500-1001" in following, "follows ticket 0500-1000" in following) == (True, True)


@pytest.mark.parametrize("name", ["new-ticket.txt", "closed-ticket.txt"])
def test_read_template__the_shipped_alerts(name: str) -> None:
    """B86: the shipped alerts name the number, and speak to somebody where they know to whom."""
    template = read_template(ROOT / "rules" / "templates" / name)

    named, nameless = (template.render(**sample) for sample in SAMPLES[name])
    assert named.startswith("Hello Jane Doe,\n")
    assert "ticket 0500-1000" in named
    assert nameless.startswith("Hello,\n")
    assert "ticket 0500-1001" in nameless


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("{{ nubmer }}", "nubmer"),
        ("line\n{% if name %}", "response.txt:2"),
        ("{% if follows %}{{ folows }}{% endif %}", "folows"),
        ("{% if not name %}{{ nmae }}{% endif %}", "nmae"),
        ("{{ 1 / 0 }}", "division by zero"),
        ("{{ number + 1 }}", "str"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{% for i in range(10 ** 9) %}x{% endfor %}", "Range too big"),
        ("{% include '/etc/passwd' %}", "loader"),
        ("{{ number }", "response.txt:1"),
    ],
)
def test_read_template__wrong_ones_are_refused(tmp_path: Path, source: str, told: str) -> None:
    """B101: a template that would fail for some mail is refused when it is read, with file and reason."""
    file = tmp_path / "response.txt"
    file.write_text(source, encoding="utf-8")

    with pytest.raises(TemplateError) as refused:
        read_template(file)

    assert told in str(refused.value)
    assert str(file) in str(refused.value)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_read_template__missing_or_not_utf8(tmp_path: Path, content: bytes | None) -> None:
    """B101: a file that cannot be read is told as such."""
    file = tmp_path / "response.txt"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(TemplateError, match="cannot be read"):
        read_template(file)


def test_render__a_value_is_never_a_program() -> None:
    """B86: what stands in a value is text, however much it looks like a template."""
    text = Template("t", "{{ name }}").render(**{**RESPONSES[0], "name": "{{ number }}{% raw %}"})

    assert text.strip() == "{{ number }}{% raw %}"


def test_template__travels_between_processes() -> None:
    """B86: workers get the template as its text, also after it was used here."""
    template = Template("t", "{{ number }}")
    template.render(**RESPONSES[0])

    assert pickle.loads(pickle.dumps(template)).render(**RESPONSES[0]) == template.render(**RESPONSES[0])
