"""The texts that administrators edit: looked through and tried out when they are read."""

from __future__ import annotations

import pickle
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connector.templates import PURPOSES, Template, TemplateErrors, read_template
from tests.house import ROOT

SAMPLE = {"number": "0500-1000", "name": "Jane Doe", "follows": "", "from_name": "Support"}
SHIPPED = ROOT / "rules" / "templates"
PUZZLE = (
    "{% if name == 'Jane' or not follows %}{{ name|trim|upper|default('YOU', true) ~ '!' }}"
    "{% else %}{{ number }}{% endif %}"
)


def refused(folder: Path, source: str | bytes, name: str = "response.txt") -> list[str]:
    """What is told of a wrong template, one problem a line, the folder left out."""
    file = folder / name
    file.write_bytes(source if isinstance(source, bytes) else source.encode())
    with pytest.raises(TemplateErrors) as told:
        read_template(file)
    return str(told.value).replace(f"{folder}/", "").splitlines()


def test_read_template__the_shipped_response() -> None:
    """B86: the shipped response names the number, and the closed ticket where there is one."""
    template = read_template(SHIPPED / "response.txt")

    plain, following = (template.render(**{**SAMPLE, "follows": number}) for number in ("", "0500-0999"))
    assert ("0500-1000" in plain, "follows" in plain) == (True, False)
    assert "It follows ticket 0500-0999" in following


@pytest.mark.parametrize("name", ["new-ticket.txt", "closed-ticket.txt"])
def test_read_template__the_shipped_alerts(name: str) -> None:
    """B86: the shipped alerts name the number, and speak to somebody where they know to whom."""
    template = read_template(SHIPPED / name)
    values = {**dict.fromkeys(PURPOSES[name].names, ""), "number": "0500-1001"}

    assert template.render(**values).startswith("Hello,\n")
    assert template.render(**{**values, "name": "Jane"}).startswith("Hello Jane,\n")
    assert "ticket 0500-1001" in template.render(**values)


def test_shipped__say_which_names_they_may_use() -> None:
    """B86: the comment at the head of each shipped template names all that it may use."""
    for name, purpose in PURPOSES.items():
        comment = (SHIPPED / name).read_text(encoding="utf-8").splitlines()[0]
        assert [one for one in purpose.names if one not in comment.partition("Values:")[2]] == []


def test_read_template__every_problem_with_its_line(tmp_path: Path) -> None:
    """B100, B101: all at once, each with file, line, what was found and what is allowed."""
    told = refused(
        tmp_path, "Hello {{ nmae }},\n\n{% for x in name %}{{ x }}{% endfor %}\n{% if follows %}{{ adress }}{% endif %}"
    )

    assert [line.partition(";")[0] for line in told] == [
        "response.txt:1: found the unknown name 'nmae'",
        "response.txt:3: found a loop",
        "response.txt:4: found the unknown name 'adress'",
    ]
    assert all(line.endswith("the names number, name, follows, from_name") for line in told)


