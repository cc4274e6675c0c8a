"""The strip stage over the shared suites, where they are."""

from __future__ import annotations

import importlib.util
import sys
from configparser import ConfigParser
from pathlib import Path
from types import ModuleType

import pytest

from bench.adapters import strip

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
LIST = Path(__file__).parent / "strip_disagreements.ini"
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
    """B50, B51, B53, B54: at least 92 % exact, 95 % where not in English, lost at most 2; what is not is listed."""
    score_strip = scorer()
    suites, languages, failures = score_strip.score(strip, score_strip.load_cases(CORPORA / "strip", []))
    total, foreign = suites["ALL"], languages["not English"]
    assert total.exact_passed / total.exact_cases >= 0.92
    assert foreign.exact_passed / foreign.exact_cases >= 0.95
    assert total.lost <= 2
    assert total.partial_passed >= 38
    assert total.errors == 0
    assert {failure["file"] for failure in failures} == set(disagreements())


def disagreements() -> dict[str, str]:
    parser = ConfigParser(interpolation=None)
    parser.read_string(LIST.read_text(encoding="utf-8"))
    return {name: parser[name]["Why"] for name in parser.sections()}
