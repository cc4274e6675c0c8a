"""Remembering what is done with a sender's held mail, and forgetting it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from connector.mail.model import Envelope
from connector.spool import Spool
from tests.cli.conftest import Desk
from tests.cli.test_queue import STRANGER, ledger, only
from tests.house import PUBLIC, mail_bytes

BOB = "bob@company.example"


@pytest.fixture
def held(build: Callable[..., Desk]) -> Desk:
    """An installation that holds unknown senders' mail, and has one."""
    desk = build(EMAILCONNECTOR__UnknownSender="hold")
    desk.take(sender=STRANGER)
    return desk


def again(desk: Desk, name: str = "again.eml", **mail: str) -> dict[str, object]:
    """What becomes of the stranger's next mail: the decision as JSON."""
    told: dict[str, object] = desk.json("process", desk.mail(name, STRANGER, **mail))
    return told


def test_release__remembered_lets_later_mail_through(held: Desk) -> None:
    """B9: who, what, when; the next mail is filed, and its decision names who chose that."""
    mail = only(held)["id"]
    said = held.done("queue", "release", mail, "--remember", "--as", BOB)
    assert f"as-is is remembered for {STRANGER}" in said
    (row,) = held.json("queue", "choices")
    assert {**row, "at": ""} == {
        "address": STRANGER,
        "reason": "unknown-sender",
        "choice": "as-is",
        "by": BOB,
        "at": "",
    }
    assert STRANGER in held.done("queue", "choices", width=160)
    told = again(held)
    assert told["outcome"] == "filed"
    assert BOB in str(told["sender"])


def test_release__as_unverified_remembered(held: Desk) -> None:
    """B9, B33: later mail is filed as unverified."""
    held.done("queue", "release", only(held)["id"], "--as-unverified", "--remember")
    told = again(held)
    assert (told["outcome"], told["match"]["verified"]) == ("filed", False)  # type: ignore[index]


def test_reject__remembered_keeps_later_mail_out(held: Desk) -> None:
    """B9: no ticket, nothing in the queue; the ledger has it."""
    held.done("queue", "reject", only(held)["id"], "--remember")
    assert again(held)["outcome"] == "rejected"
    assert (held.json("queue"), held.json("tickets")) == ([], [])


def test_forget__holds_again(held: Desk) -> None:
    """B9: by address in any letter case; nothing remembered is said."""
    held.done("queue", "reject", only(held)["id"], "--remember")
    held.done("queue", "forget", STRANGER.upper())
    assert held.json("queue", "choices") == []
    assert again(held)["outcome"] == "held"
    refused = held.refused("queue", "forget", STRANGER)
    assert f"nothing is remembered for {STRANGER}" in refused


def test_retry__of_mail_held_before_the_choice(held: Desk) -> None:
    """B9: what waited already is treated so once it is sent through again."""
    held.take("second.eml", STRANGER)
    first, second = (row["id"] for row in held.json("queue"))
    held.done("queue", "reject", first, "--remember")
    assert only(held)["id"] == second
    held.done("queue", "retry", second)
    assert only(held)["state"] == "spooled"


def test_several__each_by_itself(held: Desk) -> None:
    """B9: one that cannot be remembered is left as it is, the others are done."""
    held.take("defect.eml", f"{STRANGER} <x@evil.example>, {STRANGER}")
    held.take("other.eml", "max@elsewhere.example")
    first, defect, other = (row["id"] for row in held.json("queue"))
    refused = held.refused("queue", "reject", first, defect, other, "--remember")
    assert f"{defect} is left as it is: reject cannot be remembered for its sender" in refused
    assert "identifies nobody" in refused
    assert only(held)["id"] == defect
    assert [row["address"] for row in held.json("queue", "choices")] == [STRANGER, "max@elsewhere.example"]


