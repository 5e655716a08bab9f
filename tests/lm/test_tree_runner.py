from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from tests.lm.reference import CHANGES, TEXTS, Reference, spans
from tqcheck.lm.scoring import Scorer, load_scorer
from tqcheck.lm.token_tree import EARLY_TAIL, TAIL, Replacement, narrowed


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
