"""A tiny span tagger trained end to end, on the states of a tiny language model."""

from __future__ import annotations

import importlib
import json
import random
import sys
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tqcheck.detector.tagger import Tagger

torch = pytest.importorskip("torch")
from tqcheck.detector.networks import Shape  # noqa: E402

# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(Path(__file__).parents[2]))
spans = importlib.import_module("models.detector.train.spans")
states = importlib.import_module("benchmarks.detection.states")
prepared = importlib.import_module("models.detector.train.material")
consensus = importlib.import_module("models.detector.train.consensus")
marked = importlib.import_module("benchmarks.detection.marked")
split = importlib.import_module("benchmarks.split")
report = importlib.import_module("benchmarks.detection.spans")

SHAPE = Shape(states=64, depths=2, width=16, layers=1, heads=2)
WORDS = ["the", "council", "said", "that", "talks", "would", "go", "on", "in", "spring", "after", "a", "vote"]


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
def material(resolved: SimpleNamespace, tmp_path_factory: pytest.TempPathFactory) -> Any:
    patch = pytest.MonkeyPatch()
    patch.setattr(states, "resolve", lambda spec: resolved)
    patch.setattr(spans, "resolve", lambda spec: resolved)
    patch.setattr(states, "LAYERS", (1, 2))
    patch.setattr(spans, "LAYERS", (1, 2))
    patch.setattr(spans, "SHAPE", SHAPE)
    patch.setattr(spans, "RATE", 1e-2)
    patch.setattr(spans, "_TOKENS", 512)
    some = []
    for number in range(120):
        text, found = sentence(number)
        before = sentence(number - 1)[0] if number % 4 else ""
        document = f"{'2020-zh-talk' if number < 20 else '2021-zh-news'}.{number // 10}"
        some.append(marked.Marked(f"{number}", "zh", "One", document, text, [found], number, before))
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
    compared = [
        consensus.compare(["ru", "et"][number % 2], sentence(2000 + number)[0], [sentence(3000 + number)[0]])
        for number in range(20)
    ]
    cache = tmp_path_factory.mktemp("states")
    yield spans.material(cache, some, edited, compared)
    patch.undo()


def test_labels_stand_on_the_tokens_of_the_marked_words(material: Any) -> None:
    for index, one in enumerate(material.marked):
        tokens = range(material.states.bounds[index], material.states.bounds[index + 1])
        for token in tokens:
            place = material.states.places[token]
            inside = [severity for start, end, severity in one.annotations[0] if start <= place < end]
            expected = {"major": 2, "minor": 1}[inside[0]] if inside else 0
            assert material.errors[token].argmax() == expected


def test_what_other_translations_lack_stands_on_the_tokens_of_the_words(material: Any) -> None:
    for index, one in enumerate(material.compared, material.judged):
        tokens = slice(*material.states.bounds[index : index + 2])
        for place, end, alone in zip(
            material.states.places[tokens], material.states.ends[tokens], material.alone[tokens], strict=True
        ):
            words = zip(one.words, one.alone, strict=True)
            held = [share.tolist() for (start, stop), share in words if start < end and place < stop]
            assert alone.tolist() == (max(held) if held else [-1, -1])
    assert (material.alone[: material.states.bounds[material.judged]] == -1).all()


def test_states_are_kept_and_taken_from_the_folder(material: Any, tmp_path: Path) -> None:
    texts = [("The talks failed.", ""), ("Nobody said why 🎉.", "The talks failed.")]
    first = states.states(texts, tmp_path, "x")
    files = {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()}
    second = states.states(texts, tmp_path, "x")
    assert {file: file.stat().st_mtime_ns for file in tmp_path.iterdir()} == files
    assert np.array_equal(first.vectors, second.vectors)
    assert first.bounds[-1] == len(first.scores) == len(first.vectors)


@pytest.mark.slow
def test_training_learns_what_is_marked_and_writes_it(material: Any, tmp_path: Path) -> None:
    trained = spans.train(material, range(material.sentences), shape=SHAPE, epochs=12, tuning=12)
    tags = spans.tag(material, trained, range(material.judged))
    rows = [row for row in spans.tagged(material, tags) if isinstance(row.one, marked.Marked)]
    values, truth = report._labelled(rows, report.READINGS[report.ERRORS])
    assert report.auroc(values, truth) > 0.9
    patch = pytest.MonkeyPatch()
    patch.setattr(spans, "train", lambda *_: trained)
    spans.write(material, {"shown": 0.5}, (0.1, 0.75), tmp_path)
    patch.undo()
    tagger = Tagger.open(tmp_path)
    part = slice(*material.states.bounds[:2])
    vectors = torch.from_numpy(np.array(material.states.vectors[part])).float()
    ((errors, _),) = tagger.tag([(vectors, torch.from_numpy(material.states.scores[part]))])
    assert np.allclose(errors.numpy(), tags[0][0], atol=5e-3)
    assert [tagger.right(probability) for probability in (0.6, 1.0, 2.0)] == pytest.approx([0.55, 0.85, 1.0])


