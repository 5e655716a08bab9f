from __future__ import annotations

import json
import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

from tqcheck.config.settings import ENGINES
from tqcheck.errors import MissingExtra, ModelError
from tqcheck.lm import causal
from tqcheck.lm.engine_choice import engine_for
from tqcheck.lm.scoring import Scorer, load_scorer
from tqcheck.lm.token_tree import EARLY_TAIL, TAIL, Replacement, narrowed
from tqcheck.lm.tokens import Token
from tqcheck.lm.windows import windows
from tqcheck.text.sentences import split_sentences

TEXTS = [
    "The talks failed. Nobody had expected that!",
    "A headline\nCafé 👍🏽 owners “said” in 2024: naïve 👩‍👩‍👧 plans.  Two blanks.\r\nAnd a last line — with dashes.",
    " ".join(f"Sentence number {index} said that 3 of {index * 7} plants had failed." for index in range(12)),
    "x",
]


def spans(text: str) -> list[tuple[int, int]]:
    return [(start, end) for start, end in split_sentences(text, 0, len(text))]


# Of the tiny models, which take 65 tokens.
LIMITS = {"longest": 48, "shortest": 24, "context": 16}

PlainModel = Callable[[Path], tuple[Any, Any, int]]


class Reference:
    """Plain transformers, one sequence at a time, all scores at once."""

    def __init__(self, model: Any, tokenizer: Any, beginning: int) -> None:
        import torch

        self._torch = torch
        self._model, self._tokenizer, self._beginning = model, tokenizer, beginning

    def log_probabilities(
        self, text: str, places: Sequence[tuple[int, int]], size: int = LIMITS["longest"]
    ) -> list[tuple[float, int]]:
        """(natural log-probability, place of the first visible code point) of each token, in windows or in ``size``."""
        encoding = self._tokenizer.encode(text.replace("\r", " "), add_special_tokens=False)
        tokens = []
        for token, (start, end) in zip(encoding.ids, encoding.offsets, strict=True):
            visible = next((at for at in range(start, end) if not text[at].isspace()), start)
            sentence = next((index for index, (left, right) in enumerate(places) if left <= visible < right), -1)
            tokens.append(Token(token, sentence, end, visible))
        limits = LIMITS if len(tokens) > size else {"longest": size, "shortest": size, "context": 0}
        found = []
        for window in windows(0, tokens, self._beginning, **limits):
            for at, place in enumerate(window.places, window.first):
                logits = self._logits(window.ids[: at + 1])
                score = self._torch.log_softmax(logits[-2].double(), -1)[window.ids[at]].item()
                found.append((score, place))
        return found

    def total(self, ids: Sequence[int], first: int) -> float:
        """Natural log-probability of the tokens from the ``first`` one after those before it."""
        rows = self._torch.log_softmax(self._logits(tuple(ids)).double(), -1)
        return sum(rows[at - 1, ids[at]].item() for at in range(first, len(ids)))

    def _logits(self, ids: tuple[int, ...]):  # type: ignore[no-untyped-def]
        with self._torch.inference_mode():
            return self._model(self._torch.tensor([ids])).logits[0]


@pytest.fixture(scope="module", params=["llama", "transformers"])
def pair(
    request: pytest.FixtureRequest, tiny_folder: Path, tiny_gpt2: Path, plain_model: PlainModel
) -> tuple[Scorer, Reference]:
    folder = tiny_folder if request.param == "llama" else tiny_gpt2
    scorer = load_scorer(str(folder), cache=folder / "cache", engine="float32")
    assert type(scorer._engine).__name__ == ("Llama" if request.param == "llama" else "Causal")
    return scorer, Reference(*plain_model(folder))


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


CHANGES = [
    ("Sentence number 5 said", "A sentence numbered 5 said"),
    ("number 7 said that 3", "number 7 told that 3"),
    ("of 56 plants", "of 56 or 57 plants"),
    ("of 63 plants had failed.", "had failed."),
    ("Sentence number 0", "The sentence number 0"),
    ("of 77 plants had failed.", "of 77 plants were left."),
]


