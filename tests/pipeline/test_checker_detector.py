"""The verdict and the span tagger in the pipeline, with a tiny random language model."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.pipeline.heads import STORY, Origin, Pointer
from tqcheck import Checker, Settings
from tqcheck.detector.fluency import Adding, FluencyReader
from tqcheck.detector.origin import OriginReader
from tqcheck.detector.verdict import VerdictModel
from tqcheck.errors import CalibrationError, DetectorError
from tqcheck.lm.cache import sha256_of
from tqcheck.lm.calibration_sample import Sample, calibrate
from tqcheck.lm.calibration_sample import dumps as dumps_calibration
from tqcheck.lm.sentences import SentenceSurprisal
from tqcheck.pipeline.run import Run
from tqcheck.reports.json_report import dumps, from_json, schema

torch = pytest.importorskip("torch")


def test_a_verdict_is_given_and_written(check: Callable[..., Checker], tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    path.write_text(STORY, "utf-8")
    checker = check()
    result = Run(checker).check([path])
    (verdict,) = (document.verdict for document in result.documents)
    assert verdict is not None
    assert 0 < verdict.probability < 1
    assert verdict.evidence
    assert result.signature.detector == f"sha256:{VerdictModel.open().sha256}"
    report = dumps(result)
    assert report == dumps(Run(check()).check([path]))
    jsonschema.validate(json.loads(report), schema())
    assert from_json(report).documents[0].verdict.evidence == verdict.evidence  # type: ignore[union-attr]


def test_a_short_text_is_not_judged(check: Callable[..., Checker]) -> None:
    verdict = check().check_text("The talks failed on Monday.").verdict
    assert verdict is not None
    assert verdict.label == "too short"


def test_without_a_model_there_is_no_verdict() -> None:
    checker = Checker(Settings(lm="off"))
    assert checker.check_text(STORY).verdict is None
    assert checker.detector_problem is None


def test_an_empty_text_has_no_verdict(check: Callable[..., Checker]) -> None:
    assert check().check_text("🎉 …").verdict is None


def test_without_weights_the_check_goes_on(check: Callable[..., Checker], monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> VerdictModel:
        raise DetectorError("detector.json: missing; install tqcheck again")

    expected = check().check_text(STORY)
    monkeypatch.setattr(VerdictModel, "open", broken)
    checker = check()
    result = checker.check_text(STORY)
    assert result.verdict is None
    assert result.findings == expected.findings
    assert result.fluency == expected.fluency
    assert checker.detector_problem == "there is no verdict: detector.json: missing; install tqcheck again"
    assert checker.result([result]).signature.detector is None


@pytest.mark.parametrize("lm_words", [500, 30])
def test_the_states_of_the_tokens_in_sentences_count(
    check: Callable[..., Checker], monkeypatch: pytest.MonkeyPatch, lm_words: int
) -> None:
    found = {}
    for each in (-4.0, 4.0):
        checker, reader = check(lm_words=lm_words), Origin(each)
        monkeypatch.setattr(checker._models, "_origin_for", lambda _, reader=reader: reader)
        verdict = checker.check_text(STORY).verdict
        assert verdict is not None
        assert reader.tokens > 30
        found[each] = verdict
    assert found[-4.0].probability < 0.05 < found[4.0].probability
    assert any("news written in English (log-odds -4.6)" in one for one in found[-4.0].evidence)
    by_wording = check().check_text(STORY).verdict
    assert by_wording is not None
    assert all(by_wording.evidence != verdict.evidence for verdict in found.values())


def test_the_span_tagger_and_the_states_are_read_together(
    check: Callable[..., Checker], monkeypatch: pytest.MonkeyPatch
) -> None:
    checker, reader = check(enable=("LM001",), keep_scores=True), Origin(-4.0)
    monkeypatch.setattr(checker._models, "_tagger_for", lambda _, model: Pointer(model))
    monkeypatch.setattr(checker._models, "_origin_for", lambda _: reader)
    first, again = (checker.check_text(STORY) for _ in range(2))
    assert [one.text for one in first.findings if one.rule == "LM001"]
    assert first.verdict is not None
    assert first.verdict.probability < 0.05
    # The second time everything comes from the cache.
    assert (first.findings, first.verdict) == (again.findings, again.verdict)


def test_a_text_without_words_in_sentences_has_no_states(
    check: Callable[..., Checker], monkeypatch: pytest.MonkeyPatch
) -> None:
    checker = check()
    monkeypatch.setattr(checker._models, "_origin_for", lambda _: Origin(4.0))
    assert checker.check_text("🎉 …").verdict is None


def test_broken_weights_of_the_states_leave_the_wording(
    check: Callable[..., Checker], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> OriginReader:
        raise DetectorError("origin.safetensors: cannot be read; install tqcheck again")

    expected = check().check_text(STORY).verdict
    monkeypatch.setattr(OriginReader, "open", broken)
    checker = check()
    assert checker.check_text(STORY).verdict == expected
    assert checker.detector_problem == (
        "the verdict goes by the wording alone: origin.safetensors: cannot be read; install tqcheck again"
    )


class Judge(FluencyReader):
    """Says that people would mark all of a sentence with an odd number of tokens."""

    sha256 = "3" * 64  # type: ignore[assignment]
    layers = (2,)  # type: ignore[assignment]
    adding = Adding(90.0, 0.0)  # type: ignore[assignment]

    def __init__(self) -> None:
        """It has no weights."""

    def read(self, sentences: Sequence[tuple[Any, Any]]) -> list[Any]:
        assert all(states.shape == (len(scores), 1, 64) for states, scores in sentences)
        return [torch.full((len(scores), 2), float(len(scores) % 2)) for _, scores in sentences]


@pytest.fixture
def calibrated(check: Callable[..., Checker], tiny_folder: Path, tmp_path: Path) -> Callable[..., Checker]:
    """A checker with a calibration that was made with the network of this sha256, or with none."""

    def made(reader: str | None = Judge.sha256, **settings: Any) -> Checker:
        story = [SentenceSurprisal(9.0, 9, 9, bits) for bits in (18.0, 8.0, 12.0, 20.0, 40.0, 60.0)]
        weights = sha256_of(tiny_folder / "model.safetensors")
        told = {"on": "2026-01-31", "documents": {"stories": 50}}
        path = tmp_path / "mine.json"
        path.write_text(dumps_calibration(calibrate(Sample.of([story] * 50), "tiny", weights, told, reader)), "utf-8")
        return check(calibration=path, **settings)

    return made


def test_judgement_lowers_the_fluency_of_a_sentence(
    calibrated: Callable[..., Checker], monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = calibrated(None).check_text(STORY)
    checker = calibrated(enable=("LM001",), keep_scores=True)
    monkeypatch.setattr(FluencyReader, "of", classmethod(lambda _, model: Judge()))
    monkeypatch.setattr(checker._models, "_tagger_for", lambda _, model: Pointer(model))
    monkeypatch.setattr(checker._models, "_origin_for", lambda _: Origin(-4.0))
    found, again = checker.check_text(STORY), checker.check_text(STORY)
    assert found.sentences == again.sentences
    # Each reader gets what it has said itself.
    assert [one.text for one in found.findings if one.rule == "LM001"]
    assert found.verdict is not None
    assert found.verdict.probability < 0.05
    pairs = [(one.fluency, before.fluency) for one, before in zip(found.sentences, plain.sentences, strict=True)]
    assert all(before is not None for _, before in pairs)
    assert {one == before for one, before in pairs if before} == {True, False}, pairs
    assert all(one in (0, before) for one, before in pairs)
    assert [one.bits_per_word for one in found.sentences] == [one.bits_per_word for one in plain.sentences]


def test_without_the_network_of_its_calibration_there_is_no_fluency(
    calibrated: Callable[..., Checker], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> FluencyReader:
        raise DetectorError("fluency.safetensors: cannot be read; install tqcheck again")

    monkeypatch.setattr(FluencyReader, "open", broken)
    checker = calibrated()
    result = checker.check_text(STORY)
    assert result.fluency is None
    assert all(one.fluency is None and one.bits_per_word for one in result.sentences)
    assert checker.detector_problem == (
        "there is no fluency: fluency.safetensors: cannot be read; install tqcheck again"
    )


def test_a_calibration_made_with_another_network_is_refused(
    calibrated: Callable[..., Checker], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(FluencyReader, "of", classmethod(lambda _, model: Judge()))
    with pytest.raises(CalibrationError, match=r"another network of fluency.*models calibrate --force"):
        calibrated("4" * 64).check_text(STORY)
