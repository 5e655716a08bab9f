"""Trains the verdict, and tests it on documents held out: ``python -m models.detector.train verdict``."""

from __future__ import annotations

import math
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from benchmarks.detection.documents import Judged, tables
from benchmarks.reporting import heading, save
from models.detector.train.documents import Collection, Values, collection, held_out
from models.detector.train.ngram import Counts, Vocabulary, common_words, fit, vocabulary
from models.detector.train.progress import say
from tqcheck.check import CHECKS
from tqcheck.detector.alike import tokens
from tqcheck.detector.ngrams import FRAMES, WORDS
from tqcheck.detector.verdict import Bounds, Calibration
from tqcheck.detector.weights import detector_folder
from tqcheck.detector.weights import save as save_weights
from tqcheck.readers import read_text
from tqcheck.result import Severity
from tqcheck.rules.engine import Engine
from tqcheck.rules.loader import load_rules
from tqcheck.text import count_words

KINDS = (WORDS, FRAMES)
PREFIX = 120
"""Words of the short texts that the calibration also looks at: the beginnings of the documents."""
BOUNDS = Bounds(likely=0.8, possible=0.5, words=100)
UNKNOWN = 0.3
"""Probability beforehand that a draft comes from none of the languages learnt."""
_PER_LANGUAGE = 600
_LANGUAGE_STRENGTH = 10.0


@dataclass(frozen=True)
class Prepared:
    """Everything that is counted once: the documents and their beginnings as vectors, and the rules' findings."""

    documents: Collection
    kept: frozenset[str]
    vocabularies: dict[str, Vocabulary]
    rows: dict[str, Any]
    short_rows: dict[str, Any]
    words: Values
    findings: Values


@dataclass(frozen=True)
class Scores:
    """Log-odds before calibration by kind [documents], of the documents and of their beginnings; NaN where untested."""

    whole: dict[str, Values]
    short: dict[str, Values]

    def sum(self) -> Values:
        return sum((self.whole[kind] for kind in KINDS), np.zeros(1))


def prepare(documents: Collection | None = None) -> Prepared:
    """Count n-grams and findings of all documents; two minutes."""
    documents = documents or collection()
    say(f"{len(documents.documents):,} documents")
    items = [tokens(one.text) for one in documents.documents]
    kept = common_words(items, documents.groups)
    whole = Counts.of(items, kept)
    short = Counts.of((one[: int(PREFIX * 1.15)] for one in items), kept)
    vocabularies = {kind: vocabulary(kind, whole.by_kind[kind], documents.groups) for kind in KINDS}
    rows = {kind: vocabularies[kind].vectors(whole.by_kind[kind]) for kind in KINDS}
    short_rows = {kind: vocabularies[kind].vectors(short.by_kind[kind]) for kind in KINDS}
    say(", ".join(f"{len(one.hashes):,} n-grams of {kind}" for kind, one in vocabularies.items()))
    words = np.array([count_words(one.text) for one in documents.documents])
    findings = _findings([one.text for one in documents.documents])
    say(f"{findings.sum():,} findings of rules")
    return Prepared(documents, kept, vocabularies, rows, short_rows, words, findings)


def _findings(texts: Sequence[str]) -> Values:
    """How many artifacts the rules find in each text without the language model."""
    engine = Engine(load_rules(), CHECKS)
    found = []
    for text in texts:
        candidates = engine.candidates(read_text(text, "document.txt", kind="plain"))
        rules = [one.rule for one in candidates if one.rule.arbitrate is None or one.rule.certain]
        found.append(sum(rule.severity >= Severity.WARNING and bool(rule.languages) for rule in rules))
    return np.array(found)


