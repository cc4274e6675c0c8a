"""One ticket as a report: for employees all of it, for customers what they may see."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable
from fnmatch import fnmatch
from html.parser import HTMLParser

import pytest
from rich.cells import cell_len

from tests.cli.conftest import Desk
from tests.house import ROOT

ALICE, JUDY = "alice@company.example", "judy@company.example"
FORMATS = ("text", "html", "print")


@pytest.fixture
def busy(desk: Desk, ticket: str) -> Desk:
    """A ticket with everything: mails of both sides, internal ones, notes, changes, files, people in each list."""
    desk.take(
        "mine.eml",
        "Alice Archer <alice.archer@home.example>",
        subject=f"Re: [{ticket}] Printer",
        body="On its way. Alice, ALICE@company.example\r\n",
    )
    desk.take("inside.eml", ALICE, subject=f"*123* [{ticket}] she does not pay", body="Secret of the house.\r\n")
    desk.take(
        "late.eml",
        subject=f"[{ticket}] Really <b>loud</b>",
        body="<script>alert(1)</script> & wide 日本語のテキスト " * 8,
    )
    desk.done("ticket", "note", ticket, "A note for us.", "--as", ALICE)
    desk.done("ticket", "note", ticket, "A note for all: ask judy@company.example.", "--public", "--as", JUDY)
    desk.done("recipients", ticket, "add", "boss@acme.example", "--type", "cc")
    desk.done("recipients", ticket, "add", "audit@acme.example", "--type", "bcc")
    desk.done("ticket", "label", ticket, "--add", "bad-payer")
    desk.done("ticket", "set", ticket, "--priority", "low-priority", "--type", "repair", "--due", "2026-12-01")
    desk.done("ticket", "status", ticket, "Completed")
    return desk


def report(desk: Desk, *words: str, width: int = 80) -> str:
    """The report of the one ticket."""
    return desk.done("ticket", "report", "0500-1000", *words, width=width)


class Reader(HTMLParser):
    """Reads a document as a browser would: its elements, their attributes, its text."""

    VOID = frozenset(("meta", "br", "hr"))

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


@pytest.mark.parametrize("form", FORMATS)
def test_everything_is_in_it(busy: Desk, form: str) -> None:
    """B90, B71: fields, both lists, every entry and change, oldest first; times with their zone."""
    text = report(busy, "--format", form)
    plain = text if form == "text" else Reader(text).text
    for part in ("Printer", "Acme Ltd", "Completed", "bad-payer", "low-priority", "repair", "2026-12-01 00:00",
                 "Alice Archer <alice@company.example>", "boss@acme.example", "audit@acme.example", "Ticket Manager",
                 "It does not print.", "Secret of the house.", "A note for us.",
                 "status: New → Completed"):  # fmt: skip
        assert part in plain, part
    assert plain.index("It does not print.") < plain.index("On its way.") < plain.index("A note for all")
    assert len(re.findall(r"\d\d:\d\d UTC", plain)) == len(re.findall(r"\d\d:\d\d\b", plain)) > 8


@pytest.mark.parametrize("form", FORMATS)
def test_public__shows_what_customers_may_see(busy: Desk, form: str) -> None:
    """B84: Public entries, External Recipients in To and Cc; nothing of the house, no employee's address anywhere."""
    text = report(busy, "--format", form, "--public")
    plain = text if form == "text" else Reader(text).text
    for part in ("It does not print.", "On its way.", "A note for all", "boss@acme.example", "jane@acme.example",
                 "Alice Archer <support@example.com>", "Notice to customers"):  # fmt: skip
        assert part in plain, part
    for part in ("company.example", "home.example", "Secret", "does not pay", "for us", "bad-payer", "low-priority",
                 "repair", "audit@acme.example", "Inbox", "inbox", "Ticket Manager", "administrator", "not public",
                 "status:", "2026-12-01"):  # fmt: skip
        assert part.lower() not in text.lower(), part


def test_public__without_employees_names(build: Callable[..., Desk]) -> None:
    """B84: UseEmployeeSenderName=N: the house writes, by the name that its mails have."""
    desk = build(EMAILCONNECTOR__UseEmployeeSenderName="N", EMAILCONNECTOR__ResponseFromName="The Helpdesk")
    desk.take()
    desk.take("mine.eml", f"Alice Archer <{ALICE}>", subject="[0500-1000] x", body="Done.\r\n")
    text = report(desk, "--public")
    assert "The Helpdesk <support@example.com>" in text
    assert "Archer" not in text
    assert "Alice Archer <alice@company.example>" in report(desk)


