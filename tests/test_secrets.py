"""Secrets are shown nowhere (B102): one installation with every secret there is, all of it going wrong."""

from __future__ import annotations

import asyncio
import base64
import signal
import smtplib
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote, quote_plus

import pytest

from connector import users_file
from connector.config.load import load
from connector.config.secrets import hidden
from connector.oauth import cache
from connector.oauth.asking import SERVER_VARIABLE
from connector.oauth.cache import Kept
from tests.authority import Authority
from tests.cli.conftest import Desk
from tests.fakes.dns import FakeDns
from tests.fakes.parrot import parrots
from tests.fakes.relay import FakeRelay
from tests.fakes.token_server import CLIENT, SECRET, USER, TokenServer, service_account
from tests.house import PUBLIC, ROOT, mail_bytes
from tests.planted import KEY_FILE, MARK, shows
from tests.service import Service, write_ini

ALICE = "alice@company.example"
SHOWING = """
config show
config show --json
config check
auth-users
auth-users --json
status --json
queue list --json
deliveries list --json
tickets --json
history show 1 --decision
history show 1
export
doctor
doctor --json
send --to jane@acme.example
oauth login IMAP:secret
oauth login POP3:google
oauth login POP3:person
""".strip().splitlines()
FAILING = ("relay", *(f"road {kind}" for kind in ("IMAP:office", "POP3:office", "IMAP:token", "IMAP:secret",
                                                  "POP3:google", "POP3:person")))  # fmt: skip
HOLDING = {"relay", "imap", "pop3", "client", "wrong", "account", "dkim"}
"""The files that hold secrets, beside the tokens' own."""


@contextmanager
def in_a_thread(fake: FakeRelay) -> Iterator[None]:
    """A relay that runs while the test waits."""
    loop, up, end = asyncio.new_event_loop(), threading.Event(), asyncio.Event()

    async def run() -> None:
        async with fake.running():
            up.set()
            await end.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(run(),), daemon=True)
    thread.start()
    assert up.wait(10)
    try:
        yield
    finally:
        loop.call_soon_threadsafe(end.set)
        thread.join(10)


def processes(of: int) -> Iterator[int]:
    """A process and all that descend from it."""
    yield of
    children = subprocess.run(["pgrep", "-P", str(of)], capture_output=True, text=True).stdout.split()
    for child in children:
        yield from processes(int(child))


def log_in_wrongly(port: int, authority: Authority) -> None:
    """Everything that a client can do wrong with a password."""
    password = f"{MARK}-smtp"
    coded = base64.b64encode(f"\0{ALICE}\0{password}".encode()).decode()
    with smtplib.SMTP("localhost", port, timeout=30) as client:
        client.ehlo()
        client.docmd("AUTH", f"PLAIN {coded}")  # in the clear
        client.starttls(context=authority.trusting())
        client.ehlo()
        client.docmd("AUTH", f"PLAIN {coded[:-4]}AAAA")
        client.docmd("AUTH", f"{password} {password}")  # as the name of a mechanism
        client.docmd("AUTH", "LOGIN")
        client.docmd("*")
        client.docmd(base64.b64encode(password.encode()).decode())  # after the log-in was broken off
        client.docmd(password)
        client.docmd(f"AUTHPLAIN {coded}")


def send_logged_in(port: int, authority: Authority) -> None:
    with smtplib.SMTP("localhost", port, timeout=30) as client:
        client.starttls(context=authority.trusting())
        client.login(ALICE, f"{MARK}-smtp")
        mail = mail_bytes(f"Alice <{ALICE}>", Message_ID="<1@company.example>", cc="jane@acme.example")
        client.sendmail(ALICE, [PUBLIC], mail)


