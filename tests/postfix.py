"""Starts a Postfix of the tests' own from the programs that Debian installs: mail comes by SMTP, and goes on by LMTP.

Postfix starts as root alone, and no program of it runs as root but the first.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.dovecot import free_ports

PROGRAM = Path("/usr/sbin/postfix")
SECONDS = 20.0

MAIN = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/log
maillog_file_prefixes = {folder}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.company.example
mydestination =
alias_maps =
local_recipient_maps =
virtual_mailbox_domains = {domain}
virtual_transport = lmtp:{place}
default_transport = discard
message_size_limit = 0
lmtp_connect_timeout = 5s
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
transport_retry_time = 1s
"""
SERVICES = """
127.0.0.1:{port} inet n - n - - smtpd
cleanup unix n - n - 0 cleanup
qmgr unix n - n 1 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
retry unix - - n - - error
error unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def missing() -> str:
    """Why it cannot run here, or nothing."""
    if not PROGRAM.exists():
        return "Postfix is not installed"
    return "" if os.geteuid() == 0 else "Postfix starts as root alone"


@dataclass(frozen=True)
class Postfix:
    """One that runs."""

    folder: Path
    port: int

    def queued(self) -> int:
        """Mails that it could not hand on yet."""
        folders = ("incoming", "active", "deferred", "maildrop")
        return sum(1 for name in folders for file in (self.folder / "queue" / name).rglob("*") if file.is_file())

    def log(self) -> str:
        """What it wrote."""
        file = self.folder / "log"
        return file.read_text() if file.exists() else ""


@contextmanager
def running(place: str, domain: str, services: str = "", main: str = "") -> Iterator[Postfix]:
    """One that hands all mail for this domain on to this place, `inet:HOST:PORT` or `unix:PATH`.

    `services` are further lines of master.cf, `main` of main.cf, where the last of a name counts.
    """
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    folder.chmod(0o755)
    (port,) = free_ports(1)
    try:
        for name in ("etc", "queue", "data"):
            (folder / name).mkdir()
        shutil.chown(folder / "data", "postfix")
        (folder / "etc" / "main.cf").write_text(MAIN.format(folder=folder, place=place, domain=domain) + main)
        (folder / "etc" / "master.cf").write_text(SERVICES.format(port=port).lstrip() + services)
        process = subprocess.Popen(
            [str(PROGRAM), "-c", str(folder / "etc"), "start-fg"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            yield _started(Postfix(folder, port), process)
        finally:
            os.kill(int((folder / "queue" / "pid" / "master.pid").read_text()), signal.SIGTERM)
            process.wait(SECONDS)
    finally:
        shutil.rmtree(folder)


def _started(postfix: Postfix, process: subprocess.Popen[bytes]) -> Postfix:
    end = time.monotonic() + SECONDS
    while "daemon started" not in postfix.log():
        ended = process.poll() is not None or time.monotonic() > end
        assert not ended, postfix.log() or "Postfix did not start"
        time.sleep(0.05)
    return postfix
