"""How much of ``tests/cases`` is found: neither did its writers see the rules, nor the rules' writers its sentences."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from tqcheck import Checker, Settings
from tqcheck.errors import MissingExtra, ModelUnavailable
from tqcheck.pipeline.document_checks import CHECKS
from tqcheck.readers import read_text
from tqcheck.result import CATEGORIES
from tqcheck.rules.engine import Engine
from tqcheck.rules.examples import marked
from tqcheck.rules.loader import load_rules

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


def load(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, BENCHMARKS / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


load("reporting")
load("case_sentences")
cases = load("cases")
ALL = cases.read_cases()
ARTIFACTS = [case for case in ALL if case.span is not None]
NEAR_MISSES = [case for case in ALL if case.span is None]
KNOWN = [case for case in ARTIFACTS if not case.unseen]
RULES_ALONE = Checker(Settings(lm="off"))


def test_the_cases_are_many_and_well_formed() -> None:
    assert len(ARTIFACTS) >= 300
    assert len(NEAR_MISSES) >= 300
    assert len({case.id for case in ALL}) == len(ALL)
    assert len({case.text for case in ALL}) == len(ALL)
    for case in ARTIFACTS:
        assert case.category in CATEGORIES, case.id
        assert case.span[0] < case.span[1], case.id


def test_no_rule_repeats_a_case() -> None:
    examples = {marked(example)[0] for rule in load_rules().rules for example in rule.bad}
    examples |= {example for rule in load_rules().rules for example in rule.good}
    assert [case.id for case in ALL if case.text in examples] == []


ARBITRATED = Engine([rule for rule in load_rules().rules if rule.arbitrate is not None], CHECKS)


def share_flagged(checker: Checker, chosen: list[Any]) -> float:
    """The share of the cases in which something is found; ``checker`` is asked about those that it has a say in."""
    asked = {case.id for case in chosen if ARBITRATED.candidates(read_text(case.text, "case.txt", kind="plain"))}
    return sum(bool(cases.found(checker if case.id in asked else RULES_ALONE, case)) for case in chosen) / len(chosen)


def test_near_misses_are_left_alone_by_the_rules() -> None:
    assert share_flagged(RULES_ALONE, NEAR_MISSES) <= 0.02


@pytest.mark.lm
@pytest.mark.slow
def test_recall_and_near_misses_with_the_model() -> None:
    checker = Checker(Settings(lm="require"))
    try:
        checker.prepare()
    except (ModelUnavailable, MissingExtra) as error:
        pytest.skip(f"the embedded model cannot be had here: {error}")
    for half, least in (("open", 0.95), ("sealed", 0.7)):
        assert share_flagged(checker, [case for case in KNOWN if case.half == half]) >= least
    assert share_flagged(checker, NEAR_MISSES) <= 0.02
