"""Every attack of this folder fails (B8 to B14, B26 to B28, B33, B61, B62, B84); each directory names its rows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.plan import Attack, find_attacks, play, unknown_keys

FOLDER = Path(__file__).parent
ATTACKS = find_attacks(FOLDER)


def _param(attack: Attack) -> Any:
    marks = [pytest.mark.xfail(reason=attack.open, strict=True)] if attack.open else []
    return pytest.param(attack, id=attack.name, marks=marks)


@pytest.mark.parametrize("attack", [_param(attack) for attack in ATTACKS if attack.steps])
def test_attack_fails(attack: Attack, tmp_path: Path, world: Path) -> None:
    """The attacker does not get what is wanted; rows stand in the files."""
    found = play(attack, tmp_path, world)
    if found:
        pytest.fail("\n".join([attack.plan["attack"]["Wants"], *found]), pytrace=False)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: attack.name)
def test_files_are_in_order(attack: Attack) -> None:
    """Each directory says what is wanted and which rows forbid it, plays mails or has a test, and leaves none out."""
    about = attack.plan["attack"]
    assert about["Wants"].endswith(".")
    assert re.fullmatch(r"(B\d+|faults|peers)(, (B\d+|faults|peers))*", about["Rows"])
    assert unknown_keys(attack) == []
    tests = list(attack.folder.glob("test_*.py"))
    assert attack.steps or tests
    written = [*tests, attack.folder / "attack.ini"]
    used = "".join(file.read_text(encoding="utf-8") for file in written)
    assert [file.name for file in attack.folder.glob("*.eml") if file.name not in used] == []


def test_every_directory_is_an_attack() -> None:
    """No directory is passed over."""
    folders = {folder.name for folder in FOLDER.iterdir() if folder.is_dir() and not folder.name.startswith("_")}
    assert folders - {attack.name for attack in ATTACKS} == {"world"}
