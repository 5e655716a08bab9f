"""A tiny network of fluency trained end to end, on the states of a tiny language model."""

from __future__ import annotations

import importlib
import random
import re
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tqcheck.detector.fluency import Adding, FluencyReader
from tqcheck.detector.weights import means

torch = pytest.importorskip("torch")
from tqcheck.detector.networks import Shape  # noqa: E402

# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(Path(__file__).parents[2]))
fluency = importlib.import_module("models.detector.train.fluency")
spans = importlib.import_module("models.detector.train.spans")
states = importlib.import_module("benchmarks.detection.states")
judgements = importlib.import_module("benchmarks.judgements")
marked = importlib.import_module("benchmarks.detection.marked")
split = importlib.import_module("benchmarks.split")

SHAPE = Shape(states=64, depths=2, width=16, layers=1, heads=2)
WORDS = ["the", "council", "said", "that", "talks", "would", "go", "on", "in", "spring", "after", "a", "vote"]
needs_data = pytest.mark.skipif(not split.DATA.is_file(), reason="the development data is not beside the repository")


def sentence(seed: int) -> tuple[str, list[tuple[int, int]]]:
    """A sentence in which every "vote" is wrong."""
    text = " ".join(random.Random(seed).choices(WORDS, k=8 + seed % 5))
    return text, [match.span() for match in re.finditer("vote", text)]


def judged(language: str, seed: int, whole: str) -> Any:
    text, found = sentence(seed)
    return judgements.Judged(f"{seed}", language, whole, text, len(found) / len(text.split()), whole)


@pytest.mark.slow
def test_what_is_learnt_adds_to_the_surprisal_of_wrong_sentences(
    resolved: SimpleNamespace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "resolve", lambda spec: resolved)
    monkeypatch.setattr(fluency, "resolve", lambda spec: resolved)
    for module in (states, fluency):
        monkeypatch.setattr(module, "LAYERS", (1, 2))
    monkeypatch.setattr(fluency, "SHAPE", SHAPE)
    monkeypatch.setattr(fluency, "EPOCHS", 12)
    monkeypatch.setattr(fluency, "TUNING", 12)
    monkeypatch.setattr(spans, "RATE", 1e-2)
    monkeypatch.setattr(spans, "_TOKENS", 512)
    some, edited, rows = [], [], {"zh": [], "et": []}
    for number in range(200):
        text, found = sentence(number)
        document = f"2021-zh-news.{number // 5}"
        some.append(marked.Marked(f"{number}", "zh", "One", document, text, [[(*one, "major") for one in found]]))
        if judgements.part_of(document) == "train":
            rows["zh"].append(judged("zh", number, document))
        text, found = sentence(1000 + number)
        words = [match.span() for match in re.finditer(r"\w+", text)]
        source = f"source {number}"
        edited.append(marked.Edited(f"{number}", "et", source, text, words, [word in found for word in words]))
        if judgements.part_of(source) == "train":
            rows["et"].append(judged("et", 1000 + number, source))
    monkeypatch.setattr(fluency, "read_marked", lambda: some)
    monkeypatch.setattr(fluency, "read_edited", lambda number: edited)
    monkeypatch.setattr(fluency, "sample", lambda part, size: rows)
    prepared = fluency.training_part(tmp_path)
    assert {one.document for one in prepared.marked} == {one.whole for one in rows["zh"]}
    assert {one.source for one in prepared.edited} == {one.whole for one in rows["et"]}
    assert {fluency.half_of(one) for one in prepared.marked} == {0, 1}

    fluency.run(tmp_path, tmp_path)

    reader = FluencyReader.open(tmp_path)
    reader.load()
    assert reader.adding.errors + reader.adding.edits > 0
    added = {True: [], False: []}
    for number, (text, found) in enumerate(map(sentence, range(3000, 3040))):
        kept = states.states([(text, "")], tmp_path, f"one-{number}")
        vectors = torch.from_numpy(np.array(kept.vectors)).float()
        (told,) = reader.read([(vectors, torch.from_numpy(kept.scores))])
        added[bool(found)].append(reader.adding.to(0.0, *means(told.flatten().tolist())))
    assert np.mean(added[True]) > np.mean(added[False]) + 0.1


def test_what_adds_to_the_least_gain_is_chosen() -> None:
    badness = np.arange(40.0)
    noise = np.random.default_rng(0).random(40)
    lengths = np.random.default_rng(1).random(40)
    nothing = np.zeros(40)
    of_errors = fluency.Measured(noise, badness / 40, nothing, badness, lengths)
    of_edits = fluency.Measured(noise, nothing, badness / 40, badness, lengths)
    assert fluency.choose({"et": of_errors}).errors > 0
    both = fluency.choose({"et": of_errors, "zh": of_edits})
    assert both.errors > 0
    assert both.edits > 0
    # What helps one language and spoils the other is left out.
    spoilt = fluency.Measured(badness, -badness, nothing, badness, lengths)
    assert fluency.choose({"et": of_errors, "zh": spoilt}) == Adding(0.0, 0.0)


@needs_data
def test_no_document_of_the_test_has_a_part_in_training() -> None:
    held_out = judgements.sample("held-out", 300)
    learnt = {one.document for one in marked.read_marked() if judgements.part_of(one.document) == "train"}
    assert learnt
    assert not learnt & {one.whole for one in held_out["zh"]}
    sources = {one.source for one in marked.read_edited(1000) if judgements.part_of(one.source) == "train"}
    assert not sources & {one.source for rows in held_out.values() for one in rows}
