"""Starts a Dovecot of the tests' own from the programs that Debian installs: IMAP and POP3, with and without TLS."""

from __future__ import annotations

import grp
import imaplib
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.authority import Certificate

PROGRAM = Path("/usr/sbin/dovecot")
NEEDED = (PROGRAM, Path("/usr/lib/dovecot/imap"), Path("/usr/lib/dovecot/pop3"))
PASSWORD = "planted-Secret-7"
SECONDS = 10.0
MEMORY = Path("/dev/shm")

CONFIGURATION = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/log
protocols = imap pop3
listen = 127.0.0.1
default_internal_user = {internal}
default_internal_group = {group}
default_login_user = {login}
first_valid_uid = 1
ssl = yes
ssl_cert = <{certificate}
ssl_key = <{key}
mail_location = maildir:{folder}/mail/%u
mail_fsync = never
mail_max_userip_connections = 0
passdb {{
  driver = static
  mechanisms = plain login
  args = password={password}
}}
{tokens}
userdb {{
  driver = static
  args = uid={owner} gid={group} home={folder}/mail/%u
}}
service anvil {{
  chroot =
}}
service imap-login {{
  chroot =
  service_count = 0
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service pop3-login {{
  chroot =
  service_count = 0
  inet_listener pop3 {{
    port = {pop3}
  }}
  inet_listener pop3s {{
    port = {pop3s}
    ssl = yes
  }}
}}
protocol imap {{
  imap_idle_notify_interval = 1 min
}}
"""

TOKENS = """
auth_failure_delay = 0
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
auth_mechanisms = plain login {mechanisms}
passdb {{
  driver = oauth2
  mechanisms = xoauth2 oauthbearer
  args = {folder}/oauth2.conf
}}
"""
INTROSPECTION = """
introspection_url = {server}/introspect?token=
introspection_mode = get
active_attribute = active
active_value = true
username_attribute = username
"""


def missing() -> str:
    """Why it cannot be started, or nothing."""
    away = [str(program) for program in NEEDED if not program.exists()]
    return f"no Dovecot: {', '.join(away)} missing" if away else ""


@dataclass(frozen=True)
class Dovecot:
    """A running server; every user may log in with PASSWORD, and has a mailbox of his own."""

    folder: Path
    imap: int
    imaps: int
    pop3: int
    pop3s: int

    def maildir(self, user: str) -> Path:
        """Where a user's INBOX lies."""
        return self.folder / "mail" / user

    @contextmanager
    def client(self, user: str, folder: str = "INBOX") -> Iterator[imaplib.IMAP4]:
        """A mail program with one of the user's folders open."""
        with imaplib.IMAP4("127.0.0.1", self.imap, timeout=SECONDS) as client:
            client.login(user, PASSWORD)
            if folder != "INBOX":
                client.create(folder)
            client.select(folder)
            yield client

    def put(self, user: str, *mails: bytes, flags: str = "", folder: str = "INBOX", hours_ago: float = 0) -> None:
        """Mails arrive, or arrived so long ago."""
        date = imaplib.Time2Internaldate(time.time() - 3600 * hours_ago)
        with self.client(user, folder) as client:
            for mail in mails:
                answer, said = client.append(folder, flags, date, mail)
                assert answer == "OK", said

    def flags(self, user: str, folder: str = "INBOX") -> list[tuple[str, ...]]:
        """The flags of the mails in a folder, by their order; \\Recent does not count."""
        with self.client(user, folder) as client:
            _, lines = client.uid("FETCH", "1:*", "(FLAGS)")
        found = [imaplib.ParseFlags(line) for line in lines if isinstance(line, bytes)]
        return [tuple(sorted(flag.decode() for flag in one if flag != rb"\Recent")) for one in found]

    def number_anew(self, user: str) -> None:
        """Another UIDVALIDITY, and the mails from 1 on, as after a move to another server."""
        folder = self.maildir(user)
        for file in folder.glob("dovecot*"):
            file.unlink()
        time.sleep(1.1)  # Dovecot takes the second for it


def free_ports(number: int) -> Sequence[int]:
    """Ports of 127.0.0.1 that nobody listens on."""
    sockets = [socket.socket() for _ in range(number)]
    for one in sockets:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in sockets]
    for one in sockets:
        one.close()
    return ports


def _accounts() -> dict[str, str]:
    """Who its processes are: Dovecot's own accounts, or whoever runs the tests."""
    if os.geteuid() == 0:
        return {"internal": "dovecot", "login": "dovenull", "owner": "dovecot", "group": "dovecot"}
    me = pwd.getpwuid(os.geteuid()).pw_name
    return {"internal": me, "login": me, "owner": me, "group": grp.getgrgid(os.getegid()).gr_name}


@contextmanager
def running(certificate: Certificate, token_server: str = "", mechanisms: str = "xoauth2") -> Iterator[Dovecot]:
    """A server for as long as the block lasts; nothing of it stays. With a token server it takes tokens as well."""
    folder = Path(tempfile.mkdtemp(prefix="dovecot-", dir=MEMORY if os.access(MEMORY, os.W_OK) else None))
    folder.chmod(0o755)
    accounts = _accounts()
    (folder / "mail").mkdir()
    if os.geteuid() == 0:
        shutil.chown(folder / "mail", accounts["owner"], accounts["group"])
    server = Dovecot(folder, *free_ports(4))
    ports = {name: getattr(server, name) for name in ("imap", "imaps", "pop3", "pop3s")}
    tokens = TOKENS.format(folder=folder, mechanisms=mechanisms) if token_server else ""
    (folder / "oauth2.conf").write_text(INTROSPECTION.format(server=token_server))
    text = CONFIGURATION.format(
        folder=folder, certificate=certificate.certificate, key=certificate.key, password=PASSWORD, tokens=tokens,
        **accounts, **ports,
    )  # fmt: skip
    file = folder / "dovecot.conf"
    file.write_text(text)
    process = subprocess.Popen([str(PROGRAM), "-F", "-c", str(file)], stderr=subprocess.DEVNULL)
    try:
        _wait_for(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(SECONDS)
        shutil.rmtree(folder)


def _wait_for(server: Dovecot, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + SECONDS
    while True:
        try:
            with closing(socket.create_connection(("127.0.0.1", server.imap), 1)) as line:
                if line.recv(4) == b"* OK":
                    return
        except OSError:
            pass
        log = server.folder / "log"
        ended = process.poll() is not None or time.monotonic() > end
        assert not ended, log.read_text() if log.exists() else "Dovecot did not start"
        time.sleep(0.02)