def test_changes_agree_with_plain_transformers(pair: tuple[Scorer, Reference]) -> None:
    """Each in its window, over its sentence up to some tokens after the change."""
    scorer, reference = pair
    text = TEXTS[2]
    places = spans(text)
    changes = [narrowed(text, 0, len(text), text.replace(old, new)) for old, new in CHANGES]
    sentences, (gains,) = scorer.score_and_compare([(text, places)], [changes])
    assert sentences == scorer.score([(text, places)])
    for (old, new), gain in zip(CHANGES, gains, strict=True):
        place = text.index(old)
        ((start, end),) = [(start, end) for start, end in places if start <= place < end]
        window = next(window for window in scorer._windows([(text, places)]) if place < window.ends[-1])
        count = sum(reached <= start for reached in window.ends)
        before = window.ids[window.first : window.first + count]
        blank = text[window.ends[count - 1] if count else window.begin : start]
        readings = [blank + one for one in (text[start:end], text[start:end].replace(old, new))]
        written, fixed = ([*window.ids[: window.first], *before, *scorer._tokenizer.ids(one)] for one in readings)
        first = next(at for at, (one, other) in enumerate(zip(written, fixed, strict=False)) if one != other)
        shared = 0
        while shared < min(len(written), len(fixed)) - first and written[-1 - shared] == fixed[-1 - shared]:
            shared += 1
        cut = max(0, shared - TAIL)
        written, fixed = (one[: len(one) - cut] for one in (written, fixed))
        expected = reference.total(fixed, first) - reference.total(written, first)
        assert gain == pytest.approx(expected, rel=1e-4, abs=2e-4)
        assert abs(expected) > 0.01


def test_what_exits_early_is_told_by_few_tokens(tiny_folder: Path, tmp_path: Path) -> None:
    text = TEXTS[2]
    changes = [narrowed(text, 0, len(text), text.replace(*one)) for one in CHANGES]

    def gains(needed: Sequence[float], taken: Sequence[Replacement] = changes) -> list[float | None]:
        scorer = load_scorer(str(tiny_folder), cache=tmp_path, engine="float32", keep_scores=True)
        own = [change._replace(needed=least) for change, least in zip(taken, needed, strict=True)]
        return scorer.score_and_compare([(text, spans(text))], [own])[1][0]

    whole = gains([-math.inf] * len(changes))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tqcheck.lm.token_tree.TAIL", EARLY_TAIL)
        short = gains([-math.inf] * len(changes))
    differ = [index for index, (one, other) in enumerate(zip(whole, short, strict=True)) if one != pytest.approx(other)]
    assert len(differ) > 2
    # Out of reach, and reached by all.
    assert gains([1e6] * len(changes)) == pytest.approx(short, abs=2e-4)
    assert gains([-1e6] * len(changes)) == pytest.approx(whole, abs=2e-4)
    mixed = gains([1e6 if index % 2 else -1e6 for index in range(len(changes))])
    expected = [(short if index % 2 else whole)[index] for index in range(len(changes))]
    assert mixed == pytest.approx(expected, abs=2e-4)


def test_a_change_outside_the_sentences_has_no_gain(pair: tuple[Scorer, Reference]) -> None:
    scorer, _ = pair
    text = "The talks failed. The talks went on."
    changes = [
        Replacement(4, 9, "plants"),
        Replacement(22, 27, "plants"),
        Replacement(4, 4, ""),
        Replacement(0, 36, "x"),
    ]
    _, (gains,) = scorer.score_and_compare([(text, [(0, 17)])], [changes])
    assert [gain is None for gain in gains] == [False, True, False, True]
    assert gains[2] == 0.0
    assert scorer.score_and_compare([("", [])], [[Replacement(0, 0, "x")]])[1] == [[None]]


def test_gains_are_the_same_on_every_engine_and_when_kept(tiny_folder: Path, tiny_gpt2: Path, tmp_path: Path) -> None:
    text = TEXTS[2]
    asked = [(text, spans(text))], [[narrowed(text, 0, len(text), text.replace(*one)) for one in CHANGES]]
    for folder in (tiny_folder, tiny_gpt2):
        expected = load_scorer(str(folder), cache=tmp_path, engine="float32").score_and_compare(*asked)
        for _ in range(2):
            scorer = load_scorer(str(folder), cache=tmp_path, keep_scores=True, engine="float32")
            assert scorer.score_and_compare(*asked) == expected
        assert "_engine" not in scorer.__dict__
        # Kept scores of the windows do not stand for those of their branches.
        other = load_scorer(str(folder), cache=tmp_path, keep_scores=True, engine="transformers")
        other.score(asked[0])
        assert other.score_and_compare(*asked)[1][0] == pytest.approx(expected[1][0], abs=2e-4)


