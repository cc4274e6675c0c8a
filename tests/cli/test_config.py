"""`config`, `init`, `welcome` and the start of `serve`."""

from __future__ import annotations

import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from connector.cli.effective import without_password
from connector.config.load import load
from connector.config.settings import Store
from connector.config.tokens import SECTIONS, TOKENS
from connector.spool import Spool
from tests.authority import Authority
from tests.cli.conftest import Desk
from tests.house import ROOT
from tests.planted import shows


def test_check_in_order(desk: Desk) -> None:
    """B101: the same check as at the start, without starting."""
    assert "in order" in desk.done("config", "check")


def test_check_tells_ini_rules_and_templates_at_once(empty: Desk) -> None:
    """B100, B51: every problem with file and line, exit status 2."""
    rules = empty.folder / "bad"
    (rules / "templates").mkdir(parents=True)
    (rules / "quoted-text.ini").write_text("[broken]\nPattern = (\nKind = quote\n")
    text = empty.file.read_text(encoding="utf-8").replace(f"Directory = {ROOT / 'rules'}", "Directory = bad")
    empty.file.write_text(text.replace("ReopenDays = 30", "ReopenDays = soon"), encoding="utf-8")
    reason = empty.refused("config", "check", status=2)
    assert all(part in reason for part in ("ReopenDays: found 'soon'", "quoted-text.ini:2", "response.txt"))


def test_show_tells_value_and_place(build: Callable[..., Desk]) -> None:
    """B100: every token with its effective value; from the file with its line, or the default."""
    desk = build(EMAILCONNECTOR__ReopenDays="7")
    desk.file.write_text(desk.file.read_text(encoding="utf-8").replace("MaxTries = 3\n", ""), encoding="utf-8")
    rows = {(row["section"], row["name"]): row for row in desk.json("config", "show")}
    assert len(rows) == len([token for token in TOKENS if token.section in SECTIONS])
    days = rows["EMAILCONNECTOR", "ReopenDays"]
    line = int(days["source"].rpartition(":")[2])
    assert (days["value"], desk.file.read_text(encoding="utf-8").splitlines()[line - 1]) == ("7", "ReopenDays = 7")
    assert rows["SERVICE", "MaxTries"]["source"] == "default"
    assert rows["STORE", "Spool"]["value"] == str(desk.folder / "var" / "spool")


def test_show_is_an_ini_that_means_the_same(build: Callable[..., Desk]) -> None:
    """B100: what is printed can be read again."""
    desk = build(SMTPIN__Listen="[::1]:2526", EMAILCONNECTOR__UseEmployeeSenderName="no")
    desk.file.write_text(desk.file.read_text(encoding="utf-8") + "\n[PRIVILEGES:Night]\nPrivileges = edit-rules\n")
    copy = desk.folder / "config" / "copy.ini"
    copy.write_text(desk.done("config", "show"), encoding="utf-8")
    before, after = desk.settings, load(copy)
    assert (after.connector, after.smtp_in, after.store, after.groups) == (
        before.connector,
        before.smtp_in,
        before.store,
        before.groups,
    )


def test_show_tells_sections_with_names_of_their_own(build: Callable[..., Desk]) -> None:
    """B100, B102: a mailbox with every token, those that are not written too, and no password."""
    desk = build()
    (desk.folder / "office.password").write_text("hunter2")
    lines = ("[IMAP:office]", "Host = imap.firm.example", "User = help", "PasswordFile = office.password")
    desk.file.write_text(desk.file.read_text(encoding="utf-8") + "\n".join(["", *lines, "AfterAccept = move:Done", ""]))
    shown = {row["name"]: row["value"] for row in desk.json("config", "show") if row["section"] == "IMAP:office"}
    assert list(shown) == [token.name for token in TOKENS if token.section == "IMAP:name"]
    assert (shown["AfterAccept"], shown["Folder"], shown["Idle"]) == ("move:Done", "INBOX", "Y")
    assert shown["PasswordFile"] == "office.password"
    copy = desk.folder / "config" / "copy.ini"
    copy.write_text(desk.done("config", "show"), encoding="utf-8")
    assert load(copy).imaps == desk.settings.imaps


