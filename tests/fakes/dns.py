"""A DNS server on a port of 127.0.0.1 that says what a test tells it, in real datagrams."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.resolver
import dns.rrset

TTL = 60


class FakeDns:
    """`records`: by name (without the final dot) and type, what it has; `silent` names are not answered."""

    def __init__(self) -> None:
        self.records: dict[tuple[str, str], list[str]] = {}
        self.silent: set[str] = set()
        self._line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._line.bind(("127.0.0.1", 0))

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._line.getsockname()[1])

    def text(self, name: str, *texts: str) -> None:
        """Give a name text records, or none; each stands there in strings of 200 bytes."""
        self.records[name, "TXT"] = [
            " ".join(_quoted(text.encode()[start : start + 200]) for start in range(0, max(1, len(text.encode())), 200))
            for text in texts
        ]

    @contextmanager
    def running(self) -> Iterator[FakeDns]:
        """Answer until the block ends; meanwhile whoever in this process asks the DNS asks here."""
        before = dns.resolver.default_resolver
        resolver = dns.resolver.Resolver(configure=False)
        resolver.nameservers, resolver.port = ["127.0.0.1"], self.port
        dns.resolver.default_resolver = resolver
        thread = threading.Thread(target=self._run, daemon=True)
        thread.start()
        try:
            yield self
        finally:
            dns.resolver.default_resolver = before
            self._stop()
            thread.join(5)
            self._line.close()

    def _stop(self) -> None:
        """An empty datagram ends it."""
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
            line.sendto(b"", ("127.0.0.1", self.port))

    def _run(self) -> None:
        while True:
            data, client = self._line.recvfrom(65535)
            if not data:
                return
            if (answer := self._answer(dns.message.from_wire(data))) is not None:
                self._line.sendto(answer.to_wire(), client)

    def _answer(self, query: dns.message.Message) -> dns.message.Message | None:
        [asked] = query.question
        name, kind = asked.name.to_text(omit_final_dot=True), dns.rdatatype.to_text(asked.rdtype)
        if name in self.silent:
            return None
        answer = dns.message.make_response(query)
        answer.flags |= dns.flags.RA
        if found := self.records.get((name, kind)):
            answer.answer.append(dns.rrset.from_text(asked.name, TTL, "IN", kind, *found))
        elif not any(known == name for known, _ in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer


def _quoted(data: bytes) -> str:
    return '"' + "".join(f"\\{byte:03d}" for byte in data) + '"'
