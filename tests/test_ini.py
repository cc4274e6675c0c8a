"""The INI reader that the configuration and the rule files share."""

from __future__ import annotations

from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from connector.ini import parse_ini, read_ini

FILE = Path("some.ini")


def problems(text: str) -> list[str]:
    return [str(problem) for problem in parse_ini(text, FILE).problems]


def test_ini__sections_keys_and_values_have_their_lines() -> None:
    """B100: what was read knows its line; blanks around keys and values are taken off, those inside stay."""
    ini = parse_ini("# comment\n[One]\nKey =  a = b ; c \n\n; comment\nOther: x\n[Two]\n", FILE)
    assert [(section.name, section.line) for section in ini.sections] == [("One", 2), ("Two", 7)]
    entries = [(entry.key, entry.value, entry.line) for entry in ini.sections[0].entries]
    assert entries == [("Key", "a = b ; c", 3), ("Other", "x", 6)]
    assert not ini.problems


def test_ini__names_ignore_letter_case() -> None:
    """B100: sections and keys are found in any letter case."""
    section = parse_ini("[One]\nKey = a\n", FILE).get("ONE")
    assert section is not None
    assert (entry := section.get("kEY")) is not None
    assert entry.value == "a"


def test_ini__indented_line_is_refused() -> None:
    """B100: an indented line would silently join the value above it, so it is a problem."""
    assert problems("[One]\nKey = a\n  b\n") == [
        "some.ini:3: [One]: found an indented line, 'b'; allowed lines that start in the first column; "
        "a value is one line"
    ]


def test_ini__doubles_are_told_with_the_first_ones_line() -> None:
    """B100: a section or key that stands there twice, in whatever letter case."""
    assert problems("[One]\nKey = a\nKEY = b\n[one]\n") == [
        "some.ini:3: [One] KEY: found the key a second time (first on line 2); allowed each key once a section",
        "some.ini:4: [one]: found the section a second time (first on line 1); allowed each section once",
    ]


def test_ini__missing_file_is_a_problem(tmp_path: Path) -> None:
    """B100: a missing file is told, not raised."""
    ini = read_ini(tmp_path / "none.ini")
    assert [str(problem) for problem in ini.problems] == [
        f"{tmp_path}/none.ini: found no such file; allowed a readable file"
    ]


def test_ini__undecodable_byte_is_told_with_its_line(tmp_path: Path) -> None:
    """B100: a file that is not UTF-8 names the byte, its place and its line."""
    (tmp_path / "latin.ini").write_bytes(b"[One]\nName = B\xfcro\n")
    ini = read_ini(tmp_path / "latin.ini")
    assert [(problem.line, problem.found) for problem in ini.problems] == [
        (2, "byte 0xfc at offset 14, which is not UTF-8")
    ]


def test_ini__byte_order_mark_and_crlf_are_no_matter(tmp_path: Path) -> None:
    """B100: files that Windows' editor wrote are read as they were meant."""
    (tmp_path / "windows.ini").write_bytes(b"\xef\xbb\xbf[One]\r\nKey = a\r\n")
    ini = read_ini(tmp_path / "windows.ini")
    assert not ini.problems
    assert ini.sections[0].entries[0].value == "a"


@given(st.text(alphabet=st.sampled_from("[]=:#;ab \t\n\r\x00\u2028ü"), max_size=60))
def test_ini__never_raises(text: str) -> None:
    """B100: every line ends up in a section, in a problem, or is empty or a comment."""
    ini = parse_ini(text, FILE)
    entries = sum(len(section.entries) for section in ini.sections)
    lines = [line.rstrip() for line in text.split("\n")]
    told = sum(1 for line in lines if line and line.lstrip()[0] not in "#;")
    assert entries + len(ini.sections) <= told <= entries + len(ini.sections) + len(ini.problems)
