"""Coverage-guided fuzzing of the parser, and of the marks of quotations in HTML: `make fuzz`.

It installs atheris into the environment on demand.

What it finds is written to `crash-…` in the current folder: it becomes a file in `tests/mail/regressions`.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["connector.mail", "connector.pipeline.stripping", "storage.addresses"]):
    from tests.mail.checks import check_time

FOLDER = Path(__file__).parent
SEEDS = (FOLDER / "regressions", FOLDER / "samples", FOLDER.parents[1] / "fixtures" / "eml")
TOKENS = (
    "--b1", "\\x0d\\x0a", "=?utf-8?q?", "?=", "begin 644 a\\x0a", "end\\x0a", "\\x00", "Content-Type: ",
    "multipart/mixed; boundary=b1", "message/rfc822", "Content-Transfer-Encoding: base64", "quoted-printable",
    "; charset=", "; name*0*=", "%e2%82%ac", "application/ms-tnef", "application/pkcs7-mime",
    "format=flowed; delsp=yes", "<html><body><p>", "&#x41;", "<table><tr><td>", "</td></tr></table>", "<pre>", "</pre>",
    "<ul><li>", "<ol><li>", "<br>", "<blockquote type=cite>", "</blockquote>", "<div class=gmail_quote>", "</div>",
    "<hr id=zwchr>", "text/html; charset=", "iso-2022-jp", "\\x1b$B", "\\x1b(B", "\\x1b(I", "\\xf0\\xd2\\xc9\\xd7",
)  # fmt: skip


def main() -> None:
    """Fuzz from the seeds; options of libFuzzer follow the name of a working folder."""
    work = Path(sys.argv[1])
    corpus = work / "corpus"
    corpus.mkdir(parents=True, exist_ok=True)
    for file in (file for folder in SEEDS for file in sorted(folder.glob("*.eml"))):
        (corpus / file.name).write_bytes(file.read_bytes())
    tokens = work / "tokens"
    tokens.write_text("".join(f'"{token}"\n' for token in TOKENS), encoding="ascii")
    options = ["-max_len=20000", "-timeout=20", f"-dict={tokens}", f"-artifact_prefix={work}/", *sys.argv[2:]]
    atheris.Setup([sys.argv[0], *options, str(corpus)], check_time)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
