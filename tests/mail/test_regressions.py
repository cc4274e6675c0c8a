"""Mails that once broke the parser or kept it busy, each found by fuzzing or sent by somebody."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.mail.checks import check

FILES = sorted((Path(__file__).parent / "regressions").glob("*.eml"))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_regression__is_a_mail(file):
    """B8: it is parsed, holds what every mail holds, and everything in it can be taken out."""
    check(file.read_bytes())
