from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from tqcheck.detector.joint import Joint

JOINT = Joint(
    wording=0.5,
    states=2.0,
    bias=0.0,
    machine=1.0,
    per_length=0.5,
    machine_states=1.5,
    machine_bias=0.0,
    rate=1.0,
    each=0.4,
    most=4.0,
)


def probability(odds: Any) -> float:
    return float(1 / (1 + math.exp(-odds)))


def test_the_probability_is_the_product_of_both() -> None:
    assert probability(JOINT.log_odds(0.0, 0.0, (0.0, 0.0), 300)) == pytest.approx(0.25)
    assert probability(JOINT.log_odds(3.0, 0.0, (20.0, 0.0), 300)) == pytest.approx(probability(3.0), abs=1e-4)
    assert probability(JOINT.log_odds(20.0, 0.0, (1.0, 0.0), 300)) == pytest.approx(probability(2.0), abs=1e-4)


def test_wording_and_states_both_tell_a_translation() -> None:
    assert JOINT.translated(2.0, 1.0) == pytest.approx(3.0)
    assert JOINT.translated(2.0, None) == pytest.approx(1.0)
    assert replace(JOINT, bias=-1.0).translated(2.0, 0.0) == pytest.approx(0.0)


def test_wording_and_states_both_tell_a_machine() -> None:
    assert JOINT.by_machine(2.0, 1.0, 300) == pytest.approx(3.5)
    assert JOINT.by_machine(2.0, None, 300) == pytest.approx(2.0)
    assert probability(JOINT.log_odds(0.0, 0.0, (20.0, 2.0), 300)) == pytest.approx(probability(3.0), abs=1e-4)


def test_a_slope_under_nothing_counts_as_nothing() -> None:
    assert replace(JOINT, states=-1.0).translated(2.0, 5.0) == JOINT.translated(2.0, None)
    assert replace(JOINT, wording=-1.0).translated(5.0, 1.0) == JOINT.translated(0.0, 1.0)
    assert replace(JOINT, machine_states=-1.0).by_machine(1.0, 5.0, 300) == JOINT.by_machine(1.0, None, 300)
    assert replace(JOINT, machine=0.1).by_machine(2.0, None, 60) == 0.0


def test_an_original_is_no_machine_translation_whatever_its_wording() -> None:
    assert probability(JOINT.log_odds(8.0, 0.0, (-4.0, 8.0), 300)) < 0.01


def test_what_the_wording_says_counts_more_in_a_long_text() -> None:
    assert JOINT.by_machine(1.0, None, 300) == pytest.approx(1.0)
    assert JOINT.by_machine(1.0, None, 600) > JOINT.by_machine(1.0, None, 300) > JOINT.by_machine(1.0, None, 100)
    assert JOINT.by_machine(1.0, None, 10**6) == JOINT.by_machine(1.0, None, 1500)
    odds = [JOINT.log_odds(2.0, 0.0, (5.0, 0.0), words) for words in (900, 300, 60)]
    assert odds == sorted(odds, reverse=True)


def test_extremes_stay_finite_and_in_order() -> None:
    states = (np.full(4, 1e3), np.zeros(4))
    odds = JOINT.log_odds(np.array([-1e3, -5.0, 5.0, 1e3]), np.zeros(4), states, np.full(4, 300))
    assert np.isfinite(odds).all()
    assert (np.diff(odds) > 0).all()


def test_findings_add_and_never_subtract() -> None:
    assert JOINT.findings_add(0, 500) == 0
    assert JOINT.findings_add(1, 1000) == 0
    assert JOINT.findings_add(3, 1000) == pytest.approx(0.8)
    assert JOINT.findings_add(1000, 1000) == 4.0
