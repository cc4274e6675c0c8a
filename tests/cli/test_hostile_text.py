"""Nothing out of a mail, a name or a typed text reaches the terminal as an escape sequence, by any command."""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

import click
import pytest
from click.testing import Result

from connector import users_file
from connector.cli.reference import commands
from connector.cli.root import root
from connector.mail.clean import is_hidden
from storage import choices, failing
from storage.records import Choice
from storage.records import Result as Sent
from tests.authority import Authority
from tests.cli.conftest import Desk
from tests.house import ROOT

LATE = datetime(2099, 1, 1, tzinfo=UTC)
ALICE = "alice@company.example"
EVIL = (
    "E\x1b[31mred\x1b]0;title\x07\x1b]8;;http://e.vil/\x1b\\link\x9b2J\x90q\x85\r\x0b\x0c\x7f"
    "\u202egnp.exe\u2066\u2069\u200b\u200d\u2060\ufeff\u00ad\u2028\u2029\u061c\U000e0041L"
)
"""ESC, OSC 8, C1, CR, BEL, DEL, bidi controls, zero-width characters, line separators, tags."""


def word(text: str) -> str:
    """An encoded word, in which a header may hold anything."""
    return f"=?utf-8?b?{base64.b64encode(text.encode()).decode()}?="


def mail(sender: str, subject: str = "Printer") -> bytes:
    """A mail with hostile text wherever there can be some; `sender` is the From field as it stands."""
    parameter = "".join(f"%{byte:02x}" for byte in f"{EVIL}.pdf".encode())
    body = base64.encodebytes(f"Hello {EVIL}\n\n{EVIL}\n".encode()).decode().replace("\n", "\r\n")
    lines = (
        f"From: {sender}",
        f"To: {word(EVIL)} <support@example.com>, {word(EVIL)} <boss@acme.example>",
        f"Cc: {word(EVIL)} <b\x1b[31md@acme.example>, {word(EVIL)} <carol@company.example>",
        f"Subject: {word(subject + EVIL)}",
        f"Message-ID: <\x1b[31m{subject}\x9b@acme.example>",
        f"Reply-To: {word(EVIL)} <jane@acme.example>",
        f"X-Mailer: {EVIL}",
        "MIME-Version: 1.0",
        "Content-Type: multipart/mixed; boundary=b",
        "",
        "--b",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: base64",
        "",
        f"{body}--b",
        f"Content-Type: application/pdf; name*=utf-8''{parameter}",
        "Content-Disposition: attachment; filename*=utf-8''" + parameter,
        "",
        "x",
        "--b",
        "Content-Type: text/html; charset=utf-8",
        "",
        f"<p title='{EVIL}'>{EVIL}</p>",
        "--b--",
        "",
    )
    return "\r\n".join(line.replace("\r", " ") for line in lines).encode("utf-8")


@pytest.fixture(scope="module")
def filed(tmp_path_factory: pytest.TempPathFactory, template: Path) -> tuple[Path, str]:
    """The data of an installation in which everything is hostile, and the id of a held mail."""
    desk = Desk(tmp_path_factory.mktemp("hostile"), EMAILCONNECTOR__UnknownSender="hold")
    (desk.folder / "var").mkdir()
    shutil.copy(template, desk.folder / "var")
    desk.done("accounts", "set", "Acme Ltd", "--name", f"Acme {EVIL}")
    desk.done("contacts", "set", "jane@acme.example", "--name", f"Jane {EVIL}")
    desk.done("employees", "set", ALICE, "--name", f"Alice {EVIL}")
    for sender in ("jane@acme.example", f"{word(EVIL)} <jane@acme.example>", f"{word(EVIL)} <{ALICE}>"):
        desk.type("process", "-", stdin=mail(sender, f"[0500-1000] {sender[-9:-1]}"))
    desk.type("process", "-", stdin=mail(f"{EVIL.replace(chr(13), '')} <x\x1b[31m@e.vil>", "held"))
    desk.done("ticket", "label", "0500-1000", "--add", f"L {EVIL}")
    desk.done("ticket", "set", "0500-1000", "--priority", EVIL, "--type", EVIL, "--description", EVIL)
    desk.done("ticket", "note", "0500-1000", EVIL, "--public")
    desk.done("inbox", "add", "0500-1000", "--why", EVIL)
    desk.done("history", "edit", "1", "--text", EVIL)
    desk.pause("0500-1000", f"x{EVIL}@e.vil")
    store = desk.store()
    for parcel in store.claim_deliveries(LATE, 100, 60, "test"):
        store.record_results([Sent(drop.delivery_id, "deferred", f"450 {EVIL}", LATE) for drop in parcel.drops], LATE)
    failing.count(store.db, f"{EVIL}@e.vil", 1, f"550 {EVIL}", LATE)
    choices.remember(store.db, Choice(f"{EVIL}@e.vil", EVIL, "reject", EVIL, LATE))
    store.close()
    users_file.put(desk.folder / "var" / "users", ALICE, "password")
    return desk.folder / "var", desk.json("queue")[0]["id"]


