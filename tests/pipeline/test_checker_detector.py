"""The verdict and the span tagger in the pipeline, with a tiny random language model."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from typer.testing import CliRunner

from tqcheck import Checker, Settings
from tqcheck.cli.app import app
from tqcheck.detector.fluency import Adding, FluencyReader
from tqcheck.detector.joint import Joint
from tqcheck.detector.origin import OfStates, OriginReader
from tqcheck.detector.tagger import Tagger
from tqcheck.detector.verdict import VerdictModel
from tqcheck.errors import CalibrationError, DetectorError
from tqcheck.lm.cache import sha256_of
from tqcheck.lm.calibration_sample import Sample, calibrate
from tqcheck.lm.calibration_sample import dumps as dumps_calibration
from tqcheck.lm.sentences import SentenceSurprisal
from tqcheck.pipeline.run import Run
from tqcheck.reports.json_report import dumps, from_wire, schema

torch = pytest.importorskip("torch")
STORY = (
    "The council said on Monday that the talks would go on. Nobody expected a quick end to the strike. "
    "The port has been closed since Friday, and the ferries stay away.\n\n"
) * 4


@pytest.fixture(scope="module")
def cache(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def check(tiny_folder: Path, cache: Path) -> Callable[..., Checker]:
    def made(**settings: Any) -> Checker:
        return Checker(Settings(**{"model": str(tiny_folder), "cache": cache, "keep_scores": False, **settings}))

    return made


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
    assert from_wire(report).documents[0].verdict.evidence == verdict.evidence  # type: ignore[union-attr]


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


class Origin:
    """Reads as much off the states as it is told to."""

    sha256 = "2" * 64
    layers = (1,)
    joint = Joint(0.0, 2.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.4, 4.0)
    tokens = 0

    def __init__(self, each: float) -> None:
        self.each = each
        # Kept with the scores of windows, which another reader must not find.
        self.sha256 = f"{each:064}"

    def read(self, sentences: Sequence[tuple[Any, Any]]) -> list[Any]:
        return [torch.full((len(states), 2), self.each) for states, _ in sentences]

    def score(self, read: Sequence[Sequence[float]]) -> OfStates | None:
        flat = [value for one in read for value in one]
        self.tokens += len(flat) // 2
        return OfStates(*flat[:2]) if flat else None


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


class Pointer:
    """Says that the seventh and eighth token of each sentence are wrong."""

    sha256 = "1" * 64
    layers = (1,)
    calls = 0

    def __init__(self, model: str) -> None:
        self.model = model
        self.bounds = {"shown": 0.6}

    def load(self) -> None:
        """Nothing to load."""

    def right(self, probability: float) -> float:
        return probability - 0.2

    def read(self, sentences: Sequence[tuple[Any, Any]]) -> list[Any]:
        Pointer.calls += 1
        found = []
        for states, scores in sentences:
            assert states.shape == (len(scores), 1, 64)
            one = torch.zeros((len(scores), 2))
            one[6:8, 1] = 0.7
            one[7:8, 0] = 0.1
            found.append(one)
        return found


@pytest.fixture
def pointing(check: Callable[..., Checker], monkeypatch: pytest.MonkeyPatch) -> Callable[..., Checker]:
    def made(**settings: Any) -> Checker:
        checker = check(enable=("LM001",), **settings)
        monkeypatch.setattr(checker._models, "_tagger_for", lambda _, model: Pointer(model))
        return checker

    return made


def tagged(checker: Checker, text: str, path: str = "story.txt") -> list[str]:
    result = checker.check_text(text, path=path)
    found = [one for one in result.findings if one.rule == "LM001"]
    assert all(one.confidence == pytest.approx(0.6) or one.confidence == pytest.approx(0.5) for one in found)
    assert all(text[one.start : one.end] == one.text for one in found if path.endswith(".txt"))
    return [one.text for one in found]


def test_tagged_spans_are_whole_words_of_each_sentence(pointing: Callable[..., Checker]) -> None:
    (first, second) = tagged(pointing(), "The council said little. Others talked on and on.")
    assert first in "The council said little"
    assert second in "Others talked on and on"
    assert not first.startswith(" ")


def test_two_taggers_are_read_together_and_show_a_place_once(
    check: Callable[..., Checker], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Further(Pointer):
        """Says that from the eighth token on all is wrong, and never how often that is right."""

        sha256 = "2" * 64

        def right(self, probability: float) -> float | None:
            return None

        def read(self, sentences: Sequence[tuple[Any, Any]]) -> list[Any]:
            found = [torch.zeros((len(scores), 2)) for _, scores in sentences]
            for one in found:
                one[7:, 1] = 0.9
            return found

    made = {"tagged-span": Pointer, "tagged-calque": Further}
    checker = check(enable=("LM001", "LM002"))
    monkeypatch.setattr(checker._models, "_tagger_for", lambda name, model: made[name](model))
    text = "The council said little on Monday about the bridge and the road. "
    result = checker.check_text(text)
    assert "LM001" in {one.rule for one in result.findings}
    alone = check(enable=("LM002",))
    monkeypatch.setattr(alone._models, "_tagger_for", lambda name, model: made[name](model))
    (found,) = alone.check_text(text).findings
    assert (found.rule, found.confidence) == ("LM002", None)
    assert found.end >= text.index("road") + 4
    taken = sorted((one.start, one.end) for one in result.findings)
    assert all(left[1] <= right[0] for left, right in pairwise(taken))


def test_a_rule_that_is_not_asked_for_runs_no_tagger(check: Callable[..., Checker]) -> None:
    assert tagged(check(), STORY) == []


@pytest.mark.parametrize("lead", ["🎉 ", "\ufeff", "é\u0301 ", "\u00a0", "One.\r\n\r\n"])
def test_offsets_hold_after_odd_characters(pointing: Callable[..., Checker], lead: str) -> None:
    assert tagged(pointing(), f"{lead}The council said little on Monday.")


def test_speech_is_left_alone(pointing: Callable[..., Checker]) -> None:
    assert tagged(pointing(), '"The council said little on Monday."') == []


def test_a_rule_that_explains_itself_wins(pointing: Callable[..., Checker]) -> None:
    text = "Putin held a telematics summit with Biden on Monday."
    result = pointing().check_text(text)
    spans = sorted((one.start, one.end) for one in result.findings)
    assert all(left[1] <= right[0] for left, right in pairwise(spans))
    assert any(one.rule != "LM001" for one in result.findings)


def test_accepted_terms_and_ignores_silence_it(pointing: Callable[..., Checker]) -> None:
    text = "The council said little on Monday."
    (word,) = tagged(pointing(), text)
    assert tagged(pointing(accept=(word.split()[0],)), text) == []
    result = pointing().check_text(f"<!-- tqcheck-ignore-file LM001 -->\n\n{text}\n", path="story.md")
    assert [one.rule for one in result.findings] == []


def test_an_ignore_that_silences_nothing_is_still_reported(pointing: Callable[..., Checker]) -> None:
    text = "The council said little on Monday. <!-- tqcheck-ignore ES003 -->\n"
    rules = [one.rule for one in pointing().check_text(text, path="story.md").findings]
    assert "IG001" in rules
    assert "LM001" in rules


def test_kept_answers_are_taken_without_the_model(pointing: Callable[..., Checker]) -> None:
    first = pointing(keep_scores=True).check_text(STORY)
    before = Pointer.calls
    second = pointing(keep_scores=True).check_text(STORY)
    assert Pointer.calls == before
    assert first.findings == second.findings
    assert first.sentences == second.sentences


def test_a_broken_tagger_costs_its_findings_alone(
    check: Callable[..., Checker], monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> Tagger:
        raise DetectorError("tagger.safetensors: cannot be read; install tqcheck again")

    monkeypatch.setattr(Tagger, "open", broken)
    checker = check(enable=("LM001",))
    result = checker.check_text(STORY)
    assert result.verdict is not None
    assert result.fluency is None or result.fluency.score >= 0
    assert checker.detector_problem is not None
    assert checker.detector_problem.startswith("likely errors are not looked for: tagger.safetensors")


def test_a_tagger_that_cannot_read_the_states_costs_its_findings_alone(
    check: Callable[..., Checker], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Misshapen(Origin):
        def read(self, sentences: Sequence[tuple[Any, Any]]) -> list[Any]:
            raise DetectorError("the span tagger cannot be used; install tqcheck again")

    expected = check(lm_words=20).check_text(STORY)
    checker = check(enable=("LM001",), lm_words=20)
    monkeypatch.setattr(checker._models, "_tagger_for", lambda *_: Misshapen(1.0))
    result = checker.check_text(STORY)
    assert checker.detector_problem == (
        "nothing is read off the model's states: the span tagger cannot be used; install tqcheck again"
    )
    assert result.notes == ("only the first 20 words were scored by the language model",)
    assert result.fluency == expected.fluency
    assert result.findings == expected.findings
    assert checker.check_text(STORY).sentences == result.sentences


def test_a_tagger_of_another_model_is_not_used(check: Callable[..., Checker]) -> None:
    checker = check(enable=("LM001",))
    assert tagged(checker, STORY) == []
    assert checker.detector_problem is None
    assert checker.check_text(STORY).notes == ("LM001 not looked for: the tagger reads another language model",)


def test_the_command_says_what_is_missing_and_exits_with_2(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> VerdictModel:
        raise DetectorError("detector.json: missing; install tqcheck again")

    monkeypatch.setattr(VerdictModel, "open", broken)
    path = tmp_path / "story.txt"
    path.write_text(STORY, "utf-8")
    done = CliRunner().invoke(app, ["check", "--model", str(tiny_folder), "--fail-on", "never", str(path)])
    assert done.exit_code == 2
    assert "error: there is no verdict: detector.json: missing; install tqcheck again" in done.stderr
    assert "total" in done.stdout or "words" in done.stdout
