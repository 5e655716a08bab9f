"""Findings of taggers, with a tiny random language model."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from tests.pipeline.heads import STORY, Origin, Pointer
from tqcheck import Checker
from tqcheck.cli.app import app
from tqcheck.detector.tagger import Tagger
from tqcheck.detector.verdict import VerdictModel
from tqcheck.errors import DetectorError

torch = pytest.importorskip("torch")


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
