"""Failpoints: comments in normal use, calls where the tests of faults ask for them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.faults import document
from tests.faults.failpoints import Failpoints, places
from tests.house import ROOT

ACCEPT = """
import sys, pathlib
from connector.mail.model import Envelope
from connector.spool import Spool
spool = Spool(pathlib.Path(sys.argv[1]))
print(Spool.accept.__code__.co_firstlineno)
spool.accept(b"Subject: 1", Envelope())
"""


def accept(folder: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """A program that brings one mail to a spool."""
    command = [sys.executable, "-c", ACCEPT, str(folder / "spool")]
    usual = {**os.environ, "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, env=usual | environment, capture_output=True, text=True, timeout=60, check=False)


def test_names_say_where_and_what() -> None:
    """Style: `area.what-just-happened`, each once."""
    assert [name for name in places() if not re.fullmatch(r"[a-z0-9]+\.[a-z]+(-[a-z]+)*", name)] == []


def test_a_failpoint_is_reached__and_does_what_it_is_armed_with(tmp_path: Path) -> None:
    """faults: killed or failed at the hit that was asked for, once; without the hook nothing runs there."""
    points = Failpoints(tmp_path / "points")
    points.arm("process.placed", "kill", times=2)
    first = accept(tmp_path, **points.environment)
    killed = accept(tmp_path, **points.environment)
    points.arm("process.placed", "ENOSPC")
    failed = accept(tmp_path, **points.environment)
    plain = accept(tmp_path)

    assert [one.returncode for one in (first, killed, failed, plain)] == [0, -9, 1, 0]
    assert "SpoolFull: the mail was not taken: No space left on device (failpoint)" in failed.stderr
    assert first.stdout == plain.stdout
    assert points.acted() == ["process.placed"] * 2
    assert points.hits() == {"file.created", "process.placed", "process.folder-synced"}
    assert points.disarm() == []
    assert len(list((tmp_path / "spool" / "work").iterdir()) + list((tmp_path / "spool" / "new").iterdir())) == 3


def test_failpoints_are_documented() -> None:
    """faults: docs/durability.md lists the failpoints of the sources; `python -m tests.faults.document` writes it."""
    assert document.FILE.read_text(encoding="utf-8") == document.page()
