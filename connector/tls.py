"""Our own certificate: what a server speaks TLS with, and whether clients will take it."""

from __future__ import annotations

import ssl
from datetime import datetime, timedelta
from pathlib import Path

from connector.config.settings import SmtpIn

WARN_BEFORE = timedelta(days=14)  # what renews certificates does so a month before


def server_context(certificate: Path, key: Path | None) -> ssl.SSLContext:
    """TLS 1.2 or newer with a certificate (its chain behind it) and its key, which may stand in the same file.

    Raises OSError, ssl.SSLError among them, where they cannot be read or do not fit each other.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(certificate, key, password=lambda: "")  # a key with a password is refused, not asked for
    return context


def why_unusable(certificate: Path, key: Path | None) -> str:
    """What is wrong with the files, or nothing."""
    try:
        server_context(certificate, key)
    except ssl.SSLError as error:
        if error.reason == "KEY_VALUES_MISMATCH":
            return "a certificate and a key that do not fit each other"
        return "no certificate and key in PEM, the key without a password"
    except (OSError, ValueError) as error:
        return f"a file that cannot be read: {error}"
    return ""


def certificate_trouble(settings: SmtpIn, now: datetime) -> str:
    """Why clients refuse our certificate, or will soon; nothing where there is none or all is well."""
    file = settings.tls_certificate
    if not settings.active or file is None:
        return ""
    try:
        first, last = _holds(file)
    except (OSError, ValueError) as error:
        return f"The certificate for SMTP in {file} cannot be read: {error}"
    if not first <= now < last:
        return f"Clients refuse the certificate for SMTP in {file}: it holds from {_day(first)} to {_day(last)}."
    return f"The certificate for SMTP in {file} ends on {_day(last)}." if last - now < WARN_BEFORE else ""


def _holds(certificate: Path) -> tuple[datetime, datetime]:
    """From when to when; raises OSError, ValueError."""
    from cryptography import x509  # heavy: most commands get along without it

    own, *_chain = x509.load_pem_x509_certificates(certificate.read_bytes())
    return own.not_valid_before_utc, own.not_valid_after_utc


def _day(time: datetime) -> str:
    return f"{time:%Y-%m-%d %H:%M} UTC"
