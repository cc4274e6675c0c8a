"""The mails of `fixtures/eml` through the eight stages, each against its expectation; a pair dropped in is a test."""

from __future__ import annotations

import csv
import email
import json
import re
from collections.abc import Callable
from email.message import Message
from pathlib import Path
from typing import Any

import pytest

from connector.mail.model import Envelope, Mail
from connector.mail.parse import parse
from storage.addresses import is_among
from tests.house import PEOPLE, PUBLIC, House
from tests.pairs import FOLDER, KEYS, Pair, Ran, differences, failures, find_pairs, run, take_step

PAIRS = find_pairs()
SHIPPED = [pair for pair in PAIRS if pair.mail.parent == FOLDER]
NO_MAIL = ("Subcontractors", "Limited")  # groups that get no mail of tickets that are not theirs; no fixture's are

Runs = Callable[[Pair], Ran]


def _param(pair: Pair) -> Any:
    reason = pair.told.get("open")
    return pytest.param(pair, id=pair.name, marks=[pytest.mark.xfail(reason=reason, strict=True)] if reason else [])


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Runs:
    """Runs each pair once, for all tests of this module."""
    results: dict[Path, Ran] = {}

    def result(pair: Pair) -> Ran:
        if pair.mail not in results:
            results[pair.mail] = run(pair, tmp_path_factory.mktemp("house"))
        return results[pair.mail]

    return result


