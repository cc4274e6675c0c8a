"""The file of those who may log in: lines `user:hash`, the hash by scrypt with its parameters in it (RFC 7914, B102).

The user is an employee's e-mail. Hashes have the form `$scrypt$ln=15,r=8,p=1$salt$hash`, base64 without padding, as
passlib writes them. Empty lines and lines that begin with `#` say nothing.
"""

from __future__ import annotations

import base64
import fcntl
import hashlib
import hmac
import os
import re
import secrets
import unicodedata
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from connector.spool_file import sync_folder
from storage.addresses import is_writable, normalise

LN, R, P = 15, 8, 1  # 32 MiB and a tenth of a second
MOST_MEMORY = 256 * 1024**2
FORM = re.compile(r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]{11,88})\$([A-Za-z0-9+/]{43,88})")
NOBODY = f"$scrypt$ln={LN},r={R},p={P}${'A' * 22}${'A' * 43}"
"""Is checked where there is no such user, so that it takes as long."""


class UsersFileError(Exception):
    """The file is no file of users; the text says where and why."""


def read(file: Path) -> dict[str, str]:
    """The hash of each user, by normalised e-mail. Raises OSError, UsersFileError."""
    users: dict[str, str] = {}
    for number, line in enumerate(_lines(file), start=1):
        if not _says_something(line):
            continue
        user, _, hashed = line.strip().rpartition(":")
        if not is_writable(normalise(user)) or not _is_hash(hashed):
            raise UsersFileError(f"line {number} is not EMAIL:HASH")
        users[normalise(user)] = hashed
    return users


def check(file: Path, user: str, password: str) -> bool:
    """Whether the password is the user's; takes as long where there is no such user. Blocks for about 0.1 s."""
    users = read(file)
    return _fits(password, users.get(user, NOBODY)) and user in users and "\0" not in password  # which HMAC ignores


def hash_of(password: str) -> str:
    """The hash to keep of a password."""
    salt = secrets.token_bytes(16)
    return f"$scrypt$ln={LN},r={R},p={P}${_text(salt)}${_text(_scrypt(password, salt, LN, R, P, 32))}"


def put(file: Path, user: str, password: str) -> None:
    """Add a user, or give one another password; the file is made where there is none. Raises OSError."""
    line = f"{user}:{hash_of(password)}"
    _change(file, lambda lines: [*(one for one in lines if _user(one) != user), line])


def remove(file: Path, user: str) -> None:
    """Take a user out. Raises OSError."""
    _change(file, lambda lines: [one for one in lines if _user(one) != user])


def _change(file: Path, change: Callable[[list[str]], list[str]]) -> None:
    """Replace the file as a whole, so that nobody reads half of it; it is its owner's alone (mode 0600)."""
    file = file.resolve()
    with _locked(file.parent):
        lines = change(_lines(file) if file.exists() else [])
        temporary = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
        fd = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        try:
            with os.fdopen(fd, "w", encoding="utf-8") as out:
                out.writelines(f"{line}\n" for line in lines)
                out.flush()
                _keep_owner(file, out.fileno())
                os.fsync(out.fileno())
            temporary.replace(file)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        sync_folder(file.parent)


def _keep_owner(old: Path, fd: int) -> None:
    """The new file is whose the old one was: the service may run as somebody else than who types the command."""
    if old.exists() and os.geteuid() == 0:
        os.fchown(fd, old.stat().st_uid, old.stat().st_gid)


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """One change at a time."""
    fd = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX)
        yield
    finally:
        os.close(fd)


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text(encoding="utf-8").splitlines()
    except UnicodeDecodeError as error:
        raise UsersFileError("it is not UTF-8") from error


def _says_something(line: str) -> bool:
    return bool(line.strip()) and not line.lstrip().startswith("#")


def _user(line: str) -> str:
    return normalise(line.strip().rpartition(":")[0]) if _says_something(line) else ""


# -- scrypt ------------------------------------------------------------------------------------------------------


def _is_hash(text: str) -> bool:
    match = FORM.fullmatch(text)
    if match is None:
        return False
    ln, r, p = (int(match[number]) for number in (1, 2, 3))
    return 10 <= ln <= 24 and r >= 1 and 1 <= p <= 16 and 128 * r * 2**ln <= MOST_MEMORY


def _fits(password: str, hashed: str) -> bool:
    match = FORM.fullmatch(hashed)
    assert match is not None, "read() has checked it"
    kept = _bytes(match[5])
    found = _scrypt(password, _bytes(match[4]), int(match[1]), int(match[2]), int(match[3]), len(kept))
    return hmac.compare_digest(found, kept)


def _scrypt(password: str, salt: bytes, ln: int, r: int, p: int, length: int) -> bytes:
    """Letters that look the same count as the same, however they are typed (RFC 8265, 4.2)."""
    typed = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    return hashlib.scrypt(typed, salt=salt, n=2**ln, r=r, p=p, maxmem=2 * MOST_MEMORY, dklen=length)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii").rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))
