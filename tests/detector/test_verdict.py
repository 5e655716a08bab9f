from __future__ import annotations

import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tqcheck.detector.joint import Joint
from tqcheck.detector.origin import OfStates
from tqcheck.detector.verdict import VerdictModel
from tqcheck.detector.weights import save
from tqcheck.errors import DetectorError
from tqcheck.result import Finding, Severity

# Everything is a translation: only the second question counts.
JOINT: dict[str, float] = {
    "wording": 1.0,
    "states": 0.0,
    "bias": 20.0,
    "machine": 2.0,
    "per_length": 0.5,
    "machine_states": 0.0,
    "machine_bias": -0.5,
    "rate": 1.0,
    "each": 0.4,
    "most": 4.0,
}
WITH_STATES = Joint(0.0, 2.0, 0.0, 1.0, 0.0, 1.0, 0.0, 1.0, 0.4, 4.0)
Make = Callable[..., VerdictModel]


def finding(*languages: str, severity: Severity = Severity.WARNING) -> Finding:
    return Finding("ES001", "x", "calque", severity, 0, 1, 1, 1, 1, 2, "x", "m", languages=languages)


@pytest.fixture
def make(tmp_path: Path) -> Make:
    def made(words: dict[str, float], **changes: Any) -> VerdictModel:
        keys = {zlib.crc32(ngram.encode()): weight for ngram, weight in words.items()}
        hashes = np.array(sorted(keys), dtype=np.uint32)
        column = np.array([round(127 * keys[int(key)]) for key in hashes], dtype=np.int8)
        tensors: dict[str, Any] = {"bias": np.zeros(4, dtype=np.float32)}
        for kind in ("words", "frames"):
            own = kind == "words"
            tensors[f"{kind}.hashes"] = hashes if own else hashes[:1]
            tensors[f"{kind}.rarity"] = np.ones(len(tensors[f"{kind}.hashes"]), dtype=np.float16)
            weights = np.zeros((len(tensors[f"{kind}.hashes"]), 4), dtype=np.int8)
            if own:
                weights[:, 0] = column
            tensors[f"{kind}.weights"] = weights
            tensors[f"{kind}.scale"] = np.full(4, 1 / 127, dtype=np.float32)
        told: dict[str, Any] = {
            "languages": ["de", "zh"],
            "unknown": 0.3,
            "joint": JOINT,
            "bounds": {"likely": 0.8, "possible": 0.5, "words": 100},
            "kept": ["the"],
        }
        save(tmp_path, "verdict", tensors, told | changes)
        return VerdictModel.open(tmp_path)

    return made


def test_a_draft_full_of_findings_is_machine_translation_whatever_the_wording_says(make: Make) -> None:
    model = make({"so": -0.5})
    text = "so " * 200
    assert model.judge(text, [], 200).label == "unlikely"
    verdict = model.judge(text, [finding("es")] * 20, 200)
    assert verdict.label == "likely"
    assert verdict.evidence[0] == "20 findings of translation artifacts in 200 words"
    assert verdict.sources[0].language == "es"
    assert verdict.sources[0].probability > 0.9


def test_mechanical_findings_and_suggestions_are_no_evidence(make: Make) -> None:
    model = make({"so": 0.1})
    plain = model.judge("so " * 200, [], 200)
    others = [finding()] * 20 + [finding("es", severity=Severity.SUGGESTION)] * 20
    assert model.judge("so " * 200, others, 200) == plain


@pytest.mark.parametrize(("weight", "label"), [(1.0, "likely"), (0.4, "possible"), (-1.0, "unlikely")])
def test_labels_follow_the_probability(make: Make, weight: float, label: str) -> None:
    assert make({"so": weight}).judge("so " * 300, [], 300).label == label


@pytest.mark.parametrize("wording", [-0.04, 0.04])
def test_no_log_odds_of_minus_nothing(make: Make, wording: float) -> None:
    joint = JOINT | {"machine_bias": wording}
    evidence = make({"the": 0.0}, joint=joint).judge("the " * 300, [], 300).evidence
    assert "for a translation, its wording speaks neither for nor against a machine's (log-odds +0.0)" in evidence


