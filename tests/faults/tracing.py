"""System calls of a running program, as strace writes them down, and whether they came in the order they must."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path

CALLS = "write,pwrite64,sendto,recvfrom,fsync,fdatasync,rename,link,unlink"
LINE = re.compile(r"(\d+) +(?:<\.\.\. (\w+) resumed>|(\w+)\()(.*)", re.DOTALL)
UNFINISHED = " <unfinished ...>"


def strace(trace: Path) -> tuple[str, ...]:
    """What stands before a command to have it traced; the command keeps the process id that its parent knows."""
    options = ("-D", "-f", "-q", "-yy", "-s", "4096", "--seccomp-bpf", "-e", f"trace={CALLS}")
    return ("strace", *options, "-o", str(trace))


def missing() -> str:
    """Why nothing can be traced here, or nothing."""
    try:
        done = subprocess.run(["strace", "-f", "--seccomp-bpf", "-e", "trace=none", "true"], capture_output=True)
    except OSError:
        return "needs Debian's package strace"
    return f"strace may not trace here: {done.stderr.decode()}" if done.returncode else ""


@dataclass(frozen=True, slots=True)
class Call:
    """One system call: thread, name, arguments and result as strace shows them, where it began and ended (lines)."""

    thread: int
    name: str
    text: str
    begun: int
    ended: int

    def on(self, path: str) -> bool:
        """Whether its descriptor is of a path that ends so."""
        return f"{path}>" in self.text.partition(",")[0]

    @property
    def socket(self) -> str:
        """The TCP connection that it is about, or nothing."""
        return self.text.partition(",")[0] if "<TCP" in self.text.partition(",")[0] else ""


def read(trace: Path) -> list[Call]:
    """All calls of a trace that succeeded, in the order in which they began."""
    begun: dict[int, Call] = {}
    calls = []
    for number, line in enumerate(trace.read_text(errors="replace").splitlines()):
        match = LINE.match(line)
        if match is None:
            continue
        thread, rest = int(match[1]), match[4]
        call = begun.pop(thread) if match[2] else Call(thread, match[3], "", number, number)
        call = replace(call, text=call.text + rest.removesuffix(UNFINISHED), ended=number)
        if rest.endswith(UNFINISHED):
            begun[thread] = call
        elif " = -1 " not in call.text[-80:]:
            calls.append(call)
    return sorted(calls, key=lambda call: call.begun)


def one(calls: Iterable[Call], what: str, wanted: Callable[[Call], bool]) -> Call:
    """The one call that is wanted; AssertionError where there is none, or several."""
    found = [call for call in calls if wanted(call)]
    assert len(found) == 1, f"{what}: {[(call.name, call.text[:120]) for call in found]}"
    return found[0]


def wrong_order(steps: Sequence[tuple[str, Call]]) -> list[str]:
    """Each step that began before the one in front of it had ended."""
    return [
        f"«{name}» began before «{before}» had ended"
        for (before, first), (name, then) in pairwise(steps)
        if then.begun <= first.ended
    ]


def exchanged(steps: Sequence[tuple[str, Call]]) -> Iterator[list[tuple[str, Call]]]:
    """The same steps, each time with two neighbours having happened in each other's place."""
    for place in range(len(steps) - 1):
        (one_name, first), (other_name, then) = steps[place], steps[place + 1]
        swapped = [
            (one_name, replace(first, begun=then.begun, ended=then.ended)),
            (other_name, replace(then, begun=first.begun, ended=first.ended)),
        ]
        yield [*steps[:place], *swapped, *steps[place + 2 :]]
