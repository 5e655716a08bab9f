from __future__ import annotations

import json
import math
import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.lm.reference import TEXTS, PlainModel, Reference, spans
from tqcheck.config.settings import ENGINES
from tqcheck.lm import causal
from tqcheck.lm.engine_choice import engine_for
from tqcheck.lm.scoring import Scorer, load_scorer


def test_sentences_agree_with_plain_transformers(pair: tuple[Scorer, Reference]) -> None:
    scorer, reference = pair
    documents = [(text, spans(text)) for text in TEXTS]
    results = scorer.score(documents)
    for (text, places), found in zip(documents, results, strict=True):
        expected = reference.log_probabilities(text, places)
        for (start, end), one in zip(places, found, strict=True):
            own = [score for score, place in expected if start <= place < end]
            assert one.tokens == len(own)
            assert one.bits == pytest.approx(-sum(own) / math.log(2), rel=1e-4, abs=1e-4)
    assert len(reference.log_probabilities(TEXTS[2], spans(TEXTS[2]))) > 4 * 48


def test_texts_agree_with_plain_transformers(pair: tuple[Scorer, Reference]) -> None:
    scorer, reference = pair
    sentence = "The company said it will close two plants."
    texts = [sentence, sentence.replace("close two", "shut 2"), TEXTS[2], "The company said", "", sentence]
    found = scorer.log_probabilities(texts)
    for text, one in zip(texts, found, strict=True):
        expected = sum(score for score, _ in reference.log_probabilities(text, [(0, len(text))], 64))
        assert one == pytest.approx(expected, rel=1e-4, abs=1e-4)
    assert found[0] == found[-1]
    assert found[4] == 0.0


def test_company_does_not_change_a_score(pair: tuple[Scorer, Reference]) -> None:
    scorer, _ = pair
    together = scorer.score([(text, spans(text)) for text in TEXTS])
    for text, expected in zip(TEXTS, together, strict=True):
        assert scorer.score([(text, spans(text))]) == [expected]


def test_equal_input_gives_equal_output(pair: tuple[Scorer, Reference]) -> None:
    scorer, _ = pair
    documents = [(text, spans(text)) for text in TEXTS]
    assert scorer.score(documents) == scorer.score(documents)


@pytest.mark.parametrize("kind", ["llama", "gpt2"])
def test_engines_agree(kind: str, tiny_folder: Path, tiny_gpt2: Path) -> None:
    folder = tiny_folder if kind == "llama" else tiny_gpt2
    documents = [(text, spans(text)) for text in TEXTS]
    from tqcheck.lm.matrices import integers_are_exact

    found = {}
    for engine in ENGINES:
        if engine == "int8" and (kind != "llama" or not integers_are_exact()):
            continue
        scorer = load_scorer(str(folder), cache=folder / "cache", engine=engine)
        found[engine] = [one for document in scorer.score(documents) for one in document]
        assert scorer.log_probabilities(["A text."])[0] < 0
    exact = [one.bits for one in found["transformers"]]
    assert [one.bits for one in found["float32"]] == pytest.approx(exact, rel=1e-4, abs=1e-4)
    assert found["auto"] == found[engine_for("auto", folder)]
    rough = [one.bits for one in found["bfloat16"]]
    assert rough == pytest.approx(exact, rel=0.02)
    assert rough != [one.bits for one in found["float32"]]
    if "int8" in found:
        rougher = [one.bits for one in found["int8"]]
        assert rougher == pytest.approx(exact, rel=0.05)
        assert rougher != rough


def test_words_and_empty_documents(pair: tuple[Scorer, Reference]) -> None:
    scorer, _ = pair
    text = "Two words. …"
    first, second = scorer.score([("", []), (text, [(0, 10), (11, 12)]), ("no sentences", [])])[1]
    assert (first.words, second.words) == (2, 0)
    assert second.tokens > 0
    assert scorer.score([]) == []
    assert scorer.log_probabilities([]) == []


def test_pieces_of_a_long_text_do_not_show(pair: tuple[Scorer, Reference], monkeypatch: pytest.MonkeyPatch) -> None:
    scorer, _ = pair
    document = (TEXTS[2], spans(TEXTS[2]))
    expected = scorer.score([document])
    seen: list[int] = []
    tokenizer = scorer._tokenizer._tokenizer

    class Watched:
        def encode(self, text: str, **options: bool) -> object:
            seen.append(len(text))
            return tokenizer.encode(text, **options)

    monkeypatch.setattr(scorer._tokenizer, "_tokenizer", Watched())
    monkeypatch.setattr("tqcheck.lm.tokens.pieces.__defaults__", (100,))
    assert scorer.score([document]) == expected
    assert len(seen) > 5
    assert max(seen) <= 200


def test_text_after_the_last_sentence_is_not_computed(pair: tuple[Scorer, Reference]) -> None:
    scorer, _ = pair
    text = "One sentence. " + "more " * 2000
    reports: list[tuple[str, int, int | None]] = []
    scorer.score([(text, [(0, 13)])], lambda *report: reports.append(report))
    assert reports == [("score", 13, 13)]


