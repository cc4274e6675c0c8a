"""Names that become others once what is invisible in them is gone."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.scene import HEAD, Scene

NAMES = (
    "shell\u200b.php", "\u200b.htaccess", "\ufeff.htaccess", ".htaccess\u200d", "shell.ph\u00adp", "\u2060.user.ini",
    "shell.php\u2028", "\u202e.profile", "shell.php.", "shell.php ", "\u3164.env", "\uff0ehtaccess", "shell\uff0ephp",
)  # fmt: skip


def mail(*names: str) -> bytes:
    parts = "".join(
        "--b\r\nContent-Type: text/plain\r\nContent-Disposition: attachment; filename*=utf-8''"
        + "".join(f"%{byte:02X}" for byte in name.encode()) + f"\r\n\r\ncontent {number}\r\n"
        for number, name in enumerate(names)
    )  # fmt: skip
    return HEAD + f"Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}--b--\r\n".encode()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where attachments are taken out to; nothing of the attack may land elsewhere."""
    made = tmp_path / "out" / "deep"
    made.mkdir(parents=True)
    return made


def test_files_stay_in_the_folder(scene: Scene, tmp_path: Path, folder: Path) -> None:
    """B73: each is one new file in the folder asked for, with a name that is none but a name."""
    scene.arrive(mail(*NAMES))
    entry = scene.last_entry()
    before = {file for file in tmp_path.rglob("*") if "var" not in file.parts}
    for number in range(1, len(NAMES) + 1):
        target = folder / str(number)
        target.mkdir()
        scene.type("history", "show", entry, "--attachment", str(number), "--to", f"{target}/")
        (made,) = target.iterdir()
        assert made.read_bytes() == b"content %d" % (number - 1), made
        assert not made.name.startswith(".")
        assert made.name.isprintable()
        assert made.name == made.name.strip(" .")
    after = {file for file in tmp_path.rglob("*") if "var" not in file.parts}
    assert all(folder in file.parents for file in after - before)


def test_listing_shows_no_invisible_letters(scene: Scene) -> None:
    """faults: the name is data, and shown so that it moves nothing (the scene looks at all that is printed)."""
    scene.arrive(mail(*NAMES))
    scene.type("history", "show", scene.last_entry())