def test_confidence_is_the_share_that_is_right() -> None:
    def row(fold: int, probability: float, *annotations: list[tuple[int, int, str]]) -> Any:
        one = marked.Marked("1", "zh", "One", "document", "Ten letters it has", annotations)
        words = np.array([0, 4, 12, 15]), np.array([3, 11, 14, 18])
        errors = np.array([[1 - value, 0.0, value] for value in (0.0, probability, 0.0, 0.0)])
        return report.Tagged(one, *words, np.zeros(4), errors, np.zeros(4), fold)

    hit, miss = [(5, 6, "major")], [(0, 3, "major")]
    rows = [row(fold, 0.8, hit, hit, hit, miss) for fold in (0, 1) for _ in range(30)]
    rows += [row(fold, 0.6, hit, miss) for fold in (0, 1) for _ in range(30)]
    assert report.right_line(rows, 0.5) == pytest.approx((-0.25, 1.25))
    assert report.right_line(rows[:3], 0.5) == pytest.approx((0.75, 0.0))
    assert report.right_line(rows, 0.9) == (0.0, 0.0)
    table = report._trusted(rows).splitlines()[2:]
    assert [line.split("|")[1:4] for line in table] == [
        [" 0.50 ", " 30 ", " 0.50 "],
        [" 0.50 ", " 30 ", " 0.50 "],
        [" 0.75 ", " 30 ", " 0.75 "],
        [" 0.75 ", " 30 ", " 0.75 "],
    ]


def test_how_well_people_agree_is_told_where_several_marked_a_text() -> None:
    def row(*annotations: list[tuple[int, int, str]]) -> Any:
        one = marked.Marked("1", "zh", "One", "document", "Ten letters it has", annotations)
        return report.Tagged(one, *(np.zeros(0) for _ in range(5)), 0)

    assert report._among_people([row([(0, 3, "major")])]) == ""
    text = report._among_people([row([(0, 3, "major")], [(0, 3, "minor")]), row([(4, 6, "major")])])
    # Half a point for each of the three letters, in both directions; of 18 letters 3 and half of 3.
    assert "(1 texts, mostly short)" in text
    assert "F1 0.500" in text
    assert f"{2 * (4.5 / 36) * 0.75 / (4.5 / 36 + 0.75):.3f}" in text


def test_originals_are_whole_documents_with_what_stands_before(tmp_path: Path) -> None:
    file = tmp_path / "documents.jsonl"
    rows = [
        {
            "id": f"{place}-{number}",
            "label": label,
            "source_lang": "en",
            "system": "source",
            "year": year,
            "segments": text,
        }
        for place, label, year, text in (
            ("bbc", "original", 2005, ["Talks failed. Nobody said why.", "They meet again 🎉."]),
            ("news", "original", 2018, ["One sentence.", "Another one, said Mr. Smith."]),
            ("news", "human", 2018, ["This was a translation."]),
        )
        for number in range(12)
    ]
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    found = marked.read_originals(6, file)
    assert [(one.text, one.before, one.place) for one in found if one.document.startswith("bbc")] == [
        ("Talks failed.", "", 0),
        ("Nobody said why.", "Talks failed.", 1),
        ("They meet again 🎉.", "Nobody said why.", 2),
    ]
    assert [one.text for one in found if one.document.startswith("news")] == [
        "One sentence.",
        "Another one, said Mr. Smith.",
    ]
    assert all(one.annotations == () for one in found)
    assert {split.part_of(one.document, "source") for one in found} == {"development"}


def test_held_out_folds_hold_whole_documents_and_languages(material: Any) -> None:
    fold = spans.folds(material)
    groups: dict[str, set[int]] = {}
    for index, one in enumerate([*material.marked, *material.edited, *material.compared]):
        key = one.document if isinstance(one, marked.Marked) else one.source_lang
        groups.setdefault(key, set()).add(int(fold[index]))
    assert all(len(found) == 1 for found in groups.values())
    languages = {one.source_lang for one in material.edited}
    assert {fold for one in languages for fold in groups[one]} == {
        prepared.FOLDS + number for number in range(min(len(languages), prepared.LANGUAGE_FOLDS))
    }
    assert groups["ru"] == {-1}


def test_folds_of_news_are_of_like_size_whatever_the_talks() -> None:
    def some(document: str, count: int) -> list[marked.Marked]:
        return [marked.Marked(f"{document}-{n}", "zh", "One", document, "Talks failed.", ()) for n in range(count)]

    news = [one for number in range(16) for one in some(f"2021-zh-paper.{number}", 10)]
    fold = prepared.folds(prepared.Material([*some("2020-zh-talk.0", 90), *news], [], [], None, None, None, None))
    assert np.bincount(fold[90:]).tolist() == [20] * prepared.FOLDS


