"""A tiny reader of origin trained end to end, on the states of a tiny language model."""

from __future__ import annotations

import importlib
import random
import sys
import zlib
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from tqcheck.detector.origin import OriginReader

torch = pytest.importorskip("torch")
from tqcheck.detector.networks import Shape  # noqa: E402

pytest.importorskip("sklearn")
# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(Path(__file__).parents[2]))
documents = importlib.import_module("models.detector.train.documents")
ngram = importlib.import_module("models.detector.train.ngram")
origin = importlib.import_module("models.detector.train.origin")
origin_material = importlib.import_module("models.detector.train.origin_material")
states = importlib.import_module("benchmarks.detection.states")
verdict = importlib.import_module("models.detector.train.verdict")
split = importlib.import_module("benchmarks.split")

SETS = [("de", 2016), ("zh", 2021), ("ru", 2021)]
ORIGINALS = ["council", "officials", "said", "Tuesday", "the", "in", "a"]
PEOPLE = ["mayor", "according", "to", "the", "of", "city", "was"]
MACHINES = ["mayor", "stated", "that", "the", "of", "city", "is"]


def text(words: list[str], seed: int) -> str:
    drawn = random.Random(seed)
    return "\n".join(" ".join(drawn.choices(words, k=14)).capitalize() + "." for _ in range(8))


def collection() -> Any:
    found = []
    for language, year in SETS:
        for number in range(14):
            versions = [("refA", PEOPLE, "human"), ("One", MACHINES, "machine"), ("Two", MACHINES, "machine")]
            if number % 2:
                versions = [("", ORIGINALS, "original")]
            for system, words, label in versions:
                seed = zlib.crc32(f"{language} {number} {system}".encode())
                name = f"set-{language}-{number:03}-{system or 'original'}"
                found.append(split.NewsDocument(name, label, language, system, year, text(words, seed)))
    return documents.Collection(
        found,
        np.array([one.label == "machine" for one in found]),
        np.array([documents.group_of(one) for one in found]),
    )


