"""Disk, secrets, certificates, clock and listening addresses: each finding comes, and goes when it is mended (B106)."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connector.config.settings import ImapIn, LmtpIn, OAuth, Settings
from connector.doctor import clock, configuration, disk, listening, secrets
from connector.originals import Originals
from connector.spool import Spool
from storage.store import Store
from tests.authority import Authority
from tests.doctor.conftest import told
from tests.planted import MARK, shows

NOW = datetime(2026, 11, 28, 12, 0, tzinfo=UTC)


# -- tokens ------------------------------------------------------------------------------------------------------


def test_choices__that_are_left_as_they_are_shipped(settings: Settings) -> None:
    """B106, B26: nobody hears of alarms, nobody manages, nothing leaves, employees can be forged."""
    assert told(configuration.choices(settings)) == [
        ("warning", "AlarmAddress"),
        ("warning", "DefaultManager"),
        ("warning", "Transport"),
        ("warning", "EmployeeAuthentication"),
    ]
    made = replace(
        settings,
        connector=replace(settings.connector, alarm_address="it@example.com", employee_authentication="required"),
        tickets=replace(settings.tickets, default_manager="ann@example.com"),
        outgoing=replace(settings.outgoing, transport="smtp"),
    )
    assert told(configuration.choices(made)) == [("ok", "EmployeeAuthentication")]


# -- disk --------------------------------------------------------------------------------------------------------


@pytest.fixture
def made(settings: Settings) -> Settings:
    """The settings, with everything made that the service makes, and nobody else let in."""
    file = Path(settings.store.database.partition(":")[2])
    file.parent.chmod(0o700)
    Store.open(settings.store.database).close()
    Spool(settings.store.spool)
    Originals(settings.store.originals)
    return settings


def test_disk__before_the_first_start(settings: Settings) -> None:
    """B106: what is not there yet is no problem, and is not made."""
    assert told(disk.check(settings)) == [("skipped", "spool"), ("skipped", "originals")]
    assert not settings.store.spool.exists()


def test_disk__as_the_service_makes_it(made: Settings) -> None:
    """B106: nothing to complain of."""
    assert told(disk.check(made)) == [("ok", "spool"), ("ok", "originals"), ("ok", "database")]


def test_disk__mode_of_folders(made: Settings) -> None:
    """B106: others may look into a folder of mail."""
    folder = made.store.spool / "held"
    folder.chmod(0o750)
    assert ("problem", "spool") in told(disk.check(made))
    assert [one.todo for one in disk.check(made) if one.level == "problem"] == [f"chmod 0700 {folder}"]
    folder.chmod(0o700)
    assert ("problem", "spool") not in told(disk.check(made))


def test_disk__database_for_everybody(made: Settings) -> None:
    """B106: its file and its folder are open."""
    file = Path(made.store.database.partition(":")[2])
    file.chmod(0o644)
    file.parent.chmod(0o755)
    assert ("warning", "database") in told(disk.check(made))
    file.chmod(0o600)
    assert ("warning", "database") not in told(disk.check(made))


def test_disk__file_in_the_place_of_a_folder(made: Settings) -> None:
    """B106: a spool that is none."""
    there = replace(made, store=replace(made.store, spool=made.store.originals / "file"))
    there.store.spool.touch()
    assert told(disk.check(there))[0] == ("problem", "spool")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_disk__folder_of_somebody_else(made: Settings) -> None:
    """B106: the service's user must own it."""
    os.chown(made.store.spool, 12345, 12345)
    assert ("warning", "spool") in told(disk.check(made))
    os.chown(made.store.spool, 0, 0)
    assert ("warning", "spool") not in told(disk.check(made))


@pytest.mark.skipif(not os.access("/dev/shm", os.W_OK), reason="no second file system")
def test_disk__originals_on_another_file_system(made: Settings, tmp_path: Path) -> None:
    """B106: then each mail is written twice."""
    away = replace(made, store=replace(made.store, originals=Path("/proc/self/task")))
    assert ("warning", "originals") in told(disk._one_file_system(away))
    assert told(disk._one_file_system(made)) == []


