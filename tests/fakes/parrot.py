"""IMAP and POP3 servers on 127.0.0.1 that refuse every log-in, and say back what they were told."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class _Imap(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"* OK ready\r\n")
        for line in self.rfile:
            tag, _, command = line.strip().partition(b" ")
            if command.upper() == b"CAPABILITY":
                self.wfile.write(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + tag + b" OK done\r\n")
            elif command.upper().startswith(b"AUTHENTICATE"):
                self.wfile.write(b"+ \r\n")
                self.wfile.write(tag + b" NO [AUTHENTICATIONFAILED] no: " + self.rfile.readline())
            else:
                self.wfile.write(tag + b" NO " + command + b"\r\n")


class _Pop3(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(b"+OK ready\r\n")
        for line in self.rfile:
            if line.startswith(b"AUTH"):
                self.wfile.write(b"+ \r\n")
                line = self.rfile.readline()
            self.wfile.write((b"+OK " if line.startswith(b"USER") else b"-ERR no: ") + line)


@contextmanager
def parrots() -> Iterator[tuple[int, int]]:
    """Both of them, until the block ends; their ports, IMAP first."""
    servers = [socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) for handler in (_Imap, _Pop3)]
    for server in servers:
        server.daemon_threads = True
        server.handle_error = lambda request, client: None  # type: ignore[method-assign]  # clients go when they like
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        yield servers[0].server_address[1], servers[1].server_address[1]
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()
