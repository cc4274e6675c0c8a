"""`rules`: list, check and test (B52, B55)."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from connector.originals import Originals
from connector.people import read_people
from tests import postgres
from tests.cli.conftest import Desk
from tests.house import PEOPLE

RULES = Path(__file__).parents[1] / "workbench" / "rules"
BODY = "Thank you.\r\n\r\nOn Monday, 2 March 2026, Jane wrote:\r\n> Does it work?\r\n"
SLOW = "[slow]\nKind = footer\nPattern = ^(a|aa)*:$\nExample = aaa:\nCounterExample = b\n"


@pytest.fixture
def candidates(tmp_path: Path) -> Path:
    """A folder of rules to change."""
    folder = tmp_path / "candidates"
    folder.mkdir()
    (folder / "quick.ini").write_bytes((RULES / "quick.ini").read_bytes())
    return folder


def test_list__shows_each_rule_with_its_place(empty: Desk) -> None:
    """B51: name, kind, language, client, whether it is on, file and line, number of examples."""
    empty.file.write_text(empty.file.read_text().replace(str(Path(__file__).parents[2] / "rules"), str(RULES)))

    on, off = empty.json("rules", "list")

    assert on == {
        "name": "attribution-quick", "kind": "attribution", "language": "en", "client": "", "active": True,
        "file": str(RULES / "quick.ini"), "line": 1, "examples": 2,
    }  # fmt: skip
    assert (off["name"], off["active"], off["line"]) == ("signature-quick", False, 8)
    assert "quick.ini:8 (off)" in empty.done("rules", width=120)


def test_list__of_a_kind_or_language(empty: Desk) -> None:
    """B51: those of automatic.ini are among them."""
    assert {row["kind"] for row in empty.json("rules", "list", "--kind", "Detect")} == {"detect"}
    assert {row["language"] for row in empty.json("rules", "list", "--language", "de")} == {"de"}
    assert empty.json("rules", "list", "--kind", "nothing") == []


def test_check__names_the_rule_that_is_too_slow(empty: Desk, candidates: Path) -> None:
    """B52: exit status 1, the rule's name and the line; without it all is in order."""
    assert "1 rules in order" in empty.done("rules", "check", "--rules", str(candidates))
    (candidates / "slow.ini").write_text(SLOW)

    reason = empty.refused("rules", "check", "--rules", str(candidates))

    assert "rule slow: takes longer than 100 ms, on a line that begins 'aaaa" in reason
    result = empty.type("rules", "check", "--rules", str(candidates), "--json")
    assert [one["name"] for one in json.loads(result.stdout)["timed"] if one["fault"]] == ["slow"]


def test_check__tells_everything_that_is_wrong_at_once(empty: Desk, candidates: Path) -> None:
    """B51: file, line, key, what was found and what is allowed; exit status 2."""
    (candidates / "wrong.ini").write_text("[one]\nKind = footer\nPattern = (\n\n[two]\nKind = other\nPattern = x\n")

    reason = empty.refused("rules", "check", "--rules", str(candidates), status=2)

    assert f"{candidates / 'wrong.ini'}:3: [one] Pattern: found a pattern that does not compile" in reason
    assert "wrong.ini:6: [two] Kind: found 'other'; allowed" in reason


def test_test__marks_what_is_cut_by_which_rule(empty: Desk) -> None:
    """B55: numbered lines, kept or cut, the rule and its kind, and what each rule that matched took."""
    out = empty.done("rules", "test", empty.mail(body=BODY), "--rules", str(RULES), width=120)

    lines = out.splitlines()
    assert lines[0] == "1 | Thank you."
    assert lines[2] == "3 - On Monday, 2 March 2026, Jane wrote:   [attribution-quick (attribution)]"
    assert any("µs  attribution-quick (attribution)" in line for line in lines)
    assert lines[-1] == "stored: 1 lines; cut: 2"


