"""Acceptance alone: mails spooled, synced and answered 250 a second, beside a bare aiosmtpd that syncs as we do.

python -m bench.acceptance [--mails 500] [--runs 3] [--kit DIR]
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
from dataclasses import dataclass
from itertools import cycle, islice
from pathlib import Path

from bench import options
from bench.acceptance_servers import PUBLIC_ADDRESS, SERVERS
from bench.driver import Letter, letter, send
from bench.mails import MailSet

CONNECTIONS = 10
REPEATED = 4  # so often the small mails are sent in one run


@dataclass(frozen=True, slots=True)
class Acceptance:
    """Accepted mails a second, ours and the bare server's."""

    ours_per_s: float
    bare_per_s: float

    @property
    def ratio(self) -> float:
        """Ours to the bare one's."""
        return self.ours_per_s / self.bare_per_s


def measure(mails: MailSet, scratch: Path, runs: int) -> Acceptance:
    """The medians of so many runs of either server, in turn; mails of about 4 KB over ten connections."""
    small = [letter(mail.raw, mail.sender, PUBLIC_ADDRESS) for mail in mails.small]
    letters = list(islice(cycle(small), REPEATED * len(mails.mails)))
    found: dict[str, list[float]] = {name: [] for name in SERVERS}
    for _ in range(runs):
        for name in SERVERS:
            found[name].append(_run(name, letters, scratch))
    return Acceptance(statistics.median(found["ours"]), statistics.median(found["bare"]))


def _run(name: str, letters: list[Letter], scratch: Path) -> float:
    data = options.new_folder(scratch, name)
    with data.with_suffix(".log").open("wb") as log:
        command = [sys.executable, "-m", "bench.acceptance_servers", name, str(data)]
        server = subprocess.Popen(command, cwd=options.ROOT, stdout=subprocess.PIPE, stderr=log, text=True)
        try:
            assert server.stdout is not None
            port = int(json.loads(server.stdout.readline())["port"])
            return send(port, letters, CONNECTIONS).per_s
        finally:
            server.kill()
            server.communicate()


def main() -> None:
    """Measure by the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    options.add(parser)
    args = parser.parse_args()
    with options.scratch(args.work) as scratch:
        found = measure(options.mail_set(args, scratch), scratch, args.runs)
    print(f"ours {found.ours_per_s:.0f}/s, bare aiosmtpd {found.bare_per_s:.0f}/s, ratio {found.ratio:.2f}")


if __name__ == "__main__":
    main()
