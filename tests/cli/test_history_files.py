"""What is taken out of a mail: the original, attachments, a harmless page; where it was asked for, over no file."""

from __future__ import annotations

import os
from email.message import EmailMessage
from pathlib import Path

import pytest

from connector.mail.content import safe_filename
from tests.cli.conftest import Desk
from tests.test_sanitise import HOSTILE, assert_harmless

PIXEL = b"\x89PNG\r\n\x1a\n" + b"\0" * 40


def process(desk: Desk, *attachments: tuple[str, bytes], html: str = "", subject: str = "Files") -> None:
    """A customer's mail with these attachments; entry 1."""
    mail = EmailMessage()
    mail["From"], mail["To"], mail["Subject"] = "Jane Doe <jane@acme.example>", "support@example.com", subject
    mail.set_content("See both.\n")
    if html:
        mail.add_alternative(html, subtype="html")
        body = mail.get_payload()[1]  # type: ignore[index]
        body.add_related(PIXEL, "image", "png", cid="<pixel@acme.example>")  # type: ignore[union-attr]
        body.add_related(b"<svg/>", "image", "svg+xml", cid="<svg@acme.example>")  # type: ignore[union-attr]
        body.add_related(b"MZ program", "image", "png", cid="<program@acme.example>")  # type: ignore[union-attr]
    for name, data in attachments:
        mail.add_attachment(data, "application", "octet-stream", filename=name)
    desk.done("process", "-", stdin=mail.as_bytes())


# -- names -------------------------------------------------------------------------------------------------------

EVIL_NAMES = [
    "../../../etc/passwd",
    "/etc/cron.d/evil",
    "..",
    ".",
    "C:\\Windows\\system32\\evil.dll",
    "C:evil.txt",
    "\\\\server\\share\\evil.txt",
    "nul",
    "CON.txt",
    "com1",
    "LPT¹.doc",
    "x" * 300 + ".pdf",
    "日" * 300 + ".pdf",
    "x." + "y" * 300,
    "invoice\u200b.exe",
    "invoice\u202efdp.exe",
    "\u2066invoice\u2069.pdf",
    "trailing. . .",
    " .hidden ",
    "",
    "   ",
    "a\0b.txt",
    "a\r\nb.txt",
    "a\x1b[31mb.txt",
    "a/",
    "stream.txt::$DATA",
    'quo"te<>|?*.txt',
    "-rf",
    "~root",
    "$(reboot).txt",
]  # fmt: skip


@pytest.mark.parametrize("name", EVIL_NAMES)
def test_safe_filename__is_a_plain_name_on_every_system(name: str) -> None:
    """B73, faults: no folder, drive, device, stream; nothing hidden; no blank or dot at an end; at most 150 bytes."""
    safe = safe_filename(name)
    assert safe not in ("", ".", "..")
    assert not set(safe) & set('/\\:*?"<>|')
    assert safe.isprintable()
    assert safe == safe.strip(" .")
    assert len(safe.encode()) <= 150
    assert safe.partition(".")[0].lower() not in ("con", "nul", "com1", "lpt¹")
    assert safe_filename(safe) == safe


@pytest.mark.parametrize("name", EVIL_NAMES)
def test_attachment_stays_in_its_folder(desk: Desk, name: str) -> None:
    """B73, faults: whatever a mail calls it, one new file in the folder asked for."""
    raw = b"".join(
        (
            b"From: jane@acme.example\r\nTo: support@example.com\r\nSubject: x\r\nMIME-Version: 1.0\r\n",
            b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b\r\n",
            b"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename*=utf-8''",
            "".join(f"%{byte:02x}" for byte in name.encode()).encode(),
            b"\r\n\r\ncontent\r\n--b--\r\n",
        )
    )
    desk.done("process", "-", stdin=raw)
    folder = desk.folder / "out" / "deep"
    folder.mkdir(parents=True)
    before = sorted(desk.folder.rglob("*"))
    shown = desk.done("history", "show", "1", "--attachment", "1", "--to", f"{folder}/")
    (made,) = [file for file in sorted(desk.folder.rglob("*")) if file not in before]
    assert made.parent == folder
    assert made.read_bytes() == b"content"
    assert "".join(shown.split("\n")).isprintable()


def test_two_of_one_name_do_not_write_over_each_other(desk: Desk) -> None:
    """B73, faults: the same name twice: the second is refused, and can be named."""
    process(desk, ("a.txt", b"first"), ("a.txt", b"second"))
    desk.done("history", "show", "1", "--attachment", "1")
    assert "is not overwritten: name another one" in desk.refused("history", "show", "1", "--attachment", "2")
    desk.done("history", "show", "1", "--attachment", "2", "--to", "b.txt")
    assert (Path("a.txt").read_bytes(), Path("b.txt").read_bytes()) == (b"first", b"second")


@pytest.mark.parametrize("dangling", [True, False])
def test_links_in_the_folder_are_not_followed(desk: Desk, dangling: bool) -> None:
    """faults: a link that waits in the folder leads nothing out of it, whether there is something at its end or not."""
    process(desk, ("a.txt", b"first"))
    outside, folder = desk.folder / "outside.txt", desk.folder / "out"
    folder.mkdir()
    (folder / "a.txt").symlink_to(outside)
    if not dangling:
        outside.write_bytes(b"mine")
    for target in (str(folder), str(folder / "a.txt")):
        assert "is not overwritten" in desk.refused("history", "show", "1", "--attachment", "1", "--to", target)
    assert outside.exists() is not dangling
    assert dangling or outside.read_bytes() == b"mine"


