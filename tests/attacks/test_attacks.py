"""Every attack of this folder fails (B8 to B14, B26 to B28, B33, B61, B62, B84); each directory names its rows."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.attacks.plan import AFTERWARDS, EXPECTED, Attack, find_attacks, play, unknown_keys
from tests.house import mail_bytes

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


WRONG = """
[attack]
Wants = Nothing.
Rows = B80

[mail alice.eml]
Outcome = held
Sender = contact
Authentication = failed
Ticket = 0500-1001
Verified = N
Public = N
Internal = Y
Automatic = Y
Subject = Scanner
Because = sender-is-employee, number-names-no-ticket
Told = jane@acme.example
Answered = jane@acme.example
Joined = jane@acme.example

[command list]
Words = tickets
Has = 0500-1009
Not = 0500-1000

[afterwards]
Nowhere = Hello
NotOutside = Hello
NoHeader = printer
Outsiders = 0500-1000: nobody
Suspended = jane@acme.example
Tickets = 4
MailsOutside = 0
Mails = 0
"""


def test_wrong_expectation_is_told(tmp_path: Path, world: Path) -> None:
    """Each key of `attack.ini` can fail: where all are wrong, each is told."""
    folder = tmp_path / "wrong"
    folder.mkdir()
    (folder / "attack.ini").write_text(WRONG, encoding="utf-8")
    (folder / "alice.eml").write_bytes(mail_bytes("alice@company.example", subject="[0500-1000] Printer"))
    (attack,) = find_attacks(tmp_path)
    found = "\n".join(play(attack, tmp_path, world))
    keys = [f"mail alice.eml {key}:" for key in EXPECTED] + [f"afterwards {key}:" for key in AFTERWARDS]
    assert [key for key in [*keys, "is missing in", "'0500-1000' in"] if key not in found] == []


def test_unknown_key_is_told(tmp_path: Path) -> None:
    """A key that nobody reads would never be looked at."""
    (tmp_path / "a").mkdir()
    text = WRONG.replace("Outcome", "Outcom").replace("[command", "[comand").replace("Mails =", "Mail =")
    (tmp_path / "a" / "attack.ini").write_text(text, encoding="utf-8")
    (attack,) = find_attacks(tmp_path)
    assert unknown_keys(attack) == ["[mail alice.eml] Outcom", "[comand list]", "[afterwards] Mail"]
