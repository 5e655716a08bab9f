from __future__ import annotations

import json
import math
from pathlib import Path

import pytest

from tqcheck.errors import CalibrationError, SettingsError
from tqcheck.lm import calibration_sample as sample
from tqcheck.lm.calibration import LEVELS, Calibration
from tqcheck.lm.calibration_sample import Sample, beginnings, buckets, calibrate, dumps, today
from tqcheck.lm.sentences import SentenceSurprisal

MADE = {"on": "2026-01-31", "documents": {"stories": 50}}


def scored(normalized: float, words: int) -> SentenceSurprisal:
    """A sentence of that surprisal; what is not calibrated has figures of its own."""
    return SentenceSurprisal(987.6, 3 * words, words, normalized)


def stories(number: int, sentences: int = 8, words: int = 12) -> list[list[SentenceSurprisal]]:
    """Of ``sentences`` sentences each; later ones cost 2 to 4 bits a word, first ones 6 to 8."""
    share = [index / max(1, number - 1) for index in range(number)]
    return [[scored(6 + 2 * one, words)] + [scored(2 + 2 * one, words)] * (sentences - 1) for one in share]


def test_beginnings_pass_each_edge_once() -> None:
    story = [scored(2.0, 15) for _ in range(9)]
    assert beginnings(story) == [(2.0, 30), (2.0, 60), (2.0, 120), (2.0, 135)]
    assert beginnings(story[:1]) == [(2.0, 15)]
    assert beginnings([scored(9.0, 300)]) == [(9.0, 300)]
    assert beginnings([scored(1.0, 30), scored(4.0, 15)]) == [(1.0, 30), (2.0, 45)]
    assert beginnings(story * 20)[-1] == (2.0, 2700)


def test_thin_classes_join_a_neighbour() -> None:
    pairs = [(5.0, words) for words in range(1, 60)]
    (bucket,) = buckets(pairs, (1, 50))
    assert bucket["count"] == 59
    assert bucket["words"] == 30.0
    assert set(bucket["quantiles"]) == {5.0}
    assert [one["count"] for one in buckets(pairs, (1, 10, 20, 35), fewest=15)] == [19, 15, 25]
    assert buckets(pairs[:30], (1, 50)) == []


def test_a_calibration_puts_its_own_sample_in_the_middle(tmp_path: Path) -> None:
    path = tmp_path / "mine.json"
    path.write_text(dumps(calibrate(Sample.of(stories(50)), "tiny", "0f", MADE)), encoding="utf-8")
    calibration = Calibration.read(path)
    assert calibration.basis == "50 stories, 400 sentences, 4,800 words; 2026-01-31"
    assert calibration.sentence_fluency(3.0, 12) == pytest.approx(50, abs=1)
    assert calibration.sentence_fluency(7.0, 12, opening=True) == pytest.approx(50, abs=1)
    assert calibration.sentence_fluency(4.0, 12) < 5
    assert calibration.document_fluency(3.5, 96) == pytest.approx(50, abs=8)
    assert all(len(bucket.quantiles) == len(LEVELS) for bucket in calibration.documents)


def test_sentences_without_a_word_do_not_count() -> None:
    marks = SentenceSurprisal(900.0, 3, 0, 0.0)
    assert Sample.of([[marks, *story, marks] for story in stories(50)] + [[marks], []]) == Sample.of(stories(50))


@pytest.mark.parametrize(
    ("few", "told"),
    [
        (stories(12), r"12 stories \(needed: 40\), 84 sentences after the first of a story \(needed: 200\)"),
        (stories(60, sentences=2, words=20), r"60 sentences after .*19–25: 60, 26–36: 0"),
        (stories(30, sentences=20), r"30 stories \(needed: 40\); sentences .*10–13: 570"),
        (stories(250, sentences=2, words=10), r"0 beginnings of 22 words or more \(needed: 40\)"),
        (stories(250, sentences=2, words=1), r"0 stories .* 0 sentences"),
        ([], r"0 stories .*37 and more: 0\. Give more clean stories"),
    ],
    ids=range(6),
)
def test_too_little_text_is_refused_with_its_figures(few: list[list[SentenceSurprisal]], told: str) -> None:
    with pytest.raises(CalibrationError, match=rf"too little text for a calibration: .*{told}"):
        calibrate(Sample.of(few), "tiny", "0f", MADE)


@pytest.mark.parametrize("bits", [math.nan, math.inf])
def test_figures_that_are_no_numbers(bits: float) -> None:
    with pytest.raises(CalibrationError, match="infinite or not a number"):
        Sample.of([*stories(50), [scored(bits, 4)]])


def test_the_file_is_json_with_a_line_for_each_class() -> None:
    text = dumps(calibrate(Sample.of(stories(50)), "tiny", "0f", MADE, "e5"))
    assert json.loads(text)["schema"] == "tqcheck-calibration/3"
    assert json.loads(text)["reader"] == "e5"
    assert text.endswith("}\n")


def test_the_date_can_be_fixed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "86400")
    assert today() == "1970-01-02"
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "yesterday")
    with pytest.raises(SettingsError, match="SOURCE_DATE_EPOCH is a number"):
        today()
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    assert len(today()) == 10


def test_edges_are_those_of_the_embedded_calibration() -> None:
    from tqcheck.lm.manifest import DEFAULT_MODEL, model_data

    embedded = json.loads((model_data() / DEFAULT_MODEL / "calibration.json").read_text(encoding="utf-8"))
    assert [len(sample.SENTENCE_EDGES), len(sample.OPENING_EDGES)] == [
        len(embedded["sentences"]),
        len(embedded["openings"]),
    ]
    assert all(one["count"] >= sample.FEWEST for kind in ("sentences", "openings") for one in embedded[kind])