def test_a_cache_that_cannot_be_cut_does_not_change_a_gain(tiny_gpt2: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As with layers that keep a state instead of all tokens."""
    text = TEXTS[2]
    asked = [(text, spans(text))], [[narrowed(text, 0, len(text), text.replace(*one)) for one in CHANGES]]
    expected = load_scorer(str(tiny_gpt2), cache=tiny_gpt2 / "cache").score_and_compare(*asked)[1][0]
    monkeypatch.setattr("transformers.cache_utils.DynamicLayer", type("Another", (), {}))
    scorer = load_scorer(str(tiny_gpt2), cache=tiny_gpt2 / "cache")
    assert scorer.score_and_compare(*asked)[1][0] == pytest.approx(expected, abs=2e-4)


def test_windows_run_together_have_the_same_gains(
    pair: tuple[Scorer, Reference], monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on a GPU: rows of several documents and lengths in one batch."""
    scorer, _ = pair
    documents = [(text, spans(text)) for text in (TEXTS[0], TEXTS[2], TEXTS[1], TEXTS[2])]
    own = [narrowed(TEXTS[2], 0, len(TEXTS[2]), TEXTS[2].replace(*one)) for one in CHANGES]
    changes = [[Replacement(4, 9, "plants")], own, [], own]
    expected = scorer.score_and_compare(documents, changes)[1]
    rows: list[int] = []

    def together(sizes: Sequence[tuple[int, int]]) -> Iterator[list[int]]:
        rows.append(len(sizes))
        yield [index for index, _ in sorted(sizes, key=lambda one: -one[1])]

    monkeypatch.setattr(scorer._rows, "batches", together)
    for found, wanted in zip(scorer.score_and_compare(documents, changes)[1], expected, strict=True):
        assert found == pytest.approx(wanted, abs=2e-4)
    assert max(rows) > 8


def test_many_changes_are_run_in_turns(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = TEXTS[2]
    changes = [narrowed(text, 0, len(text), text.replace(*one)) for one in CHANGES] * 3
    scorer = load_scorer(str(tiny_folder), cache=tmp_path, engine="float32")
    _, (expected,) = scorer.score_and_compare([(text, spans(text))], [changes])
    for limit, size in (("tree_runner._BRANCHES", 12), ("pools._GROUP", 1)):
        monkeypatch.setattr(f"tqcheck.lm.{limit}", size)
        _, (found,) = scorer.score_and_compare([(text, spans(text))], [changes])
        assert found == pytest.approx(expected, abs=2e-4)


def test_other_documents_have_no_part_in_a_gain(
    pair: tuple[Scorer, Reference], monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer, _ = pair
    documents = [(text, spans(text)) for text in (TEXTS[2], TEXTS[0], TEXTS[2])]
    changes = [[narrowed(TEXTS[2], 0, len(TEXTS[2]), TEXTS[2].replace(*one)) for one in CHANGES[:2]], [], []]
    changes[2] = changes[0]
    _, (expected,) = scorer.score_and_compare(documents[:1], changes[:1])
    for pool in (64, 5):
        # A pool that ends within the last document.
        monkeypatch.setattr("tqcheck.lm.pools._POOL", pool)
        assert scorer.score_and_compare(documents, changes)[1] == [expected, [], expected]


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


def test_integers_are_for_llamas_alone(tiny_gpt2: Path) -> None:
    scorer = load_scorer(str(tiny_gpt2), cache=tiny_gpt2 / "cache", engine="int8")
    with pytest.raises(ModelError, match="--engine int8 runs llama models alone; take float32"):
        scorer.log_probabilities(["A text."])


def test_integers_that_overflow_are_refused(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tqcheck.lm.llama.integers_are_exact", lambda: False)
    scorer = load_scorer(str(tiny_folder), cache=tmp_path, engine="int8")
    with pytest.raises(ModelError, match="products of 8-bit integers are not exact; use another engine"):
        scorer.log_probabilities(["A text."])


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


def test_missing_extra(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    monkeypatch.delitem(sys.modules, "tqcheck.lm.llama", raising=False)
    with pytest.raises(MissingExtra, match=r"the language model .*tqcheck\[lm\]"):
        load_scorer(str(tiny_folder), cache=tmp_path)


def test_damaged_weights_in_a_folder_of_the_user(tiny_folder: Path, tmp_path: Path) -> None:
    folder = tmp_path / "copy"
    folder.mkdir()
    for path in tiny_folder.iterdir():
        if path.is_file():
            (folder / path.name).write_bytes(path.read_bytes())
    whole = (folder / "model.safetensors").read_bytes()
    (folder / "model.safetensors").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ModelError, match="the model cannot be loaded"):
        load_scorer(str(folder), cache=tmp_path / "cache")
    assert (folder / "model.safetensors").stat().st_size == len(whole) // 2


def test_a_cached_model_that_does_not_load_is_made_anew_once(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from tqcheck.lm.models import LocalModel

    bad = LocalModel("tiny", tmp_path / "bad", "0", managed=True)
    good = LocalModel("tiny", tiny_folder, "1", managed=True)
    monkeypatch.setattr("tqcheck.lm.models.resolve", lambda *_, **__: bad)
    monkeypatch.setattr("tqcheck.lm.models.rebuild", lambda *_, **__: good)
    assert load_scorer().sha256 == "1"
    monkeypatch.setattr("tqcheck.lm.models.rebuild", lambda *_, **__: bad)
    with pytest.raises(ModelError):
        load_scorer()


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


def test_a_model_that_fails_to_load_says_so_at_the_first_score(tiny_folder: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(tiny_folder, tmp_path / "copy")
    scorer = load_scorer(str(folder), cache=tmp_path)
    (folder / "model.safetensors").write_bytes(b"x")
    with pytest.raises(ModelError, match="the model cannot be loaded"):
        scorer.score([("A b.", [(0, 4)])])


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


def test_a_change_that_the_model_has_no_room_for_is_not_compared(tiny_gpt2: Path) -> None:
    """Positions beyond those it has learnt would be none."""
    text = "The minister said on Monday that the talks had failed, and the markets fell. " * 2
    scorer = load_scorer(str(tiny_gpt2), cache=tiny_gpt2 / "cache", engine="transformers")
    places = [index + 1 for index, char in enumerate(text[:-2]) if char == " "]
    longer = "considerably enormous xyzxyzxyz zyxwvut quack quack "
    _, (gains,) = scorer.score_and_compare(
        [(text, spans(text))], [[Replacement(place, place, longer) for place in places]]
    )
    assert {gain is None for gain in gains} == {False, True}


def spoilt(folder: Path, to: Path, name: str, change: Callable[[Any], Any]) -> Path:
    """A copy of a model with one of its tensors changed, or left out."""
    from safetensors.torch import load_file, save_file

    made = shutil.copytree(folder, to)
    (file,) = made.glob("*.safetensors")
    weights = load_file(file)
    changed = change(weights.pop(name))
    save_file(weights if changed is None else weights | {name: changed}, file, {"format": "pt"})
    return made


@pytest.mark.parametrize("engine", ["float32", "transformers"])
def test_weights_that_give_no_numbers_are_an_error(tiny_folder: Path, tmp_path: Path, engine: str) -> None:
    folder = spoilt(tiny_folder, tmp_path / "model", "model.norm.weight", lambda one: one * math.nan)
    scorer = load_scorer(str(folder), cache=tmp_path, engine=engine, keep_scores=True)
    with pytest.raises(ModelError, match="infinite or not a number; its weights are damaged"):
        scorer.score([(TEXTS[0], spans(TEXTS[0]))])


def test_weights_that_lack_a_tensor_are_an_error(tiny_gpt2: Path, tmp_path: Path) -> None:
    folder = spoilt(tiny_gpt2, tmp_path / "model", "transformer.h.1.ln_1.weight", lambda _: None)
    with pytest.raises(ModelError, match=r"the weights lack transformer\.h\.1\.ln_1\.weight; copy or fetch"):
        load_scorer(str(folder), cache=tmp_path).score([(TEXTS[0], spans(TEXTS[0]))])


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


@pytest.mark.parametrize(
    ("kind", "changes", "told"),
    [
        # Their heads are more than one matrix.
        ("bert", {"is_decoder": True}, "does not end in a plain output layer"),
        ("modernbert-decoder", {}, "does not end in a plain output layer"),
        # It reads to both sides whatever the head is called.
        ("bert-generation", {}, "looks at the words to come"),
    ],
)
def test_architectures_that_would_give_wrong_figures_are_refused(
    tiny_folder: Path, tmp_path: Path, kind: str, changes: dict[str, Any], told: str
) -> None:
    transformers = pytest.importorskip("transformers")
    torch = pytest.importorskip("torch")
    torch.manual_seed(1)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    sizes |= {"vocab_size": 2048, "max_position_embeddings": 128, "pad_token_id": 0}
    config = transformers.CONFIG_MAPPING[kind](**sizes, **changes)
    model = transformers.AutoModelForCausalLM.from_config(config)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.add_(torch.randn_like(parameter) * 0.1)
    folder = tmp_path / "model"
    model.save_pretrained(folder)
    for file in tiny_folder.glob("*token*"):
        shutil.copy(file, folder)
    with pytest.raises(ModelError, match=told):
        load_scorer(str(folder), cache=tmp_path).score([(TEXTS[0], spans(TEXTS[0]))])
