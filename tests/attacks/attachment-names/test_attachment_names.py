"""Names that lead elsewhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.attacks.scene import HEAD, Scene

NAMES = (
    "../../evil.txt", "/etc/cron.d/evil", "..\\..\\evil.txt", "C:\\Windows\\evil.txt", "c:evil.txt", "\\\\host\\share",
    "CON", "nul.txt", "com1.log", "a" * 300 + ".txt", "ä" * 300, ".", "..", "...", "", " ", "-rf", "~", ".bashrc",
    "a\0b.txt",
    "a\nb.txt", "a\x1b[2Jb.txt", "\u202egnp.exe", "stream.txt::$DATA", "$(reboot)", "a/b/c.txt",
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
        assert len(made.name.encode()) <= 150
        assert made.name.isprintable()
        assert not set(made.name) & set('/\\:*?"<>|')
    after = {file for file in tmp_path.rglob("*") if "var" not in file.parts}
    assert all(folder in file.parents for file in after - before)


def test_same_name_twice(scene: Scene, folder: Path) -> None:
    """B73: the second does not write over the first."""
    scene.arrive(mail("a.txt", "a.txt"))
    words = ("history", "show", scene.last_entry(), "--to", f"{folder}/")
    scene.type(*words, "--attachment", "1")
    assert "not overwritten" in scene.type(*words, "--attachment", "2", status=1)
    assert (folder / "a.txt").read_bytes() == b"content 0"
