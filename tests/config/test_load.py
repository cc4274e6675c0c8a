"""The INI file becomes settings: defaults, letter case, paths, places, reload."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connector.config.load import ConfigError, find_file, load, token_of
from connector.config.sample import ini_text
from connector.config.secrets import secret_file
from connector.config.tokens import NAMED, SECTIONS, TOKENS, Token
from connector.privileges import GROUPS
from storage.records import STATUSES

LEAST = "[EMAILCONNECTOR]\nPublicEmailAddress = support@example.com\n"


def write(folder: Path, text: str) -> Path:
    file = folder / "CmtEmailConnector.ini"
    file.write_text(text, encoding="utf-8")
    return file


def test_load__the_shipped_file_says_the_defaults(tmp_path: Path) -> None:
    """B100: the file with every token and the file with none but the address give the same settings."""
    whole = load(write(tmp_path, ini_text("support@example.com")))
    least = load(write(tmp_path, LEAST))

    assert whole == least


def test_sample__holds_every_token_with_a_comment() -> None:
    """B100: every token stands in the INI with its default and a comment above it."""
    lines = ini_text("support@example.com").split("\n")

    for token in TOKENS:
        mark = "# " if token.section.endswith(NAMED) else ""
        written = f"{mark}{token.name} = {default_of(token)}".rstrip()
        line = max(n for n, text in enumerate(lines) if text == written)
        assert lines[line - 1].startswith("# ")
    assert [line for line in lines if line.startswith("[")] == [f"[{section}]" for section in SECTIONS]


def default_of(token: Token) -> str:
    return "support@example.com" if token.name == "PublicEmailAddress" else token.default


def test_load__letter_case_of_sections_and_tokens_is_ignored(tmp_path: Path) -> None:
    """B100: section and token names ignore letter case."""
    settings = load(write(tmp_path, "[emailconnector]\nPUBLICEMAILADDRESS = Support@Example.Com\n[SmtpIn]\nactive=n\n"))

    assert settings.connector.public_addresses == ("support@example.com",)
    assert not settings.smtp_in.active


@pytest.mark.parametrize("word", ["Y", "y", "yes", "YES", "1", "true"])
def test_load__booleans(tmp_path: Path, word: str) -> None:
    """B100: Y and N, also yes/no, 1/0, true/false."""
    assert load(write(tmp_path, f"{LEAST}StripSignatures = {word}\n")).connector.strip_signatures


def test_load__lists_take_commas_and_semicolons(tmp_path: Path) -> None:
    """B100: lists are separated by either; addresses are normalised; the first public one sends."""
    text = "[EMAILCONNECTOR]\nPublicEmailAddress = B@example.com; a@bücher.example, b@EXAMPLE.com,\n"

    assert load(write(tmp_path, text)).connector.public_addresses == ("b@example.com", "a@xn--bcher-kva.example")


@pytest.mark.parametrize(
    ("written", "size"), [("1", 1), ("512 KiB", 512 * 1024), ("50mib", 50 * 1024**2), ("1GiB", 1024**3)]
)
def test_load__sizes(tmp_path: Path, written: str, size: int) -> None:
    """B100: sizes take KiB, MiB, GiB."""
    text = f"{LEAST}[SMTPIN]\nMaxMessageSize = {written}\n"

    assert load(write(tmp_path, text)).smtp_in.max_message_size == size


def test_load__paths_start_above_a_config_folder_else_beside_the_file(tmp_path: Path) -> None:
    """B100: relative paths are relative to the folder above `config/`, else to the file's folder."""
    config = tmp_path / "config"
    config.mkdir()

    assert load(write(config, LEAST)).store.spool == tmp_path / "var" / "spool"
    assert load(write(tmp_path, LEAST)).store.spool == tmp_path / "var" / "spool"
    assert load(write(tmp_path, LEAST)).store.database == f"sqlite:{tmp_path}/var/tickets.db"


def test_load__byte_order_mark_crlf_and_percent_signs_are_nothing_special(tmp_path: Path) -> None:
    """B100: a file from Windows is a file; there is no interpolation."""
    file = tmp_path / "CmtEmailConnector.ini"
    file.write_bytes(b"\xef\xbb\xbf" + (LEAST + "ResponseFromName = 100 %(x)s\n").replace("\n", "\r\n").encode())

    assert load(file).connector.response_from_name == "100 %(x)s"


def test_load__own_status_names(tmp_path: Path) -> None:
    """B91, B100: names change, meanings stay; ReopenStatus may be said in either."""
    names = [f"S{n}" for n in range(10)]
    for reopen in ("S6", "Hold"):
        settings = load(
            write(tmp_path, f"{LEAST}ReopenStatus = {reopen}\n[TICKETS]\nStatusNames = {'; '.join(names)}\n")
        )

        assert settings.tickets.status_names == dict(zip(STATUSES, names, strict=True))
        assert settings.connector.reopen_status == "Hold"


