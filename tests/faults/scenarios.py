"""All that is crashed in a process of its own, by name."""

from __future__ import annotations

from tests.faults import scenes_mail, scenes_spool, scenes_store

SCENARIOS = {
    scenario.name: scenario for scenario in (*scenes_mail.SCENARIOS, *scenes_spool.SCENARIOS, *scenes_store.SCENARIOS)
}
