"""`process`: files through the eight stages."""

from __future__ import annotations

import json
import mailbox
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import pytest

from connector.book import read_book
from connector.cli.runs import DryRun
from connector.intake.files import MailFile
from connector.mail.model import Envelope
from connector.pipeline.explain import as_dict, in_lines
from connector.processing import Processor
from connector.spool import Claim, Spool
from connector.spool_file import SpoolFull
from tests.cli.conftest import Desk
from tests.house import ROOT, mail_bytes

CORPORA = ROOT / ".." / "shared" / "corpora" / "mime"
DECIDED = ["mail", "sender", "match", "scope", "written", "additions", "not_added", "deliveries"]
KEYS = [*DECIDED, "outcome", "because", "entry"]


def test_dry_run_prints_eight_stages_and_changes_nothing(empty: Desk) -> None:
    """B105: nothing is made, not even the store; it is decided as in an empty one, and said so."""
    before = sorted(empty.folder.rglob("*"))
    file = empty.mail()
    result = empty.type("process", file, "--dry-run")
    assert [line[0] for line in result.stdout.splitlines() if line[0].isdigit()] == list("12345678")
    assert "there is no store yet" in result.stderr
    assert sorted(empty.folder.rglob("*")) == sorted([*before, Path(file)])


def test_dry_run_uses_the_store_that_is_there(desk: Desk, ticket: str) -> None:
    """B105: the ticket is found, and nothing is filed."""
    reply = desk.mail("reply.eml", subject=f"Re: [{ticket}]")
    told = json.loads(desk.done("process", reply, "--dry-run", "--json"))
    assert (told["match"]["ticket"], told["match"]["new"], told["entry"]) == (ticket, False, None)
    assert [row["kind"] for row in desk.json("history", ticket)].count("email") == 1


def test_json_is_one_object_a_line(desk: Desk) -> None:
    """interface: JSON of one processed mail, one a line; entry is the history entry."""
    lines = desk.done("process", desk.mail("a.eml"), desk.mail("b.eml"), "--json").splitlines()
    told = [json.loads(line) for line in lines]
    assert [list(one) for one in told] == [KEYS, KEYS]
    assert [(one["outcome"], one["match"]["ticket"]) for one in told] == [
        ("filed", "0500-1000"),
        ("filed", "0500-1001"),
    ]
    assert json.loads(desk.done("history", "show", str(told[0]["entry"]), "--decision"))["entry"] == told[0]["entry"]


def test_same_mail_again_is_a_duplicate(desk: Desk) -> None:
    """B5: also by `process` it is filed once."""
    file = desk.mail()
    desk.done("process", file)
    assert json.loads(desk.done("process", file, "--json"))["outcome"] == "duplicate"
    assert len(desk.json("tickets")) == 1


def test_standard_input_mbox_maildir_and_folder(desk: Desk) -> None:
    """B1: every kind of file is taken, with its road."""
    box = mailbox.mbox(desk.folder / "box")
    box.add(mail_bytes("jane@acme.example", Message_ID="<1@mbox>"))
    box.add(mail_bytes("jane@acme.example", Message_ID="<2@mbox>"))
    box.close()
    mailbox.Maildir(desk.folder / "dir").add(mail_bytes("jane@acme.example", Message_ID="<3@maildir>"))
    (desk.folder / "folder").mkdir()
    desk.mail("folder/one.eml")
    stdin = mail_bytes("jane@acme.example", Message_ID="<4@stdin>")
    desk.done("process", "box", "dir", "folder", "-", stdin=stdin)
    assert set(desk.json("status")["counts"]["last_mail"]) == {"mbox", "maildir", "file", "stdin"}
    assert desk.json("status")["counts"]["mails"] == {"filed": 5}


def test_envelope_makes_bcc_internal(desk: Desk) -> None:
    """B41: the public address in the envelope alone."""
    file = desk.mail(sender="alice@company.example", to="jane@acme.example")
    words = ("--envelope-from", "alice@company.example", "--envelope-to", "support@example.com,x@example.com")
    told = json.loads(desk.done("process", file, "--dry-run", "--json", *words))
    assert told["scope"]["internal"] is True


def test_missing_file_is_refused_before_anything_is_done(desk: Desk) -> None:
    """interface: exit status 1; no mail was taken."""
    assert "no such file or folder: gone.eml" in desk.refused("process", desk.mail(), "gone.eml")
    assert desk.json("tickets") == []


def test_unreadable_file_does_not_stop_the_others(desk: Desk) -> None:
    """B105: the folder without mail is told, the mail behind it is filed; exit status 1."""
    (desk.folder / "void").mkdir()
    assert "holds no mail" in desk.refused("process", "void", desk.mail())
    assert len(desk.json("tickets")) == 1


def test_deliveries_wait_for_a_service(desk: Desk) -> None:
    """B87: without a service that is said; the rows are there."""
    result = desk.type("process", desk.mail())
    assert "no service is running" in result.stderr
    assert {row["state"] for row in desk.json("deliveries")} == {"pending"}
    with Spool(desk.settings.store.spool).lock():
        assert "no service" not in desk.type("process", desk.mail("other.eml")).stderr


