"""STARTTLS and log-in on real sockets: what is offered when, what survives, and who is believed to be whom."""

from __future__ import annotations

import asyncio
import base64
import shutil
import ssl
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
import structlog

from connector import spool_queue, users_file
from connector.intake.limits import Limits
from connector.intake.login import Logins
from connector.intake.smtp import SmtpIntake
from tests.authority import Authority
from tests.intake.talking import Client, Service, scenario
from tests.planted import MARK, shows

ALICE, PASSWORD = "alice@company.example", f"{MARK}-pässword"
QUICK = Limits(log_in_pause=0.001)


@pytest.fixture(scope="module")
def users(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Alice may log in; her hash is a cheap one, for many tests work it out."""
    file = tmp_path_factory.mktemp("users") / "users"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(users_file, "LN", 10)
        users_file.put(file, ALICE, PASSWORD)
    return file


@pytest.fixture
def play(tmp_path: Path, authority: Authority, users: Path) -> Callable[..., None]:
    """Run a script against a listener with a certificate and users."""

    def run(script: Callable[[Service, Client], Awaitable[None]], **settings: Any) -> None:
        made = authority.certificate()
        with_tls = {"tls_certificate": made.certificate, "tls_key": made.key, "auth_users_file": users}
        scenario(tmp_path, script, **{"limits": QUICK, **with_tls, **settings})

    return run


def b64(*parts: str) -> str:
    return base64.b64encode("\0".join(parts).encode()).decode()


async def secure(client: Client, authority: Authority) -> str:
    """Begin TLS; what EHLO says then."""
    await client.command("EHLO x.example")
    await client.begin_tls(authority)
    return await client.command("EHLO x.example")


# -- TLS ---------------------------------------------------------------------------------------------------------


def test_starttls__what_is_offered_when(play: Callable[..., None], authority: Authority) -> None:
    """B6, RFC 4954: STARTTLS before TLS, log-in after it, neither at the other time."""

    async def script(service: Service, client: Client) -> None:
        before = await client.command("EHLO x.example")
        await client.begin_tls(authority)
        after = await client.command("EHLO x.example")

        assert ("STARTTLS" in before, "AUTH" in before) == (True, False)
        assert ("STARTTLS" in after, "250-AUTH PLAIN LOGIN" in after) == (False, True)
        assert (await client.command("STARTTLS")).startswith("503 5.5.1")

    play(script)


def test_starttls__a_mail_goes_through(play: Callable[..., None], authority: Authority) -> None:
    """B6: a large mail, pipelined, in TLS alone."""
    content = b"x" * 400_000 + b"\r\n"

    async def script(service: Service, client: Client) -> None:
        await secure(client, authority)
        start = "MAIL FROM:<amy@x.example>\r\nRCPT TO:<support@company.example>\r\nDATA\r\n"
        assert (await client.say(start, replies=3)).startswith("354")
        assert (await client.say(content + b".\r\nNOOP\r\n", replies=2)) == "250 2.0.0 OK"
        assert service.mails() == [content]

    play(script, require_tls=True)


def test_starttls__nothing_said_before_counts(play: Callable[..., None], authority: Authority) -> None:
    """RFC 3207, 4.2: greeting and transaction begin anew."""

    async def script(service: Service, client: Client) -> None:
        await client.say("EHLO x.example\r\nMAIL FROM:<evil@x.example>\r\n", replies=2)
        await client.begin_tls(authority)

        assert (await client.command("RCPT TO:<support@company.example>")).startswith("503")
        await client.command("EHLO x.example")
        assert (await client.command("RCPT TO:<support@company.example>")) == "503 5.5.1 MAIL comes first"

    play(script)


def test_starttls__no_tls_no_service_for_the_client(play: Callable[..., None]) -> None:
    """RFC 3207: bytes that are no handshake end the connection, and are nobody's fault of ours."""

    async def script(service: Service, client: Client) -> None:
        await client.command("EHLO x.example")
        assert (await client.command("STARTTLS")).startswith("220")
        client.writer.write(b"MAIL FROM:<evil@x.example>\r\n" * 10)
        rest = await asyncio.wait_for(client.reader.read(), 5)  # an alert of TLS, perhaps
        while service.intake.sessions:
            await asyncio.sleep(0.001)
        assert b"250" not in rest

    with structlog.testing.capture_logs() as lines:
        play(script)
    assert "fault" not in [line["event"] for line in lines]


@pytest.mark.parametrize("said", [b"", b"\x16\x03\x01"], ids=["silence", "half a hello"])
def test_starttls__who_goes_no_further_keeps_no_place(play: Callable[..., None], said: bytes) -> None:
    """B6: a client that is cut off before TLS has begun makes room for others."""

    async def script(service: Service, client: Client) -> None:
        await client.command("EHLO x.example")
        assert (await client.command("STARTTLS")).startswith("220")
        client.writer.write(said)
        assert await asyncio.wait_for(client.reader.read(), 5) == b""
        while service.intake.sessions:
            await asyncio.sleep(0.001)
        assert not [task for task in asyncio.all_tasks() if "_handle_client" in str(task)]

    play(script, limits=Limits(command=0.1))


@pytest.mark.parametrize("command", ["MAIL FROM:<a@x.example>", "HELO x.example", "RCPT TO:<a@x.example>", "DATA"])
def test_require_tls__no_mail_in_the_clear(play: Callable[..., None], authority: Authority, command: str) -> None:
    """B6: with RequireTls every command but greeting, NOOP, STARTTLS and QUIT is told 530 5.7.0 before TLS."""

    async def script(service: Service, client: Client) -> None:
        assert (await client.command("EHLO x.example")).startswith("250")
        assert (await client.command(command)).startswith("530 5.7.0")
        assert await client.command("NOOP") == "250 2.0.0 OK"
        await secure(client, authority)
        assert (await client.command("MAIL FROM:<a@x.example>")).startswith("250")

    play(script, require_tls=True)


def test_without_a_certificate__nothing_is_offered(tmp_path: Path) -> None:
    """B6: no certificate, no STARTTLS and no AUTH."""

    async def script(service: Service, client: Client) -> None:
        assert "STARTTLS" not in await client.command("EHLO x.example")
        assert (await client.command("STARTTLS")).startswith("502 5.5.1")
        assert (await client.command("AUTH PLAIN")).startswith("502 5.5.1")

    scenario(tmp_path, script)


def test_old_versions_of_tls_are_refused(play: Callable[..., None], authority: Authority) -> None:
    """TLS 1.2 is the least."""

    async def script(service: Service, client: Client) -> None:
        old = authority.trusting()
        with pytest.warns(DeprecationWarning, match="TLSv1"):
            old.minimum_version, old.maximum_version = ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1
        old.set_ciphers("ALL:@SECLEVEL=0")
        await client.command("STARTTLS")
        with pytest.raises((ssl.SSLError, ConnectionError)):
            await client.writer.start_tls(old, server_hostname="localhost")

    play(script)


def test_certificate__is_read_anew(play: Callable[..., None], authority: Authority, tmp_path: Path) -> None:
    """B101: who connects after a reload gets the new certificate; one that does not do leaves the old one."""
    first, second = authority.certificate(), authority.certificate(last="20980101000000Z")
    files = tmp_path / "cert.pem", tmp_path / "key.pem"

    def lay(made: object) -> None:
        shutil.copy(made.certificate, files[0])  # type: ignore[attr-defined]
        shutil.copy(made.key, files[1])  # type: ignore[attr-defined]

    async def ends(service: Service) -> str:
        client = await service.connect()
        await client.begin_tls(authority)
        return str(client.writer.get_extra_info("peercert")["notAfter"])

    async def script(service: Service, client: Client) -> None:
        assert isinstance(service.intake, SmtpIntake)
        assert "2099" in await ends(service)
        lay(second)
        service.intake.read_certificate()
        assert "2098" in await ends(service)
        shutil.copy(first.key, files[1])
        with pytest.raises(OSError, match="mismatch"):
            service.intake.read_certificate()
        assert "2098" in await ends(service)

    lay(first)
    play(script, tls_certificate=files[0], tls_key=files[1])


# -- log-in ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "said",
    [
        [f"AUTH PLAIN {b64('', ALICE, PASSWORD)}"],
        [f"AUTH PLAIN {b64(ALICE, 'ALICE@Company.example', PASSWORD)}"],
        ["auth plain", b64("", ALICE, PASSWORD)],
        ["AUTH LOGIN", b64(ALICE), b64(PASSWORD)],
        [f"AUTH LOGIN {b64(ALICE)}", b64(PASSWORD)],
        ["AUTH PLAIN " + b64("", ALICE, f"{MARK}-pa\u0308ssword")],
    ],
)
def test_auth__who_logged_in_is_known(play: Callable[..., None], authority: Authority, said: list[str]) -> None:
    """B26: PLAIN and LOGIN, with the response in the command and after it; the envelope says who it was."""

    async def script(service: Service, client: Client) -> None:
        await secure(client, authority)
        replies = [await client.command(line) for line in said]
        assert [reply[:3] for reply in replies] == ["334"] * (len(said) - 1) + ["235"]
        await client.command("RSET")
        mail = f"MAIL FROM:<{ALICE}>\r\nRCPT TO:<support@company.example>\r\nDATA\r\n"
        await client.say(mail, replies=3)
        await client.say("Subject: x\r\n\r\n.\r\n")

        assert spool_queue.read(service.spool, service.accepted[0]).envelope.auth_user == ALICE
        assert (await client.command(said[0])).startswith("503 5.5.1")

    with structlog.testing.capture_logs() as lines:
        play(script)
    assert not shows(repr(lines))


