"""Runs a command under a unit's filters as systemd would set them, by libseccomp.

    python tests/deploy/sandbox.py UNIT COMMAND…

What is put on: SystemCallFilter (whatever is not in it fails with EPERM), RestrictAddressFamilies, NoNewPrivileges,
MemoryDenyWriteExecute where the kernel has it (6.3), and UMask. Mounts, users and limits are not: they need more rights
than tests have. Needs nothing but the standard library, so that the command's own libraries are the command's.
"""

from __future__ import annotations

import ctypes
import ctypes.util
import errno
import os
import socket
import subprocess
import sys
from functools import cache
from pathlib import Path

NO_NEW_PRIVILEGES, DENY_WRITE_EXECUTE = 38, 65  # prctl(2)
ALLOW, REFUSE, EQUAL = 0x7FFF0000, 0x00050000 | errno.EPERM, 4  # seccomp.h


class Comparison(ctypes.Structure):
    """`struct scmp_arg_cmp`: argument number, how it is compared, with what."""

    _fields_ = (("arg", ctypes.c_uint), ("op", ctypes.c_int), ("a", ctypes.c_uint64), ("b", ctypes.c_uint64))


def missing() -> str:
    """Why nothing can be tried here, or nothing."""
    try:
        subprocess.run(["systemd-analyze", "--version"], check=True, capture_output=True)
        ctypes.CDLL("libseccomp.so.2")
    except OSError as error:
        return f"needs Debian's packages systemd and libseccomp2: {error}"
    return ""


def settings(unit: Path, name: str) -> list[str]:
    """All words that a unit gives a setting, in order."""
    lines = unit.read_text(encoding="utf-8").splitlines()
    return [word for line in lines if line.startswith(f"{name}=") for word in line.partition("=")[2].split()]


@cache
def expanded(group: str) -> frozenset[str]:
    """The system calls of a group such as @system-service, as this machine's systemd knows them."""
    done = subprocess.run(["systemd-analyze", "syscall-filter", group], check=True, capture_output=True, text=True)
    words = [line.strip() for line in done.stdout.splitlines() if line.startswith(" ")]
    names = {word for word in words if not word.startswith(("#", "@"))}
    return frozenset(names.union(*(expanded(word) for word in words if word.startswith("@"))))


def allowed(unit: Path) -> frozenset[str]:
    """The system calls that the unit lets through: lines of groups, those that begin with ~ taken away."""
    names: frozenset[str] = expanded("@default")
    for line in unit.read_text(encoding="utf-8").splitlines():
        if line.startswith("SystemCallFilter="):
            value = line.partition("=")[2]
            group = frozenset[str]().union(*(expanded(word) for word in value.lstrip("~").split()))
            names = names - group if value.startswith("~") else names | group
    return names


def confine(unit: Path) -> None:
    """Put the filters on this process, for good."""
    os.umask(int(settings(unit, "UMask")[0], 8))
    families = [getattr(socket, name).value for name in settings(unit, "RestrictAddressFamilies")]
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        raise OSError(ctypes.get_errno(), "no new privileges")
    libc.prctl(DENY_WRITE_EXECUTE, 1, 0, 0, 0)  # an older kernel does not know it
    seccomp = ctypes.CDLL("libseccomp.so.2")
    seccomp.seccomp_init.restype = ctypes.c_void_p
    context = ctypes.c_void_p(seccomp.seccomp_init(ctypes.c_uint32(REFUSE)))
    for name in allowed(unit):
        number = seccomp.seccomp_syscall_resolve_name(name.encode())
        for family in families if name == "socket" else [None]:
            compared = (Comparison * 1)(Comparison(0, EQUAL, family or 0, 0))
            seccomp.seccomp_rule_add_array(context, ctypes.c_uint32(ALLOW), number, int(family is not None), compared)
    if code := seccomp.seccomp_load(context):
        raise OSError(-code, "the filter cannot be loaded")


if __name__ == "__main__":
    confine(Path(sys.argv[1]))
    os.execvp(sys.argv[2], sys.argv[2:])
