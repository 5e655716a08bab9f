"""Checks with the embedded language model: fluency, arbitration, and the article the project began with."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import jsonschema
import pytest

from tqcheck import Checker, Settings
from tqcheck.errors import ChecksumError, MissingExtra, ModelError, ModelUnavailable, OutputError
from tqcheck.lm.manifest import load_manifest
from tqcheck.pipeline.rule_tests import hits
from tqcheck.pipeline.run import Run
from tqcheck.reports.json_report import dumps, schema
from tqcheck.result import DocumentResult
from tqcheck.rules.examples import marked
from tqcheck.rules.loader import load_rules

pytestmark = pytest.mark.lm
STORY = (
    "Council approves new bridge\n\nThe city council voted on Tuesday to build a second bridge across the river.\n\n"
    "Work will start in March, the mayor said, and should take about two years.\n\n"
    "Bridge the the of council wooden quickly parliament spoon under voted seven.\n"
)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return prepared(Settings(lm="require"))


def prepared(settings: Settings) -> Checker:
    made = Checker(settings)
    try:
        made.prepare()
    except (ModelUnavailable, MissingExtra) as error:
        pytest.skip(f"the embedded model cannot be had here: {error}")
    return made


def test_fluency_of_document_and_sentences(checker: Checker) -> None:
    result = checker.check_text(STORY)
    assert result.fluency is not None
    assert 0 <= result.fluency.score <= 100
    assert result.fluency.bits_per_word > 0
    scored = [(sentence.fluency, STORY[sentence.start : sentence.end]) for sentence in result.sentences]
    assert all(fluency is not None for fluency, _ in scored)
    assert min(scored, key=lambda pair: pair[0] or 0)[1].startswith("Bridge the the")


def test_what_nobody_sees_changes_no_figure(checker: Checker) -> None:
    plain = STORY.replace("mayor", "mayor of Orlé")
    expected = checker.check_text(plain)
    hidden = plain.replace("cil", "c\u00adil").replace("ver", "\u200bver").replace("é", "e\u0301")
    found = checker.check_text(hidden)
    assert len(hidden) == len(plain) + 5
    assert found.words == expected.words
    assert found.fluency == expected.fluency
    assert [one.fluency for one in found.sentences] == [one.fluency for one in expected.sentences]
    assert found.verdict is not None
    assert expected.verdict is not None
    assert found.verdict.probability == expected.verdict.probability


def test_the_json_report_with_a_model(checker: Checker, tmp_path: Path) -> None:
    path = tmp_path / "story.txt"
    path.write_text(STORY, "utf-8")
    first, second = (dumps(Run(checker).check([path])) for _ in range(2))
    assert first == second
    report = json.loads(first)
    jsonschema.validate(report, schema())
    assert report["signature"]["model"]["id"] == "smollm2-135m-instruct"


def test_scores_do_not_depend_on_the_other_documents(checker: Checker, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.txt" for number in range(3)]
    for number, path in enumerate(paths):
        path.write_text(STORY * (number + 1), "utf-8")
    together = Run(checker).check(paths).documents[0]
    alone = Run(checker).check(paths[:1]).documents[0]
    pairs = list(zip(together.sentences, alone.sentences, strict=True))
    assert pairs
    for one, other in pairs:
        assert one.bits_per_word == pytest.approx(other.bits_per_word, abs=1e-3)


def test_a_long_text_is_scored_in_part_and_says_so() -> None:
    checker = Checker(Settings(lm="require", lm_words=40))
    try:
        result = checker.check_text(STORY * 3)
    except (ModelUnavailable, MissingExtra) as error:
        pytest.skip(str(error))
    assert any("first 40 words" in note for note in result.notes)
    assert result.sentences[0].fluency is not None
    assert result.sentences[-1].fluency is None


ARBITRATED = [rule for rule in load_rules().rules if rule.arbitrate is not None]


@pytest.fixture(scope="module")
def decided() -> dict[str, DocumentResult]:
    """What the model makes of each example of the rules that ask it, by its text: one pass serves all that it shows.

    Good examples in which the pattern of their rule matches nothing are left out: there it has no say. In float32:
    elsewhere an example near its threshold may fall on the other side of it.
    """
    checker = prepared(Settings(lm="require", engine="float32"))
    texts = {bare(example) for rule in ARBITRATED for example in rule.bad}
    texts |= {text for rule in ARBITRATED for text in rule.good if hits(rule, text)}
    return {text: checker.check_text(text, path="example.txt") for text in sorted(texts)}


def bare(example: str) -> str:
    return marked(example)[0]


@pytest.mark.slow
def test_arbitrated_examples(decided: dict[str, DocumentResult]) -> None:
    faults = []
    for rule in ARBITRATED:
        for example in rule.bad:
            text, start, end = marked(example)
            # A rule that needs no model may have taken the same words.
            if not any(one.start < end and start < one.end for one in decided[text].findings):
                faults.append(f"{rule.id}: not flagged: {example}")
        faults += [
            f"{rule.id}: flagged: {example}"
            for example in rule.good
            if example in decided and any(one.rule == rule.id for one in decided[example].findings)
        ]
    assert not faults, "\n".join(faults)


@pytest.mark.slow
def test_there_are_rules_that_the_model_decides(decided: dict[str, DocumentResult]) -> None:
    by_model = {
        rule.id
        for rule in ARBITRATED
        for example in rule.good
        if example in decided and any(one.finding.rule == rule.id for one in decided[example].dropped)
    }
    assert len(by_model) >= 5


@pytest.mark.slow
def test_findings_of_the_model_have_a_gain(decided: dict[str, DocumentResult]) -> None:
    asking = {rule.id for rule in ARBITRATED}
    findings = [one for result in decided.values() for one in result.findings if one.rule in asking]
    assert len(findings) >= len(ARBITRATED)
    assert [(one.rule, one.text) for one in findings if one.gain is None or one.gain <= 0] == []


def test_the_model_tells_artifacts_from_good_uses(checker: Checker) -> None:
    """Of a few rules; of all of them in ``test_arbitrated_examples``."""
    faults = []
    for rule in ARBITRATED[:6]:
        text, start, end = marked(rule.bad[0])
        found = checker.check_text(text, path="example.txt").findings
        if not any(one.start < end and start < one.end for one in found):
            faults.append(f"{rule.id}: not flagged: {text}")
        found = checker.check_text(rule.good[0], path="example.txt").findings
        if any(one.rule == rule.id for one in found):
            faults.append(f"{rule.id}: flagged: {rule.good[0]}")
    assert not faults, "\n".join(faults)


@pytest.fixture(scope="module")
def article(seed: Path, checker: Checker) -> tuple[DocumentResult, dict[str, list[dict[str, int | str]]]]:
    gold = json.loads((seed / "gold.json").read_text("utf-8"))
    return checker.check_text((seed / "article.txt").read_text("utf-8"), path="article.txt"), gold


def test_the_article(article: tuple[DocumentResult, dict[str, list[dict[str, int]]]]) -> None:
    result, gold = article
    found = [
        mark
        for mark in gold["core"]
        if any(one.start < mark["end"] and mark["start"] < one.end for one in result.findings)
    ]
    assert len(found) >= 18
    outside = [
        finding.text
        for finding in result.findings
        if not any(finding.start < mark["end"] and mark["start"] < finding.end for mark in gold["core"] + gold["soft"])
    ]
    assert outside == []


@pytest.mark.parametrize(
    ("quote", "fix"),
    [("telematics summit", r"(?:virtual|video|online) summit"), ("not a few", r"quite a few"), ("“he", r",” he")],
)
def test_the_three_that_started_the_project(
    article: tuple[DocumentResult, dict[str, list[dict[str, int]]]], quote: str, fix: str
) -> None:
    (finding,) = [finding for finding in article[0].findings if quote in finding.text]
    assert re.search(fix, finding.suggestions[0])


@pytest.mark.parametrize(
    ("raised", "failed"),
    [
        (ModelUnavailable("not here"), False),
        (MissingExtra("the language model", "lm"), False),
        (ChecksumError("wrong sum"), True),
        (OutputError("the cache is read-only"), True),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else str(value),
)
def test_without_a_model_the_check_goes_on_and_says_so(
    monkeypatch: pytest.MonkeyPatch, raised: Exception, failed: bool
) -> None:
    def no_scorer(*_: object, **__: object) -> Callable[..., object]:
        raise raised

    monkeypatch.setattr("tqcheck.lm.scoring.load_scorer", no_scorer)
    checker = Checker()
    result = checker.check_text("They held a telematics summit on Monday.")
    assert [finding.text for finding in result.findings] == ["telematics summit"]
    assert result.fluency is None
    assert checker.model_problem == str(raised)
    assert checker.model_failed is failed
    with pytest.raises((ModelError, MissingExtra, OutputError)):
        Checker(Settings(lm="require")).check_text("They held a summit on Monday.")


class Failing:
    """A scorer whose model turns out to be damaged when the first score is wanted."""

    id, engine, cache_problem = "failing", "float32", None
    # The calibration belongs to these weights.
    sha256 = load_manifest().converted_sha256

    def score_and_compare(self, *_: object, **__: object) -> tuple[list[list[object]], list[list[float | None]]]:
        raise ChecksumError("wrong sum")

    def load(self) -> None:
        raise ChecksumError("wrong sum")


def test_a_model_that_fails_at_the_first_score(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tqcheck.lm.scoring.load_scorer", lambda *_, **__: Failing())
    checker = Checker()
    texts = ["They held a telematics summit on Monday.", "They will hold another telematics summit on Friday."]
    for text in texts:
        result = checker.check_text(text)
        assert [finding.text for finding in result.findings] == ["telematics summit"]
        assert result.fluency is None
        assert len(result.sentences) == 1
    assert (checker.model_problem, checker.model_failed) == ("wrong sum", True)
    assert checker.result([]).signature.model is None
    early = Checker()
    early.prepare()
    assert (early.model_problem, early.model_failed) == ("wrong sum", True)
    for settings in (Settings(lm="require"), Settings(model="smollm2-135m-instruct")):
        with pytest.raises(ChecksumError):
            Checker(settings).check_text(texts[0])
        with pytest.raises(ChecksumError):
            Checker(settings).prepare()


def test_a_second_check_loads_no_model_and_says_the_same(checker: Checker, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(Settings().cache_folder / "models")
    settings = Settings(lm="require", cache=tmp_path)
    paths = [Path(__file__).resolve().parents[2] / "examples" / "story.txt"]
    first, second = Checker(settings), Checker(settings)
    report = dumps(Run(first).check(paths))
    assert dumps(Run(second).check(paths)) == report
    assert dumps(Run(Checker(Settings(lm="require", keep_scores=False))).check(paths)) == report
    assert "_engine" in first._models.model.scorer.__dict__
    assert "_engine" not in second._models.model.scorer.__dict__


def test_scores_that_cannot_be_kept_are_told(checker: Checker, tmp_path: Path) -> None:
    (tmp_path / "models").symlink_to(Settings().cache_folder / "models")
    (tmp_path / "scores.sqlite").mkdir()
    careless = Checker(Settings(lm="require", cache=tmp_path))
    result = careless.check_text(STORY)
    assert result.fluency is not None
    assert careless.cache_problem is not None
    assert "scores of the language model are not kept" in careless.cache_problem
    assert checker.cache_problem is None


@pytest.fixture(scope="module")
def attentive() -> Checker:
    made = Checker(Settings(lm="require", words=True))
    try:
        made.prepare()
    except (ModelUnavailable, MissingExtra) as error:
        pytest.skip(f"the embedded model cannot be had here: {error}")
    return made


def test_odd_words_of_an_odd_sentence(attentive: Checker) -> None:
    text = STORY
    result = attentive.check_text(text)
    worst = next(one for one in result.sentences if text[one.start :].startswith("Bridge the the"))
    odd = [word for word in worst.words or () if word.odd]
    assert odd
    assert any(word.expected for word in odd)
    assert all(re.fullmatch("[A-Za-z]+", expected) for word in odd for expected in word.expected)
    ordinary = next(one for one in result.sentences if text[one.start :].startswith("Work will start"))
    assert ordinary.words is not None
    assert not any(word.odd for word in ordinary.words)


def test_words_change_no_score(attentive: Checker, checker: Checker) -> None:
    with_words, without = attentive.check_text(STORY), checker.check_text(STORY)
    assert [one[:4] for one in with_words.sentences] == [one[:4] for one in without.sentences]
    assert with_words.findings == without.findings
    assert with_words.fluency == without.fluency
    assert attentive.check_text(STORY) == with_words


def test_words_of_the_sample_story_fit_the_schema(attentive: Checker) -> None:
    path = Path(__file__).resolve().parents[2] / "examples" / "story.txt"
    report = json.loads(dumps(Run(attentive).check([path])))
    jsonschema.validate(report, schema())
    source = path.read_text("utf-8")
    marked = [
        source[word["start"] : word["end"]]
        for sentence in report["documents"][0]["sentences"]
        for word in sentence["words"]
        if word["odd"]
    ]
    # “since last Tuesday 13 of May” after a present tense.
    assert "since" in marked
    assert not {"Marta", "Oliva", "Valmar"} & set(marked)


@pytest.mark.slow
@pytest.mark.parametrize("name", ["LM001", "LM002"])
def test_examples_of_what_taggers_find(checker: Checker, name: str) -> None:
    (rule,) = (rule for rule in load_rules().rules if rule.id == name)
    asked = Checker(Settings(lm="require", enable=(rule.id,)))
    for example in rule.bad:
        text, start, end = marked(example)
        found = [one for one in asked.check_text(text, path="example.txt").findings if one.rule == rule.id]
        assert [(one.start, one.end) for one in found] == [(start, end)], example
    for example in rule.good:
        result = asked.check_text(example, path="example.txt")
        told = [*result.findings, *(one.finding for one in result.dropped)]
        assert [one.text for one in told if one.rule == rule.id] == [], example


def test_the_verdict_on_the_sample_story(checker: Checker) -> None:
    story = Path(__file__).parents[2] / "examples" / "story.txt"
    verdict = checker.check_text(story.read_text("utf-8"), path="story.txt").verdict
    assert verdict is not None
    assert verdict.label == "likely"
    assert verdict.sources[0].language == "es"
    assert "findings of translation artifacts in" in verdict.evidence[0]