@pytest.mark.parametrize(("limit", "level"), [("FULL", "problem"), ("NEARLY_FULL", "warning")])
def test_disk__that_gets_full(made: Settings, monkeypatch: pytest.MonkeyPatch, limit: str, level: str) -> None:
    """B106: with the limit above what is free."""
    monkeypatch.setattr(disk, limit, 1 << 62)
    assert set(told(disk.check(made))) == {(level, name) for name in ("spool", "originals", "database")}


# -- secrets -----------------------------------------------------------------------------------------------------


def test_secrets__of_every_token(settings: Settings, tmp_path: Path, authority: Authority) -> None:
    """B102, B106: for everybody, for the group, empty, gone, right."""
    file, shown = tmp_path / "secret", authority.certificate()
    file.write_text(f"{MARK}-x\n")
    box = ImapIn("office", "localhost", "ann", 143, password_file=file)
    smtp = replace(settings.smtp_in, tls_certificate=shown.certificate, tls_key=shown.key, auth_users_file=file)
    out = replace(settings.outgoing, password_file=file, dkim_key_file=file)
    own = replace(settings, smtp_in=smtp, outgoing=out, imaps=(box,))
    tokens = [
        "[SMTPIN] AuthUsersFile",
        "[OUTGOING] PasswordFile",
        "[OUTGOING] DkimKeyFile",
        "[IMAP:office] PasswordFile",
    ]

    def levels() -> set[str]:
        found = dict(reversed(pair) for pair in told(secrets.check(own)))
        assert set(found) == {"[SMTPIN] TlsKey", *tokens}
        return {found[token] for token in tokens}

    for mode, level in ((0o644, "problem"), (0o640, "warning"), (0o600, "ok"), (0o400, "ok")):
        file.chmod(mode)
        assert levels() == {level}, oct(mode)
    file.chmod(0o600)
    file.write_text("\n")
    assert levels() == {"ok", "problem"}  # no password
    file.unlink()
    assert levels() == {"problem"}


def test_secrets__of_log_ins_by_token(settings: Settings, tmp_path: Path) -> None:
    """B102, B106: the secret and, once there is one, the file that tokens are kept in."""
    secret, cache = tmp_path / "secret", tmp_path / "tokens.json"
    secret.write_text(f"{MARK}-x")
    secret.chmod(0o600)
    oauth = OAuth("OUTGOING", "microsoft", "ann", cache, secret_file=secret)
    own = replace(settings, outgoing=replace(settings.outgoing, oauth=oauth))
    assert told(secrets.check(own)) == [("ok", "[OUTGOING] OAuthSecretFile")]
    cache.touch()
    cache.chmod(0o644)
    assert ("problem", "[OUTGOING] tokens") in told(secrets.check(own))
    cache.chmod(0o600)
    assert ("ok", "[OUTGOING] tokens") in told(secrets.check(own))


def test_secrets__in_the_address_of_a_database(settings: Settings, tmp_path: Path) -> None:
    """B102, B106: then the INI is secret."""
    file = tmp_path / "own.ini"
    file.touch(0o644)
    file.chmod(0o644)
    assert told(secrets.check(replace(settings, file=file))) == []
    database = f"postgresql://connector:{MARK}-x@localhost/tickets"
    own = replace(settings, file=file, store=replace(settings.store, database=database))
    assert told(secrets.check(own)) == [("problem", "[STORE] Database")]
    assert not shows(str(list(secrets.check(own))))
    file.chmod(0o600)
    assert told(secrets.check(own)) == [("ok", "[STORE] Database")]