@pytest.mark.parametrize("width", [30, 40, 80, 200])
def test_text_fits_the_terminal(busy: Desk, width: int) -> None:
    """The text is wrapped to the terminal's width, wide letters counted as two; blanks at line ends there are none."""
    lines = report(busy, width=width).split("\n")
    assert max(map(cell_len, lines)) <= width
    assert [line for line in lines if line != line.rstrip()] == []
    assert "".join("日本語のテキスト" * 1) in "".join("".join(lines).split())


@pytest.mark.parametrize("form", ["html", "print"])
def test_html_is_whole_and_loads_nothing(busy: Desk, form: str) -> None:
    """B90: well formed; text of mails is text; no script, no address to load from, a policy that allows none."""
    html = report(busy, "--format", form)
    read = Reader(html)
    assert read.open == []
    assert {"script", "img", "link", "iframe", "b", "a", "object"}.isdisjoint(read.tags)
    assert {name for name, _ in read.attributes} <= {"lang", "charset", "http-equiv", "content", "name", "class", "dir"}
    assert "default-src 'none'" in dict(read.attributes)["content"] or "default-src 'none'" in html
    assert "url(" not in html
    assert "@import" not in html
    assert "<script>alert(1)</script> & wide" in read.text
    assert ('"auto"' in html, "size: A4" in html, "counter(pages)" in html) == (True, form == "print", form == "print")


def test_nothing_is_overwritten(busy: Desk) -> None:
    """A report goes into a new file alone, a text of 80 columns."""
    file = busy.folder / "report.txt"
    assert "is in" in report(busy, "--to", str(file), width=200)
    written = file.read_text(encoding="utf-8")
    assert max(map(cell_len, written.split("\n"))) <= 80
    assert "is not overwritten" in busy.refused("ticket", "report", "0500-1000", "--to", str(file))
    assert file.read_text(encoding="utf-8") == written
    link = busy.folder / "link.txt"
    link.symlink_to(busy.folder / "elsewhere.txt")
    assert "is not overwritten" in busy.refused("ticket", "report", "0500-1000", "--to", str(link))
    assert not (busy.folder / "elsewhere.txt").exists()


def test_description_that_no_entry_repeats(desk: Desk, ticket: str) -> None:
    """B90: a description that was written by hand stands in the report; that of the first mail is not told twice."""
    assert "Description" not in report(desk)
    desk.done("ticket", "set", ticket, "--description", "Third floor.\n\nRoom 12.")
    assert "Description\n-----------\nThird floor.\n\nRoom 12.\n" in report(desk)
    assert "Third floor" not in report(desk, "--public")


def test_statuses_by_the_names_of_the_ini(build: Callable[..., Desk]) -> None:
    """B91: in the fields and in the changes."""
    names = "New, Waiting, Planned, In-House, On-Site, Lab, Parked, Other, Dropped, Done"
    desk = build(TICKETS__StatusNames=names)
    desk.take()
    desk.done("ticket", "status", "0500-1000", "Done", "--no-alert")
    assert "Status   Done\n" in report(desk)
    assert "status: New → Done" in report(desk)


def test_merged_ticket_leads_on(desk: Desk, ticket: str) -> None:
    """B34: the report of the ticket into which it was merged."""
    desk.take("second.eml", subject="Scanner")
    desk.done("ticket", "merge", "0500-1001", ticket)
    assert desk.done("ticket", "report", "0500-1001").startswith("Ticket 0500-1000: Printer\n")


def test_files_are_named_with_their_size(desk: Desk) -> None:
    """B70: attachments by name and size."""
    desk.done("process", str(ROOT / "fixtures" / "eml" / "37-attachments.eml"))
    assert re.search(r"    Attachment: Prüfbericht.pdf \(\d+ bytes\)\n", report(desk))
    assert "<bdi>Prüfbericht.pdf</bdi>" in report(desk, "--format", "html")


def test_large_ticket_is_quick_to_report(busy: Desk) -> None:
    """A report reads a ticket in a fixed number of queries, whatever its length."""
    from storage.database import Database

    asked: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        rows = Database.rows
        patch.setattr(Database, "rows", lambda self, sql, *values: asked.append(sql) or rows(self, sql, *values))
        report(busy)
        few = len(asked)
        for _ in range(30):
            busy.done("ticket", "note", "0500-1000", "again")
        asked.clear()
        report(busy)
    assert len(asked) == few


def test_templates_of_reports_are_shipped() -> None:
    """Packages hold the template and the styles: what is no module is named in pyproject.toml."""
    with (ROOT / "pyproject.toml").open("rb") as file:
        named = tomllib.load(file)["tool"]["setuptools"]["package-data"]["connector.report"]
    others = [one.name for one in (ROOT / "connector" / "report").iterdir() if one.is_file() and one.suffix != ".py"]
    assert "ticket.html.jinja" in others
    assert [one for one in others if not any(fnmatch(one, pattern) for pattern in named)] == []
