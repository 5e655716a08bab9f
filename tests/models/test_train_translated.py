"""A tiny reader of translations trained end to end, on the states of a tiny language model."""

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

from tqcheck.detector.translated import TranslatedReader, levelled

torch = pytest.importorskip("torch")
pytest.importorskip("sklearn")
# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(Path(__file__).parents[2]))
documents = importlib.import_module("models.detector.train.documents")
ngram = importlib.import_module("models.detector.train.ngram")
translated = importlib.import_module("models.detector.train.translated")
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
    monkeypatch.setattr(translated, "resolve", lambda spec: resolved)
    monkeypatch.setattr(translated, "LAYERS", (1, 2))
    monkeypatch.setattr(translated, "STRENGTH", 0.1)
    monkeypatch.setattr(ngram, "FEWEST_DOCUMENTS", 3)
    monkeypatch.setattr(ngram, "KEPT", 20)


@pytest.mark.usefixtures("tiny")
def test_training_writes_weights_that_tell_translations_and_a_report(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reports: dict[str, str] = {}
    monkeypatch.setattr(translated, "save", reports.__setitem__)
    monkeypatch.setattr(translated, "heading", lambda *_: "")
    everything = collection()
    verdict.train(verdict.prepare(everything), tmp_path)
    elsewhere = [
        split.NewsDocument(f"else-{number:03}", "original", "en", "", 2005, text(ORIGINALS, 1000 + number))
        for number in range(8)
    ]
    translated.run(tmp_path / "cache", ("group",), everything, tmp_path, elsewhere)
    (report,) = reports.values()
    assert "English original against machine" in report
    others = report.split("## A paper that has no part in training")[1].splitlines()
    cells = [cell.strip() for cell in next(line for line in others if line.startswith("| 8 |")).strip("|").split("|")]
    assert cells[1] == "0.0%"
    assert float(cells[3]) > 0.95
    assert "-original | 0." in report.split("## Originals that read most like")[1]
    reader = TranslatedReader.open(tmp_path)
    reader.load()
    assert (reader.layers, reader.model) == ((1, 2), "0" * 64)
    read = translated.states(everything, tmp_path / "cache")
    weights, bias = translated.fit(read.everything, everything, read.chosen, np.ones(len(read.chosen), dtype=bool))
    odds = read.everything @ weights + bias
    labels = np.array([everything.documents[index].label for index in read.chosen])
    assert odds[labels == "original"].mean() < odds[labels != "original"].mean() - 1
    joint = reader.joint
    assert joint.states + joint.wording > 0


@pytest.mark.usefixtures("tiny")
def test_a_run_that_was_cut_off_goes_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    some = collection()
    first = translated.states(some, tmp_path)

    def unused(*_: object) -> None:
        raise AssertionError("read again what was kept")

    monkeypatch.setattr(translated, "_read", unused)
    again = translated.states(some, tmp_path)
    assert np.array_equal(first.everything, again.everything)
    assert np.array_equal(first.function, again.function)


@pytest.mark.usefixtures("tiny")
def test_averages_are_those_of_single_documents(tiny_folder: Path) -> None:
    from tqcheck.lm.causal import load_engine

    engine = load_engine(tiny_folder)
    rows = [[0, 5, 6], [0, 7, 8, 9, 5], [0, 9, 9, 9, 9, 9, 8]]
    found = translated._read(engine, 0, rows, np.array([5]))
    for row, (everything, few) in zip(rows, found, strict=True):
        _, inner = engine.hidden_at(torch.tensor([row]), None, (1, 2))
        each = torch.cat([levelled(states[0, 1:].float()) for states in inner], dim=-1)
        assert everything == pytest.approx(each.mean(0).detach().numpy(), abs=1e-4)
        mine = [at for at, token in enumerate(row[1:]) if token == 5] or list(range(len(row) - 1))
        assert few == pytest.approx(each[mine].mean(0).detach().numpy(), abs=1e-4)


def test_typing_says_nothing_of_who_wrote() -> None:
    one = "“It’s over”, he said – twice.\nNo."
    other = '"It\'s over", he said - twice.\nNo.'
    kinds = {translated.typed(one, seed) for seed in range(64)}
    assert len(kinds) > 8
    assert kinds == {translated.typed(other, seed) for seed in range(64)}


def test_all_people_and_some_machines_of_each_group_are_read() -> None:
    everything = collection()
    chosen = translated.choose(everything)
    machine = everything.machine[chosen]
    assert (~machine).sum() == (~everything.machine).sum()
    for group in np.unique(everything.groups):
        inside = everything.groups[chosen] == group
        assert 0 < (machine & inside).sum() <= 1.5 * (~machine & inside).sum() + 1
