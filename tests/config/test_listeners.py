"""Certificates, keys and users that the configuration names: what fits, and what is refused (B100, B102)."""

from __future__ import annotations

import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from connector import tls
from connector.config.load import ConfigError, load
from connector.config.settings import Settings, SmtpIn
from tests.authority import Authority
from tests.service import write_ini

MISSING = {"SMTPIN.AuthUsersFile": "users"}


def read(folder: Path, certificate: Path, key: Path | str) -> Settings:
    return load(write_ini(folder, {"SMTPIN.TlsCertificate": str(certificate), "SMTPIN.TlsKey": str(key)}))


@pytest.mark.parametrize(
    ("written", "place"),
    [
        ("127.0.0.1:24", ("127.0.0.1", 24)),
        ("[::1]:24", ("::1", 24)),
        ("/run/lmtp", Path("/run/lmtp")),
        ("/run/a:24", Path("/run/a:24")),
    ],
)
def test_place_of_lmtp(tmp_path: Path, written: str, place: object) -> None:
    """interface: a path or host:port."""
    file = write_ini(tmp_path, {"LMTPIN.Active": "Y", "LMTPIN.Listen": written})

    assert load(file).lmtp_in.listen == place


def test_place_of_lmtp__relative_and_wrong(tmp_path: Path) -> None:
    """interface: a relative path starts from the base folder; a port has bounds."""
    assert load(write_ini(tmp_path, {"LMTPIN.Listen": "var/lmtp"})).lmtp_in.listen == tmp_path / "var" / "lmtp"
    with pytest.raises(ConfigError, match="HOST:PORT"):
        load(write_ini(tmp_path, {"LMTPIN.Listen": "localhost:99999"}))


def test_key_of_another_certificate(tmp_path: Path, authority: Authority) -> None:
    """B100: told before anything is started with it."""
    with pytest.raises(ConfigError, match="TlsKey: found a certificate and a key that do not fit each other; allowed"):
        read(tmp_path, authority.certificate().certificate, authority.certificate("relay.example").key)


def test_key_with_a_password_is_not_asked_for(tmp_path: Path, authority: Authority) -> None:
    """B100: nobody sits before a service to type one."""
    locked = tmp_path / "locked.key"
    made = authority.certificate()
    command = ["openssl", "ec", "-in", made.key, "-aes256", "-passout", "pass:x", "-out", locked]
    subprocess.run(command, check=True, capture_output=True)

    with pytest.raises(ConfigError, match="the key without a password"):
        read(tmp_path, made.certificate, locked)


def test_certificate_and_key_in_one_file(tmp_path: Path, authority: Authority) -> None:
    """B100: then TlsKey is empty."""
    made, both = authority.certificate(), tmp_path / "both.pem"
    both.write_bytes(made.certificate.read_bytes() + made.key.read_bytes())

    settings = read(tmp_path, both, "").smtp_in

    assert (settings.tls_certificate, settings.tls_key) == (both, None)


def test_key_among_the_credentials_of_systemd(
    tmp_path: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    """B102: a name without a slash is looked up there first."""
    made = authority.certificate()
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(made.key.parent))

    assert read(tmp_path, made.certificate, made.key.name).smtp_in.tls_key == made.key


def test_file_of_users_that_is_yet_to_be_made(tmp_path: Path, authority: Authority) -> None:
    """B100: refused, except for the command that makes it."""
    made = authority.certificate()
    named = {"SMTPIN.TlsCertificate": str(made.certificate), "SMTPIN.TlsKey": str(made.key)}
    file = write_ini(tmp_path, named | MISSING)

    with pytest.raises(ConfigError, match="AuthUsersFile"):
        load(file)
    assert load(file, tuple(MISSING)).smtp_in.auth_users_file == tmp_path / "users"


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (datetime(2020, 12, 1, tzinfo=UTC), ""),
        (datetime(2020, 12, 20, tzinfo=UTC), "ends on 2021-01-01 00:00 UTC"),
        (datetime(2021, 1, 1, tzinfo=UTC), "Clients refuse"),
        (datetime(2019, 12, 31, tzinfo=UTC), "Clients refuse"),
    ],
)
def test_certificate_that_ends(authority: Authority, now: datetime, told: str) -> None:
    """B107: two weeks before its end, and when it has ended or not begun."""
    made = authority.expired()
    trouble = tls.certificate_trouble(SmtpIn(tls_certificate=made.certificate, tls_key=made.key), now)

    assert told in trouble
    assert bool(trouble) == bool(told)
    assert tls.certificate_trouble(SmtpIn(False, tls_certificate=made.certificate), now) == ""


def test_certificate_that_went_away(tmp_path: Path) -> None:
    """B107: what cannot be read any more is told too."""
    gone = SmtpIn(tls_certificate=tmp_path / "gone")

    assert "cannot be read" in tls.certificate_trouble(gone, datetime.now(UTC))