def test_show_hides_secrets(build: Callable[..., Desk]) -> None:
    """B102: no password is shown, neither a URL's nor a file's; the file's path is."""
    desk = build()
    secret = desk.folder / "relay.password"
    secret.write_text("planted-secret-relay")
    text = desk.file.read_text(encoding="utf-8").replace("PasswordFile =", f"PasswordFile = {secret}")
    text = text.replace("\nUser =", "\nUser = support")
    url = "postgresql://me:planted-secret@db.example/tickets"
    desk.file.write_text(text.replace("sqlite:var/tickets.db", url), encoding="utf-8")
    for words in ((), ("--json",)):
        shown = desk.done("config", "show", *words)
        assert not shows(shown)
        assert "postgresql://me:***@db.example/tickets" in shown
        assert str(secret) in shown


def test_credentials_are_for_those_who_use_them(build: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    """B102: systemd shows its credentials to the service alone; commands that use none work beside it all the same."""
    desk = build()
    names = ("relay.password", "tls.crt", "office.password")
    text = desk.file.read_text(encoding="utf-8").replace("\nTlsCertificate =", f"\nTlsCertificate = {names[1]}")
    text = text.replace("\nUser =", "\nUser = support").replace("\nPasswordFile =", f"\nPasswordFile = {names[0]}")
    box = ("[IMAP:office]", "Host = imap.firm.example", "User = help", f"PasswordFile = {names[2]}")
    desk.file.write_text("\n".join([text, *box, ""]), encoding="utf-8")
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    assert desk.json("tickets") == []
    assert {row["value"] for row in desk.json("config", "show")} > set(names)
    for command in (("config", "check"), ("serve",), ("send", "--to", "ann@x.example")):
        told = desk.refused(*command, status=2)
        assert [f"found '{name}'" in told for name in names] == [True] * 3, command
    desk.file.write_text(desk.file.read_text(encoding="utf-8").replace("= relay.password", "= /nowhere/relay.password"))
    assert "'/nowhere/relay.password'" in desk.refused("tickets", status=2)


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("postgresql://me:a@b:c@db/t", "postgresql://me:***@db/t"),
        ("postgresql://db/t?user=me&password=x&a=1", "postgresql://db/t?user=me&password=***&a=1"),
        ("postgresql://me@db/t", "postgresql://me@db/t"),
        ("postgresql://me:x@[db/t", "***"),
        ("sqlite:/var/t.db", "sqlite:/var/t.db"),
    ],
)
def test_password_of_a_url(url: str, shown: str) -> None:
    """B102: wherever a URL can hold one."""
    assert without_password(url) == shown


def test_explain_every_token(empty: Desk) -> None:
    """interface: what it does, its default, what is allowed."""
    for token in TOKENS:
        told = empty.done("config", "explain", f"{token.section}.{token.name}".lower())
        assert f"[{token.section}] {token.name}\n{token.help}\n" in told
        assert "Allowed: " in told


def test_check_warns_of_a_certificate_that_has_ended(empty: Desk, authority: Authority) -> None:
    """B107: it is in order, and clients refuse it."""
    checked = Desk(empty.folder, **authority.expired().tokens()).type("config", "check")
    assert (checked.exit_code, "2021-01-01" in checked.stderr) == (0, True)


def test_explain_tells_what_the_reader_allows(empty: Desk) -> None:
    """interface: allowed values stand there in words."""
    assert "Allowed: a whole number from 1 to 65535" in empty.done("config", "explain", "Port")
    assert "Allowed: starttls or tls or none" in empty.done("config", "explain", "tls")
    assert empty.done("config", "explain", "Active").count("[SMTPIN]") == 1


def test_explain_names_what_is_near(empty: Desk) -> None:
    """interface: exit status 2, with the nearest names."""
    assert "ReopenDays" in empty.refused("config", "explain", "ReopenDys", status=2)
    assert "config show" in empty.refused("config", "explain", "zzzzzz", status=2)


