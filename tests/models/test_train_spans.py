"""A tiny span tagger trained end to end, on the states of a tiny language model."""

from __future__ import annotations

import importlib
import random
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tqcheck.detector.tagger import Shape, Tagger

torch = pytest.importorskip("torch")
# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(Path(__file__).parents[2]))
spans = importlib.import_module("models.detector.train.spans")
states = importlib.import_module("models.detector.train.states")
marked = importlib.import_module("benchmarks.detection.marked")
report = importlib.import_module("benchmarks.detection.spans")

SHAPE = Shape(states=64, width=16, layers=1, heads=2)
WORDS = ["the", "council", "said", "that", "talks", "would", "go", "on", "in", "spring", "after", "a", "vote"]


@dataclass(frozen=True)
class Model:
    folder: Path
    sha256: str = "0" * 64


def sentence(seed: int) -> tuple[str, list[tuple[int, int, str]]]:
    """A sentence in which every "vote" is a major and every "spring" a minor error."""
    drawn = random.Random(seed)
    text, found = "", []
    for word in drawn.choices(WORDS, k=12):
        start = len(text) + bool(text)
        text += f"{' ' if text else ''}{word}"
        if word in ("vote", "spring"):
            found.append((start, len(text), "major" if word == "vote" else "minor"))
    return text, found


@pytest.fixture(scope="module")
def material(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    patch = pytest.MonkeyPatch()
    patch.setattr(states, "resolve", lambda spec: Model(tiny_folder))
    patch.setattr(spans, "resolve", lambda spec: Model(tiny_folder))
    patch.setattr(states, "LAYER", 1)
    patch.setattr(spans, "LAYER", 1)
    patch.setattr(spans, "SHAPE", SHAPE)
    patch.setattr(spans, "RATE", 1e-2)
    some = []
    for number in range(120):
        text, found = sentence(number)
        before = sentence(number - 1)[0] if number % 4 else ""
        some.append(marked.Marked(f"{number}", "zh", "One", f"document-{number // 10}", text, [found], number, before))
    edited = []
    for number in range(60):
        text, found = sentence(1000 + number)
        words = [(match.start(), match.end()) for match in importlib.import_module("re").finditer(r"\w+", text)]
        wrong = {start for start, _, _ in found}
        edited.append(
            marked.Edited(
                f"{number}", ["ro", "et", "ne"][number % 3], "", text, words, [start in wrong for start, _ in words]
            )
        )
    cache = tmp_path_factory.mktemp("states")
    yield spans.material(cache, some, edited)
    patch.undo()


def test_labels_stand_on_the_tokens_of_the_marked_words(material: Any) -> None:
    for index, one in enumerate(material.marked):
        tokens = range(material.states.bounds[index], material.states.bounds[index + 1])
        for token in tokens:
            place = material.states.places[token]
            inside = [severity for start, end, severity in one.annotations[0] if start <= place < end]
            expected = {"major": 2, "minor": 1}[inside[0]] if inside else 0
            assert material.errors[token].argmax() == expected


def test_states_are_kept_and_taken_from_the_folder(material: Any, tmp_path: Path) -> None:
    texts = [("The talks failed.", ""), ("Nobody said why 🎉.", "The talks failed.")]
    first = states.states(texts, tmp_path, "x")
    files = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    second = states.states(texts, tmp_path, "x")
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == files
    assert np.array_equal(first.vectors, second.vectors)
    assert first.bounds[-1] == len(first.scores) == len(first.vectors)


def test_training_learns_what_is_marked_and_writes_it(material: Any, tmp_path: Path) -> None:
    trained = spans.train(material, range(material.sentences), shape=SHAPE, epochs=12)
    tags = spans.tag(material, trained, range(material.sentences))
    rows = [row for row in spans.tagged(material, tags) if isinstance(row.one, marked.Marked)]
    values, truth = report._labelled(rows, report.READINGS[report.ERRORS])
    assert report.auroc(values, truth) > 0.9
    patch = pytest.MonkeyPatch()
    patch.setattr(spans, "train", lambda *_: trained)
    spans.write(material, {"shown": 0.5}, tmp_path)
    patch.undo()
    tagger = Tagger.open(tmp_path)
    part = slice(*material.states.bounds[:2])
    vectors = torch.from_numpy(np.array(material.states.vectors[part])).float()
    ((errors, _),) = tagger.tag([(vectors, torch.from_numpy(material.states.scores[part]))])
    assert np.allclose(errors.numpy(), tags[0][0], atol=5e-3)


def test_held_out_folds_hold_whole_documents_and_languages(material: Any) -> None:
    fold = spans.folds(material)
    groups: dict[str, set[int]] = {}
    for index, one in enumerate([*material.marked, *material.edited]):
        key = one.document if isinstance(one, marked.Marked) else one.source_lang
        groups.setdefault(key, set()).add(int(fold[index]))
    assert all(len(found) == 1 for found in groups.values())
    assert set(fold) == {0, 1, 2}


def test_the_report_of_held_out_sentences(material: Any) -> None:
    rows = spans.tagged(material, spans.cross_tags(material, shape=SHAPE, epochs=4))
    assert len(rows) == material.sentences
    text = report.tables(rows)
    assert "| everything major |" in text
    assert "| tagger |" in text
    assert "| et |" in text
    bounds = report.best_bounds(rows)
    assert "| tagger |" in report.tables(rows, bounds)
