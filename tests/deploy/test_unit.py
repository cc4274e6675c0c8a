"""The unit that is shipped, as systemd's own tool reads it (B103)."""

from __future__ import annotations

import os
import pwd
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from connector.config.load import ETC, FILE_NAME, load
from tests.deploy import sandbox
from tests.house import ROOT

WRAPPER = ROOT / "deploy" / "email-connector.sh"
UNIT = ROOT / "deploy" / "email-connector.service"
WORST = 2.5


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """A copy whose program is there; skipped without systemd's tool, in CI it fails."""
    if reason := sandbox.missing():
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    program = tmp_path / "email-connector"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copy = tmp_path / UNIT.name
    copy.write_text(UNIT.read_text().replace("/opt/email-connector/bin/email-connector", str(program)))
    return copy


def with_port_25(unit: Path) -> None:
    """Put the drop-in for port 25 beside the unit."""
    folder = unit.parent / f"{unit.name}.d"
    folder.mkdir()
    shutil.copy(ROOT / "deploy" / "port-25.conf", folder)


def analyze(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """What systemd-analyze says."""
    return subprocess.run(["systemd-analyze", *map(str, words)], capture_output=True, text=True, timeout=60)


def exposure(unit: Path) -> float:
    """How much is open, from 0 (nothing) to 10."""
    said = analyze("security", "--offline=true", unit).stdout
    found = re.search(r"exposure level for \S+: ([0-9.]+)", said)
    assert found, said
    return float(found[1])


def test_unit__is_in_order(unit: Path) -> None:
    """B103: systemd-analyze verify has nothing to say, with the drop-in neither; of a misspelt setting it has."""
    assert (done := analyze("verify", unit)).returncode == 0, done.stderr
    assert done.stdout + done.stderr == ""
    with_port_25(unit)
    assert analyze("verify", unit).stderr == ""
    unit.write_text(unit.read_text().replace("WatchdogSec=", "WatchdgSec="))
    assert "WatchdgSec" in analyze("verify", unit).stderr


def test_unit__is_hardened(unit: Path) -> None:
    """B103: below 2.5 of 10, also where it may take port 25; a line taken away is seen in the figure."""
    alone = exposure(unit)
    assert alone < WORST
    with_port_25(unit)
    assert alone < exposure(unit) < WORST
    unit.write_text(unit.read_text().replace("ProtectSystem=strict\n", ""))
    (unit.parent / f"{unit.name}.d" / "port-25.conf").unlink()
    assert exposure(unit) > alone


def test_unit__has_time_for_what_the_ini_allows() -> None:
    """B103: systemd waits longer than StopSeconds; the configuration is where `init` writes it and commands look."""
    seconds = int(sandbox.settings(UNIT, "TimeoutStopSec")[0])
    assert seconds > load(ROOT / "config" / FILE_NAME).service.stop_seconds + 30
    assert sandbox.settings(UNIT, "ExecStart")[1:] == ["--config", str(ETC / "config" / FILE_NAME), "serve"]


def test_unit__stops_and_reloads_the_main_process_alone() -> None:
    """B7, B103: workers that got SIGTERM themselves would cost their mails a try; one without memory is one worker."""
    expected = {"KillMode": "mixed", "NotifyAccess": "main", "Type": "notify", "OOMPolicy": "continue"}
    assert {name: sandbox.settings(UNIT, name)[0] for name in expected} == expected
    assert sandbox.settings(UNIT, "ExecReload") == ["kill", "-HUP", "$MAINPID"]


def test_credentials__are_told_in_the_docs() -> None:
    """B102: each that the unit loads, by the name for the INI and the file that the secret lies in."""
    page = (ROOT / "docs" / "install.md").read_text(encoding="utf-8")
    loaded = [word.split(":") for word in sandbox.settings(UNIT, "LoadCredential")]
    assert [source for _, source in loaded] == [f"email-connector.{name}" for name, _ in loaded]
    assert [name for name, _ in loaded if f" = {name}`" not in page or f".{name}`" not in page] == []


def test_wrapper__runs_commands_as_the_service(tmp_path: Path) -> None:
    """B102: with the service's configuration, as its user; what was said before counts."""
    me = pwd.getpwuid(os.geteuid()).pw_name
    usual = {"PATH": os.environ["PATH"], "EMAIL_CONNECTOR_USER": me, "EMAIL_CONNECTOR_PROGRAM": "/usr/bin/env"}

    def run(*words: str, **more: str) -> str:
        return subprocess.run([WRAPPER, *words], env=usual | more, capture_output=True, text=True, check=True).stdout

    assert f"\nEMAIL_CONNECTOR_CONFIG={ETC / 'config' / FILE_NAME}\n" in f"\n{run()}"
    assert "\nEMAIL_CONNECTOR_CONFIG=/my.ini\n" in f"\n{run(EMAIL_CONNECTOR_CONFIG='/my.ini')}"
    assert run("printf", "%s,", "two words", "b") == "two words,b,"
    if os.geteuid() == 0:
        assert run("-un", EMAIL_CONNECTOR_USER="nobody", EMAIL_CONNECTOR_PROGRAM="/usr/bin/id") == "nobody\n"
