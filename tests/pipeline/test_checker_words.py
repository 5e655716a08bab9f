"""Words through the pipeline: positions in the original, what is not odd, and where there are none."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import jsonschema
import pytest

from tqcheck import Checker, Settings
from tqcheck.errors import ModelUnavailable
from tqcheck.lm.calibration import CALIBRATION
from tqcheck.lm.manifest import DEFAULT_MODEL, model_data
from tqcheck.lm.sentences import SentenceSurprisal
from tqcheck.lm.token_tree import Replacement
from tqcheck.lm.words import WordBounds, WordSurprisal, word_spans
from tqcheck.pipeline.run import Run
from tqcheck.reports import render
from tqcheck.reports.json_report import dumps, from_json, schema, to_json
from tqcheck.result import DocumentResult, WordResult

EXPECTED = ("virtual", "joint")


class Evenly:
    """A scorer that gives each letter of a word 3 bits, whatever it says, and takes longer words for odd ones."""

    id = "evenly"
    engine = "float32"
    cache_problem = None
    # The calibration belongs to these weights.
    sha256 = json.loads((model_data() / DEFAULT_MODEL / CALIBRATION).read_text("utf-8"))["model"]["sha256"]

    def score_and_compare(
        self,
        documents: Sequence[tuple[str, Sequence[tuple[int, int]]]],
        changes: Sequence[Sequence[Replacement]],
        progress: object = None,
        *,
        words: WordBounds | None = None,
        readers: object = (),
    ) -> tuple[list[list[SentenceSurprisal]], list[list[float | None]]]:
        found = []
        for text, sentences in documents:
            found.append([])
            for start, end in sentences:
                spans = word_spans(text, start, end)
                each = tuple(
                    WordSurprisal(*span, 3.0 * (span.end - span.start), 1, odd, EXPECTED if odd else ())
                    for span in spans
                    for odd in [span.end - span.start >= 8]
                )
                bits = sum(word.bits for word in each)
                single = None if words is None else each
                found[-1].append(SentenceSurprisal(bits, max(1, len(spans)), len(spans), 8.0, single))
        gains: list[list[float | None]] = [
            [float(end - start - len(new)) for start, end, new in own] for own in changes
        ]
        return found, gains


@pytest.fixture(autouse=True)
def scorer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tqcheck.lm.scoring.load_scorer", lambda *_, **__: Evenly())


def words_of(result: DocumentResult) -> list[WordResult]:
    return [word for sentence in result.sentences for word in sentence.words or ()]


@pytest.mark.parametrize(
    ("path", "source", "shown"),
    [
        (
            "a.txt",
            "👍🏽 The cafe\u0301s paid 5\u00a0million.\r\n\r\nThe minister said it had failed.\r\n",
            ["The", "cafe\u0301s", "paid", "5", "million", "The", "minister", "said", "it", "had", "failed"],
        ),
        (
            "a.html",
            "<p>The <b>mini</b>ster&nbsp;said &ldquo;it&rdquo; had caf&eacute;s.</p>\n<p>It was the &amp; last.</p>",
            ["The", "mini</b>ster", "said", "it", "had", "caf&eacute;s", "It", "was", "the", "last"],
        ),
        ("a.md", "The *minister* said [it](http://a.b/c).\n", ["The", "minister", "said", "it"]),
    ],
)
def test_positions_are_those_of_the_original(path: str, source: str, shown: list[str]) -> None:
    result = Checker(Settings(words=True)).check_text(source, path=path)
    assert [source[word.start : word.end] for word in words_of(result)] == shown
    for sentence in result.sentences:
        assert all(sentence.start <= word.start < word.end <= sentence.end for word in sentence.words or ())
    assert [word.expected for word in words_of(result) if word.odd] == [EXPECTED] * (
        "minister" in source or "<b>" in source
    )


def test_the_report_fits_the_schema_and_comes_back(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("The minister said it had failed.\n", "utf-8")
    checker = Checker(Settings(words=True))
    result = Run(checker).check([path])
    report = json.loads(dumps(result))
    jsonschema.validate(report, schema())
    assert to_json(from_json(dumps(result))) == report
    assert report["documents"][0]["sentences"][0]["words"][1] == {
        "start": 4,
        "end": 12,
        "bits": 24.0,
        "odd": True,
        "expected": list(EXPECTED),
    }


def test_without_being_asked_nothing_changes(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("The minister said it had failed.\n", "utf-8")
    plain, asked = (Checker(Settings(words=words)) for words in (False, True))
    without, with_words = (Run(checker).check([path], keep_source=True) for checker in (plain, asked))
    assert words_of(without.documents[0]) == []
    assert all(sentence.words is None for sentence in without.documents[0].sentences)
    assert "words" not in json.loads(dumps(without))["documents"][0]["sentences"][0]
    assert [one._replace(words=None) for one in with_words.documents[0].sentences] == list(
        without.documents[0].sentences
    )
    assert with_words.documents[0].fluency == without.documents[0].fluency
    assert without.signature.settings != with_words.signature.settings
    assert "expected" not in render("terminal", without)


def test_the_digest_of_settings_without_words_is_the_one_it_was() -> None:
    # Equal signatures mean equal results, and saved reports are compared by them.
    assert Settings().sha256() == "25057f8eb5c22b2f46d50e7f72820b5bdc65f21c0be6ed37560f241d98bd2117"


def test_sentences_that_are_not_scored_have_no_words() -> None:
    text = "The minister said it had failed. She said it will be good. They did not say more."
    result = Checker(Settings(words=True, lm_words=7)).check_text(text)
    assert [sentence.words is None for sentence in result.sentences] == [False, True, True]
    wire = to_json(Checker(Settings(words=True)).result([result]))
    assert ["words" in sentence for sentence in wire["documents"][0]["sentences"]] == [True, False, False]
    jsonschema.validate(wire, schema())


def test_without_a_model_there_are_no_words(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "The minister said it had failed."
    off = Checker(Settings(words=True, lm="off")).check_text(text)

    def unavailable(*_: object, **__: object) -> Evenly:
        raise ModelUnavailable("not here")

    monkeypatch.setattr("tqcheck.lm.scoring.load_scorer", unavailable)
    gone = Checker(Settings(words=True)).check_text(text)
    for result in (off, gone):
        assert [sentence.words for sentence in result.sentences] == [None]


def test_a_text_in_another_language_has_none_and_a_clause_in_it_is_not_odd() -> None:
    checker = Checker(Settings(words=True))
    assert checker.check_text("El ministro dijo que las negociaciones seguirán una semana más en la capital.").words
    text = (
        "The minister said on Friday that the talks had failed and that they would go on in the spring.\n\n"
        "Die Abgeordneten haben sich nicht auf eine Lösung einigen können.\n"
    )
    result = checker.check_text(text)
    assert result.language == "en"
    first, second = (sentence.words or () for sentence in result.sentences)
    assert any(word.odd for word in first)
    assert any(word.bits >= 24 for word in second)
    assert not any(word.odd or word.expected for word in second)
