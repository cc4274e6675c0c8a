"""HTML that is deep, wide or unclosed."""

from __future__ import annotations

import pytest

from tests.attacks.scene import Scene
from tests.house import mail_bytes

BODIES = {
    "divs": "<div>" * 50_000 + "Hello",
    "quotes": "<blockquote>" * 20_000 + "Hello" + "</blockquote>" * 20_000,
    "tables": "<table><tr><td>" * 10_000 + "Hello",
    "unclosed": "<a " * 100_000,
    "attributes": "<p " + " ".join(f"a{i}=b" for i in range(50_000)) + ">Hello</p>",
    "entities": "&amp" * 100_000,
    "comments": "<!--" * 100_000 + "Hello",
    "formatting": "<b><i><u><font><s>" * 5_000 + "<p>" * 500 + "Hello",
    "lists": "<ul><li>" * 10_000 + "Hello",
}


@pytest.mark.parametrize("name", BODIES)
def test_it_is_filed_and_can_be_shown(scene: Scene, name: str) -> None:
    """B8, B54: filed, stripped within the rules' time, shown as a page."""
    raw = mail_bytes("jane@acme.example", subject="[0500-1000] x", body=BODIES[name], Content_Type="text/html")
    assert scene.arrive(raw).decision.record.outcome == "filed"
    assert "<main" in scene.type("history", "show", scene.last_entry(), "--html")