@pytest.mark.parametrize(
    ("source", "found"),
    [
        ("line\n{% if name %}", "2: found what cannot be read (Unexpected end of template"),
        ("{{ number }", "1: found what cannot be read (unexpected '}'"),
        ("{% if not name %}{{ nmae }}{% endif %}", "1: found the unknown name 'nmae'"),
        ("{% if name == 'Bob' %}\n{{ nmae }}{% endif %}", "2: found the unknown name 'nmae'"),
        ("{{ subject }}", "1: found the unknown name 'subject'"),
        ("{{ 1 / 0 }}", "1: found arithmetic"),
        ("{{ -1 }}", "1: found arithmetic"),
        ("{{ 'x' * 10 ** 9 }}", "1: found arithmetic"),
        ("{{ ''.__class__.__mro__ }}", "1: found an attribute"),
        ("{{ ''['__class__'] }}", "1: found an index"),
        ("{{ name|attr('__class__') }}", "1: found the filter 'attr'"),
        ("{{ (name|map)[0] }}", "1: found an index"),
        ("{{ name.format(1) }}", "1: found a call"),
        ("{{ lipsum(n=10000) }}", "1: found a call"),
        ("{{ self }}", "1: found the unknown name 'self'"),
        ("{{ cycler }}", "1: found the unknown name 'cycler'"),
        ("{{ name|center(1000000000) }}", "1: found the filter 'center'"),
        ("{{ name|replace('', 'xxxx') }}", "1: found the filter 'replace'"),
        ("{{ name|default('a', true, 1) }}", "1: found the filter 'default' with other arguments"),
        ("{{ name|upper(1) }}", "1: found the filter 'upper' with arguments"),
        ("{{ name|upper(*number) }}", "1: found the filter 'upper' with arguments"),
        ("{% filter upper %}x{% endfilter %}", "1: found what Jinja calls FilterBlock"),
        ("{% for i in range(10 ** 9) %}x{% endfor %}", "1: found a loop"),
        ("{% for a in name recursive %}{{ loop(name) }}{% endfor %}", "1: found a loop"),
        ("{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}", "1: found a call"),
        ("{% set a = name ~ name %}", "1: found an assignment"),
        ("{% set a %}x{% endset %}", "1: found an assignment"),
        ("{% include '/etc/passwd' %}", "1: found another file"),
        ("{% import 'x' as y %}", "1: found another file"),
        ("{% from 'x' import y %}", "1: found another file"),
        ("{% extends 'x' %}", "1: found another file"),
        ("{% block x %}{% endblock %}", "1: found what Jinja calls Block"),
        ("{% if name is defined %}{% endif %}", "1: found a test with `is`"),
        ("{% if 5 < name %}{% endif %}", "1: found a comparison other than == and !="),
        ("{% if 5 in name %}{% endif %}", "1: found a comparison other than == and !="),
        ("{% if name == [nmae] %}{% endif %}", "1: found what Jinja calls List"),
        ("x" * 70_000, " found more than 65536 characters"),
        ("{{ " + "(" * 5000 + "name" + ")" * 5000 + " }}", " found what cannot be read (maximum recursion depth"),
        ("{{ name" + "|trim" * 9000 + " }}", " found what cannot be read (maximum recursion depth"),
        ("{% if name %}" * 500 + "{% endif %}" * 500, " found what cannot be read ("),
    ],
)
def test_read_template__wrong_ones_are_refused(tmp_path: Path, source: str, found: str) -> None:
    """B86, B101: nothing that could reach the program, run long, grow large, or fail for some mail alone."""
    assert any(line.startswith(f"response.txt:{found}") for line in refused(tmp_path, source))


@pytest.mark.parametrize(
    "source", ["{{ 10 ** 10 ** 9 }}", "{{ 'x' * 10 ** 10 }}", "{{ '%09999999999d' % 1 }}", "{{ ['x'] * 9 ** 9 }}"]
)
def test_read_template__nothing_is_calculated_before_it_is_refused(tmp_path: Path, source: str) -> None:
    """B86: Jinja calculates constants when it compiles; a template that would take all memory is refused before."""
    started = time.perf_counter()
    refused(tmp_path, source)
    assert time.perf_counter() - started < 1


@pytest.mark.parametrize(
    ("content", "told"), [(None, "No such file or directory"), (b"\xff\xfe", "can't decode byte 0xff")]
)
def test_read_template__missing_or_not_utf8(tmp_path: Path, content: bytes | None, told: str) -> None:
    """B101: a file that cannot be read is told as such."""
    file = tmp_path / "response.txt"
    if content is not None:
        file.write_bytes(content)

    with pytest.raises(TemplateErrors) as errors:
        read_template(file)

    assert str(errors.value).startswith(f"{file}: found a file that cannot be read (")
    assert told in str(errors.value)


@given(st.text(), st.text(), st.text())
def test_render__cannot_fail_on_any_value(name: str, follows: str, from_name: str) -> None:
    """B86: a template that was read renders whatever a mail holds; a mail never fails for it."""
    values = {"number": "0500-1000", "name": name, "follows": follows, "from_name": from_name}
    text = Template("response.txt", PUZZLE).render(**values)
    assert (
        text == (f"{name.strip().upper() or 'YOU'}!".strip() if name == "Jane" or not follows else "0500-1000") + "\n"
    )


def test_puzzle__is_allowed(tmp_path: Path) -> None:
    """B86: conditions, comparisons, joining and filters are there to be used."""
    file = tmp_path / "response.txt"
    file.write_text(PUZZLE, encoding="utf-8")
    assert read_template(file).render(**SAMPLE) == "JANE DOE!\n"


def test_render__a_value_is_never_a_program() -> None:
    """B86: what stands in a value is text, however much it looks like a template."""
    text = Template("t", "{{ name }}").render(**{**SAMPLE, "name": "{{ number }}{% raw %}"})

    assert text.strip() == "{{ number }}{% raw %}"


def test_template__travels_between_processes() -> None:
    """B86: workers get the template as its text, also after it was used here."""
    template = Template("t", "{{ number }}")
    template.render(**SAMPLE)

    assert pickle.loads(pickle.dumps(template)).render(**SAMPLE) == template.render(**SAMPLE)
