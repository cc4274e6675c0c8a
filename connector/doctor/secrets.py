"""Files that hold secrets, and certificates: whose they are, who else can read them, how long they hold (B102)."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from connector.config.clear import TODO, in_the_clear
from connector.config.load import PASSWORD
from connector.config.settings import Settings
from connector.doctor.findings import Finding, ok, problem, warning
from connector.tls import certificate_trouble

GROUP, WORLD = 0o070, 0o007


def secret_files(settings: Settings) -> dict[str, Path]:
    """By token, the files that nobody but the service should read."""
    smtp, out = settings.smtp_in, settings.outgoing
    named = {
        "[SMTPIN] TlsKey": smtp.tls_key or smtp.tls_certificate,
        "[SMTPIN] AuthUsersFile": smtp.auth_users_file,
        "[OUTGOING] PasswordFile": out.password_file,
        "[OUTGOING] DkimKeyFile": out.dkim_key_file,
        **{f"[IMAP:{one.name}] PasswordFile": one.password_file for one in settings.imaps},
        **{f"[POP3:{one.name}] PasswordFile": one.password_file for one in settings.pop3s},
    }
    for one in settings.oauths:
        named[f"[{one.section}] OAuthSecretFile"] = one.secret_file
        named[f"[{one.section}] tokens"] = one.cache if one.cache.exists() else None
    if PASSWORD.search(settings.store.database):
        named["[STORE] Database"] = settings.file
    return {token: file for token, file in named.items() if file is not None}


def check(settings: Settings) -> Iterator[Finding]:
    """Every file that is named, and what goes over the network in the clear."""
    for one in in_the_clear(settings):
        yield (problem if one.secret else warning)(f"[{one.section}] Tls", str(one), TODO)
    for token, file in secret_files(settings).items():
        found = list(_file(token, file))
        yield from found or [ok(token, f"{file} is its owner's alone")]


def _file(token: str, file: Path) -> Iterator[Finding]:
    try:
        found = file.stat()
        empty = not file.read_bytes().strip() if token.endswith("PasswordFile") else False
    except OSError as error:
        yield problem(token, f"{file} cannot be read: {error.strerror}", "let the service's user own it, mode 0600")
        return
    mode = found.st_mode & 0o777
    if mode & WORLD:
        yield problem(token, f"everybody on this machine can use {file} (mode {mode:04o})", f"chmod 0600 {file}")
    elif mode & GROUP:
        yield warning(token, f"its group can use {file} (mode {mode:04o})", f"chmod 0600 {file}")
    if found.st_uid not in (0, os.geteuid()):
        what = f"{file} belongs to user {found.st_uid}, and this runs as user {os.geteuid()}"
        yield warning(token, what, "run doctor as the service's user; if this is that user, chown the file to it")
    if empty:
        yield problem(token, f"{file} is empty", "write the password into it")


def certificate(settings: Settings, now: datetime) -> Iterator[Finding]:
    """Our own, which clients that bring mail look at."""
    if settings.smtp_in.tls_certificate is None or not settings.smtp_in.active:
        return
    if trouble := certificate_trouble(settings.smtp_in, now):
        yield problem("TlsCertificate", trouble, "renew it, then send the service HUP")
    else:
        yield ok("TlsCertificate", "it holds, and will in two weeks")