@pytest.fixture
def hostile(tmp_path: Path, filed: tuple[Path, str], authority: Authority) -> Desk:
    """That installation, for one test."""
    values = {"EMAILCONNECTOR__UnknownSender": "hold", "SMTPIN__AuthUsersFile": "var/users"}
    desk = Desk(tmp_path, **values, **authority.certificate().tokens())
    shutil.copytree(filed[0], desk.folder / "var")
    (desk.folder / "mail.eml").write_bytes(mail("jane@acme.example", "once more"))
    return desk


NUMBER = "0500-1000"
SHOWING = """
welcome
config check
config show
config explain ReopenDays
inbox list
tickets
tickets --view open
tickets --search E
tickets --account EVIL
tickets --board status
tickets --board manager
ticket show NUMBER
ticket report NUMBER
ticket report NUMBER --public
ticket report NUMBER --format html
ticket report NUMBER --format print
recipients list NUMBER
history list NUMBER
history show 1
history show 1 --html
history show 1 --decision
export
export --to tickets.jsonl
verify
db backup copy.db
db migrate
db migrate --check
history show 2
numbers list
employees list
employees groups
auth-users list
accounts list
contacts list
process mail.eml --dry-run
process mail.eml --dry-run --json
queue list
queue show HELD
queue choices
deliveries list
deliveries list --ticket NUMBER
deliveries suspended
templates list
templates test response NUMBER
templates test new-ticket NUMBER
templates test closed-ticket NUMBER
templates test paused-pair NUMBER
templates test suspended-address NUMBER
rules list
rules check --rules CANDIDATES
rules test mail.eml
rules replay --rules CANDIDATES
status
doctor --no-network
""".strip().splitlines()
"""Commands that show; a blank stands between words, EVIL for the hostile text, HELD for the id of the held mail."""

CHANGING = """
inbox remove NUMBER
inbox add NUMBER --why EVIL
inbox clear
ticket assign NUMBER ALICE
ticket dispatch NUMBER on
ticket label NUMBER --add EVIL
ticket new --account EVIL --subject EVIL --description EVIL
ticket note NUMBER EVIL
ticket read NUMBER
ticket unread NUMBER
ticket reply NUMBER EVIL --as ALICE
ticket set NUMBER --type EVIL
ticket status NUMBER Hold
ticket move NUMBER EVIL
ticket merge NUMBER EVIL
ticket resume NUMBER EVIL
recipients add NUMBER x@else.example
recipients add-employee NUMBER ALICE
recipients remove NUMBER ALICE
recipients subscribe NUMBER --as ALICE
recipients unsubscribe NUMBER --as ALICE
history edit 1 --text EVIL
history private 1
history public 1
history take 1 --to new
history show 1 --attachment 1
history show 1 --original --to .
numbers raise 2000
people export people.csv
people import people.csv
employees add EVIL eve@company.example
employees set ALICE --name EVIL
employees remove ALICE
auth-users add EVIL
auth-users remove ALICE
accounts add EVIL
accounts set EVIL --name EVIL
accounts remove EVIL
contacts add EVIL w@x.example --account EVIL
contacts set EVIL --main
contacts remove EVIL
process mail.eml
queue retry HELD
queue release HELD
queue reject HELD
queue release HELD --remember
queue reject HELD --remember
queue drop HELD
queue forget EVIL
deliveries resume EVIL
oauth login EVIL
init EVIL
send --to x@else.example --subject EVIL --text EVIL
""".strip().splitlines()
"""Commands that change, with hostile words for what they are told."""

WRONG = """
ticket show EVIL
history show 1 --attachment 9
history EVIL
recipients list EVIL
queue show EVIL
queue drop EVIL
ticket status NUMBER EVIL
ticket assign NUMBER EVIL
tickets --status EVIL
tickets --manager EVIL
inbox --as EVIL
recipients add NUMBER EVIL
numbers raise EVIL
send --to EVIL
config explain EVIL
process EVIL
people import EVIL
deliveries list --ticket EVIL
templates test EVIL NUMBER
rules test EVIL
rules check --rules EVIL
history take 1 --to EVIL
ticket set NUMBER --due EVIL
inbox --config EVIL
employees set EVIL --inactive
auth-users remove EVIL
history show 1 --original --to EVIL/
EVIL
--EVIL
EVIL list
tickets EVIL
tickets --view EVIL
tickets --EVIL
tickets --limit EVIL
ticket EVIL
inbox list EVIL
recipients 0500-1000 add x@y.example --type EVIL
""".strip().splitlines()
"""Commands that are refused, and tell what they were told."""