def cross_scores(prepared: Prepared, kind: str) -> Scores:
    """Scores of every document by models that were trained without it; ``kind`` as for :func:`held_out`.

    A document that is tested several times has the mean.
    """
    size = len(prepared.documents.documents)
    sums = {(part, name): np.zeros(size) for part in ("whole", "short") for name in KINDS}
    times = np.zeros(size)
    for title, train, test in held_out(prepared.documents, kind):
        for name in KINDS:
            weights, bias = fit(name, prepared.rows[name], prepared.documents, train)
            for part, rows in (("whole", prepared.rows), ("short", prepared.short_rows)):
                sums[part, name][test] += rows[name][test] @ weights + bias
        times[test] += 1
        say(f"held out by {kind}: {title}, {int(test.sum()):,} documents")
    with np.errstate(invalid="ignore"):
        return Scores(
            {name: sums["whole", name] / times for name in KINDS}, {name: sums["short", name] / times for name in KINDS}
        )


def calibrate(prepared: Prepared, scores: Scores, chosen: Values) -> Calibration:
    """The calibration that fits scores of held-out documents best; ``chosen`` are those it may look at."""
    whole, short = scores.sum(), sum((scores.short[kind] for kind in KINDS), np.zeros(1))
    chosen = chosen & ~np.isnan(whole)
    values = np.concatenate([whole[chosen], short[chosen]])
    lengths = np.concatenate([prepared.words[chosen], np.minimum(prepared.words[chosen], PREFIX)])
    machine = np.tile(prepared.documents.machine[chosen], 2)
    weights = np.tile(prepared.documents.weights(chosen), 2)
    length = np.log(np.clip(lengths, 50, 1500) / 300)
    model = LogisticRegression(C=1e3).fit(np.stack([values, values * length], 1), machine, sample_weight=weights)
    slope, per_length = map(float, model.coef_[0])
    first = Calibration(slope, per_length, float(model.intercept_[0]), 0.0, 0.0, 0.0)
    base = np.array(
        [first.log_odds(score, int(words)) for score, words in zip(whole[chosen], prepared.words[chosen], strict=True)]
    )
    people = chosen & ~prepared.documents.machine
    rate = float(1000 * prepared.findings[people].sum() / prepared.words[people].sum())
    beyond = np.maximum(prepared.findings[chosen] - rate * np.maximum(prepared.words[chosen], 100) / 1000, 0)
    target, half = prepared.documents.machine[chosen], prepared.documents.weights(chosen)

    def loss(parameters: Values) -> float:
        each, bias = parameters
        odds = base + np.minimum(beyond * each, 4.0) + bias
        return float((half * np.logaddexp(0, np.where(target, -odds, odds))).sum())

    each, shift = minimize(loss, np.array([0.3, 0.0]), method="Nelder-Mead").x
    return Calibration(slope, per_length, first.bias + float(shift), rate, max(float(each), 0.0), 4.0)


def judged(
    prepared: Prepared, scores: Scores, calibration: dict[str, Calibration], sources: Sequence[str | None]
) -> list[Judged]:
    """Held-out documents with their verdict; ``calibration`` by group, of one that did not see the group."""
    found = []
    whole = scores.sum()
    for index, document in enumerate(prepared.documents.documents):
        if math.isnan(whole[index]):
            continue
        own = calibration[str(prepared.documents.groups[index])]
        words, findings = int(prepared.words[index]), int(prepared.findings[index])
        added = own.findings_add(findings, words)
        odds = own.log_odds(float(whole[index]), words) + added
        masked = 2 * float(scores.whole[FRAMES][index])
        found.append(Judged(document, 1 / (1 + math.exp(-odds)), odds, masked, sources[index]))
    return found


def calibrations(prepared: Prepared, scores: Scores) -> dict[str, Calibration]:
    """For each group the calibration of all other groups."""
    groups = prepared.documents.groups
    return {str(group): calibrate(prepared, scores, groups != group) for group in np.unique(groups)}


