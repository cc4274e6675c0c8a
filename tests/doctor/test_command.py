"""`doctor`, as it is typed (B106)."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from connector.doctor import examination
from tests.cli.conftest import Desk, _books, _home, build, empty, template  # noqa: F401
from tests.cli.test_hostile_text import EVIL, hidden
from tests.doctor.conftest import told
from tests.fakes.dns import FakeDns
from tests.fakes.imap import FakeImap
from tests.planted import MARK
from tests.storage.make import NOW


@pytest.fixture
def desk(build: Callable[..., Desk]) -> Desk:  # noqa: F811
    """An installation with people; no other program's port keeps it from listening."""
    return build(SMTPIN__Listen="127.0.0.1:0")


def test_doctor__says_what_to_do(desk: Desk) -> None:
    """B106: the worst first, each finding with what to do; exit status 0 where nothing is a problem."""
    result = desk.type("doctor", "--no-network", width=200)
    assert result.exit_code == 0, result.output
    assert "warning: AlarmAddress: it is empty: nobody gets a mail when something fails\n  set it in" in result.stdout
    assert "skipped: network: " in result.stdout
    assert result.stderr.endswith("warnings\n")
    found = json.loads(desk.type("doctor", "--no-network", "--json").stdout)
    assert list(found[0]) == ["level", "about", "what", "todo"]
    assert [one["level"] for one in found] == sorted((one["level"] for one in found), key="warning skipped ok".index)


def test_doctor__with_a_problem_ends_with_1(desk: Desk) -> None:
    """B106: until it is mended."""
    folder = desk.settings.store.spool / "held"
    folder.mkdir(parents=True)
    folder.chmod(0o755)
    assert "chmod 0700" in desk.type("doctor", "--no-network").stdout
    assert desk.type("doctor", "--no-network").exit_code == 1
    folder.chmod(0o700)
    assert desk.type("doctor", "--no-network").exit_code == 0


def test_doctor__of_a_wrong_configuration(empty: Desk) -> None:  # noqa: F811
    """B106, B100: everything that is wrong with the INI is a finding; the rest is not looked at."""
    text = empty.file.read_text(encoding="utf-8")
    empty.file.write_text(text.replace("Workers = 0", "Workers = many").replace("ReopenDays = 30", "ReopenDays = soon"))
    result = empty.type("doctor", "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, [one["about"] for one in found]) == (1, ["configuration"] * 2)
    assert "Workers" in str(found)


def test_doctor__makes_and_changes_nothing(empty: Desk) -> None:  # noqa: F811
    """B106: before the first start there is no folder and no store, and afterwards there is none."""
    empty.type("doctor", "--no-network")
    assert not (empty.folder / "var").exists()


def test_doctor__shows_nothing_hostile(build: Callable[..., Desk], names: FakeDns, tmp_path: Path) -> None:  # noqa: F811
    """faults: what the DNS and a server say reaches no terminal as an escape sequence."""
    names.records["example.com", "A"] = ["192.0.2.1"]
    names.text("example.com", f"v=spf1 {EVIL.replace(' ', '')} -all")
    names.text("_dmarc.example.com", f"v=DMARC1; p=reject; {EVIL}")
    (tmp_path / "secret").write_text(f"{MARK}-x")
    fake = FakeImap(login_answer=f"NO {EVIL}".replace("\r", ""))
    with fake.running():
        values = {"Host": "127.0.0.1", "Port": str(fake.port), "User": "ann", "PasswordFile": "secret", "Tls": "none"}
        desk = build(**{f"IMAP:office__{name}": value for name, value in values.items()})
        (desk.folder / "secret").write_text(f"{MARK}-x")
        for words in (("doctor",), ("doctor", "--json")):
            result = desk.type(*words)
            assert ascii(hidden(result.output)) == "''"
            assert "is no term of SPF" in result.stdout
            assert "IMAP:office" in result.stdout


def test_checks__of_others_are_made_at_the_same_time(monkeypatch: pytest.MonkeyPatch, desk: Desk) -> None:
    """B106: two checks that wait for each other both end; the findings stand in the order of the checks."""
    meeting = threading.Barrier(2, timeout=10)

    def first() -> list[examination.Finding]:
        meeting.wait()
        return [examination.skipped("first", "it met the second")]

    def second() -> list[examination.Finding]:
        meeting.wait()
        raise FileNotFoundError("gone")

    looking = examination.Examination(desk.settings, NOW, running=False)
    monkeypatch.setattr(looking, "elsewhere", lambda: [first, second])
    monkeypatch.setattr(looking, "here", lambda: [])
    assert told(looking.run(lambda: None, network=True)) == [("skipped", "first"), ("problem", "doctor")]