OF_NOTHING = {"serve"}
"""Commands that print nothing of mails; the log is another matter."""

AS_IS = {"people export"}
"""Commands whose standard output is a file for programs; a terminal gets it escaped."""


ACCOUNT = ("accounts set", "contacts", "ticket new", "tickets --account")
"""Where the hostile text is the name of the account that there is."""


def run(desk: Desk, line: str, held: str) -> Result:
    """Type a command, its words in capitals put in."""
    evil = EVIL.replace("\r", "")
    meant = {"EVIL": f"Acme {EVIL}" if line.startswith(ACCOUNT) else evil, "EVIL/": f"{evil}/", "--EVIL": f"--{evil}"}
    meant |= {"HELD": held, "NUMBER": NUMBER, "ALICE": ALICE, "CANDIDATES": str(ROOT / "tests" / "workbench" / "rules")}
    return desk.type(*(meant.get(word, word) for word in line.split(" ")))


def hidden(text: str) -> str:
    """The characters of an output that a terminal must not get."""
    return "".join(sorted({char for char in text if char != "\n" and is_hidden(char)}))


@pytest.mark.parametrize("line", SHOWING)
def test_showing__is_harmless(hostile: Desk, filed: tuple[Path, str], line: str) -> None:
    """faults: no control, bidi or invisible character but the line feed, whatever was filed."""
    result = run(hostile, line, filed[1])
    assert result.exit_code == 0 or line.startswith(("status", "doctor")), result.output
    assert ascii(hidden(result.output)) == "''"


@pytest.mark.parametrize("line", [*CHANGING, *WRONG])
def test_changing_and_refusing__are_harmless(hostile: Desk, filed: tuple[Path, str], line: str) -> None:
    """faults: what a command says of what it did, or why it did not."""
    if "import" in line and "EVIL" not in line:
        run(hostile, "people export people.csv", "")
    result = run(hostile, line, filed[1])
    assert result.exit_code in (0, 1, 2)
    assert result.exit_code != 0 or line in CHANGING
    assert ascii(hidden(result.output)) == "''"


MADE_FOR_ELSE = {"--json", "--html"}
"""With these a command does not take a further --json."""


def with_json() -> Iterator[str]:
    """The commands above that take --json."""
    for line in SHOWING:
        path = next(p for p, _, command in leaves() if f"{line} ".startswith(f"{' '.join(p)} "))
        command = next(command for p, _, command in leaves() if p == path)
        if any("--json" in one.opts for one in command.params) and not MADE_FOR_ELSE & set(line.split()):
            yield line


@cache
def leaves() -> list[tuple[tuple[str, ...], click.Group, click.Command]]:
    return [one for one in commands(root) if not isinstance(one[2], click.Group)]


@pytest.mark.parametrize("line", list(with_json()))
def test_json__is_harmless_and_valid(hostile: Desk, filed: tuple[Path, str], line: str) -> None:
    """faults: JSON holds hidden characters as escapes, and reads back."""
    result = run(hostile, f"{line} --json", filed[1])
    assert ascii(hidden(result.stdout)) == "''"
    assert json.loads(result.stdout) not in (None, "")


def test_what_was_filed_is_hostile(hostile: Desk) -> None:
    """The installation of this file is no harmless one: hidden characters are in its names, texts and answers."""
    row = hostile.json("ticket", "show", NUMBER)
    row["labels"] = "".join(row["labels"])
    assert all(hidden(row[name]) for name in ("subject", "account", "contact", "manager", "priority", "labels"))
    assert any(hidden(one["name"] or "") for one in row["recipients"])
    assert any(hidden(one["text"]) for one in row["history"])
    assert any(hidden(one["last_answer"] or "") for one in hostile.json("deliveries"))


def test_every_command_is_looked_at() -> None:
    """A new command says here what it prints when everything is hostile."""
    typed = [*SHOWING, *CHANGING]
    seen = {" ".join(path) for path, _, _ in leaves() for line in typed if f"{line} ".startswith(f"{' '.join(path)} ")}
    assert {" ".join(path) for path, _, _ in leaves()} - seen - OF_NOTHING - AS_IS == set()


@pytest.mark.parametrize("line", ["people export", "history show 1 --original"])
def test_files_for_programs__are_escaped_on_a_terminal(
    hostile: Desk, monkeypatch: pytest.MonkeyPatch, line: str
) -> None:
    """B4, faults: bytes as they are into a file or a pipe, escaped on a terminal."""
    assert hidden(hostile.type(*line.split()).stdout_bytes.decode("utf-8", "replace"))
    monkeypatch.setattr("click.testing._NamedTextIOWrapper.isatty", lambda _: True, raising=False)
    assert ascii(hidden(hostile.type(*line.split()).output)) == "''"
