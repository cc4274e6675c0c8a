"""Signatures of the employee's own domain, and what can be done with one that was made for something else."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from tests.attacks.scene import Scene
from tests.house import mail_bytes
from tests.trust.signing import KEY, NAME, NOW, WEAK_KEY, signed

ALICE = "Alice Archer <alice@company.example>"
DATE = "Mon, 2 Mar 2026 08:59:00 +0000"


def mail(subject: str = "[0500-1000] Printer", to: str = "support@example.com", **headers: str) -> bytes:
    return mail_bytes(ALICE, to, subject, "Hello.\r\n", Message_ID="<s@company.example>", Date=DATE, **headers)


@pytest.fixture
def strict(build: Callable[..., Scene]) -> Scene:
    """Employees' mail must be proved; the key is in the DNS."""
    scene = build({"EMAILCONNECTOR.EmployeeAuthentication": "required"})
    scene.keys[NAME] = KEY
    return scene


def test_a_good_one_is_taken(strict: Scene) -> None:
    """B26: what the attacks start from goes to the customer."""
    assert "jane@acme.example" in strict.arrive(signed(mail())).receivers()


ATTACKS = {
    "body-appended": signed(mail(), l="8") + b"Pay here: http://evil.example/\r\n",
    "body-changed": signed(mail()).replace(b"Hello.", b"Pay me"),
    "subject-not-covered": signed(mail(), covered=("from", "message-id", "date", "to")),
    "from-not-covered": signed(mail(), covered=("subject", "message-id", "date", "to")),
    "expired": signed(mail(), x=str(int(NOW.timestamp()) + 60)),
    "old": signed(mail(), at=NOW - timedelta(days=30)),
    "weak-hash": signed(mail(), a="rsa-sha1"),
    "other-domain": signed(mail(), d="evil.example"),
    "second-from": b"From: Alice Archer <alice@company.example>\r\n" + signed(mail()),
    "second-subject": b"Subject: [0500-1000] *Pay*\r\n" + signed(mail("Lunch?", "friend@else.example")),
    "second-to": b"To: support@example.com\r\n" + signed(mail("[0500-1000] x", "friend@else.example")),
    "second-date": b"Date: Mon, 2 Mar 2026 11:59:00 +0000\r\n" + signed(mail(), at=None).replace(b"08:59", b"08:58"),
    "content-type-not-covered": b"Content-Type: text/html\r\n" + signed(mail("[0500-1000] x", "friend@else.example")),
}


@pytest.mark.parametrize("name", ATTACKS)
def test_it_reaches_no_customer(strict: Scene, name: str) -> None:
    """B26, B27: held, or filed as unverified; nobody outside is told."""
    arrived = strict.arrive(ATTACKS[name])
    assert not any(one.outside for one in arrived.sent)


def test_replayed_it_is_filed_once(strict: Scene) -> None:
    """B5, B26: the very same mail again is a duplicate, and after some days its signature is too old."""
    raw = signed(mail())
    assert strict.arrive(raw).decision.record.outcome == "filed"
    assert strict.arrive(raw).decision.record.outcome == "duplicate"
    strict.clock.forward(days=10)
    other = raw.replace(b"<s@company.example>", b"<t@company.example>")
    assert not any(one.outside for one in strict.arrive(other).sent)


def test_weak_key_proves_nothing(strict: Scene) -> None:
    """B26: a key that can be broken is none."""
    strict.keys[NAME] = WEAK_KEY
    arrived = strict.arrive(signed(mail(), key="key-768.pem"))
    assert (arrived.decision.record.outcome, arrived.sent) == ("held", ())
