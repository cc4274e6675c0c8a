"""Templates: sandboxed, strict, tried out when they are read."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from connector.templates import SAMPLES, TemplateError, read_template


def write(folder: Path, text: str) -> Path:
    file = folder / "response.txt"
    file.write_text(text, encoding="utf-8")
    return file


def test_values_are_put_in(tmp_path: Path) -> None:
    """B86: the text comes from a file, with the ticket's number in it."""
    template = read_template(write(tmp_path, "{# note #}\nTicket {{ number }}.\n"))
    assert template.render(**SAMPLES[0]) == "Ticket 0500-1000.\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{{ password }}", "'password' is undefined"),
        ("line one\n{% if %}", "response.txt:2"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
    ],
)
def test_wrong_templates_are_refused_when_read(tmp_path: Path, text: str, told: str) -> None:
    """A template that asks for what there is not, is broken, or reaches out of its box is refused with its place."""
    with pytest.raises(TemplateError, match=told):
        read_template(write(tmp_path, text))


def test_missing_file_is_told(tmp_path: Path) -> None:
    """A template that is not there is refused by name."""
    with pytest.raises(TemplateError, match=r"response\.txt: cannot be read"):
        read_template(tmp_path / "response.txt")


def test_template_travels_between_processes(tmp_path: Path) -> None:
    """B101: a worker gets the template's text, not the file."""
    template = read_template(write(tmp_path, "Hello {{ name }}"))
    template.render(**SAMPLES[0])
    assert pickle.loads(pickle.dumps(template)).render(**SAMPLES[0]) == "Hello Jane Doe\n"