def test_nothing_is_ever_certain(make: Make) -> None:
    model = make({"so": 1.0})
    findings = [finding("es")] * 100
    assert model.judge("so " * 300, findings, 300).probability == 0.99
    assert model.log_odds("so " * 300, findings, 300) == pytest.approx(1.5 + 4, abs=1e-3)


def test_what_the_states_say_counts_and_is_told(make: Make) -> None:
    model = make({"the": 1.0})
    wording = model.judge("the " * 300, [], 300)
    original = model.judge("the " * 300, [], 300, (OfStates(-3.0, 0.0), WITH_STATES))
    translated = model.judge("the " * 300, [], 300, (OfStates(3.0, 0.0), WITH_STATES))
    assert original.probability < 0.05 < wording.probability
    assert translated.probability > original.probability
    assert "as a whole it reads like news written in English (log-odds -4.6)" in original.evidence
    assert any("like a translation, by a machine or a person (log-odds +4.6)" in one for one in translated.evidence)
    machine = model.judge("the " * 300, [], 300, (OfStates(3.0, 2.0), WITH_STATES))
    assert machine.probability > translated.probability
    assert any("its wording and the model's states speak for a machine's" in one for one in machine.evidence)


def test_wording_alone_tells_an_original(make: Make) -> None:
    model = make({"so": 1.0}, joint=JOINT | {"bias": -3.0})
    verdict = model.judge("so " * 300, [], 300)
    assert verdict.label == "unlikely"
    assert "as a whole it reads like news written in English (log-odds -3.0)" in verdict.evidence


def test_log_odds_are_those_of_the_probability(make: Make) -> None:
    model = make({"so": 0.3})
    odds = model.log_odds("so " * 300, [], 300)
    assert model.judge("so " * 300, [], 300).probability == pytest.approx(1 / (1 + np.exp(-odds)))
    # The frames know nothing of it.
    assert model.log_odds("so " * 300, [], 300, kinds=("frames",)) == pytest.approx(-0.5, abs=1e-3)


def test_findings_weigh_beside_the_states_too(make: Make) -> None:
    model = make({"the": 1.0})
    few, many = ([finding("es")] * number for number in (1, 12))
    assert (
        model.judge("the " * 300, many, 300, (OfStates(0.0, 0.0), WITH_STATES)).probability
        > model.judge("the " * 300, few, 300, (OfStates(0.0, 0.0), WITH_STATES)).probability
    )


def test_a_short_text_is_not_judged_and_says_what_it_needs(make: Make) -> None:
    verdict = make({"so": 1.0}).judge("so " * 99, [], 99)
    assert verdict.label == "too short"
    assert verdict.evidence == ("a verdict needs 100 words, the text has 99",)
    assert 0 <= verdict.probability <= 1


def test_probabilities_of_sources_are_a_part_of_one(make: Make) -> None:
    sources = make({"so": 1.0}).judge("so " * 300, [finding("es", "pt"), finding("de")], 300).sources
    assert sum(one.probability for one in sources) <= 1.0001
    assert [one.probability for one in sources] == sorted((one.probability for one in sources), reverse=True)


def test_a_text_without_known_words_is_judged_by_the_bias(make: Make) -> None:
    verdict = make({"so": 1.0}).judge("🎉 " * 300, [], 300)
    assert verdict.probability == pytest.approx(1 / (1 + np.exp(0.5)), abs=1e-3)


def test_weights_that_lack_a_tensor_are_an_error(tmp_path: Path) -> None:
    save(tmp_path, "verdict", {"bias": np.zeros(3, dtype=np.float32)}, {"kept": [], "languages": []})
    with pytest.raises(DetectorError, match="cannot be used"):
        VerdictModel.open(tmp_path).load()


def test_weights_of_another_making_are_an_error(make: Make) -> None:
    with pytest.raises(DetectorError, match="cannot be used"):
        make({"so": 1.0}, joint={"slope": 1.0}).load()
