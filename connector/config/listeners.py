"""What of `[SMTPIN]` and `[LMTPIN]` can be wrong together, the files they name included (B100)."""

from __future__ import annotations

from pathlib import Path

from connector import tls, users_file
from connector.config.secrets import READABLE, secret_file
from connector.config.values import Check, Values, Wrong


def _certificate_is_nowhere(found: Values, base: Path) -> Wrong:
    return _nowhere(found["SMTPIN"]["tls_certificate"], base)


def _key_does_not_do(found: Values, base: Path) -> Wrong:
    """A key that is missing, of no certificate, or of another one."""
    certificate, key = found["SMTPIN"]["tls_certificate"], found["SMTPIN"]["tls_key"]
    if not certificate:
        return (repr(key), "nothing, as long as there is no TlsCertificate") if key else None
    if wrong := _nowhere(key, base):
        return wrong
    file = secret_file(certificate, base)
    why = tls.why_unusable(file, secret_file(key, base) if key else None) if file else ""
    return (why, "a certificate in TlsCertificate and its own key, there or in TlsKey") if why else None


def _nowhere(name: str, base: Path) -> Wrong:
    return (repr(name), READABLE) if name and secret_file(name, base) is None else None


def _tls_without_certificate(found: Values, base: Path) -> Wrong:
    if found["SMTPIN"]["require_tls"] and not found["SMTPIN"]["tls_certificate"]:
        return "'Y'", "N, as long as there is no TlsCertificate"
    return None


def _users_do_not_do(found: Values, base: Path) -> Wrong:
    file = found["SMTPIN"]["auth_users_file"]
    if not file:
        return None
    name = _as_written(file, base)
    if not found["SMTPIN"]["tls_certificate"]:
        return name, "nothing, as long as there is no TlsCertificate: no password is taken in the clear"
    try:
        users_file.read(file)
    except users_file.UsersFileError as error:
        return f"{name}, where {error}", "lines as `email-connector auth-users add` writes them"
    except OSError as error:
        why = (error.strerror or str(error)).lower()
        return f"{name}: {why}", "a file that can be read; `email-connector auth-users add EMAIL` makes it"
    return None


def _as_written(file: Path, base: Path) -> str:
    return repr(str(file.relative_to(base) if file.is_relative_to(base) else file))


def _lmtp_has_no_place(found: Values, base: Path) -> Wrong:
    if found["LMTPIN"]["active"] and not found["LMTPIN"]["listen"]:
        return "nothing", "the path of a socket, or HOST:PORT, because [LMTPIN] is active"
    return None


LISTENER_CHECKS: tuple[tuple[str, Check], ...] = (
    ("SMTPIN.TlsCertificate", _certificate_is_nowhere),
    ("SMTPIN.TlsKey", _key_does_not_do),
    ("SMTPIN.RequireTls", _tls_without_certificate),
    ("SMTPIN.AuthUsersFile", _users_do_not_do),
    ("LMTPIN.Listen", _lmtp_has_no_place),
)
"""The token that is told, and what can be wrong with it beside others."""
