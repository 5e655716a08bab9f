from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest

from tqcheck.lm.prefix_cache import CachedRow, PrefixCache
from tqcheck.lm.scoring import Scorer, load_scorer

torch = pytest.importorskip("torch")
WORDS = [
    "the",
    "council",
    "said",
    "that",
    "talks",
    "would",
    "go",
    "on",
    "in",
    "spring",
    "after",
    "a",
    "vote",
    "and",
    "nobody",
    "knew",
    "why",
]


def ran(ids: Sequence[int], first: int = 2, layers: tuple[int, ...] = (1,)) -> CachedRow:
    return CachedRow(tuple(ids), first, layers, [], torch.zeros(len(ids), 2), [], None)


def test_the_row_with_most_in_common_is_gone_on_with() -> None:
    kept = PrefixCache(4)
    one, other = ran([*range(10), 50]), ran([*range(6), *range(60, 65)])
    kept.keep(one)
    kept.keep(other)
    assert kept.longest([*range(9), 70, 71, 72], 2, (1,)) == (one, 8)
    assert kept.longest([*range(6), *range(60, 63), 70, 71], 2, (1,)) == (other, 8)
    assert kept.longest([*range(3), *range(70, 79)], 2, (1,)) is None
    # Its last token is run, or nothing would be.
    assert kept.longest([*range(10), 50], 2, (1,)) == (one, 8)
    assert kept.longest(list(range(9)), 2, (1,)) == (one, 8)


@pytest.mark.parametrize(
    ("ids", "first", "layers"),
    [
        ([*range(9), 70, 71, 72], 3, (1,)),
        ([*range(9), 70, 71, 72], 2, (2,)),
        ([*range(9), 70, 71, 72, 73], 2, (1,)),
        ([*range(3), 70], 2, (1,)),
    ],
    ids=["another first one", "other layers", "longer", "nothing in common"],
)
def test_rows_that_would_give_other_figures_are_run_as_a_whole(
    ids: list[int], first: int, layers: tuple[int, ...]
) -> None:
    kept = PrefixCache(4)
    kept.keep(ran([*range(10), 50]))
    assert kept.longest(ids, first, layers) is None


def test_tokens_that_are_not_scored_are_no_gain() -> None:
    kept = PrefixCache(4)
    kept.keep(ran([*range(7), 50], first=4))
    assert kept.longest([*range(7), 60], 4, (1,)) is None


def test_the_oldest_row_is_forgotten() -> None:
    kept = PrefixCache(1)
    for number in range(PrefixCache.MOST + 1):
        kept.keep(ran([number] * 6))
    assert kept.longest([0] * 6, 2, (1,)) is None
    assert kept.longest([1] * 6, 2, (1,)) is not None


def text(seed: int) -> str:
    drawn = random.Random(seed)
    return " ".join(f"{' '.join(drawn.choices(WORDS, k=7))}." for _ in range(12))


def scores(scorer: Scorer, story: str) -> list[Any]:
    ends = [at + 1 for at, char in enumerate(story) if char == "."]
    spans = list(zip([0, *(end + 1 for end in ends[:-1])], ends, strict=True))
    return scorer.score([(story, spans)])[0]


@pytest.mark.parametrize("engine", ["float32", "bfloat16", "int8", "transformers"])
def test_an_edited_text_has_the_scores_of_a_new_one(engine: str, tiny_folder: Path, tmp_path: Path) -> None:
    warm = load_scorer(str(tiny_folder), cache=tmp_path, engine=engine)
    gone_on = []
    for seed in range(4):
        words = text(seed).split()
        scores(warm, " ".join(words))
        if engine != "transformers":
            cache = warm._rows.prefix_cache
            assert cache is not None
            longest = cache.longest
            cache.longest = lambda *told, longest=longest: gone_on.append(longest(*told)) or gone_on[-1]  # type: ignore[method-assign]
        for place in range(5, len(words), 11):
            edited = " ".join([*words[:place], "vote", *words[place + 1 :]])
            new = load_scorer(str(tiny_folder), cache=tmp_path, engine=engine)
            for one, other in zip(scores(warm, edited), scores(new, edited), strict=True):
                # Equal where this was written; another processor may sum in another order.
                assert one.bits == pytest.approx(other.bits, abs=1e-3 if engine == "float32" else 0.5)
    assert any(gone_on) == (engine != "transformers")


def test_figures_that_are_not_the_same_end_it(
    tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    scorer = load_scorer(str(tiny_folder), cache=tmp_path)
    engine = scorer._engine
    right = type(engine).extend
    calls = []

    def wrong(*told: Any) -> Any:
        calls.append(1)
        states, inner, past = right(engine, *told)
        return states + 0.001, inner, past

    monkeypatch.setattr(engine, "extend", wrong)
    words = text(1).split()
    found = [scores(scorer, " ".join([*words[:place], "vote", *words[place + 1 :]])) for place in range(5, 60, 6)]
    assert len(calls) == 1
    monkeypatch.undo()
    again = load_scorer(str(tiny_folder), cache=tmp_path, prefix_cache=False)
    for place, one in zip(range(5, 60, 6), found, strict=True):
        expected = scores(again, " ".join([*words[:place], "vote", *words[place + 1 :]]))
        assert [each.bits for each in one] == [each.bits for each in expected]


def test_after_its_trials_a_row_is_run_once(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    scorer = load_scorer(str(tiny_folder), cache=tmp_path)
    engine = scorer._engine
    whole: list[int] = []
    prefill = type(engine).prefill
    monkeypatch.setattr(engine, "prefill", lambda *told: whole.append(1) or prefill(engine, *told))
    counts = []
    for _ in range(PrefixCache.TRIALS + 2):
        scores(scorer, text(2))
        counts.append(len(whole))
        whole.clear()
    assert scorer._rows.prefix_cache is not None
    assert not scorer._rows.prefix_cache.on_trial
    assert counts[-1] < counts[0]


def test_a_long_text_is_not_prefill(tiny_folder: Path, tmp_path: Path) -> None:
    scorer = load_scorer(str(tiny_folder), cache=tmp_path)
    scores(scorer, " ".join(map(text, range(12))))
    assert scorer._rows.prefix_cache is not None
    assert not scorer._rows.prefix_cache._rows
    scores(scorer, text(1))
    assert scorer._rows.prefix_cache._rows