@pytest.mark.parametrize(
    ("names", "problem"),
    [
        (", ".join(STATUSES[:9]), "found 9 names; allowed 10 different names, in order"),
        (", ".join((*STATUSES, "More")), "found 11 names; allowed 10 different names, in order"),
        (", ".join((*STATUSES[:9], "hold")), "found 10 names, of which 'Hold' and 'hold' are the same; allowed 10"),
        ("", "found 0 names; allowed 10 different names, in order"),
    ],
)
def test_load__wrong_status_names(tmp_path: Path, names: str, problem: str) -> None:
    """B91, B100: ten names, each once, letter case ignored; the error names those that are double."""
    with pytest.raises(ConfigError, match=re.escape(problem)):
        load(write(tmp_path, f"{LEAST}[TICKETS]\nStatusNames = {names}\n"))


def test_load__reopen_status_is_what_the_ini_means(tmp_path: Path) -> None:
    """B35, B91: where the INI gives a closed status the name of an open one, that name is the closed one."""
    names = ", ".join((*STATUSES[:1], "Waiting", *STATUSES[2:9], "Pending"))
    with pytest.raises(ConfigError, match="ReopenStatus: found 'Pending'; allowed New, Scheduled"):
        load(write(tmp_path, f"{LEAST}[TICKETS]\nStatusNames = {names}\n"))
    settings = load(write(tmp_path, f"{LEAST}ReopenStatus = waiting\n[TICKETS]\nStatusNames = {names}\n"))
    assert settings.connector.reopen_status == "Pending"


def test_load__own_privilege_group(tmp_path: Path) -> None:
    """B96: `[PRIVILEGES:name]` adds a group and leaves the shipped ones as they are."""
    settings = load(write(tmp_path, f"{LEAST}[Privileges:Night shift]\nprivileges = email-messages; edit-rules\n"))

    assert settings.groups == {**GROUPS, "Night shift": frozenset(("email-messages", "edit-rules"))}


def test_load__wrong_together_is_told_beside_wrong_alone(tmp_path: Path) -> None:
    """B100: all mistakes at once: a contradiction is told though another token is wrong by itself."""
    file = write(tmp_path, f"{LEAST}ReopenDays = x\n[OUTGOING]\nTransport = smtp\n")

    with pytest.raises(ConfigError) as refused:
        load(file)

    assert [problem.key for problem in refused.value.problems] == ["ReopenDays", "Host"]


def test_load__pattern_without_end_does_not_hang(tmp_path: Path) -> None:
    """B101: a pattern that runs away on the format is refused after a second."""
    pattern = r"(?P<number>(?:\w+[^x]?)+)+#$"
    file = write(tmp_path, f"{LEAST}TicketSubjectPattern = {pattern}\nTicketSubjectFormat = [{{number}}] {'a' * 60}\n")

    with pytest.raises(ConfigError, match="TicketSubjectFormat"):
        load(file)


def test_find_file__in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B100: the option, EMAIL_CONNECTOR_CONFIG, ./config, /etc/email-connector."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("EMAIL_CONNECTOR_CONFIG", raising=False)
    (tmp_path / "config").mkdir()
    own = write(tmp_path / "config", LEAST)
    assert find_file(None).absolute() == own

    monkeypatch.setenv("EMAIL_CONNECTOR_CONFIG", "/by/environment.ini")
    assert find_file(None) == Path("/by/environment.ini")
    assert find_file("/by/option.ini") == Path("/by/option.ini")


def test_secret_file__credentials_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B102: a name without a slash is looked up among systemd's credentials first, one with a slash never."""
    credentials = tmp_path / "credentials"
    credentials.mkdir()
    for folder in (credentials, tmp_path):
        (folder / "relay").write_text("secret")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(credentials))

    assert secret_file("relay", tmp_path) == credentials / "relay"
    assert secret_file("./relay", tmp_path) == tmp_path / "relay"
    assert secret_file("nowhere", tmp_path) is None


@pytest.mark.parametrize(
    "name", ["ReopenDays", "reopendays", "EMAILCONNECTOR.ReopenDays", "[emailconnector].reopendays"]
)
def test_token_of__with_or_without_section(name: str) -> None:
    """B100: `config explain` finds a token by its name, letter case ignored."""
    assert [token.name for token in token_of(name)] == ["ReopenDays"]


def test_token_of__name_in_several_sections() -> None:
    """B100: a name that stands in two sections is explained for both, one that stands in none for none."""
    assert [token.section for token in token_of("Host")] == [t.section for t in TOKENS if t.name == "Host"]
    assert token_of("Nothing") == []
