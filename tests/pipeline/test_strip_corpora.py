"""The strip stage over the shared suites, where they are."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

from bench.adapters import strip

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not (CORPORA / "score_strip.py").exists(), reason="the shared corpora are not there"),
]


def scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_strip", CORPORA / "score_strip.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["score_strip"] = module  # its dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def test_shared_suites__most_cases_are_exact_and_words_are_hardly_ever_lost() -> None:
    """B50, B51, B53, B54: at least 90 % exact, 95 % where not in English, lost at most 4, no error."""
    score_strip = scorer()
    suites, languages, _ = score_strip.score(strip, score_strip.load_cases(CORPORA / "strip", []))
    total, foreign = suites["ALL"], languages["not English"]
    assert total.exact_passed / total.exact_cases >= 0.90
    assert foreign.exact_passed / foreign.exact_cases >= 0.95
    assert total.lost <= 4
    assert total.errors == 0