@pytest.mark.parametrize(
    ("said", "reply"),
    [
        ([f"AUTH PLAIN {b64('', ALICE, 'wrong')}"], "535 5.7.8"),
        ([f"AUTH PLAIN {b64('', 'nobody@company.example', PASSWORD)}"], "535 5.7.8"),
        ([f"AUTH PLAIN {b64('', '', '')}"], "535 5.7.8"),
        ([f"AUTH PLAIN {b64('bob@company.example', ALICE, PASSWORD)}"], "501 5.5.2"),
        ([f"AUTH PLAIN {b64(ALICE, PASSWORD)}"], "501 5.5.2"),
        ([f"AUTH PLAIN {b64('', ALICE, PASSWORD, 'more')}"], "501 5.5.2"),
        (["AUTH PLAIN ="], "501 5.5.2"),
        (["AUTH PLAIN not-base64!"], "501 5.5.2"),
        (["AUTH PLAIN /////w=="], "501 5.5.2"),
        (["AUTH PLAIN", "*"], "501 5.7.0"),
        (["AUTH LOGIN", b64(ALICE), "*"], "501 5.7.0"),
        (["AUTH CRAM-MD5"], "504 5.5.4"),
        (["AUTH"], "501 5.5.4"),
        (["AUTH PLAIN a b"], "501 5.5.4"),
    ],
)
def test_auth__refused(play: Callable[..., None], authority: Authority, said: list[str], reply: str) -> None:
    """B26, B102: whatever is wrong, nobody is logged in, the dialogue goes on, and no log shows what was said."""

    async def script(service: Service, client: Client) -> None:
        await secure(client, authority)
        assert [await client.command(line) for line in said][-1].startswith(reply)
        await client.say("MAIL FROM:<>\r\nRCPT TO:<support@company.example>\r\nDATA\r\n.\r\n", replies=4)
        assert spool_queue.read(service.spool, service.accepted[0]).envelope.auth_user == ""

    with structlog.testing.capture_logs() as lines:
        play(script)
    assert not shows(repr(lines))


