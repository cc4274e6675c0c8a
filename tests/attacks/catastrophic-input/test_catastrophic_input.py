"""Lines that patterns like least, against the shipped rules and against one that is catastrophic."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

from connector.book import read_book
from connector.mail.model import Envelope
from connector.processing import Processor, policy_of
from tests.attacks.scene import Scene
from tests.house import PUBLIC, ROOT, mail_bytes

LINES = (
    "a" * 60 + "b",
    ">" * 5000,
    "> " * 3000,
    "On " * 2000 + "wrote",
    "-" * 8000,
    "_" * 8000,
    " " * 8000 + "x",
    "<" * 4000,
)
SLOW = """
[slow]
Kind = delimiter
Pattern = ^-(?:a|aa)+$
Example = -aa
CounterExample = -b
"""


def test_shipped_rules_are_not_impressed(scene: Scene) -> None:
    """B52: such lines are filed, no rule is passed over."""
    body = "\r\n".join((*LINES, "From: " * 1000, "a@b " * 1500, "[0500-1000" * 500, ""))
    for sender in ("jane@acme.example", "alice@company.example"):
        arrived = scene.arrive(mail_bytes(sender, subject="Re: " * 300 + "[0500-1000]" + "[" * 3000, body=body))
        assert arrived.decision.record.outcome == "filed"
        assert not {"rule-passed-over", "rules-out-of-time"} & arrived.codes()


def test_catastrophic_rule_is_passed_over(build: Callable[..., Scene], tmp_path: Path) -> None:
    """B52: an administrator's rule that takes too long costs its time limit on that mail, and the record names it."""
    scene = build({"RULES.RuleTimeoutMilliseconds": "50"})
    rules = tmp_path / "rules"
    shutil.copytree(ROOT / "rules" / "templates", rules / "templates")
    (rules / "slow.ini").write_text(SLOW, encoding="utf-8")
    settings = scene.settings
    book = read_book(type(settings.rules)(rules, 50, settings.rules.mail_timeout))
    processor = Processor(scene.store, scene.originals, policy_of(settings, book, scene.store), scene.clock)
    raw = mail_bytes("jane@acme.example", subject="[0500-1000] x", body="Hello.\r\n-" + "a" * 60 + "b\r\n")
    done = processor.process(raw, Envelope(rcpt_to=(PUBLIC,)), "ffff000000000000-00000000", scene.clock())
    assert done.decision.record.outcome == "filed"
    (reason,) = [one for one in done.decision.written.because if one.code == "rule-passed-over"]
    assert reason.facts["rule"] == "slow"
