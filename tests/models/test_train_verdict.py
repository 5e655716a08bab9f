"""A tiny verdict trained end to end."""

from __future__ import annotations

import importlib
import random
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from tqcheck.detector.ngrams import MACHINE, TRANSLATED
from tqcheck.detector.normalization import tokens
from tqcheck.detector.verdict import VerdictModel

pytest.importorskip("sklearn")
# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(Path(__file__).parents[2]))
documents = importlib.import_module("models.detector.train.documents")
ngram = importlib.import_module("models.detector.train.ngram")
verdict = importlib.import_module("models.detector.train.verdict")
split = importlib.import_module("benchmarks.split")

SETS = [("de", 2016), ("zh", 2021), ("ru", 2021)]
PLACES = ["harbour", "bridge", "museum", "library", "station", "theatre", "stadium", "brewery"]
PEOPLE = "The mayor said on {day} the {place} would reopen. Nobody got hurt, she said. Work took {n} weeks."
MACHINES = (
    "On {day}, the mayor stated that the {place} will be reopened. No one was injured. The work lasted {n} weeks."
)


ORIGINALS = "{day} brought news: a rebuilt {place}. Council staff cheered, and {n} people came."


def text(template: str, seed: int) -> str:
    drawn = random.Random(seed)
    sentences = [
        template.format(
            day=drawn.choice(["Monday", "Friday", "Sunday"]), place=drawn.choice(PLACES), n=drawn.randint(2, 30)
        )
        for _ in range(6)
    ]
    return "\n".join(sentences)


@pytest.fixture(scope="module")
def prepared() -> Any:
    found = []
    for language, year in SETS:
        for number in range(12):
            place = f"set-{language}-{number:03}"
            for system, template in (("refA", PEOPLE), ("One", MACHINES), ("Two", MACHINES)):
                label = "human" if system == "refA" else "machine"
                seed = zlib.crc32(f"{language} {number} {system == 'refA'}".encode())
                written = text(template, seed)
                found.append(split.NewsDocument(f"{place}-{system}", label, language, system, year, written))
            written = text(ORIGINALS, zlib.crc32(f"{language} {number} original".encode()))
            name = f"set-{language}-{number + 100:03}-original"
            found.append(split.NewsDocument(name, "original", language, "", year, written))
    collection = documents.Collection(
        found,
        np.array([one.label == "machine" for one in found]),
        np.array([documents.group_of(one) for one in found]),
    )
    patch = pytest.MonkeyPatch()
    patch.setattr(ngram, "FEWEST_DOCUMENTS", 3)
    patch.setattr(ngram, "KEPT", 20)
    yield verdict.prepare(collection)
    patch.undo()


@pytest.mark.parametrize("kind", ["group", "system", "article"])
def test_no_document_is_tested_by_what_saw_its_article(prepared: Any, kind: str) -> None:
    collection = prepared.documents
    keys = np.array([one.neighbourhood for one in collection.documents])
    tested = np.zeros(len(keys), dtype=int)
    for name, train, test in documents.held_out(collection, kind):
        assert not (train & test).any()
        assert not set(keys[train]) & set(keys[test])
        if kind == "system":
            engines = np.array([documents.engine_of(one.system) for one in collection.documents])
            assert not (collection.machine & train & (engines == name)).any()
        tested += test
    assert tested.min() >= 1


def test_training_writes_weights_that_tell_the_two_apart(prepared: Any, tmp_path: Path) -> None:
    verdict.train(prepared, tmp_path)
    model = VerdictModel.open(tmp_path)
    assert set(model.languages) == {"de", "zh", "ru"}
    human, machine, original = (model.score(tokens(text(template, 999))) for template in (PEOPLE, MACHINES, ORIGINALS))
    assert machine[MACHINE] > human[MACHINE] + 0.5
    assert human[TRANSLATED] > original[TRANSLATED] + 0.5
    judged = [model.judge(text(template, 999), [], 120).probability for template in (ORIGINALS, PEOPLE, MACHINES)]
    assert judged[0] < 0.5
    assert judged[1] < 0.5 < judged[2]


def test_training_again_gives_the_same_bytes(prepared: Any, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        verdict.train(prepared, tmp_path / name)
    for file in ("verdict.safetensors", "detector.json"):
        assert (tmp_path / "a" / file).read_bytes() == (tmp_path / "b" / file).read_bytes()


def test_a_collection_knows_what_was_translated_and_twice(prepared: Any) -> None:
    collection = prepared.documents
    labels = np.array([one.label for one in collection.documents])
    assert (collection.translated == (labels != "original")).all()
    assert not collection.round_trips.any()
    weights = collection.weights(np.ones(len(labels), dtype=bool), collection.translated)
    assert weights[labels == "original"].sum() == pytest.approx(weights[labels != "original"].sum())


def test_the_report_of_held_out_documents(prepared: Any) -> None:
    scores = verdict.cross_scores(prepared, "group")
    rows = verdict.judged(prepared, scores, verdict.joints(prepared, scores), verdict.cross_sources(prepared))
    assert len(rows) == len(prepared.documents.documents)
    report = importlib.import_module("benchmarks.detection.documents").tables(rows)
    line = next(line for line in report.splitlines() if line.startswith("| human translation against machine |"))
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[1:3] == ["36", "72"]
    assert float(cells[3]) > 0.95
    (line,) = verdict.beside({"wording": rows}).splitlines()[2:3]
    cells = [cell.strip() for cell in line.strip("|").split("|")]
    assert cells[0] == "wording"
    assert float(cells[1]) > 0.95
    assert float(cells[3]) > 0.95
    assert float(cells[5]) < 0.2
    for title in ("by source language", "by year", "by system", "Source language", "Whether probabilities"):
        assert title in report


def test_labels_have_their_shares_of_the_weight(prepared: Any) -> None:
    everything = prepared.documents
    labels = np.array([one.label for one in everything.documents])
    chosen = everything.groups != "ru-2021"
    weights = verdict.shared(everything, chosen)
    assert len(weights) == chosen.sum()
    assert weights.mean() == pytest.approx(1)
    for label, share in verdict.SHARES.items():
        assert weights[labels[chosen] == label].sum() / weights.sum() == pytest.approx(share)
