"""A Cc of 500 strangers, once and again and again."""

from __future__ import annotations

from tests.attacks.scene import Scene
from tests.house import mail_bytes

LIMIT = 10


def cc(start: int, count: int = 500) -> str:
    return ",\r\n ".join(f"S{i} <s{i}@strangers.example>" for i in range(start, start + count))


def test_so_many_join_at_most(scene: Scene) -> None:
    """B61, B81: ten of one mail join, none of the 500 gets the customer's mail, and the record names the others."""
    arrived = scene.arrive(mail_bytes("jane@acme.example", subject="[0500-1000] x", Cc=cc(0)))
    assert len(scene.outsiders("0500-1000") - {"jane@acme.example"}) == LIMIT
    assert arrived.receivers() == {"alice@company.example", "bob@company.example"}
    refused = [one.because.code for one in arrived.decision.additions.not_added]
    assert refused.count("too-many-from-one-mail") == 500 - LIMIT
    assert max(len(one.head) for one in arrived.sent) < 4000


def test_none_join_by_a_stranger_or_a_robot(scene: Scene) -> None:
    """B62: unverified and automatic mail adds nobody."""
    scene.arrive(mail_bytes("mallory@evil.example", subject="[0500-1000] x", Cc=cc(0)))
    scene.arrive(mail_bytes("jane@acme.example", subject="[0500-1000] x", Cc=cc(0), Auto_Submitted="auto-replied"))
    scene.arrive(
        mail_bytes("alice@company.example", to="", subject="[0500-1000] x", Cc=f"support@example.com, {cc(0)}")
    )
    assert scene.outsiders("0500-1000") == {"jane@acme.example"}


def test_who_joins_learns_nothing_from_before(scene: Scene) -> None:
    """B62, B80: an employee's next mail goes to those who joined; nothing older goes with it."""
    scene.arrive(mail_bytes("jane@acme.example", subject="[0500-1000] x", Cc=cc(0, 2)))
    arrived = scene.arrive(mail_bytes("alice@company.example", subject="[0500-1000] x", body="Next.\r\n"))
    assert {"s0@strangers.example", "s1@strangers.example"} < arrived.receivers()
    assert all(b"does not print" not in one.body and b"switch it off" not in one.body for one in arrived.sent)