def language_weights(prepared: Prepared, chosen: Values) -> tuple[list[str], Values, Values]:
    """Languages, weights [n, languages] over frames and biases, from translations among the chosen documents.

    Frames alone, so that a story about China is not called Chinese for that.
    """
    documents = prepared.documents.documents
    languages = np.array([one.source_lang if one.label != "original" else "" for one in documents])
    order = np.array([zlib.crc32(one.id.encode()) for one in documents])
    picked: list[int] = []
    names = sorted(set(languages) - {""})
    for name in names:
        own = np.flatnonzero(chosen & (languages == name))
        picked += own[np.argsort(order[own])][:_PER_LANGUAGE].tolist()
    rows = prepared.rows[FRAMES][picked]
    model = LogisticRegression(C=_LANGUAGE_STRENGTH, class_weight="balanced", max_iter=200)
    model.fit(rows, languages[picked])
    return list(model.classes_), model.coef_.T, model.intercept_


def cross_sources(prepared: Prepared) -> list[str | None]:
    """The source language told for each document by weights that saw no version of its article."""
    told: list[str | None] = [None] * len(prepared.documents.documents)
    for number, train, test in held_out(prepared.documents, "article"):
        names, weights, biases = language_weights(prepared, train)
        best = (prepared.rows[FRAMES][test] @ weights + biases).argmax(axis=1)
        for index, place in zip(np.flatnonzero(test), best, strict=True):
            told[index] = names[place]
        say(f"source language, part {number}")
    return told


def train(prepared: Prepared, folder: Path | None = None) -> None:
    """Fit everything on all documents and write the weights."""
    scores = cross_scores(prepared, "group")
    everything = np.ones(len(prepared.documents.documents), dtype=bool)
    calibration = calibrate(prepared, scores, everything)
    names, language, biases = language_weights(prepared, everything)
    tensors: dict[str, Values] = {}
    bias = np.zeros(1 + len(names))
    bias[1:] = biases
    for kind in KINDS:
        vocabulary_of = prepared.vocabularies[kind]
        weights, own = fit(kind, prepared.rows[kind], prepared.documents, everything)
        columns = np.concatenate(
            [weights[:, None], language if kind == FRAMES else np.zeros((len(weights), len(names)))], axis=1
        )
        bias[0] += own
        scale = np.abs(columns).max(axis=0) / 127
        scale[scale == 0] = 1
        tensors[f"{kind}.hashes"] = vocabulary_of.hashes.astype(np.uint32)
        tensors[f"{kind}.rarity"] = vocabulary_of.rarity.astype(np.float16)
        tensors[f"{kind}.weights"] = np.round(columns / scale).astype(np.int8)
        tensors[f"{kind}.scale"] = scale.astype(np.float32)
    tensors["bias"] = bias.astype(np.float32)
    told = {
        "languages": names,
        "unknown": UNKNOWN,
        "calibration": asdict(calibration),
        "bounds": asdict(BOUNDS),
        "kept": sorted(prepared.kept),
    }
    save_weights(folder or detector_folder(), "verdict", tensors, told)
    say(f"written; {calibration}")


def evaluate(prepared: Prepared, kind: str) -> None:
    """Test on held-out documents and write ``reports/detection-KIND.md``."""
    scores = cross_scores(prepared, kind)
    rows = judged(prepared, scores, calibrations(prepared, scores), cross_sources(prepared))
    head = heading(f"Verdicts on documents held out by {kind}", ("scikit-learn", "numpy"))
    save(f"detection-{kind}.md", head + _INTRODUCTION[kind] + tables(rows))


_COMMON = """Each document is judged by weights, and its probability calibrated on documents, of the others only.
Signs, spaces, "per cent", British spelling and the like are made alike before anything is counted. The last columns:
with names and content words reduced to their endings; share of the machine's documents above the score that 1 % of
people's exceed; expected calibration error with people and machines weighing the same. Intervals: bootstrap over
articles. BBC stories take no part, nor do DeepL's documents whose numbers are not their articles'.

"""
_INTRODUCTION = {
    "group": "Held out is a whole test set, a year of one source language, with its translators and all its engines'\n"
    "output: for 2021 a source language never seen, before that a year never seen. " + _COMMON,
    "system": "Held out are an engine (or a group of engines) and half of the articles at once. " + _COMMON,
    "article": "Held out is a fifth of the articles in all versions; engines, years and house styles are known. "
    + _COMMON,
}