def test_test__tells_programs_the_same(empty: Desk) -> None:
    """B55: the text that would be stored, and each line."""
    told = empty.json("rules", "test", empty.mail(body=BODY), "--rules", str(RULES))

    assert told["text"] == "Thank you."
    assert [(line["number"], line["cut"]) for line in told["lines"]][:4] == [
        (1, False), (2, False), (3, True), (4, True),
    ]  # fmt: skip
    assert told["rules"][0]["rule"] == "attribution-quick"


def test_test__knows_the_parent(empty: Desk) -> None:
    """B56: what stands in the message that the mail answers is quoted without any mark."""
    said = "The printer on the second floor has stopped and shows only a red light.\r\n"
    parent = empty.mail("parent.eml", body=said)
    mail = empty.mail("answer.eml", "Bob <bob@acme.example>", body=f"Please restart it.\r\n\r\n{said}")

    alone, known = (empty.json("rules", "test", mail, *more) for more in ((), ("--parent", parent)))

    assert "red light" in alone["text"]
    assert known["text"] == "Please restart it."


def test_test__as_the_first_mail_of_a_ticket(empty: Desk) -> None:
    """B56: a first mail keeps what it quotes."""
    told = empty.json("rules", "test", empty.mail(body=BODY), "--first")

    assert "Does it work?" in told["text"]


def test_replay__shows_what_candidates_would_change(desk: Desk, candidates: Path) -> None:
    """B55: entry by entry with the rule, then the summary; nothing is written."""
    desk.take(body="Hello.\r\n")
    desk.take("answer.eml", subject="[0500-1000] Printer", body=BODY)
    before = desk.json("history", "0500-1000")
    (candidates / "quick.ini").write_text(SLOW.replace("^(a|aa)*:$", "^aaa:$"))

    result = desk.type("rules", "replay", "--rules", str(candidates), "--json")
    shown = desk.done("rules", "replay", "--rules", str(candidates))

    [changed] = json.loads(result.stdout)
    assert (changed["ticket"], changed["entry"], changed["fault"]) == ("0500-1000", before[-1]["id"], "")
    assert "+On Monday, 2 March 2026, Jane wrote:" in changed["diff"]
    assert result.stderr.startswith("entries: 2, same: 1, different: 1, kept more: 1\n")
    assert f"== 0500-1000 entry {before[-1]['id']} jane@acme.example\n" in shown
    assert shown.endswith(result.stderr)
    assert desk.json("history", "0500-1000") == before


def test_replay__json_is_an_array_without_differences(desk: Desk, ticket: str) -> None:
    """B55: one document, whatever is found; what is wrong goes into it as well."""
    assert desk.json("rules", "replay", "--rules", str(RULES)) == []
    assert desk.json("rules", "replay", "--rules", str(RULES), "--ticket", ticket) == []


def test_replay__goes_on_behind_a_mail_that_cannot_be_replayed(desk: Desk, candidates: Path) -> None:
    """B55: the entry is named with what is wrong, the others are replayed, and the exit status is 1."""
    desk.take(body="Hello.\r\n")
    desk.take("answer.eml", subject="[0500-1000] Printer", body=BODY)
    first, *_, second = (entry["id"] for entry in desk.json("history", "0500-1000"))
    [[sha256]] = desk.store().db.rows("SELECT original_sha256 FROM entry WHERE id = ?", (first,))
    broken = Originals(desk.settings.store.originals).path(sha256)
    broken.unlink()
    broken.mkdir()
    (candidates / "quick.ini").write_text(SLOW.replace("^(a|aa)*:$", "^aaa:$"))

    result = desk.type("rules", "replay", "--rules", str(candidates), "--json")
    shown = desk.type("rules", "replay", "--rules", str(candidates))

    assert (result.exit_code, shown.exit_code) == (1, 1)
    faulty, changed = json.loads(result.stdout)
    assert (faulty["entry"], changed["entry"]) == (first, second)
    assert faulty["fault"].startswith("IsADirectoryError: ")
    assert "could not be replayed: IsADirectoryError: " in shown.stdout
    assert "entries: 2, faults: 1, different: 1, kept more: 1\n" in shown.stdout
    assert shown.stderr == "Error: 1 of the mails could not be replayed\n"