def test_progress_ends_at_the_total(pair: tuple[Scorer, Reference]) -> None:
    scorer, _ = pair
    reports: list[tuple[str, int, int | None]] = []
    scorer.score([(text, spans(text)) for text in TEXTS], lambda *report: reports.append(report))
    total = sum(spans(text)[-1][1] for text in TEXTS)
    assert reports[-1] == ("score", total, total)


def test_nothing_is_written_on_the_way(tiny_gpt2: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    load_scorer(str(tiny_gpt2), cache=tmp_path).score([("A b.", [(0, 4)])])
    assert capfd.readouterr() == ("", "")


def test_scores_over_the_vocabulary_are_bounded(tiny_gpt2: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = load_scorer(str(tiny_gpt2), cache=tiny_gpt2 / "cache")
    (expected,) = scorer.score([(TEXTS[2], spans(TEXTS[2]))])
    rows: list[int] = []
    logits = scorer._engine.logits

    def watched(hidden):  # type: ignore[no-untyped-def]
        rows.append(hidden.shape[0])
        return logits(hidden)

    monkeypatch.setattr(scorer._engine, "logits", watched)
    monkeypatch.setattr(causal, "_SLICE", 10)
    (found,) = scorer.score([(TEXTS[2], spans(TEXTS[2]))])
    assert max(rows) == 10
    assert [one.bits for one in found] == pytest.approx([one.bits for one in expected], rel=1e-5)


def test_kept_scores_are_those_that_would_be_computed(tiny_folder: Path, tmp_path: Path) -> None:
    documents = [(text, spans(text)) for text in TEXTS]
    texts = ["The talks failed.", "The talks broke down.", "The talks failed.", "", *TEXTS]
    fresh = load_scorer(str(tiny_folder), cache=tmp_path)
    expected = fresh.score(documents), fresh.log_probabilities(texts)
    for _ in range(2):
        scorer = load_scorer(str(tiny_folder), cache=tmp_path, keep_scores=True)
        assert (scorer.score(documents), scorer.log_probabilities(texts)) == expected
        assert scorer.cache_problem is None
    # The second time the model was not even loaded.
    assert "_engine" not in scorer.__dict__
    other = load_scorer(str(tiny_folder), cache=tmp_path, keep_scores=True, engine="transformers")
    other.score(documents)
    assert "_engine" in other.__dict__


def test_only_what_an_edit_changes_is_scored_again(tiny_folder: Path, tmp_path: Path) -> None:
    scorer = load_scorer(str(tiny_folder), cache=tmp_path, keep_scores=True)
    text = " ".join(f"Sentence number {index} said that {index * 7} plants had failed." for index in range(60))
    scorer.score([(text, spans(text))])
    ran: list[int] = []
    prefill = scorer._engine.prefill

    def watched(ids, lengths, layers):  # type: ignore[no-untyped-def]
        ran.append(ids.shape[1])
        return prefill(ids, lengths, layers)

    scorer._engine.prefill = watched  # type: ignore[method-assign]
    edited = text.replace("Sentence number 30 said", "A report numbered 30 said")
    (found,) = scorer.score([(edited, spans(edited))])
    assert 1 <= len(ran) <= 4
    assert [found] == load_scorer(str(tiny_folder), cache=tmp_path).score([(edited, spans(edited))])


@pytest.mark.slow
@pytest.mark.lm
def test_the_embedded_model_agrees_with_plain_transformers(plain_model: PlainModel) -> None:
    from tqcheck.lm.models import model_path

    scorer = load_scorer(engine="float32")
    reference = Reference(*plain_model(model_path()))
    text = "The minister said on Monday that the talks had failed.\nCafé 👍🏽 owners said in 2024: “naïve plans”."
    places = [(0, 54), (55, len(text))]
    expected = reference.log_probabilities(text, places, 64)
    (found,) = scorer.score([(text, places)])
    for (start, end), one in zip(places, found, strict=True):
        own = [score for score, place in expected if start <= place < end]
        assert one.tokens == len(own)
        assert one.bits == pytest.approx(-sum(own) / math.log(2), rel=1e-4)
    (alone,) = scorer.log_probabilities([text])
    assert alone == pytest.approx(sum(score for score, _ in expected), rel=1e-4)


@pytest.mark.lm
def test_the_embedded_model_prefers_the_reading_it_should() -> None:
    scorer = load_scorer()
    bad, good = scorer.log_probabilities(["They met at a telematics summit.", "They met at a virtual summit."])
    assert good > bad + 3


def test_kept_scores_are_those_of_the_configuration(tiny_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "model")
    asked = [(TEXTS[0], spans(TEXTS[0]))]

    def scores(engine: str) -> Any:
        return load_scorer(str(folder), cache=tmp_path / "cache", engine=engine, keep_scores=True).score(asked)

    before = {engine: scores(engine) for engine in ("float32", "bfloat16")}
    config = json.loads((folder / "config.json").read_text("utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"rms_norm_eps": 0.5}), "utf-8")
    for engine, found in before.items():
        assert scores(engine) != found
