"""Memory: a 45 MiB mail through the running service to the sink, and what each process held at its peak.

python -m bench.memory [--kit DIR]
"""

from __future__ import annotations

import argparse
import random
import sys
from base64 import encodebytes
from pathlib import Path

from bench import generator, options
from bench.driver import letter, send
from bench.end_to_end import wait_until_delivered
from bench.mails import MailSet
from bench.service import Service, Usage, install
from bench.sink import Sink

MIB = 1024 * 1024
MAIL_BYTES = 45 * MIB
LIMIT_MIB = 250
LINE_BYTES, LINE_LENGTH = 57, 78  # of content in a line of base64, and of the line on the wire


def large_mail(size: int) -> bytes:
    """A mail of about so many bytes: a line of text, and one attachment in base64."""
    head = (
        f"From: {generator.make_people()[-1].email}\r\nTo: {generator.PUBLIC_ADDRESS}\r\nSubject: Scans\r\n"
        "Message-ID: <large@mailer.example>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/mixed; boundary="large"\r\n\r\n'
        "--large\r\nContent-Type: text/plain; charset=us-ascii\r\n\r\nHere are the scans.\r\n"
        "--large\r\nContent-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n"
        'Content-Disposition: attachment; filename="scans.zip"\r\n\r\n'
    )
    content = random.Random(1).randbytes(size // LINE_LENGTH * LINE_BYTES)
    return head.encode() + encodebytes(content).replace(b"\n", b"\r\n") + b"--large--\r\n"


def measure(scratch: Path, kit: Path | None, size: int = MAIL_BYTES) -> list[Usage]:
    """The processes of a service that has taken in, filed and sent on one mail of this size."""
    people = generator.make_people()
    mails = MailSet(generator.PUBLIC_ADDRESS, people, (), 0)
    with Sink(kit) as sink:
        settings = install(options.new_folder(scratch, "memory"), mails, sink.port)
        with Service(settings) as service:
            send(settings.smtp_in.port, [letter(large_mail(size), people[-1].email, generator.PUBLIC_ADDRESS)])
            wait_until_delivered(settings, 1)
            return service.usage()


def main() -> None:
    """Measure by the command line; exit status 1 where a process held too much."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add(parser)
    args = parser.parse_args()
    with options.scratch(args.work) as scratch:
        processes = measure(scratch, args.kit)
    for process in processes:
        print(f"{process.name:<10}{process.peak_mib:8.1f} MiB at the peak, {process.cpu_s:.2f} s of CPU")
    sys.exit(any(process.peak_mib >= LIMIT_MIB for process in processes))


if __name__ == "__main__":
    main()