def test_replay__tells_hits(desk: Desk, candidates: Path) -> None:
    """B55: in how many mails each rule matched, in use and as candidates; one that never did says 0."""
    desk.take(body="Hello.\r\n")
    desk.take("answer.eml", subject="[0500-1000] Printer", body=BODY)
    (candidates / "other.ini").write_text(SLOW.replace("^(a|aa)*:$", "^aaa:$"))
    replay = ("rules", "replay", "--rules", str(candidates), "--hits")

    rows = {row["rule"]: row for row in desk.json(*replay)}

    assert rows["attribution-quick"] == {
        "rule": "attribution-quick", "kind": "attribution", "in_use": None, "candidate": 1,
    }  # fmt: skip
    assert rows["slow"] == {"rule": "slow", "kind": "footer", "in_use": None, "candidate": 0}
    assert (rows["attribution-english"]["in_use"], rows["attribution-english"]["candidate"]) == (1, None)
    assert rows["out-of-office-english"]["in_use"] == 0
    shown = desk.done(*replay, width=100).splitlines()
    assert shown[0].split() == ["Rule", "Kind", "In", "use", "Candidate"]
    assert any(line.split() == ["attribution-english", "attribution", "1"] for line in shown)
    assert any(line.startswith("entries: 2, ") for line in shown)


@pytest.mark.postgresql
def test_replay__over_postgresql(build: Callable[..., Desk], candidates: Path) -> None:
    """B55: the same differences; what was said before is read there as well (B56)."""
    if postgres.programs() is None:
        pytest.fail("no PostgreSQL programs") if os.environ.get("CI") else pytest.skip("no PostgreSQL programs")
    said = "The printer on the second floor has stopped and shows only a red light.\r\n"
    with postgres.running() as server:
        desk = build(STORE__Database=server.url(server.create()))
        store = desk.store()
        store.import_people(read_people(PEOPLE, desk.settings.groups))
        store.close()
        desk.take(body=said)
        desk.take(
            "known.eml",
            subject="[0500-1000] Printer",
            body=f"Please.\r\n\r\n{said}",
            References="<mail.eml@acme.example>",
        )
        desk.take("answer.eml", subject="[0500-1000] Printer", body=BODY)
        (candidates / "quick.ini").write_text(SLOW.replace("^(a|aa)*:$", "^aaa:$"))

        result = desk.type("rules", "replay", "--rules", str(candidates), "--json")

        [changed] = json.loads(result.stdout)
        assert "+On Monday, 2 March 2026, Jane wrote:" in changed["diff"]
        assert result.stderr.startswith("entries: 3, same: 2, different: 1, kept more: 1\n")
        assert desk.done("rules", "replay", "--ticket", "0500-1000") == "entries: 3, same: 3\n"


def test_replay__shows_ones_own_tickets_alone(desk: Desk, ticket: str) -> None:
    """B94, B96: with edit-rules and without other-employees-tickets, others' mails are not even counted."""
    heidi = "heidi@company.example"
    with desk.file.open("a", encoding="utf-8") as ini:
        ini.write("\n[PRIVILEGES:Rulers]\nPrivileges = edit-rules\n")
    desk.done("employees", "set", heidi, "--privileges", "Rulers")
    replay = ("rules", "replay", "--rules", str(RULES), "--as", heidi)

    assert desk.done(*replay) == "no stored mails\n"
    desk.done("ticket", "assign", ticket, heidi)
    assert desk.done(*replay) == "entries: 1, same: 1\n"
    assert desk.done(*replay, "--since", "2099-01-01") == "no stored mails\n"
    assert desk.done(*replay, "--ticket", ticket) == "entries: 1, same: 1\n"


def test_replay__counts_missing_originals(desk: Desk, ticket: str) -> None:
    """B4, B55: an original that is gone stops nothing."""
    for file in desk.settings.store.originals.rglob("*.eml"):
        file.unlink()

    assert desk.done("rules", "replay", "--rules", str(RULES)) == "entries: 1, missing originals: 1\n"