def test_defect_leaves_the_mail_safe(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """B2, B7: a mail whose processing fails stays in the spool, which is exit status 0; the next one goes on."""
    process = Processor.process

    def fail_once(self: Processor, raw: bytes, *rest: object) -> object:
        if b"<bad.eml" in raw:
            raise ValueError("a defect")
        return process(self, raw, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(Processor, "process", fail_once)
    result = desk.type("process", desk.mail("bad.eml"), desk.mail("good.eml"))
    assert (result.exit_code, "waits in the spool" in result.stderr, "a defect" in result.stderr) == (0, True, True)
    assert [row["state"] for row in desk.json("queue")] == ["spooled"]
    assert len(desk.json("tickets")) == 1


def test_last_try_goes_into_quarantine(build: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch) -> None:
    """B7: after MaxTries the mail is in quarantine with the reason."""

    def fail(*_: object) -> NoReturn:
        raise MemoryError

    desk = build(SERVICE__MaxTries="1")
    monkeypatch.setattr(Processor, "process", fail)
    assert desk.type("process", desk.mail()).exit_code == 0
    (row,) = desk.json("queue")
    assert (row["state"], "MemoryError" in row["reason"]) == ("quarantined", True)


def test_mail_that_cannot_be_spooled_is_not_accepted(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """B2: exit status 0 only when every mail is safe on the disk; the one behind the refused one is taken."""
    accept = Spool.accept_claimed

    def full_once(self: Spool, raw: bytes, envelope: Envelope) -> Claim:
        if b"<big.eml" in raw:
            raise SpoolFull("no room for it")
        return accept(self, raw, envelope)

    monkeypatch.setattr(Spool, "accept_claimed", full_once)
    assert "big.eml: no room for it" in desk.refused("process", desk.mail("big.eml"), desk.mail("small.eml"))
    assert (len(desk.json("tickets")), desk.json("queue")) == (1, [])


def test_locked_store_costs_no_mail(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    """B3: a store that cannot be opened leaves the mail in the spool, untried."""
    monkeypatch.setattr("connector.cli.runs.store_for_mail", _busy)
    result = desk.type("process", desk.mail())
    assert (result.exit_code, "waits in the spool" in result.stderr) == (0, True)
    assert [(row["state"], row["tries"]) for row in desk.json("queue")] == [("spooled", 0)]


def _busy(*_: object) -> NoReturn:
    from storage.records import StoreBusy

    raise StoreBusy("locked")


def test_escapes_of_a_mail_do_not_reach_the_terminal(desk: Desk) -> None:
    """faults: escape sequences and bidi controls are shown, not obeyed."""
    file = desk.mail(subject="\x1b[31mred\u202edlog", body="\x1b]0;title\x07\x9b2J\u202e\r\n")
    out = desk.done("process", file)
    out += desk.done("inbox") + desk.done("ticket", "show", "0500-1000") + desk.done("history", "show", "1")
    out += (
        desk.done("tickets", "--board", "status")
        + desk.done("tickets", "--json")
        + desk.done("history", "0500-1000", "--json")
    )
    assert not set(out) & set("\x1b\x07\x9b\u202e")


def test_as_a_process_of_its_own(desk: Desk) -> None:
    """B105: standard input in, JSON out, as a delivery agent would call it."""
    command = [sys.executable, "-m", "connector", "process", "-", "--json", "--config", str(desk.file)]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, input=mail_bytes("jane@acme.example"), capture_output=True, env=environment)
    assert (done.returncode, json.loads(done.stdout)["outcome"]) == (0, "filed"), done.stderr


@pytest.mark.long
@pytest.mark.corpora
@pytest.mark.skipif(not CORPORA.is_dir(), reason=f"there are no corpora in {CORPORA}")
def test_every_corpus_file_goes_through_a_dry_run(empty: Desk) -> None:
    """B8, B105: no file makes a stage fail, and none takes longer than a second."""
    settings = empty.settings
    slow, failed = [], []
    with DryRun(settings, read_book(settings.rules)) as run:
        for file in sorted(CORPORA.rglob("*.eml")):
            started = time.perf_counter()
            outcome = run.take(MailFile(str(file), file.read_bytes(), "file"), Envelope())
            if outcome.decision is None:
                failed.append((file.name, outcome.fault))
                continue
            json.dumps(as_dict(outcome.decision))
            assert len(list(in_lines(outcome.decision))) >= 8
            if time.perf_counter() - started > 1:
                slow.append(file.name)
    assert (failed, slow) == ([], [])


@pytest.mark.corpora
@pytest.mark.skipif(not CORPORA.is_dir(), reason=f"there are no corpora in {CORPORA}")
def test_command_takes_corpora(empty: Desk) -> None:
    """B105: the command itself, over files of one corpus; nothing in its output can move a cursor."""
    files = [str(file) for file in sorted(CORPORA.rglob("*.eml"))[::10]]
    lines = empty.done("process", "--dry-run", "--json", *files).splitlines()
    assert [list(json.loads(line)) for line in lines] == [KEYS] * len(files)
    assert "\x1b" not in empty.done("process", "--dry-run", *files)