def tokens_for(secrets: Path, server: TokenServer, imap: int, pop3: int) -> dict[str, str]:
    """Mailboxes that log in by tokens: the server takes none and says it back, or there is none to be had."""
    (secrets / "dkim").write_text(KEY_FILE.read_text())
    (secrets / "client").write_text(SECRET)
    (secrets / "wrong").write_text(f"{MARK}-wrong")
    server.service_key = service_account(secrets / "account")
    microsoft = {"OAuth": "microsoft", "OAuthTenant": "company.example", "OAuthClientId": CLIENT}
    ways = {
        "IMAP:token": microsoft | {"OAuthSecretFile": "secrets/client"},
        "IMAP:secret": microsoft | {"OAuthSecretFile": "secrets/wrong"},
        "POP3:google": {"OAuth": "google", "OAuthSecretFile": "secrets/account"},
        "POP3:person": microsoft,
    }
    place = {"Host": "localhost", "Tls": "none", "User": USER}
    return {
        f"{section}__{token}": value
        for section, way in ways.items()
        for token, value in {**place, "Port": str(imap if section.startswith("IMAP") else pop3), **way}.items()
    }


def logged_in_long_ago(service: Service, section: str) -> None:
    """A person did, and the token server does not know it any more."""
    oauth = next(one for one in load(service.file).oauths if one.section == section)
    cache.write(oauth, Kept(cache.identity(oauth), "", 0, f"{MARK}-refresh"))


@pytest.fixture
def house(tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch) -> Iterator[Service]:
    """A service whose relay and mailboxes refuse its log-ins, saying them back."""
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.root))
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    (tmp_path / "credentials").mkdir()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "credentials" / "relay").write_text(f"{MARK}-relay\n")
    for name in ("imap", "pop3"):
        (tmp_path / "secrets" / name).write_text(f'{MARK}-{name}"\\x\n')
    users_file.put(tmp_path / "secrets" / "users", ALICE, f"{MARK}-smtp")
    refusing = {"users": {"support": "another"}, "login_reply": "535 5.7.8 no: {line}"}
    relay = FakeRelay(tls=authority.certificate().context(), **refusing)  # type: ignore[arg-type]
    with parrots() as (imap, pop3), in_a_thread(relay), TokenServer().running() as server, FakeDns().running():
        monkeypatch.setenv(SERVER_VARIABLE, server.address)
        values = {
            **authority.certificate().tokens(),
            "SMTPIN__AuthUsersFile": "secrets/users",
            "OUTGOING__Transport": "smtp",
            "OUTGOING__Host": "localhost",
            "OUTGOING__Port": str(relay.port),
            "OUTGOING__User": "support",
            "OUTGOING__PasswordFile": "relay",
            "OUTGOING__DkimSelector": "s1",
            "OUTGOING__DkimDomain": "example.com",
            "OUTGOING__DkimKeyFile": "secrets/dkim",
            "SERVICE__LogLevel": "debug",
        }
        for name, port in (("IMAP", imap), ("POP3", pop3)):
            box = {"Host": "localhost", "Port": str(port), "Tls": "none", "User": "support"}
            box["PasswordFile"] = f"secrets/{name.lower()}"
            values |= {f"{name}:office__{token}": value for token, value in box.items()}
        values |= tokens_for(tmp_path / "secrets", server, imap, pop3)
        service = Service(tmp_path, forked=False, **values)  # its command line and environment are looked at
        logged_in_long_ago(service, "POP3:person")
        with service:
            yield service


def test_nothing_shows_a_secret(house: Service, authority: Authority) -> None:
    """B102: no log line, error, record, listing, process list or file but those that hold them."""
    log_in_wrongly(house.port, authority)
    send_logged_in(house.port, authority)
    house.wait_for("filed")
    for name in FAILING:
        if not any(line.get("name") == name for line in house.log):
            assert "***" in house.wait_for("alarm", name=name)["reason"]

    for process in processes(house.process.pid):
        for file in ("cmdline", "environ"):
            assert not shows(Path(f"/proc/{process}/{file}").read_text(errors="replace")), file

    house.values["STORE.Database"] = f"mysql://tickets:{MARK}-database@localhost/tickets"
    write_ini(house.folder, house.values)
    house.signal(signal.SIGHUP)
    house.wait_for("configuration not reloaded, the old one stays")
    house.values["STORE.Database"] = "sqlite:var/tickets.db"
    write_ini(house.folder, house.values)
    assert house.stop() == 0

    assert not shows(repr(house.log))
    kept = list((house.folder / "var" / "spool" / "oauth").iterdir())
    assert len(kept) == 3
    assert {file.stat().st_mode & 0o777 for file in kept} == {0o600}
    holding = {file for file in house.folder.rglob("*") if file.name in HOLDING or file in kept}
    assert all(shows(file.read_text()) for file in holding)
    files = [file for file in house.folder.rglob("*") if file.is_file() and file not in holding]
    assert len(files) > 5
    assert [file for file in files if shows(file.read_bytes().decode("latin-1"))] == []
    desk = Desk.at(house.folder)
    for line in SHOWING:
        result = desk.type(*line.split())
        assert result.exit_code in (0, 1, 2)
        assert result.output.strip()
        assert not shows(result.output)