def test_networks_that_differ_in_marked_sentences_share_what_is_learnt_first(
    material: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    count, asked = len(material.marked), []
    batches = spans._batches

    def noted(material: Any, chosen: list[int], random: Any) -> Any:
        asked.append(list(chosen))
        return batches(material, chosen, random)

    monkeypatch.setattr(spans, "_batches", noted)
    others = list(range(count, material.sentences))
    for seed, marks in enumerate((range(10), range(10, 20))):
        spans.train(material, [*marks, *others], shape=SHAPE, epochs=1, tuning=2, seed=seed)
    assert asked[0] == others
    assert [chosen[:10] for chosen in asked[1:]] == [list(range(10))] * 2 + [list(range(10, 20))] * 2
    assert all(set(chosen[10:]) < set(others) for chosen in asked[1:])
    assert {len(chosen) for chosen in asked[1:]} == {10 + int(spans.AGAIN * len(others))}


@pytest.mark.slow
def test_talks_are_tagged_and_never_learnt_from(material: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    learnt = spans.learnt(material)
    assert [one.document for one, kept in zip(material.marked, learnt, strict=False) if not kept] == [
        *["2020-zh-talk.0"] * 10,
        *["2020-zh-talk.1"] * 10,
    ]
    assert learnt[len(material.marked) :].all()
    asked: list[int] = []
    train = spans.train

    def noted(material: Any, chosen: list[int], **options: Any) -> Any:
        asked.extend(chosen)
        return train(material, chosen, **options)

    monkeypatch.setattr(spans, "train", noted)
    tags = spans.cross_tags(material, shape=SHAPE, epochs=2)
    assert len(tags) == material.judged
    assert set(asked) == set(np.flatnonzero(learnt))


@pytest.mark.slow
def test_a_run_writes_weights_and_a_report_of_news_talks_and_originals(
    material: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    train, prepare, saved = spans.train, spans.material, {}
    unmarked = [marked.Marked(f"{n}", "en", "source", "story", sentence(n)[0], (), n) for n in range(500, 530)]

    def small(material: Any, chosen: list[int], *, seed: int = 0, **_: Any) -> Any:
        return train(material, chosen, shape=SHAPE, epochs=2, seed=seed)

    monkeypatch.setattr(spans, "train", small)
    monkeypatch.setattr(spans, "material", lambda cache, *parts: prepare(cache, *parts) if parts else material)
    monkeypatch.setattr(spans, "read_originals", lambda words: unmarked)
    monkeypatch.setattr(spans, "heading", lambda title, packages: f"# {title}\n")
    monkeypatch.setattr(spans, "save", lambda name, text: saved.update({name: text}))
    spans.run(tmp_path, tmp_path)
    text = saved["detection-spans.md"]
    assert [line for line in text.splitlines() if line.startswith("## ")] == [
        "## Spans against marked errors",
        "## What an editor would see",
        "## Talks, which no network learnt from",
        "## News and talks together",
        "## Words that a post-editor changed, by language",
    ]
    assert "written in English" in text
    tagger = Tagger.open(tmp_path)
    assert tagger.layers == (1, 2)
    assert 0 < tagger.bounds["shown"] <= 1


def test_a_network_that_was_kept_is_taken(material: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    first = spans.train(material, range(40), shape=SHAPE, epochs=1, seed=9)

    def again(*_: object) -> None:
        raise AssertionError

    monkeypatch.setattr(spans, "_loss", again)
    second = spans.train(material, range(40), shape=SHAPE, epochs=1, seed=9)
    for name, tensor in first.net.state_dict().items():
        assert torch.equal(tensor, second.net.state_dict()[name])
    for other, chosen in ((material, range(41)), (replace(material, edits=1 - material.edits), range(40))):
        with pytest.raises(AssertionError):
            spans.train(other, chosen, shape=SHAPE, epochs=1, seed=9)


@pytest.mark.slow
def test_the_report_of_held_out_sentences(material: Any) -> None:
    rows = spans.tagged(material, spans.cross_tags(material, shape=SHAPE, epochs=4))
    assert len(rows) == material.judged
    text = report.tables(rows)
    assert "| everything major |" in text
    assert "| tagger |" in text
    assert "| et |" in text
    assert "written in English" not in text
    (line,) = (line for line in report.tables(rows, originals=rows).splitlines() if line.startswith("| 0.30 |"))
    _, _, _, machines, people, originals = line.strip("| ").split(" | ")
    # All are by machines here, and the same sentences stand as originals.
    assert people == "0.0"
    assert float(originals) > 0
    assert machines != "0.0"
    bounds = report.best_bounds(rows)
    assert "| tagger |" in report.tables(rows, bounds)
    assert report.tables(rows, bounds, others={"Talks": rows[:9]}).count("| tagger |") == 2