@pytest.fixture
def tiny(resolved: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (origin, states):
        monkeypatch.setattr(module, "resolve", lambda spec: resolved)
        monkeypatch.setattr(module, "LAYERS", (1, 2))
    monkeypatch.setattr(origin, "SHAPE", Shape(states=64, depths=2, width=16, layers=0, heads=1, dropout=0.1))
    monkeypatch.setattr(origin, "EPOCHS", 10)
    monkeypatch.setattr(ngram, "FEWEST_DOCUMENTS", 3)
    monkeypatch.setattr(ngram, "KEPT", 20)


@pytest.mark.slow
@pytest.mark.usefixtures("tiny")
def test_training_writes_weights_that_tell_origins_and_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: dict[str, str] = {}
    monkeypatch.setattr(origin, "save", reports.__setitem__)
    monkeypatch.setattr(origin, "heading", lambda *_: "")
    everything = collection()
    verdict.train(verdict.prepare(everything), tmp_path)
    elsewhere = [
        split.NewsDocument(f"else-{number:03}", "original", "en", "", 2005, text(ORIGINALS, 1000 + number))
        for number in range(8)
    ]
    cache = tmp_path / "cache"
    origin.run(cache, ("group",), everything, tmp_path, elsewhere)
    (report,) = reports.values()
    assert "English original against machine" in report
    alone = next(line for line in report.splitlines() if line.startswith("| all words |"))
    assert all(float(cell) > 0.9 for cell in alone.strip("|").split("|")[1:])
    others = report.split("## A paper that has no part in training")[1].splitlines()
    cells = [cell.strip() for cell in next(line for line in others if line.startswith("| 8 |")).strip("|").split("|")]
    assert cells[1] == "0.0%"
    assert float(cells[3]) > 0.95
    assert "-original | 0." in report.split("## Originals that read most like")[1]
    reader = OriginReader.open(tmp_path)
    reader.load()
    assert (reader.layers, reader.model) == ((1, 2), "0" * 64)
    joint = reader.joint
    assert joint.states + joint.wording > 0
    # What is shipped says of the documents, as a check reads them, what training says.
    chosen = origin.choose(everything)
    material = origin.read([everything.documents[index] for index in chosen], cache, "origin")
    trained = origin.trained_on(everything, material, chosen, np.ones(len(everything.documents), dtype=bool))
    expected, _ = origin.scores(material, trained, range(10))
    for index, own in enumerate(expected):
        words = material.words[index]
        some = torch.from_numpy(material.states.vectors[words]), torch.from_numpy(material.states.scores[words])
        found = reader.score([one.flatten().tolist() for one in reader.read([some])])
        assert found == pytest.approx(tuple(own), abs=0.02)


@pytest.mark.slow
@pytest.mark.usefixtures("tiny")
def test_a_run_that_was_cut_off_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    everything = collection()
    chosen = origin.choose(everything)
    inside = everything.groups != "zh-2021"
    material = origin.read([everything.documents[index] for index in chosen], tmp_path, "origin")
    first = origin.trained_on(everything, material, chosen, inside)

    def unused(*_: object) -> None:
        raise AssertionError("learnt again what was kept")

    monkeypatch.setattr(origin, "_loss", unused)
    monkeypatch.setattr(states, "_compute", unused)
    again = origin.read([everything.documents[index] for index in chosen], tmp_path, "origin")
    second = origin.trained_on(everything, again, chosen, inside)
    some = list(range(len(chosen)))
    assert np.array_equal(origin.scores(material, first, some)[0], origin.scores(again, second, some)[0])
    with pytest.raises(AssertionError, match="learnt again"):
        origin.trained_on(everything, again, chosen, everything.groups != "ru-2021")


@pytest.mark.usefixtures("tiny")
def test_white_space_says_nothing(tmp_path: Path) -> None:
    everything = collection()
    material = origin.read(everything.documents[:6], tmp_path, "origin")
    blank = 0
    for index, own in enumerate(material.words):
        tokens = range(*material.states.bounds[index : index + 2])
        places, ends = material.states.places, material.states.ends
        spelt = {token: material.texts[index][places[token] : ends[token]] for token in tokens}
        assert [token for token in tokens if spelt[token].strip()] == own.tolist()
        blank += len(tokens) - len(own)
        assert len(material.common[index]) == len(own)
    assert blank


def test_typing_says_nothing_of_who_wrote() -> None:
    one = "“It’s over”, he said – twice.\nNo."
    other = '"It\'s over", he said - twice.\nNo.'
    kinds = {origin_material.typed(one, seed) for seed in range(64)}
    assert len(kinds) > 8
    assert kinds == {origin_material.typed(other, seed) for seed in range(64)}


def test_all_people_and_some_machines_of_each_group_are_read() -> None:
    everything = collection()
    chosen = origin.choose(everything)
    machine = everything.machine[chosen]
    assert (~machine).sum() == (~everything.machine).sum()
    for group in np.unique(everything.groups):
        inside = everything.groups[chosen] == group
        assert 0 < (machine & inside).sum() <= 1.5 * (~machine & inside).sum() + 1


def test_versions_of_an_article_are_learnt_from_together() -> None:
    everything = collection()
    batches = list(origin._batches(everything.documents, range(len(everything.documents)), np.random.default_rng(0)))
    where: dict[str, set[int]] = {}
    for number, batch in enumerate(batches):
        for index in batch:
            one = everything.documents[index]
            where.setdefault(split.article_key(one.id, one.system), set()).add(number)
    assert len(batches) > 2
    assert all(len(numbers) == 1 for numbers in where.values())
    assert sorted(index for batch in batches for index in batch) == list(range(len(everything.documents)))


def test_originals_people_and_machines_weigh_the_same() -> None:
    everything = collection()
    inside = everything.groups != "de-2016"
    weights = origin.weights_of(everything, inside)
    assert (weights[~inside] == 0).all()
    assert weights[inside].mean() == pytest.approx(1)
    labels = np.array([one.label for one in everything.documents])
    assert {round(float(weights[labels == label].sum()), 6) for label in ("original", "human", "machine")} == {
        round(float(inside.sum()) / 3, 6)
    }
