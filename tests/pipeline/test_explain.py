"""The decision as JSON and in words."""

from __future__ import annotations

import json

import pytest

from connector.pipeline.explain import as_dict, as_json, in_lines
from connector.pipeline.reasons import WORDS, in_words
from connector.pipeline.verdicts import because
from tests.house import Build, House, mail_bytes

JANE = "Jane Doe <jane@acme.example>"


def test_explain__dict_has_the_promised_shape(house: House) -> None:
    """B105: the JSON of one processed mail, key by key as the interface shows it."""
    told = as_dict(
        house.dry_run(mail_bytes(JANE, Cc="x@else.example", Message_ID="<1@acme.example>")).decision, entry=7
    )

    assert set(told) == {
        "mail", "sender", "match", "scope", "written", "additions", "not_added", "deliveries", "outcome",
        "because", "entry",
    }  # fmt: skip
    assert set(told["mail"]) == {"message_id", "subject", "from", "to", "cc", "size", "sha256", "repairs"}
    assert set(told["sender"]) == {"kind", "name", "address", "authentication", "because"}
    assert set(told["match"]) == {"ticket", "new", "verified", "reopened", "forwarded", "because"}
    assert set(told["scope"]) == {"internal", "public", "automatic", "because"}
    assert {"text", "cut"} <= set(told["written"])
    assert [set(one) for one in told["additions"]] == [{"address", "list", "type", "because"}] * len(told["additions"])
    assert set(told["deliveries"][0]) == {
        "from", "reply_to", "to", "cc", "envelope", "subject", "message_id", "kind",
    }  # fmt: skip
    assert (told["outcome"], told["entry"], told["match"]["ticket"]) == ("filed", 7, "0500-1000")


def test_explain__reasons_are_codes_with_facts(house: House) -> None:
    """B105: `because` holds objects with a stable code and its facts."""
    told = as_dict(house.dry_run(mail_bytes(JANE)).decision)

    assert told["sender"]["because"] == [
        {"code": "contact-address", "address": "jane@acme.example", "account": "Acme Ltd"}
    ]


def test_explain__held_mail_has_no_ticket(build: Build) -> None:
    """B105: what is not filed has no ticket, though a number was in sight."""
    told = as_dict(build(unknown_sender="hold").dry_run(mail_bytes("x@else.example")).decision)

    assert (told["outcome"], told["match"]["ticket"], told["deliveries"]) == ("held", None, [])


@pytest.mark.parametrize("subject", ['"}\n{"x', "\x1b[2J", "\u202e", "\ud800", "é\0"])
def test_explain__json_is_one_line_and_reads_back(house: House, subject: str) -> None:
    """B104, B105: nothing in a mail breaks out of the JSON."""
    raw = mail_bytes(JANE).replace(b"Printer", subject.encode("utf-8", "surrogatepass"))

    told = as_dict(house.dry_run(raw).decision)
    line = as_json(told)

    assert "\n" not in line
    assert json.loads(line) == json.loads(json.dumps(told))
    line.encode("utf-8")


def test_explain__words_name_every_stage(house: House) -> None:
    """B105: a dry run prints for each stage what was decided and why."""
    lines = list(in_lines(house.dry_run(mail_bytes(JANE)).decision))

    stages = [line[:13].rstrip() for line in lines if line[:1].isdigit()]
    assert stages == [
        "1 ingest", "2 identify", "3 match", "4 classify", "5 strip", "6 recipients", "7 persist", "8 distribute",
    ]  # fmt: skip
    assert any("because jane@acme.example is a contact of the account Acme Ltd" in line for line in lines)


@pytest.mark.parametrize("nasty", ["\x1b[2J", "\u202ekcab", "\x07", "\x9b1m", "a\r\n b\u2028c"])
def test_explain__nothing_moves_the_cursor(house: House, nasty: str) -> None:
    """B105: control and bidi characters of a mail are shown as escapes, on the line where they stand."""
    raw = mail_bytes(f'"{nasty}" <x@else.example>', subject=f"s{nasty}", to=f'"{nasty}" <y@else.example>')

    lines = list(in_lines(house.dry_run(raw).decision))

    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("code", WORDS)
def test_explain__every_code_is_a_sentence_with_its_facts(code: str) -> None:
    """B105: braces in a fact are not taken for places to fill in."""
    assert in_words(because(code)) == WORDS[code]
    facts = dict.fromkeys((part.partition("}")[0] for part in WORDS[code].split("{")[1:]), "{x}")
    assert in_words(because(code, **facts)).count("{x}") == WORDS[code].count("{")
