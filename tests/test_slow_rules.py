"""A rule that takes too long, in the real service: passed over, counted, switched off in every worker (B52)."""

from __future__ import annotations

import json
import shutil
import signal
from pathlib import Path

from storage.views import TicketFilter
from tests.house import ROOT, mail_bytes
from tests.service import Service

SLOW = r"""
[slow]
Kind = delimiter
Pattern = ^-(?:a|aa)+$
Example = -aa
CounterExample = -b
"""
SLOW_SUBJECT = r"""
[slow-subject]
Kind = detect
Subject = ^-(?:a|aa)+$
Example = -aa
CounterExample = -b
"""
SLOW_RULES = (("scope", "slow-subject"), ("written", "slow"))
"""Where the record names the rule, and its name: one of `automatic.ini`, one about lines."""
EVIL = f"-{'a' * 60}b"


def evil_mail(number: int) -> bytes:
    body = f"Mail {number}.\r\n{EVIL}\r\n"
    jane = "Jane Doe <jane@acme.example>"
    return mail_bytes(jane, subject=EVIL, Message_ID=f"<{number}@acme.example>", body=body)


def passed_over(service: Service, part: str, rule: str) -> list[bool]:
    """Of each ticket's mail whether a part of its record names the slow rule, in the order of the tickets."""
    store = service.store()
    try:
        numbers = sorted(ticket["number"] for ticket in store.tickets(TicketFilter()))
        entries = [next(row for row in store.history(number) if row["kind"] == "email") for number in numbers]
        details = [store.entry(entry["id"]) for entry in entries]
        decisions = [json.loads(detail.decision or "{}") for detail in details if detail]
        return [any(reason.get("rule") == rule for reason in each[part]["because"]) for each in decisions]
    finally:
        store.close()


def test_slow_rule__is_switched_off_after_three_mails_until_the_reload(tmp_path: Path) -> None:
    """B52: every mail is filed; the record names the rule three times, then a warning says that no worker runs it."""
    rules = shutil.copytree(ROOT / "rules", tmp_path / "rules")
    (rules / "slow.ini").write_text(SLOW, encoding="utf-8")
    with (rules / "automatic.ini").open("a", encoding="utf-8") as file:
        file.write(SLOW_SUBJECT)
    values = {"RULES__Directory": str(rules), "RULES__RuleTimeoutMilliseconds": "50", "SERVICE__Workers": "2"}
    with Service(tmp_path, **values) as service:
        for number in range(3):
            service.wait_for("filed", mail=service.send(evil_mail(number)))
        for _, rule in SLOW_RULES:
            assert service.wait_for("rule-switched-off", rule=rule)["level"] == "warning"
        for number in range(3, 7):
            service.wait_for("filed", mail=service.send(evil_mail(number)))
        for part, rule in SLOW_RULES:
            assert passed_over(service, part, rule) == [True] * 3 + [False] * 4
        service.signal(signal.SIGHUP)
        service.wait_for("configuration reloaded")
        service.wait_for("filed", mail=service.send(evil_mail(7)))
        assert all(passed_over(service, part, rule)[-1] for part, rule in SLOW_RULES)
