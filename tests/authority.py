"""A certificate authority of the tests' own, made with openssl."""

from __future__ import annotations

import ssl
import subprocess
from dataclasses import dataclass
from pathlib import Path

KEY = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
PAST = "20200101000000Z"


@dataclass(frozen=True)
class Certificate:
    """A server's certificate and its key."""

    certificate: Path
    key: Path

    def tokens(self) -> dict[str, str]:
        """The INI that shows it to those who bring mail by SMTP."""
        return {"SMTPIN__TlsCertificate": str(self.certificate), "SMTPIN__TlsKey": str(self.key)}

    def context(self) -> ssl.SSLContext:
        """What a server speaks TLS with."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(self.certificate, self.key)
        return context


class Authority:
    """Signs certificates; who trusts the file `root` takes them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.root = folder / "root.pem"
        (folder / "index").touch()
        (folder / "ca.conf").write_text(CONFIGURATION.format(folder=folder))
        self._openssl(
            "req", "-x509", *KEY, "-days", "2", "-subj", "/CN=Tests", "-keyout", "root.key", "-out", "root.pem"
        )

    def certificate(self, name: str = "localhost", first: str = "", last: str = "20990101000000Z") -> Certificate:
        """A certificate for a host name; `first` and `last` are when it holds, as `YYYYMMDDHHMMSSZ`."""
        stem = f"{name}-{first}-{last}"
        made = Certificate(self._folder / f"{stem}.pem", self._folder / f"{stem}.key")
        if made.certificate.exists():
            return made
        self._openssl("req", *KEY, "-subj", f"/CN={name}", "-addext", f"subjectAltName=DNS:{name}",
                      "-keyout", f"{stem}.key", "-out", f"{stem}.csr")  # fmt: skip
        self._openssl("ca", "-batch", "-config", "ca.conf", "-create_serial", "-startdate", first or PAST,
                      "-enddate", last, "-in", f"{stem}.csr", "-out", f"{stem}.pem", "-notext")  # fmt: skip
        return made

    def expired(self) -> Certificate:
        """A certificate for localhost that holds no more."""
        return self.certificate(last="20210101000000Z")

    def trusting(self) -> ssl.SSLContext:
        """What a client speaks TLS with that trusts this authority alone."""
        return ssl.create_default_context(cafile=str(self.root))

    def _openssl(self, *words: str) -> None:
        done = subprocess.run(["openssl", *words], cwd=self._folder, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr


CONFIGURATION = """
[ca]
default_ca = tests
[tests]
database = {folder}/index
new_certs_dir = {folder}
serial = {folder}/serial
certificate = {folder}/root.pem
private_key = {folder}/root.key
default_md = sha256
policy = anything
copy_extensions = copy
unique_subject = no
[anything]
commonName = supplied
"""