def test_init_writes_what_serves(tmp_path: Path, empty: Desk) -> None:
    """interface: INI, rules and templates that are in order as they are."""
    out = empty.done("init", "new", "--public-address", "help@firm.example")
    ini = tmp_path / "new" / "config" / "CmtEmailConnector.ini"
    assert str(ini.relative_to(tmp_path)) in out
    assert load(ini).connector.public_addresses == ("help@firm.example",)
    shipped = {file.relative_to(ROOT / "rules") for file in (ROOT / "rules").rglob("*.*")}
    assert {
        file.relative_to(tmp_path / "new" / "rules") for file in (tmp_path / "new" / "rules").rglob("*.*")
    } == shipped
    assert "in order" in empty.done("config", "check", "--config", str(ini))


def test_init_puts_data_elsewhere(empty: Desk) -> None:
    """interface: with --data nothing is written beside the configuration, which may be read-only to the service."""
    empty.done("init", "etc", "--data", "lib")
    ini = empty.folder / "etc" / "config" / "CmtEmailConnector.ini"
    settings, data = load(ini), empty.folder / "lib"
    assert settings.store == Store(f"sqlite:{data}/tickets.db", data / "originals", data / "spool")
    assert (settings.outgoing.outbox, settings.rules.directory) == (data / "outbox", empty.folder / "etc" / "rules")
    assert "in one line of an INI" in empty.refused("init", "other", "--data", "a\nb", status=2)


def test_init_never_overwrites(empty: Desk) -> None:
    """interface: what is there stays, and is said to."""
    empty.done("init", "new")
    ini = empty.folder / "new" / "config" / "CmtEmailConnector.ini"
    ini.write_text("mine")
    assert f"kept     {ini.relative_to(empty.folder)}" in empty.done("init", "new")
    assert ini.read_text() == "mine"


def test_init_refuses_a_wrong_address(empty: Desk) -> None:
    """interface: exit status 2, nothing written."""
    empty.refused("init", "new", "--public-address", "Support <a@b>", status=2)
    assert not (empty.folder / "new").exists()


def test_welcome_tells_what_to_do(empty: Desk) -> None:
    """issue 2: a few lines: where things are, a mail to send, what to look at; nothing is made by it."""
    told = empty.done("welcome")
    assert all(part in told for part in ("127.0.0.1:2525", "var/outbox/new", "smtplib", "inbox", "nobody is known yet"))
    assert len(told.splitlines()) < 15
    assert not (empty.folder / "var").exists()


def test_mail_of_welcome_is_valid_python(empty: Desk) -> None:
    """issue 2: the one-liner can be pasted into a shell."""
    line = next(line for line in empty.done("welcome").splitlines() if "smtplib" in line)
    script = f'python3() {{ printf %s "$2"; }}; {line.strip()}'
    code = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True).stdout
    compile(code, "welcome", "exec")
    assert r"\r\n" in code


def serve(desk: Desk) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "connector", "serve", "--config", str(desk.file)]
    return subprocess.run(command, capture_output=True, text=True, cwd=ROOT, timeout=30)


def test_second_service_on_a_spool_is_refused(desk: Desk) -> None:
    """faults: two services on one spool; the second stops with a clear message, exit status 1."""
    with Spool(desk.settings.store.spool).lock():
        done = serve(desk)
    assert (done.returncode, "is in use by process" in done.stderr) == (1, True)


def test_address_in_use_is_refused(build: Callable[..., Desk]) -> None:
    """interface: exit status 1, with the address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        desk = build(SMTPIN__Listen=f"127.0.0.1:{taken.getsockname()[1]}")
        done = serve(desk)
    assert (done.returncode, "the service cannot start" in done.stderr) == (1, True)
    assert f"Listen = {desk.settings.smtp_in.host}:{desk.settings.smtp_in.port}" in done.stderr


def test_serve_with_a_wrong_configuration(tmp_path: Path) -> None:
    """B100: the service does not start; exit status 2."""
    done = serve(Desk(tmp_path, SERVICE__MaxTries="many"))
    assert (done.returncode, "MaxTries: found 'many'" in done.stderr) == (2, True)