def test_config__hides_the_passwords_of_databases(tmp_path: Path) -> None:
    """B102: a password in the address of a database is shown by no command, nor by an error."""
    address = f"postgresql://tickets:{MARK}-database@127.0.0.1:1/tickets?password={MARK}-again"
    desk = Desk(tmp_path, STORE__Database=address)
    for words in (("config", "show"), ("config", "show", "--json"), ("tickets",), ("status",), ("db", "migrate")):
        assert not shows(desk.type(*words).output), words


@pytest.mark.parametrize(
    "said",
    [
        "no: {0}",
        'LOGIN "support" "{1}"',
        "AUTH PLAIN {2} is wrong",
        "AUTH PLAIN {2}{2}",
        "<{3}>",
        "x{0}x{3}x",
        "grant_type=password&password={4}&x=1",
        "https://x.example/?p={5}",
    ],
)
def test_hidden__in_whatever_form_it_comes_back(said: str) -> None:
    """B102: as it was, quoted, in base64 of PLAIN and of LOGIN; the rest of what was said stays."""
    secret = f'{MARK} "\\é'
    quoted = secret.replace("\\", "\\\\").replace('"', '\\"')
    plain = base64.b64encode(f"\0support\0{secret}".encode()).decode()
    forms = (base64.b64encode(secret.encode()).decode(), quote_plus(secret), quote(secret, safe=""))
    told = hidden(said.format(secret, quoted, plain, *forms), secret)

    assert not shows(told)
    assert "22%5C" not in told
    assert "***" in told
    assert hidden("535 5.7.8 Authentication credentials invalid", secret).endswith("credentials invalid")


LEAKING = """
import sys
from dataclasses import asdict as vars_of
from connector.oauth import cache
from tests.planted import MARK, key_text, look

def test_prints(): print(f"the password is {MARK}-x")
def test_logs(): print(f"the password is {MARK}-x", file=sys.stderr)
def test_in_base64(): print("AHN1cHBvcnQAcGxhbnRlZC1zZWNyZXQteA==")
def test_a_private_key(): print(repr(key_text()))
def test_a_part_of_it(): print(key_text()[900:1100])
def test_a_token(): print(cache.Kept("x", f"{MARK}-access"), vars_of(cache.Kept("x", f"{MARK}-access")))
def test_a_key_in_an_error(): raise ValueError(key_text())
def test_by_a_service(): look(f"{MARK}-x", "log of the service")
def test_is_quiet(): print("nothing")
"""


def test_the_tests_themselves_find_what_is_shown(tmp_path: Path) -> None:
    """B102: a test whose output shows a planted secret fails, whatever it asserts."""
    (tmp_path / "test_leaking.py").write_text(LEAKING)
    command = [sys.executable, "-m", "pytest", "-p", "tests.planted", "-p", "no:cacheprovider", "-n0", "-rfp"]
    done = subprocess.run([*command, "--rootdir", tmp_path, tmp_path], cwd=ROOT, capture_output=True, text=True)

    assert "8 failed, 1 passed" in done.stdout, done.stdout
    assert "PASSED" in done.stdout.partition("test_is_quiet")[0].rpartition("\n")[2]
