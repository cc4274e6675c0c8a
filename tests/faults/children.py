"""Children that are made to die: work done in a forked process, so that a crash costs milliseconds.

For programs that run with failpoints alone (`tests.faults.crashing`); whoever forks must have no thread, and no
database open.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from collections.abc import Callable
from typing import Any

KILLED = -signal.SIGKILL


def in_child(work: Callable[[], Any]) -> tuple[int, Any]:
    """Do it in a child; its exit status (negative: the signal that ended it), and what it returned, through JSON."""
    reading, writing = os.pipe()
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        os.close(reading)
        _work(work, writing)
    os.close(writing)
    with open(reading, "rb") as pipe:
        said = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    return status, json.loads(said) if said else None


def _work(work: Callable[[], Any], writing: int) -> None:
    """The child's whole life; nothing of the parent's is tidied up by it."""
    status = 1
    try:
        with open(writing, "wb") as pipe:
            pipe.write(json.dumps(work()).encode())
        status = 0
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
    finally:
        os._exit(status)
