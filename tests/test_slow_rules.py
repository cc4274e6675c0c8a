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


def evil_mail(number: int) -> bytes:
    body = f"Mail {number}.\r\n-{'a' * 60}b\r\n"
    return mail_bytes("Jane Doe <jane@acme.example>", Message_ID=f"<{number}@acme.example>", body=body)


def passed_over(service: Service) -> list[bool]:
    """Of each ticket's mail whether its record names the slow rule, in the order of the tickets."""
    store = service.store()
    try:
        numbers = sorted(ticket["number"] for ticket in store.tickets(TicketFilter()))
        entries = [next(row for row in store.history(number) if row["kind"] == "email") for number in numbers]
        details = [store.entry(entry["id"]) for entry in entries]
        decisions = [json.loads(detail.decision or "{}") for detail in details if detail]
        return [any(reason.get("rule") == "slow" for reason in each["written"]["because"]) for each in decisions]
    finally:
        store.close()


def test_slow_rule__is_switched_off_after_three_mails_until_the_reload(tmp_path: Path) -> None:
    """B52: every mail is filed; the record names the rule three times, then a warning says that no worker runs it."""
    rules = shutil.copytree(ROOT / "rules", tmp_path / "rules")
    (rules / "slow.ini").write_text(SLOW, encoding="utf-8")
    values = {"RULES__Directory": str(rules), "RULES__RuleTimeoutMilliseconds": "50", "SERVICE__Workers": "2"}
    with Service(tmp_path, **values) as service:
        for number in range(3):
            service.wait_for("filed", mail=service.send(evil_mail(number)))
        assert service.wait_for("rule-switched-off", rule="slow")["level"] == "warning"
        for number in range(3, 7):
            service.wait_for("filed", mail=service.send(evil_mail(number)))
        assert passed_over(service) == [True] * 3 + [False] * 4
        service.signal(signal.SIGHUP)
        service.wait_for("configuration reloaded")
        service.wait_for("filed", mail=service.send(evil_mail(7)))
        assert passed_over(service)[-1]
