"""A house for each test, and one that is built with settings or people of the test's own."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.house import House

HEADER = "kind,name,email1,email2,account,active,privileges,mail_option,manager,main,domain\n"


@pytest.fixture
def build(tmp_path: Path) -> Callable[..., House]:
    """`build(people="employee,…\\n", **settings)`: a house with rows of one's own, else with the fixtures' people."""

    def made(people: str = "", **settings: Any) -> House:
        if not people:
            return House(tmp_path, **settings)
        file = tmp_path / "people.csv"
        file.write_text(HEADER + people, encoding="utf-8")
        return House(tmp_path, file, **settings)

    return made


@pytest.fixture
def house(build: Callable[..., House]) -> House:
    """The fixtures' people and the shipped settings."""
    return build()
