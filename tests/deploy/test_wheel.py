"""The wheel in an environment of its own, away from the checkout, under the filters of the unit."""

from __future__ import annotations

import os
import shutil
import smtplib
import subprocess
import sys
import sysconfig
import zipfile
from dataclasses import dataclass
from pathlib import Path

import pytest

import connector
from tests.deploy import sandbox
from tests.deploy.test_unit import UNIT
from tests.house import PUBLIC, ROOT, mail_bytes
from tests.service import until

pytestmark = pytest.mark.long
SOURCES = ("connector", "storage", "rules", "deploy", "docs", "pyproject.toml", "README.md")


@dataclass(frozen=True, slots=True)
class Installed:
    """A wheel, and the environment that it was installed into."""

    wheel: Path
    environment: Path
    folder: Path

    def run(self, *words: str, timeout: float = 60) -> str:
        """What a command prints, in the empty folder; with standard error where it fails."""
        command = [str(self.environment / "bin" / "email-connector"), *words]
        done = subprocess.run(command, capture_output=True, text=True, cwd=self.folder, env=CLEAN, timeout=timeout)
        assert done.returncode == 0, done.stderr
        return done.stdout


CLEAN = {"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Installed:
    """Built without an index from a copy of the sources; the libraries are those of the tests, not the checkout."""
    folder = tmp_path_factory.mktemp("wheel")
    source, empty, environment = folder / "source", folder / "empty", folder / "environment"
    source.mkdir()
    empty.mkdir()
    for name in SOURCES:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, source / name)
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run(
        [*pip, "wheel", "-q", "--no-deps", "--no-index", "--no-build-isolation", "-w", folder, source], check=True
    )
    (wheel,) = folder.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", environment], check=True)
    python = environment / "bin" / "python"
    install = [*pip, f"--python={python}", "install", "-q", "--no-deps", "--no-index", wheel]
    subprocess.run(install, check=True, env=CLEAN)  # a PYTHONPATH that leads to the checkout would be enough for pip
    (own,) = environment.glob("lib/python*/site-packages")
    (own / "libraries.pth").write_text(sysconfig.get_path("purelib"))  # its own .pth files are not looked at
    return Installed(wheel, environment, empty)


def test_wheel__has_all_that_runs_and_no_tests(installed: Installed) -> None:
    """Packages, templates of the reports, rules, texts and the unit; no fixtures, no benches, no configuration."""
    names = set(zipfile.ZipFile(installed.wheel).namelist())
    code = {str(file.relative_to(ROOT)) for name in ("connector", "storage") for file in (ROOT / name).rglob("*.py")}
    pages = {
        str(file.relative_to(ROOT)) for kind in ("css", "jinja") for file in (ROOT / "connector").rglob(f"*.{kind}")
    }
    data = f"cmt_email_connector-{connector.__version__}.data/data/share/cmt-email-connector"
    files = [file for name in ("rules", "deploy", "docs") for file in (ROOT / name).rglob("*") if file.is_file()]
    shared = {f"{data}/{file.relative_to(ROOT)}" for file in files}
    about = {name for name in names if ".dist-info/" in name}
    assert names - about == code | pages | shared


def test_wheel__from_nothing_to_a_ticket(installed: Installed, tmp_path: Path) -> None:
    """interface, B103: init, config check, serve under the unit's filters, a mail by SMTP, the ticket listed, stop."""
    if reason := sandbox.missing():
        pytest.fail(reason) if os.environ.get("CI") else pytest.skip(reason)
    assert installed.run("--version") == f"{connector.__version__}\n"
    etc, data = tmp_path / "etc", tmp_path / "data"
    installed.run("init", str(etc), "--data", str(data), "--public-address", PUBLIC)
    ini = etc / "config" / "CmtEmailConnector.ini"
    ini.write_text(ini.read_text().replace("127.0.0.1:2525", "127.0.0.1:0"))
    named = ("--config", str(ini))
    assert "in order" in installed.run(*named, "config", "check")

    program = str(installed.environment / "bin" / "email-connector")
    command = [sys.executable, sandbox.__file__, str(UNIT), program, *named, "serve"]
    log = tmp_path / "log"
    with log.open("wb") as told:
        service = subprocess.Popen(command, stderr=told, cwd=installed.folder, env=CLEAN)
    try:
        until(lambda: "listening" in log.read_text() or service.poll() is not None)
        port = next(word for word in log.read_text().split() if word.startswith("port=")).partition("=")[2]
        with smtplib.SMTP("127.0.0.1", int(port), timeout=30) as client:
            client.sendmail("jane@acme.example", [PUBLIC], mail_bytes("jane@acme.example", subject="It is on fire"))
        until(lambda: len(list((data / "outbox" / "new").glob("*"))), 1)
        assert "It is on fire" in installed.run(*named, "tickets")
        where = [str(installed.environment / "bin" / "python"), "-c", "import connector; print(connector.__file__)"]
        assert str(ROOT) not in subprocess.run(where, capture_output=True, text=True, env=CLEAN, cwd=tmp_path).stdout
    finally:
        service.terminate()
        assert service.wait(60) == 0, log.read_text()
    assert not [line for line in log.read_text().splitlines() if "level=error" in line or "Traceback" in line]
