"""What goes over the network in the clear, because the INI says so, is told (B102)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from connector.config.clear import in_the_clear, is_here
from connector.config.settings import ImapIn, OAuth, Pop3In, Settings
from tests.cli.conftest import Desk
from tests.house import shipped_settings


def told(settings: Settings) -> list[str]:
    return [f"[{one.section}] {one}" for one in in_the_clear(settings)]


def test_in_the_clear__passwords_tokens_and_mail() -> None:
    """B102: of every road and the relay, where the server is another machine and Tls is none."""
    shipped = shipped_settings()
    oauth = OAuth("POP3:b", "google", "ann", Path("cache"))
    imap = ImapIn("a", "imap.example.com", "ann", 143, "none", Path("password"))
    out = replace(shipped.outgoing, transport="smtp", host="relay.example.com", tls="none", user="ann")
    own = replace(shipped, imaps=(imap,), pop3s=(Pop3In("b", "pop.example.com", "ann", 110, "none", oauth=oauth),))
    over = "in the clear over the network to"

    assert told(replace(own, outgoing=out)) == [
        f"[IMAP:a] Tls is none: the password and mail go {over} imap.example.com",
        f"[POP3:b] Tls is none: the token and mail go {over} pop.example.com",
        f"[OUTGOING] Tls is none: the password and mail go {over} relay.example.com",
    ]
    assert told(replace(shipped, outgoing=replace(out, user=""))) == [
        f"[OUTGOING] Tls is none: mail goes {over} relay.example.com"
    ]


def test_in_the_clear__nothing_where_all_is_encrypted_or_here() -> None:
    """B102: as shipped, with TLS, and on this machine."""
    shipped = shipped_settings()
    out = replace(shipped.outgoing, transport="smtp", host="relay.example.com", tls="starttls", user="ann")
    imaps = (ImapIn("a", "imap.example.com", "ann", 143, "tls"), ImapIn("b", "::1", "ann", 143, "none"))

    assert told(shipped) == []
    assert told(replace(shipped, imaps=imaps, outgoing=out)) == []
    assert told(replace(shipped, outgoing=replace(out, tls="none", host="127.0.0.2"))) == []


@pytest.mark.parametrize(
    ("host", "here"),
    [("localhost", True), ("LOCALHOST.", True), ("127.8.0.1", True), ("::1", True), ("10.0.0.1", False),
     ("localhost.example.com", False), ("0.0.0.0", False), ("127.0.0.1.example.com", False), ("", False)],
)  # fmt: skip
def test_is_here__as_it_is_written(host: str, here: bool) -> None:
    """B102: a name that only looks local is none."""
    assert is_here(host) is here


def test_check__warns(tmp_path: Path) -> None:
    """B102: `config check` and `doctor` tell it; the configuration is in order all the same."""
    (tmp_path / "secret").write_text("x")
    desk = Desk(
        tmp_path, OUTGOING__Transport="smtp", OUTGOING__Host="relay.example.com", OUTGOING__Tls="none",
        OUTGOING__User="ann", OUTGOING__PasswordFile="secret",
    )  # fmt: skip

    assert "warning: [OUTGOING] Tls is none: the password" in desk.type("config", "check").stderr
    assert "problem: [OUTGOING] Tls: Tls is none: the password" in desk.type("doctor", "--no-network", width=200).stdout