def test_certificate__that_has_ended(settings: Settings, authority: Authority) -> None:
    """B106: clients refuse it."""
    for made, level in ((authority.expired(), "problem"), (authority.certificate(), "ok")):
        smtp = replace(settings.smtp_in, tls_certificate=made.certificate, tls_key=made.key)
        assert told(secrets.certificate(replace(settings, smtp_in=smtp), NOW)) == [(level, "TlsCertificate")]
    assert told(secrets.certificate(settings, NOW)) == []


# -- clock -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("state", "level"), [(0, "ok"), (5, "warning"), (-1, "skipped")])
def test_clock__by_what_the_kernel_says(state: int, level: str) -> None:
    """B106."""
    assert told(clock.synchronised(lambda: state)) == [(level, "clock")]


def test_clock__is_asked_of_this_kernel() -> None:
    """adjtimex(2): a state it knows, or nothing."""
    assert clock.kernel_state() in range(-1, 6)


@pytest.mark.parametrize(
    ("newest", "found"),
    [(None, []), (NOW, []), (NOW + timedelta(minutes=4), []), (NOW + timedelta(minutes=6), [("problem", "clock")])],
)
def test_clock__that_was_set_back(newest: datetime | None, found: list[tuple[str, str]]) -> None:
    """B106: the store has mail of a time that has not come."""
    assert told(clock.not_set_back(newest, NOW)) == found


# -- listening addresses -----------------------------------------------------------------------------------------


def answering(line: socket.socket, said: bytes) -> Callable[[], None]:
    """Somebody who says this to each who connects, until the socket is closed."""

    def run() -> None:
        while True:
            try:
                client, _ = line.accept()
            except OSError:
                return
            with client, suppress(OSError):
                client.sendall(said)

    return run


def test_port__is_free_or_somebody_elses(settings: Settings) -> None:
    """B106: before a start."""
    place = ("127.0.0.1", 0)
    assert told(listening.check("Listen", place, running=False)) == [("skipped", "Listen")]
    with socket.create_server(place) as other:
        taken = ("127.0.0.1", other.getsockname()[1])
        assert told(listening.check("Listen", taken, running=False)) == [("problem", "Listen")]
    assert told(listening.check("Listen", taken, running=False)) == [("ok", "Listen")]


@pytest.mark.parametrize(("said", "level"), [(b"220 here\r\n", "ok"), (b"HTTP/1.1 400\x1b[31m\r\n", "problem")])
def test_port__is_answered_by_the_service(said: bytes, level: str) -> None:
    """B106: while it runs; nobody at all is a problem as well."""
    with socket.create_server(("127.0.0.1", 0)) as line:
        place = ("0.0.0.0", line.getsockname()[1])
        threading.Thread(target=answering(line, said), daemon=True).start()
        assert told(listening.check("Listen", place, running=True)) == [(level, "Listen")]
        line.shutdown(socket.SHUT_RDWR)
    assert told(listening.check("Listen", place, running=True)) == [("problem", "Listen")]


def test_socket__of_lmtp(settings: Settings, tmp_path: Path) -> None:
    """B106: no folder, no socket, somebody else's, one that a crash left, free, answered."""
    place = tmp_path / "run" / "lmtp"
    own = replace(settings, lmtp_in=LmtpIn(True, place))
    assert listening.places(own)["[LMTPIN] Listen"] == place

    def level(*, running: bool = False) -> str:
        [(found, _)] = told(listening.check("Listen", place, running=running))
        return found

    assert level() == "problem"
    place.parent.mkdir()
    assert level() == "ok"
    place.touch()
    assert level() == "problem"
    place.unlink()
    with socket.socket(socket.AF_UNIX) as line:
        line.bind(str(place))
        line.listen()
        assert level() == "problem"
        threading.Thread(target=answering(line, b"220 here\r\n"), daemon=True).start()
        assert level(running=True) == "ok"
        line.shutdown(socket.SHUT_RDWR)
    assert level() == "ok"
    assert level(running=True) == "problem"