def test_auth__never_in_the_clear(play: Callable[..., None]) -> None:
    """B102, RFC 4954: before TLS a log-in is refused, whatever it says."""

    async def script(service: Service, client: Client) -> None:
        await client.command("EHLO x.example")
        assert (await client.command(f"AUTH PLAIN {b64('', ALICE, PASSWORD)}")).startswith("538 5.7.11")
        assert (await client.command("AUTH LOGIN")).startswith("538 5.7.11")

    play(script)


def test_auth__not_within_a_mail(play: Callable[..., None], authority: Authority) -> None:
    """RFC 4954, 4: nobody becomes somebody else after MAIL."""

    async def script(service: Service, client: Client) -> None:
        await secure(client, authority)
        await client.command("MAIL FROM:<>")
        assert (await client.command(f"AUTH PLAIN {b64('', ALICE, PASSWORD)}")).startswith("503 5.5.1")

    play(script)


def test_auth__so_many_tries(play: Callable[..., None], authority: Authority) -> None:
    """The third wrong password ends the connection."""

    async def script(service: Service, client: Client) -> None:
        await secure(client, authority)
        wrong = f"AUTH PLAIN {b64('', ALICE, 'wrong')}"
        replies = [await client.command(wrong) for _ in range(3)]
        assert [reply[:3] for reply in replies] == ["535", "535", "421"]
        assert await client.reply() == "closed"

    play(script)


def test_auth__a_line_without_end(play: Callable[..., None], authority: Authority) -> None:
    """What is too long to be a password ends the connection, and none of it is taken for commands."""

    async def script(service: Service, client: Client) -> None:
        await secure(client, authority)
        await client.command("AUTH PLAIN")
        assert (await client.say("A" * 200_000 + "\r\nNOOP\r\n")).startswith("500 5.5.6")
        assert await client.reply() == "closed"

    play(script)


def test_auth__file_that_went_away_is_our_fault(
    play: Callable[..., None], authority: Authority, tmp_path: Path
) -> None:
    """B6: then a client is told to try again, and the log says why."""

    async def script(service: Service, client: Client) -> None:
        await secure(client, authority)
        assert (await client.command(f"AUTH PLAIN {b64('', ALICE, PASSWORD)}")).startswith("454 4.7.0")

    with structlog.testing.capture_logs() as lines:
        play(script, auth_users_file=tmp_path / "gone")
    assert "gone" in next(line["reason"] for line in lines if line["event"] == "nobody can log in")


def test_auth__others_are_served_meanwhile(play: Callable[..., None], authority: Authority, tmp_path: Path) -> None:
    """Checking a password takes a while, and holds up nobody."""
    users_file.put(tmp_path / "users", ALICE, PASSWORD)

    async def script(service: Service, client: Client) -> None:
        other = await service.connect()
        await secure(client, authority)
        checking = asyncio.create_task(client.command(f"AUTH PLAIN {b64('', ALICE, PASSWORD)}"))
        await asyncio.sleep(0)
        assert await other.command("NOOP") == "250 2.0.0 OK"
        assert not checking.done()
        assert (await checking).startswith("235")

    play(script, auth_users_file=tmp_path / "users")


def test_logins__a_refusal_waits_longer_each_time() -> None:
    """A client that guesses waits twice as long with each wrong guess, up to half a minute; others do not."""
    logins = Logins(Path("nowhere"), Limits())

    assert [logins.pause("10.0.0.1", now) for now in range(7)] == [1, 2, 4, 8, 16, 30, 30]
    assert logins.pause("10.0.0.2", 7) == 1
    assert logins.pause("10.0.0.1", 10_000) == 1
