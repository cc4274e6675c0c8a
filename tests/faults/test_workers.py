"""Stages that crash, eat memory or never end, in workers of the real service (B7)."""

from __future__ import annotations

from pathlib import Path

import pytest

from connector import spool_queue
from connector.spool import Spool
from tests.house import ROOT, mail_bytes
from tests.service import Service, until

DEFECTS = Path(__file__).parent / "defects"
REASONS = {
    "segfault": ("crashed", "crashed or timed out 3 times"),
    "endless": ("crashed", "crashed or timed out 3 times"),
    "memory": ("failed", "MemoryError"),
}


@pytest.mark.long
@pytest.mark.timeout(360)
def test_service__three_tries_then_quarantine_and_the_others_move_on(tmp_path: Path) -> None:
    """B7: after three tries each is in the quarantine, with its bytes and the reason; the mails behind it are filed."""
    service = Service(
        tmp_path, SERVICE__MailTimeoutSeconds="10", SERVICE__WorkerMemoryLimit="1 GiB", SERVICE__Workers="1"
    )
    service.before = ("env", f"PYTHONPATH={DEFECTS}:{ROOT}")
    raws, good = {}, []
    with service:
        for number, defect in enumerate(REASONS):
            raw = mail_bytes("jane@acme.example", X_Defect=defect, Message_ID=f"<{number}@acme.example>")
            raws[service.send(raw)] = (defect, raw)
            good.append(service.send(mail_bytes("jane@acme.example", Message_ID=f"<good{number}@acme.example>")))
        spool = Spool(tmp_path / "var" / "spool")
        until(lambda: spool_queue.counts(spool)["quarantined"], 3, 240)
        until(lambda: service.store().counts().mails.get("filed"), 3)
        until(lambda: len(spool_queue.listing(spool)), 3)  # filed ones that a dead worker left are found to be filed
        assert service.stop() == 0
    rows = {row.id: row for row in spool_queue.listing(spool)}
    assert rows.keys() == raws.keys()
    for mail, (defect, raw) in raws.items():
        row = rows[mail]
        assert (row.state, row.tries, row.code, REASONS[defect][1] in row.reason) == (
            "quarantined", 3, REASONS[defect][0], True,
        )  # fmt: skip
        assert spool_queue.read(spool, mail).raw == raw
