"""Wrong configurations: a directory each, with the errors that people get to read."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from connector.config.load import ConfigError, load

CASES = sorted((Path(__file__).parents[1] / "refusals" / "config").iterdir())


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_load__wrong_configuration_is_refused(case: Path) -> None:
    """B100, B102: every mistake at once, each with file, line, token, what was found, what is allowed; no secret."""
    file = case / "CmtEmailConnector.ini"

    with pytest.raises(ConfigError) as refused:
        load(file)

    told = str(refused.value).replace(str(file), "FILE") + "\n"
    if os.environ.get("WRITE_EXPECTED"):
        (case / "expected-error").write_text(told, encoding="utf-8")
    assert told == (case / "expected-error").read_text(encoding="utf-8")


def test_load__cases_are_numbered_and_whole() -> None:
    """B100: at least fifteen mistakes are kept, and each has what people must read."""
    assert [case.name[:2] for case in CASES] == [f"{n:02d}" for n in range(1, len(CASES) + 1)]
    assert len(CASES) >= 16
    assert all((case / "expected-error").exists() for case in CASES)