def test_loop__is_never_remembered(desk: Desk) -> None:
    """B9, B12: that is about a mail, not about a sender."""
    raw = b"Received: by x.example\r\n" * 51 + b"From: jane@acme.example\r\nTo: support@example.com\r\n\r\nHello.\r\n"
    desk.done("process", "-", stdin=raw)
    mail = only(desk)["id"]
    assert "decide on each such mail" in desk.refused("queue", "release", mail, "--remember")
    assert only(desk)["state"] == "held"
    shown = desk.done("queue", "show", mail)
    assert shown.count("not with --remember") == 3


def test_show__tells_reasons_and_ways(held: Desk) -> None:
    """B9: every reason in full words out of the recorded decision, and the exact commands."""
    mail = only(held)["id"]
    shown = " ".join(held.done("queue", "show", mail).split())
    assert f"nobody in the directory has {STRANGER}; held: {STRANGER} is unknown, and UnknownSender is hold" in shown
    for command in (f"release {mail}", f"release {mail} --as-unverified", f"reject {mail}"):
        assert f"email-connector queue {command} " in shown
    told = held.json("queue", "show", mail)
    assert [way["command"] for way in told["choices"]][2] == f"queue reject {mail}"
    assert all(way["not_remembered"] == "" for way in told["choices"])
    assert len(told["because"]) == 2


def test_show__of_the_public_address(desk: Desk) -> None:
    """B9, B28: a contact form can be let in for good."""
    desk.take(sender=f"Contact form <{PUBLIC}>")
    mail = only(desk)["id"]
    assert "held: support@example.com is the public address" in " ".join(desk.done("queue", "show", mail).split())
    desk.done("queue", "release", mail, "--remember")
    assert desk.json("process", desk.mail("more.eml", PUBLIC))["outcome"] == "filed"


def test_release__says_where_no_service_runs(held: Desk) -> None:
    """B9: the mail waits for the service, and that is said."""
    result = held.type("queue", "release", only(held)["id"])
    assert (result.exit_code, "no service is running" in result.stderr) == (0, True)


def test_ledger__tells_who_rejected(held: Desk) -> None:
    """B9: by hand the person, by choice the code; the original is kept."""
    mail = only(held)["id"]
    held.done("queue", "reject", mail, "--remember", "--as", BOB)
    assert ledger(held, mail)["reason"] == f"rejected by {BOB}"


def test_mail_that_the_ledger_does_not_know(desk: Desk) -> None:
    """B9: held elsewhere: it is shown, let through by itself, and nothing is remembered of it."""
    claim = Spool(desk.settings.store.spool).accept_claimed(mail_bytes(STRANGER), Envelope())
    claim.hold("unknown-sender", "held elsewhere")
    assert "held elsewhere" in desk.done("queue", "show", claim.id)
    assert "the ledger does not know it" in desk.refused("queue", "release", claim.id, "--remember")
    desk.done("queue", "release", claim.id)


def test_employee_who_is_not_proved(build: Callable[..., Desk], filled: Path) -> None:
    """B9, B26: one mail is let through by a person; what is remembered never lets a forgery speak for the house."""
    desk = build(EMAILCONNECTOR__EmployeeAuthentication="required")
    shutil.copytree(filled, desk.folder / "var", dirs_exist_ok=True)
    words = {"sender": "alice@company.example", "subject": "[0500-1000] Repaired"}
    for name in ("1.eml", "2.eml"):
        desk.take(name, **words)
    first, second = (row["id"] for row in desk.json("queue"))
    shown = " ".join(desk.done("queue", "show", first).split())
    assert f"queue release {first} file it as what it says it is not with --remember: anybody can write" in shown
    assert "every forgery would pass" in desk.refused("queue", "release", first, "--remember")
    assert desk.json("queue", "choices") == []
    desk.done("queue", "release", first, "--as-unverified", "--remember")
    told = desk.json("process", desk.mail("3.eml", **words))
    assert (told["outcome"], told["match"]["verified"], told["scope"]["public"]) == ("filed", False, False)
    assert "jane@acme.example" not in [to for one in told["deliveries"] for to in one["envelope"]]
    desk.done("queue", "reject", second, "--remember")
    assert desk.json("process", desk.mail("4.eml", **words))["outcome"] == "rejected"