def test_folder_that_is_not_there_is_refused(desk: Desk) -> None:
    """interface: `FOLDER/` is a folder; it is not made up, and no file gets its name."""
    process(desk, ("a.txt", b"first"))
    assert "there is no such folder" in desk.refused("history", "show", "1", "--attachment", "1", "--to", "nowhere/")
    assert not Path("nowhere").exists()


def test_half_a_file_does_not_stay(desk: Desk) -> None:
    """faults: a full disk leaves no shortened attachment behind."""
    process(desk, ("a.txt", b"first"))
    if not os.access("/dev/full", os.W_OK):
        pytest.skip("there is no /dev/full here")
    with pytest.MonkeyPatch.context() as patch:
        real = os.open
        patch.setattr(os, "open", lambda path, *more: _full(real, path, *more))
        assert "No space left" in desk.refused("history", "show", "1", "--attachment", "1", "--to", "b.txt")
    assert not Path("b.txt").exists()


def _full(real: object, path: object, *more: int) -> int:
    """Open a new file for writing, on a disk that is full."""
    assert callable(real)
    made: int = real(path, *more)
    if str(path) == "b.txt":
        full: int = real("/dev/full", os.O_WRONLY)
        os.dup2(full, made)
        os.close(full)
    return made


def test_original_into_a_file(desk: Desk) -> None:
    """B4: the very bytes, in a new file."""
    process(desk)
    desk.done("history", "show", "1", "--original", "--to", ".")
    assert Path("entry-1.eml").read_bytes() == desk.type("history", "show", "1", "--original").stdout_bytes
    assert "is not overwritten" in desk.refused("history", "show", "1", "--original", "--to", "entry-1.eml")


# -- pages -------------------------------------------------------------------------------------------------------


def page(desk: Desk) -> str:
    """The page of entry 1."""
    return desk.done("history", "show", "1", "--html")


def test_html__is_a_harmless_page(desk: Desk) -> None:
    """faults: a whole document with a policy that loads nothing; every hostile piece of the table is gone."""
    process(desk, html="".join(HOSTILE.values()))
    html = page(desk)
    assert html.startswith("<!DOCTYPE html>")
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"
    assert html.count(policy) == 1
    assert_harmless(html.partition('<main dir="auto">')[2].rpartition("</main>")[0])


def test_html__says_what_mail_it_is(desk: Desk) -> None:
    """interface: entry, sender, date, subject and attachments stand above the mail, as text."""
    process(desk, ("a.txt", b"first"), html="<p>Look.</p>", subject="<b>Files</b>")
    html = page(desk)
    for part in ("1 of ticket 0500-1000", "Jane Doe &lt;jane@acme.example&gt;", "UTC", "&lt;b&gt;Files&lt;/b&gt;"):
        assert part in html
    assert "a.txt (application/octet-stream, 5 bytes)" in html


def test_html__has_the_mails_own_pictures(desk: Desk) -> None:
    """faults: pictures by cid stand in the page, raster types alone, by what they are and not by what they say."""
    process(
        desk,
        html="".join(f'<img src="cid:{one}@acme.example" alt="{one}">' for one in ("pixel", "svg", "program", "no")),
    )
    html = page(desk)
    assert html.count('src="data:image/png;base64,iVBORw0KGgo') == html.count("src=") == 1
    assert all(f'alt="{one}"' in html for one in ("pixel", "svg", "program", "no"))


def test_html__pictures_have_a_limit(desk: Desk) -> None:
    """faults: a picture shown a million times does not make a page of gigabytes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("connector.report.mail_page.MAX_PICTURES", 3 * len(PIXEL))
        process(desk, html='<img src="cid:pixel@acme.example">' * 5)
        assert page(desk).count("data:image/png") == 3


def test_html__of_a_plain_mail_is_its_text(desk: Desk) -> None:
    """interface: plain mail is shown as it is written; what looks like HTML in it is text."""
    desk.take(body="<script>alert(1)</script>\r\n\r\n  indented & more\r\n")
    assert "<pre>&lt;script&gt;alert(1)&lt;/script&gt;\n\n  indented &amp; more" in page(desk)


@pytest.mark.parametrize("html", ["<div>" * 50_000 + "Deep.", "<p>Long.</p>" * 100_000])
def test_html__beyond_the_limits_is_its_text(desk: Desk, html: str) -> None:
    """faults: what cannot be sanitised in time is shown as text."""
    process(desk, html=html)
    body = page(desk).partition('<main dir="auto">')[2]
    assert body.strip().startswith("<pre>")
    assert "<div>" not in body


def test_html__into_a_file_and_refusals(desk: Desk) -> None:
    """interface: into a new file; of mails alone."""
    process(desk, html="<p>Look.</p>")
    desk.done("history", "show", "1", "--html", "--to", "page.html")
    assert Path("page.html").read_text(encoding="utf-8") + "\n" == page(desk)
    assert "is not overwritten" in desk.refused("history", "show", "1", "--html", "--to", "page.html")
    assert "is no mail" in desk.refused("history", "show", "2", "--html")
    desk.refused("history", "show", "1", "--html", "--original", status=2)
