"""The shared suites, where they are: what they expect, but for a list of what is wrong in them."""

from __future__ import annotations

import configparser
import importlib.util
import sys
import time
from functools import cache
from pathlib import Path
from types import ModuleType

import pytest

from bench.adapters import parse
from tests.mail.checks import check

CORPORA = Path(__file__).parents[3] / "shared" / "corpora"
LIST = Path(__file__).parent / "disagreements.ini"

pytestmark = [
    pytest.mark.corpora,
    pytest.mark.skipif(not (CORPORA / "score_mime.py").exists(), reason="the shared corpora are not there"),
]


@cache
def scorer() -> ModuleType:
    spec = importlib.util.spec_from_file_location("score_mime", CORPORA / "score_mime.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["score_mime"] = module  # its dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def listed() -> dict[str, set[str]]:
    """The fields that are known to disagree, by file."""
    found = configparser.ConfigParser(interpolation=None)
    found.read(LIST, encoding="utf-8")
    for name in found.sections():
        assert set(found[name]) == {"fields", "expected", "given", "why"}, name
    return {name: set(found[name]["fields"].split(", ")) for name in found.sections()}


def test_suites__all_but_the_listed_expectations_are_met() -> None:
    """B8, B73: every mail agrees but the listed ones; every listed one still disagrees, in just those fields."""
    score_mime = scorer()
    _suites, failures = score_mime.score(parse, score_mime.load_mails(CORPORA / "mime"))
    found = {record["file"]: {*record["wrong_fields"], *(["empty"] if record["empty"] else [])} for record in failures}
    assert found == listed()


def test_suites__every_file_is_a_mail() -> None:
    """B8: every file is parsed without a raise, none takes more than a second, everything in it can be taken out."""
    paths = sorted((CORPORA / "mime").glob("*/*.eml"))
    assert len(paths) > 500
    for path in paths:
        start = time.process_time()
        check(path.read_bytes())
        assert time.process_time() - start < 1, path
