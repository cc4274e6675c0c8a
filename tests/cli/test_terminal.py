"""Tables on the terminal: as wide as it is, columns straight, whatever letters the mails are written in."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from rich.cells import cell_len

from connector.cli.letters import LEFT_TO_RIGHT_MARK, in_order, settled
from connector.cli.tables import short_time, shown
from connector.cli.widths import shares
from tests.cli.conftest import Desk

SUBJECTS = {
    "plain": "Please could somebody look at the invoice of last month, for two positions seem to be there twice",
    "wide": "印刷機が動きません" * 8,
    "hebrew": "המדפסת 123 לא עובדת " * 4,
    "arabic": "الطابعة 42 لا تعمل " * 6,
    "emoji": "👩‍🔧 ❤️ 👍🏽 🇩🇪 " * 12,
    "combining": "Ze\u0301ro\u0301 e\u0308\u0323 " * 14,
    "word": "Rindfleischetikettierungs" * 8,
    "controls": "\u202eevil \x1b[31mred ",
}
STATUSES = ("New", "Pending", "In-House Service", "Laboratory Service", "Hold", "Completed", "Other", "Scheduled")
NUMBERS = {name: f"0500-{1000 + number}" for number, name in enumerate(SUBJECTS)}
LISTINGS = (
    ("inbox",),
    ("tickets",),
    ("tickets", "--board", "status"),
    ("tickets", "--board", "manager"),
    *((command, number) for command in ("history", "recipients") for number in NUMBERS.values()),
    *(("ticket", "show", number) for number in NUMBERS.values()),
    ("history", "show", "1"),
    ("deliveries",),
    ("employees",),
    ("employees", "groups"),
    ("accounts",),
    ("contacts",),
    ("numbers",),
    ("status",),
    ("queue",),
)
ELLIPSIS = "…"
TEXTS = tuple(subject[:6].partition("\u200d")[0] for subject in SUBJECTS.values())
"""Texts of mails are not laid out: a terminal wraps them by itself."""


@pytest.fixture(scope="module")
def letters(tmp_path_factory: pytest.TempPathFactory, template: Path) -> Desk:
    """A ticket with each subject, each of another status; nothing in here is changed."""
    desk = Desk(tmp_path_factory.mktemp("letters"))
    (desk.folder / "var").mkdir()
    shutil.copy(template, desk.folder / "var")
    for number, (name, subject) in enumerate(SUBJECTS.items()):
        sender = "Jane Doe <jane@acme.example>" if number % 2 else "birgit@borealis.example"
        long_cc = f"somebody.{'very.' * number}long@a-very-long-domain.example"
        desk.take(f"{name}.eml", sender, subject=subject, cc=long_cc, body=f"{subject}\r\n")
        desk.done("ticket", "status", NUMBERS[name], STATUSES[number])
        desk.done("inbox", "add", NUMBERS[name])
    return desk


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("words", LISTINGS, ids=" ".join)
def test_no_line_is_wider_than_the_terminal(letters: Desk, words: tuple[str, ...], width: int) -> None:
    """interface: in 80 and in 200 columns, whatever the letters."""
    lines = [line for line in letters.type(*words, width=width).stdout.splitlines() if not line.startswith(TEXTS)]
    assert lines
    assert [line for line in lines if cell_len(line) > width] == []


@pytest.mark.parametrize("width", [80, 200])
@pytest.mark.parametrize("words", [("inbox",), ("tickets",)], ids=" ".join)
def test_columns_are_straight(letters: Desk, words: tuple[str, ...], width: int) -> None:
    """interface: what stands left of the number and of the time of change is equally wide in each line."""
    head, _, *lines = letters.done(*words, width=width).splitlines()
    assert len(lines) == len(SUBJECTS)
    for mark in ("0500-", short_time(letters.json("tickets")[0]["changed_at"], datetime.now(UTC))[:5]):
        assert len({cell_len(line.rpartition(mark)[0]) for line in lines}) == 1
    assert head.split() == ["number", "status", "subject", "account", "manager", "changed", "UTC"]


@pytest.mark.parametrize("words", [("inbox",), ("tickets",)], ids=" ".join)
def test_number_status_and_subject_can_be_read_in_80_columns(letters: Desk, words: tuple[str, ...]) -> None:
    """interface: numbers and times whole, of statuses and subjects enough to know them; a cut one says so."""
    shown = letters.done(*words, width=80)
    assert [number for number in NUMBERS.values() if number not in shown] == []
    for beginning in (
        "Please could somebo",
        "印刷機が動き",
        "Rindfleischetikett",
        "New",
        "Pending",
        "In-House",
        "Laborat",
    ):
        assert beginning in shown
    for name in ("plain", "wide", "hebrew", "word"):
        line = next(line for line in shown.splitlines() if NUMBERS[name] in line)
        assert ELLIPSIS in line
    assert SUBJECTS["plain"] in letters.done(*words, width=200)


def test_cells_beside_right_to_left_letters_keep_their_places(letters: Desk) -> None:
    """interface: each cell of such a line begins with a mark, so that no digits are drawn into the letters."""
    lines = letters.done("tickets").splitlines()
    marked = {name: LEFT_TO_RIGHT_MARK in next(line for line in lines if NUMBERS[name] in line) for name in SUBJECTS}
    assert {name for name, has in marked.items() if has} == {"hebrew", "arabic"}
    assert in_order(["1", "", "שלום"]) == ["\u200e1", "", "\u200eשלום"]
    assert in_order(["1", "Größe"]) == ["1", "Größe"]


def test_joiners_do_not_change_widths() -> None:
    """interface: what terminals draw differently wide is left out of tables."""
    assert settled("👩\u200d🔧 ❤\ufe0f 👍\U0001f3fd \U0001f3fd") == "👩🔧 ❤ 👍 \U0001f3fd"
    assert shown("jane\u200d@acme.example") == "jane\\u200d@acme.example"


@pytest.mark.parametrize("words", [("inbox",), ("tickets",), ("tickets", "--board", "status")], ids=" ".join)
def test_terminals_agree_on_the_width(letters: Desk, words: tuple[str, ...]) -> None:
    """interface: a terminal that joins nothing, letter by letter, finds each line as wide as one that does."""
    for line in letters.done(*words, width=200).splitlines():
        assert sum(map(cell_len, line)) == cell_len(line), line


@pytest.mark.parametrize(
    ("natural", "weights", "room", "widths"),
    [
        ([3, 5], [1, 1], 20, [3, 5]),
        ([10, 10], [1, 1], 10, [5, 5]),
        ([9, 40, 40], [0, 3, 1], 49, [9, 30, 10]),
        ([9, 40, 4], [0, 1, 1], 29, [9, 16, 4]),
        ([30, 30, 30], [1, 1, 1], 20, [6, 7, 7]),
        ([30, 30], [0, 1], 20, [30, 1]),
    ],
)
def test_shares(natural: list[int], weights: list[int], room: int, widths: list[int]) -> None:
    """interface: columns that may not be cut keep their width; what one does not need goes to the others."""
    assert shares(natural, weights, room) == widths


def test_dates_are_short() -> None:
    """interface: of this year without the year, of others without the time of day."""
    now = datetime(2026, 11, 28, tzinfo=UTC)
    assert short_time("2026-11-23T22:18:13.123Z", now) == "11-23 22:18"
    assert short_time("2025-11-23T22:18:13.123Z", now) == "2025-11-23"
    assert short_time(None, now) == ""