@pytest.mark.parametrize("pair", [_param(pair) for pair in PAIRS])
def test_pair(pair: Pair, ran: Runs) -> None:
    """B105: each mail is decided as its expectation file says, dry and real alike; rows stand in the files."""
    result = ran(pair)
    got = pair.mail.with_suffix(".got.json")
    got.unlink(missing_ok=True)
    found = failures(pair, result)
    if found and "open" in pair.told:
        pytest.fail(found[0], pytrace=False)
    if found:
        shown = {**result.real, "ticket": result.ticket, "entry": result.entry, "heads": result.heads}
        got.write_text(json.dumps(shown, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
        pytest.fail("\n".join([pair.told["about"], *found, f"all of it: {got}"]), pytrace=False)
    assert result.dry == result.real


def test_names_match_one_to_one() -> None:
    """Every mail has an expectation, every expectation a mail, and numbers are there once."""
    mails = {path.stem for path in FOLDER.glob("*.eml")}
    assert mails == {path.name.removesuffix(".expect.json") for path in FOLDER.glob("*.expect.json")}
    numbers = {name.partition("-")[0] for name in mails}
    assert len(numbers) == len(mails) >= 46
    assert all(re.fullmatch(r"\d{2,}", number) for number in numbers)


@pytest.mark.parametrize("pair", SHIPPED, ids=lambda pair: pair.name)
def test_files_are_in_order(pair: Pair) -> None:
    """A mail has CRLF line ends and example domains alone; its expectation has an aim, rows and no unknown key."""
    assert b"\n" not in pair.raw.replace(b"\r\n", b"")
    mail = parse(pair.raw, Envelope())
    domains = {one.key.rpartition("@")[2] for one in (*mail.from_, *mail.to, *mail.cc, *mail.reply_to) if one.key}
    assert all(domain.endswith((".example", "example.com")) for domain in domains)
    assert pair.told.keys() <= KEYS
    assert pair.told["about"].endswith(".")
    assert all(re.fullmatch(r"B\d+", row) for row in pair.told["rows"])
    assert pair.told["rows"]


# -- what holds for all of them ----------------------------------------------------------------------------------


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_body_bytes_are_the_original_s(pair: Pair, ran: Runs) -> None:
    """B85: what is distributed ends with exactly the original's body bytes, and reads as the original does."""
    for parcel in ran(pair).parcels:
        if parcel.kind != "distribution":
            continue
        assert parcel.body is None
        sent = parcel.head + pair.raw[parcel.body_start :]
        assert sent.partition(b"\r\n\r\n")[2] == pair.raw.partition(b"\r\n\r\n")[2]
        assert _leaves(email.message_from_bytes(sent)) == _leaves(email.message_from_bytes(pair.raw))
        assert _content(parse(sent, Envelope())) == _content(parse(pair.raw, Envelope()))


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_header_blocks_are_well_formed(pair: Pair, ran: Runs) -> None:
    """B85: a header block is pure ASCII, in lines of CRLF and 998 characters at most, and says what the JSON says."""
    result = ran(pair)
    for parcel, delivery in zip(result.parcels, result.real["deliveries"], strict=True):
        assert parcel.head.isascii()
        assert parcel.head.endswith(b"\r\n\r\n")
        assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", parcel.head.replace(b"\r\n", b""))
        assert b"\n" not in parcel.head.replace(b"\r\n", b"")
        assert max(map(len, parcel.head.split(b"\r\n"))) <= 998
        mail = parse(parcel.head, Envelope())
        assert [one.key for one in mail.from_] == [PUBLIC]
        assert mail.subject == delivery["subject"]
        assert [one.key for one in mail.to] == delivery["to"]
        assert [one.key for one in mail.cc] == delivery["cc"]
        assert [drop.address for drop in parcel.drops] == delivery["envelope"]


def _leaves(message: Message) -> list[tuple[Any, ...]]:
    """Structure and content as the standard library reads them."""
    return [
        (part.get_content_type(), part.get_content_charset(), part.get_filename(), part.get_payload(decode=True))
        for part in message.walk()
    ]


def _content(mail: Mail) -> tuple[Any, ...]:
    """Structure and content as this program reads them."""
    parts = [(p.type, p.charset, p.encoding, p.disposition, p.name, p.content_id, p.depth) for p in mail.parts]
    spans = [(part.start - mail.body_start, part.end - mail.body_start) for part in mail.parts]
    return parts, spans, mail.text, mail.html, [(a.number, a.name, a.type, a.size, a.inline) for a in mail.attachments]


@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_nobody_is_told_who_must_not_be(pair: Pair, ran: Runs) -> None:
    """B83, B84, B89: never the sender, a public address, an OFF or unprivileged employee; nobody outside of inside."""
    result, people = ran(pair), list(csv.DictReader(PEOPLE.read_text(encoding="utf-8").splitlines()))
    barred = {a for one in people if _gets_no_mail(one) for a in _addresses(one)} | {PUBLIC}
    inside = {a for one in people if one["kind"] == "employee" for a in _addresses(one)}
    writing = _writing(pair.raw)
    own = writing | {a for one in people if writing & _addresses(one) for a in _addresses(one)}
    by_employee = len(writing) == 1 and result.real["sender"]["kind"] == "employee"
    goes_out = by_employee and not result.real["scope"]["internal"]
    for parcel in result.parcels:
        receivers = {drop.address for drop in parcel.drops}
        assert not receivers & barred
        assert not any(is_among(receiver, [PUBLIC]) for receiver in receivers)
        if parcel.kind == "response":
            assert not receivers & inside
            continue
        assert not receivers & own
        assert goes_out or receivers <= inside
        assert not goes_out or not any(address in parcel.head.decode().lower() for address in inside)


def _addresses(person: dict[str, str]) -> set[str]:
    return {person["email1"], person["email2"]} - {""}


def _gets_no_mail(person: dict[str, str]) -> bool:
    off = person["mail_option"] == "off" or person["active"] == "N" or person["privileges"] in NO_MAIL
    return person["kind"] == "employee" and off


def _writing(raw: bytes) -> set[str]:
    """Every address that stands in angle brackets, or alone, in a From header."""
    values = [str(value) for value in email.message_from_bytes(raw).get_all("From", [])]
    return {(re.findall(r"<([^<>]+)>", value) or [value.partition(" ")[0]])[-1].lower() for value in values}


# -- the comparison itself ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ({"a": 1}, {"a": 2}),
        ({"a": 1}, {}),
        (["x"], ["x", "y"]),
        (["x", "x"], ["x", "y"]),
        ({"has": ["code"]}, [{"code": "other"}]),
        ({"not": ["code"]}, [{"code": "code"}]),
        ({"has": ["part"]}, "text"),
        ([{"code": "c", "n": 1}], [{"code": "c", "n": 2}]),
    ],
)
def test_differences_are_found(expected: Any, actual: Any) -> None:
    """What is not as expected is told, at every level of an expectation."""
    assert list(differences(expected, actual, "here"))


def test_subset_and_order_make_no_difference() -> None:
    """Further keys and another order are no difference; a reason may be named by its code alone."""
    actual = {"because": [{"code": "b", "n": 1}, {"code": "a"}], "more": 1}
    assert not list(differences({"because": ["a", "b"]}, actual, "here"))


def test_unknown_step_is_refused(tmp_path: Path) -> None:
    """A step of no known kind in `before` is told with the kinds that there are."""
    with pytest.raises(ValueError, match="known are mail, close, merge, recipients"):
        take_step(House(tmp_path), {"open": "0500-1000"}, tmp_path)
