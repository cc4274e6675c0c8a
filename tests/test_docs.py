"""The documentation says what the program does: tables are compared with the code they come from."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from connector.config.tokens import TOKENS
from tests import codes
from tests.house import ROOT

DOCS = sorted([ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def test_codes_are_documented() -> None:
    """B8, B105: reason and repair codes are stable and listed in the docs."""
    assert codes.FILE.read_text(encoding="utf-8") == codes.page()


def test_every_token_stands_in_the_shipped_ini() -> None:
    """B100: the INI holds every token with its default and a comment."""
    text = (ROOT / "config" / "CmtEmailConnector.ini").read_text(encoding="utf-8")
    for token in TOKENS:
        value = "support@example.com" if token.required else token.default
        assert f"\n{f'{token.name} = {value}'.rstrip()}\n" in text, token.name


@pytest.mark.parametrize("file", DOCS, ids=lambda file: file.name)
def test_links_lead_somewhere(file: Path) -> None:
    """Every relative link in the documentation names a file or folder that is there."""
    targets = re.findall(r"\]\(([^)#]+)\)", file.read_text(encoding="utf-8"))
    missing = [one for one in targets if "://" not in one and not (file.parent / one).exists()]
    assert missing == []
