"""`oauth login`, as it is typed, against a token server."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from connector.oauth import grants
from connector.oauth.asking import SERVER_VARIABLE
from connector.oauth.tokens import Tokens
from tests.cli.conftest import Desk
from tests.fakes.token_server import CLIENT, SECRET, USER, TokenServer
from tests.planted import shows

MICROSOFT = {"OAuth": "microsoft", "OAuthTenant": "company.example", "OAuthClientId": CLIENT}
GOOGLE = {"OAuth": "google", "OAuthClientId": CLIENT, "OAuthSecretFile": "secret"}


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[TokenServer]:
    monkeypatch.setattr("connector.cli.oauth.time.sleep", lambda seconds: None)
    with TokenServer().running() as running:
        monkeypatch.setenv(SERVER_VARIABLE, running.address)
        yield running


def desk(folder: Path, values: dict[str, str]) -> Desk:
    """An installation whose outgoing mail, and whose mailbox, log in so."""
    (folder / "secret").write_text(SECRET)
    road = {"Host": "mail.example", "User": USER, **values}
    sections = {"IMAP:office": road, "OUTGOING": {"User": USER, **values}}
    return Desk(folder, **{f"{name}.{key}": value for name, found in sections.items() for key, value in found.items()})


@pytest.mark.parametrize("section", ["imap:OFFICE", "[OUTGOING]"])
def test_login__by_device_code(section: str, tmp_path: Path, server: TokenServer) -> None:
    """B102: where to log in is told, and the code; no token. The service finds the log-in."""
    server.pending = 2
    typed = desk(tmp_path, MICROSOFT)

    result = typed.type("oauth", "login", section)

    assert (result.exit_code, result.stdout) == (
        0,
        f"{section.strip('[]').replace('imap:OFFICE', 'IMAP:office')}: a token was had for {USER}\n",
    )
    assert "https://login.example/device" in result.stderr
    assert "ABC-123" in result.stderr
    assert not shows(result.output)
    (oauth,) = (one for one in typed.settings.oauths if one.section.lower() == section.strip("[]").lower())
    assert Tokens(oauth).get() in server.good


def test_login__by_browser(tmp_path: Path, server: TokenServer, monkeypatch: pytest.MonkeyPatch) -> None:
    """B102: the address is told; what the browser ended at is pasted; it is not shown again."""
    addresses: list[str] = []

    def paste(*args: object, **more: object) -> str:
        return server.browser(addresses[0])

    def show(text: str, **more: object) -> None:
        addresses.extend(word for word in text.split() if word.startswith(grants.GOOGLE_LOGIN))

    typed = desk(tmp_path, GOOGLE)
    monkeypatch.setattr("connector.cli.oauth.click.prompt", paste)
    monkeypatch.setattr("connector.cli.oauth.click.echo", show)

    assert typed.type("oauth", "login", "OUTGOING").exit_code == 0


def test_login__where_no_person_is_needed(tmp_path: Path, server: TokenServer) -> None:
    """B102: it is tried whether a token can be had; a refusal is told without the secret."""
    typed = desk(tmp_path, {**MICROSOFT, "OAuthSecretFile": "secret"})
    assert typed.done("oauth", "login", "OUTGOING") == f"OUTGOING: a token was had for {USER}\n"

    (tmp_path / "secret").write_text("planted-secret-wrong")
    for cache in (tmp_path / "var" / "spool" / "oauth").iterdir():
        cache.unlink()
    told = typed.refused("oauth", "login", "OUTGOING")
    assert "OUTGOING: 127.0.0.1 answered 401: invalid_client" in told
    assert not shows(told)


def test_login__section_without_oauth(tmp_path: Path) -> None:
    """B100: the sections that do are named."""
    told = desk(tmp_path, MICROSOFT).refused("oauth", "login", "POP3:office")
    assert "POP3:office: it does not log in by OAuth; IMAP:office, OUTGOING does" in told
