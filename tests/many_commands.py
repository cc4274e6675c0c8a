"""Runs many commands at once, each in a process of its own that is forked when the program's modules are loaded.

    python -m tests.many_commands CONFIG AT_ONCE < COMMANDS

Both ends speak JSON: an array of arrays of words comes in, an array of [exit status, standard error] goes out. A
program started anew would spend nearly all of its time with loading, and hardly meet the others in the database.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from typing import IO

from connector.cli.root import root

LOADED = (
    "connector.cli.errors",
    "connector.cli.history",
    "connector.cli.inbox",
    "connector.cli.recipients",
    "connector.cli.ticket",
    "connector.config.load",
    "storage.store",
)
"""Loaded once, before the first fork."""


def run(words: Sequence[str], said: IO[bytes]) -> int:
    """Start one command; the id of its process."""
    child = os.fork()
    if child:
        return child
    status = 70
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        os.dup2(said.fileno(), 2)
        root.main(list(words), prog_name="email-connector")
    except SystemExit as ended:
        status = int(ended.code or 0)
    finally:
        sys.stderr.flush()
        os._exit(status)


def main(config: str, at_once: int) -> None:
    """Run all commands, at most so many at a time."""
    for name in LOADED:
        importlib.import_module(name)
    many = json.load(sys.stdin)
    outputs = [tempfile.TemporaryFile() for _ in many]  # noqa: SIM115  # each is read when its command has ended
    statuses: dict[int, int] = {}
    running: dict[int, int] = {}
    for number, words in enumerate(many):
        while len(running) >= at_once:
            _wait(running, statuses)
        running[run(["--config", config, *words], outputs[number])] = number
    while running:
        _wait(running, statuses)
    print(json.dumps([[statuses[number], _text(output)] for number, output in enumerate(outputs)]))


def _wait(running: dict[int, int], statuses: dict[int, int]) -> None:
    child, status = os.wait()
    statuses[running.pop(child)] = os.waitstatus_to_exitcode(status)


def _text(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read().decode(errors="replace")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
