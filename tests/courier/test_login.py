"""Log-in at the relay by a password, and what the relay is told of us; tokens are in tests/oauth."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.authority import Authority
from tests.courier.test_relay import send_tls
from tests.fakes.relay import FakeRelay
from tests.planted import MARK, shows


@pytest.mark.parametrize("mechanisms", ["PLAIN", "LOGIN", "CRAM-MD5", "LOGIN PLAIN CRAM-MD5", "XOAUTH2 LOGIN"])
def test_auth__logs_in_with_user_and_password_file(authority: Authority, tmp_path: Path, mechanisms: str) -> None:
    """B102: user and password are used after TLS; the password comes out of a file. Microsoft 365 knows LOGIN alone."""
    (tmp_path / "password").write_text(f"{MARK}-right\n")
    users = {"support": f"{MARK}-right"}
    fake = FakeRelay(tls=authority.certificate().context(), users=users, mechanisms=mechanisms)

    outcome = send_tls(fake, "starttls", authority.trusting(), user="support", password_file=tmp_path / "password")

    assert outcome.state == "sent"
    assert fake.logins == ["support"]
    assert len([command for command in fake.commands if command.startswith("AUTH")]) == 1


def test_auth__in_the_clear_the_password_is_not_said_where_it_need_not_be(tmp_path: Path) -> None:
    """B102: without TLS, which the INI may ask for, CRAM-MD5 comes first."""
    (tmp_path / "password").write_text(f"{MARK}-right")
    fake = FakeRelay(users={"support": f"{MARK}-right"}, mechanisms="PLAIN LOGIN CRAM-MD5")

    assert send_tls(fake, "none", None, user="support", password_file=tmp_path / "password").state == "sent"
    assert not shows(" ".join(fake.commands))


def test_auth__is_tried_once(authority: Authority, tmp_path: Path) -> None:
    """B87, B107: a relay that hangs up behind its refusal is heard: somebody is told at once, and no account locked."""
    (tmp_path / "password").write_text(f"{MARK}-wrong")
    fake = FakeRelay(
        tls=authority.certificate().context(), users={"support": "x"}, mechanisms="LOGIN PLAIN", cut_after_refusal=True
    )

    outcome = send_tls(fake, "starttls", authority.trusting(), user="support", password_file=tmp_path / "password")

    assert (outcome.down, outcome.urgent) == (True, True)
    assert "535 5.7.8" in outcome.answer
    assert len([command for command in fake.commands if command.startswith("AUTH")]) == 1


@pytest.mark.parametrize("mechanisms", ["XOAUTH2", ""])
def test_auth__password_that_nobody_asks_for(authority: Authority, tmp_path: Path, mechanisms: str) -> None:
    """B87, B107: a relay that takes tokens alone, as Microsoft 365 and Google may: what it offers is told, at once."""
    (tmp_path / "password").write_text(f"{MARK}-right")
    fake = FakeRelay(tls=authority.certificate().context(), users={"support": "x"}, mechanisms=mechanisms)

    outcome = send_tls(fake, "starttls", authority.trusting(), user="support", password_file=tmp_path / "password")

    assert (outcome.down, outcome.urgent) == (True, True)
    assert f"AUTH: it takes no password, but offers {mechanisms or 'no log-in at all'}" in outcome.answer
    assert not any(command.startswith(("AUTH", "MAIL")) for command in fake.commands)


@pytest.mark.parametrize(
    ("hostname", "said"), [("mail.company.example", "mail.company.example"), ("box", "[127.0.0.1]")]
)
def test_ehlo__says_a_name_that_relays_take(hostname: str, said: str) -> None:
    """RFC 5321, 4.1.3: Postfix with reject_non_fqdn_helo_hostname refuses each mail of one without a dot."""
    fake = FakeRelay()

    assert send_tls(fake, "none", None, hostname=hostname).state == "sent"
    assert fake.commands[0] == f"EHLO {said}"


@pytest.mark.parametrize("user", ["support", ""])
@pytest.mark.parametrize("reply", [FakeRelay.login_reply, "535 5.7.8 no: {line} is wrong"])
def test_auth__refused_is_down_and_shows_no_secret(authority: Authority, tmp_path: Path, user: str, reply: str) -> None:
    """B102, B107: a refused log-in, or one that is missing, is the relay's matter, not the mail's, and somebody's.

    No secret is shown, not even where the relay says it back.
    """
    (tmp_path / "password").write_text(f"{MARK}-wrong")
    fake = FakeRelay(tls=authority.certificate().context(), users={"support": f"{MARK}-right"}, login_reply=reply)

    outcome = send_tls(fake, "starttls", authority.trusting(), user=user, password_file=tmp_path / "password")

    assert (outcome.state, outcome.down, outcome.urgent) == ("deferred", True, True)
    assert not shows(outcome.answer)


def test_auth__password_that_cannot_be_read(authority: Authority, tmp_path: Path) -> None:
    """B107: a password file that went away is somebody's matter too; nothing is sent without the log-in."""
    fake = FakeRelay(tls=authority.certificate().context())

    outcome = send_tls(fake, "starttls", authority.trusting(), user="support", password_file=tmp_path / "gone")

    assert (outcome.state, outcome.down, outcome.urgent) == ("deferred", True, True)
    assert fake.connections == 0
