"""The listeners of the service as a process: TLS, log-in, LMTP, and what a reload makes of them."""

from __future__ import annotations

import shutil
import signal
import smtplib
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from connector import users_file
from tests.authority import Authority, Certificate
from tests.house import PUBLIC, ROOT, mail_bytes
from tests.planted import MARK, shows
from tests.service import Service, write_ini

ALICE, PASSWORD = "alice@company.example", f"{MARK}-alice"


@pytest.fixture
def place() -> Iterator[Path]:
    """A path that is short enough for a socket (108 bytes)."""
    with TemporaryDirectory(prefix="lmtp") as folder:
        yield Path(folder) / "s"


@pytest.fixture
def quick(tmp_path: Path) -> dict[str, str]:
    """Few rules, which are soon read: these tests start and reload much."""
    folder = tmp_path / "rules"
    shutil.copytree(ROOT / "rules" / "templates", folder / "templates")
    shutil.copy(ROOT / "tests" / "workbench" / "rules" / "quick.ini", folder)
    return {"RULES__Directory": str(folder)}


def alice_mail(number: int) -> bytes:
    return mail_bytes(f"Alice <{ALICE}>", Message_ID=f"<{number}@company.example>", body=f"Mail {number}.\r\n")


def ends(service: Service, authority: Authority) -> str:
    """When the certificate ends that the service shows now."""
    with smtplib.SMTP("localhost", service.port, timeout=30) as client:
        client.starttls(context=authority.trusting())
        assert isinstance(client.sock, ssl.SSLSocket)
        return str((client.sock.getpeercert() or {})["notAfter"])


def lay(made: Certificate, folder: Path) -> None:
    """Put a certificate where the service looks for it."""
    shutil.copy(made.certificate, folder / "cert.pem")
    shutil.copy(made.key, folder / "key.pem")


def reload(service: Service, **values: str) -> None:
    service.values.update({name.replace("__", "."): value for name, value in values.items()})
    write_ini(service.folder, service.values)
    service.signal(signal.SIGHUP)


def test_log_in_proves_who_wrote(tmp_path: Path, authority: Authority, quick: dict[str, str]) -> None:
    """B26: with EmployeeAuthentication=required a mail after a log-in is filed, the same without one is held."""
    users_file.put(tmp_path / "users", ALICE, PASSWORD)
    values = quick | authority.certificate().tokens() | {"SMTPIN__AuthUsersFile": str(tmp_path / "users")}
    with Service(tmp_path, EMAILCONNECTOR__EmployeeAuthentication="required", **values) as service:
        with smtplib.SMTP("localhost", service.port, timeout=30) as client:
            client.starttls(context=authority.trusting())
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login(ALICE, f"{MARK}-wrong")
            client.login(ALICE, PASSWORD)
            client.sendmail(ALICE, [PUBLIC], alice_mail(1))
        service.wait_for("filed")
        service.wait_for("held", mail=service.send(alice_mail(2), sender=ALICE))
        assert service.stop() == 0
    assert not shows(repr(service.log))


def test_lmtp__and_what_reloads_change(
    tmp_path: Path, authority: Authority, place: Path, quick: dict[str, str]
) -> None:
    """B1, B101: mail by LMTP is filed; a reload takes a new certificate, and moves or ends a listener."""
    lay(authority.certificate(), tmp_path)
    values = quick | {"SMTPIN__TlsCertificate": "cert.pem", "SMTPIN__TlsKey": "key.pem"}
    with Service(tmp_path, LMTPIN__Active="Y", LMTPIN__Listen=str(place), **values) as service:
        service.wait_for("listening", road="lmtp", path=str(place))
        with smtplib.LMTP(str(place)) as client:
            client.sendmail("jane@acme.example", [PUBLIC], mail_bytes("jane@acme.example"))
        service.wait_for("filed")
        assert "2099" in ends(service, authority)

        lay(authority.certificate(last="20980101000000Z"), tmp_path)
        reload(service, LMTPIN__Listen="127.0.0.1:0")
        port = service.wait_for("listening", road="lmtp")["port"]
        service.wait_for("configuration reloaded")
        assert "2098" in ends(service, authority)
        assert not place.exists()
        with smtplib.LMTP("127.0.0.1", port) as client:
            assert client.noop()[0] == 250

        shutil.copy(authority.certificate().key, tmp_path / "key.pem")
        reload(service, LMTPIN__Active="N")
        told = service.wait_for("configuration not reloaded, the old one stays")
        assert "do not fit each other" in told["problem"]
        assert "2098" in ends(service, authority)
        with smtplib.LMTP("127.0.0.1", port) as client:
            assert client.noop()[0] == 250

        lay(authority.certificate(), tmp_path)
        service.signal(signal.SIGHUP)
        service.wait_for("configuration reloaded")
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port))
        assert service.stop() == 0


def test_reload__an_address_that_cannot_be_had(tmp_path: Path, place: Path, quick: dict[str, str]) -> None:
    """B101: whole or not at all: both listeners are as before, and take mail."""
    place.write_text("no socket")
    with Service(tmp_path, **quick) as service:
        reload(service, LMTPIN__Active="Y", LMTPIN__Listen=str(place))
        told = service.wait_for("configuration not reloaded, the old one stays")
        assert f"no socket (Listen = {place} in [LMTPIN])" in told["problem"]
        service.wait_for("filed", mail=service.send(mail_bytes("jane@acme.example")))


def test_certificate_that_ended_is_told(tmp_path: Path, authority: Authority, quick: dict[str, str]) -> None:
    """B107: the service takes mail all the same, and raises an alarm; a new certificate ends it."""
    lay(authority.expired(), tmp_path)
    values = quick | {"SMTPIN__TlsCertificate": "cert.pem", "SMTPIN__TlsKey": "key.pem"}
    with Service(tmp_path, **values) as service:
        assert "2021-01-01" in service.wait_for("alarm", name="certificate")["reason"]
        lay(authority.certificate(), tmp_path)
        service.signal(signal.SIGHUP)
        service.wait_for("alarm is over", name="certificate")
