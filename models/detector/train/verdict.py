"""Trains the verdict, and tests it on documents held out: ``python -m models.detector.train verdict``."""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression

from benchmarks.detection.documents import Judged, originals, tables, translations
from benchmarks.detection.metrics import auroc, calibration_error, true_positives_at
from benchmarks.detection.progress import say
from benchmarks.detection.states import Values
from benchmarks.reporting import heading, save, table
from models.detector.train.documents import Collection, collection, held_out
from models.detector.train.ngram import Counts, Vocabulary, common_words, fit, vocabulary
from tqcheck.detector.joint import Joint
from tqcheck.detector.ngrams import FRAMES, LANGUAGES, WORDS
from tqcheck.detector.normalization import tokens
from tqcheck.detector.verdict import Bounds
from tqcheck.detector.weights import detector_folder
from tqcheck.detector.weights import save as save_weights
from tqcheck.pipeline.document_checks import CHECKS
from tqcheck.readers import read_text
from tqcheck.result import Severity
from tqcheck.rules.engine import Engine
from tqcheck.rules.loader import load_rules
from tqcheck.text.words import count_words

KINDS = (WORDS, FRAMES)
PREFIX = 120
"""Words of the short texts that the calibration also looks at: the beginnings of the documents."""
BOUNDS = Bounds(likely=0.8, possible=0.5, words=100)
UNKNOWN = 0.3
"""Probability beforehand that a draft comes from none of the languages learnt."""
SHARES = {"machine": 0.5, "original": 0.3, "human": 0.2}
"""What the probability is calibrated for: of people's drafts most are written in English."""
GATE = 0.01
"""Share of translations that read less like a translation than like an original."""
MOST = 4.0
"""The most log-odds that findings add."""
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
    """Log-odds before calibration by kind, of the documents and of their beginnings; NaN where untested.

    [documents, 2]: of a machine's document, and of a translation.
    """

    whole: dict[str, Values]
    short: dict[str, Values]

    def of_words(self, part: str = "whole") -> Values:
        """The sum of all kinds [documents, 2]."""
        return np.sum([getattr(self, part)[kind] for kind in KINDS], axis=0)


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
    findings = rule_findings([one.text for one in documents.documents])
    say(f"{findings.sum():,} findings of rules")
    return Prepared(documents, kept, vocabularies, rows, short_rows, words, findings)


def rule_findings(texts: Sequence[str]) -> Values:
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
    sums = {(part, name): np.zeros((size, 2)) for part in ("whole", "short") for name in KINDS}
    times = np.zeros((size, 1))
    for title, train, test in held_out(prepared.documents, kind):
        for name in KINDS:
            weights, biases = fit(name, prepared.rows[name], prepared.documents, train)
            for part, rows in (("whole", prepared.rows), ("short", prepared.short_rows)):
                sums[part, name][test] += rows[name][test] @ weights + biases
        times[test] += 1
        say(f"held out by {kind}: {title}, {int(test.sum()):,} documents")
    with np.errstate(invalid="ignore"):
        return Scores(
            {name: sums["whole", name] / times for name in KINDS}, {name: sums["short", name] / times for name in KINDS}
        )


def shared(documents: Collection, chosen: Values, shares: Mapping[str, float] = SHARES) -> Values:
    """Weights of mean 1 of the chosen documents, each label with its share; groups weigh by the root of their size."""
    labels, groups = np.array([one.label for one in documents.documents]), documents.groups
    found = np.zeros(len(labels))
    for label, share in shares.items():
        for group in np.unique(groups):
            inside = chosen & (labels == label) & (groups == group)
            found[inside] = max(int(inside.sum()), 1) ** -0.5
        own = chosen & (labels == label)
        found[own] *= share / max(found[own].sum(), 1e-9)
    return found[chosen] * chosen.sum()


def join(prepared: Prepared, scores: Scores, chosen: Values, states: Values | None = None) -> Joint:
    """What makes one probability of everything, fitted to held-out scores of the chosen documents.

    ``states`` [documents, 2] are what those of the language model say (:class:`~tqcheck.detector.origin.OfStates`),
    NaN where they were not read. Where there are none, the beginnings of the documents count as much as the documents.
    Round trips are left out.

    Where the probability of a translation is even is not fitted but set (:data:`GATE`): the fit would put it where
    originals are told best, and a person's translation from a machine's by which of the two is surer to be one at all.
    """
    documents = prepared.documents
    whole = scores.of_words()
    chosen = chosen & ~np.isnan(whole[:, 0]) & ~documents.round_trips
    if states is not None:
        chosen = chosen & ~np.isnan(states[:, 0])
    people = chosen & ~documents.machine
    rate = float(1000 * prepared.findings[people].sum() / prepared.words[people].sum())
    machine, weights = documents.machine[chosen], shared(documents, chosen)
    translated = documents.translated[chosen]
    values, words, findings = whole[chosen], prepared.words[chosen], prepared.findings[chosen]
    if states is None:
        # Of a beginning it is not known how many of the findings are in it, so none counts.
        values = np.concatenate([values, scores.of_words("short")[chosen]])
        words = np.concatenate([words, np.minimum(words, PREFIX)])
        findings = np.concatenate([findings, np.zeros(len(findings))])
        machine, weights, translated = (np.tile(one, 2) for one in (machine, weights, translated))
    read = None if states is None else (states[chosen, 0], states[chosen, 1])

    def made(parameters: Values) -> Joint:
        wording, of_states, *others, each = map(float, parameters)
        score = wording * values[:, 1] + (0.0 if read is None else of_states * read[0])
        bias = -float(np.quantile(score[translated], GATE))
        return Joint(wording, of_states, bias, *others, rate, each, MOST)

    def loss(parameters: Values) -> float:
        odds = made(parameters).log_odds(values[:, 0], values[:, 1], read, words, findings)
        return float((weights * np.logaddexp(0, np.where(machine, -odds, odds))).mean())

    slope, free = (0.0, None), (None, None)
    of_states, begun = (slope, 1.0) if read else ((0.0, 0.0), 0.0)
    bounds = [slope, of_states, slope, free, of_states, free, slope]
    start = np.array([1.0, begun, 1.0, 0.1, begun, 0.0, 0.5])
    return made(minimize(loss, start, method="L-BFGS-B", bounds=bounds).x)


def judged(
    prepared: Prepared,
    scores: Scores,
    joints: Mapping[str, Joint],
    sources: Sequence[str | None],
    states: Values | None = None,
    masked: Mapping[str, Joint] | None = None,
) -> list[Judged]:
    """Held-out documents with their verdict; ``joints`` by group, of one that did not see the group.

    ``states`` [documents] as for :func:`join`; documents that were not read, and round trips, are left out. The masked
    score is that of frames alone, by the joints ``masked`` of wording without states, which are ``joints`` by default.
    """
    found = []
    whole, frames = scores.of_words(), 2 * scores.whole[FRAMES]
    left_out = np.isnan(whole[:, 0]) | prepared.documents.round_trips
    if states is not None:
        left_out |= np.isnan(states[:, 0])
    for index in np.flatnonzero(~left_out):
        group = str(prepared.documents.groups[index])
        joint, of_frames = joints[group], (masked or joints)[group]
        words, findings = prepared.words[index], prepared.findings[index]
        read = None if states is None else tuple(states[index])
        odds = float(joint.log_odds(*whole[index], read, words, findings))
        hidden = float(of_frames.log_odds(*frames[index], None, words))
        document = prepared.documents.documents[index]
        found.append(Judged(document, 1 / (1 + math.exp(-odds)), odds, hidden, sources[index]))
    return found


def joints(prepared: Prepared, scores: Scores, states: Values | None = None) -> dict[str, Joint]:
    """For each group what was fitted to all others."""
    groups = prepared.documents.groups
    return {str(group): join(prepared, scores, groups != group, states) for group in np.unique(groups)}


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
    names, language, biases = language_weights(prepared, everything)
    tensors: dict[str, Values] = {}
    bias = np.zeros(LANGUAGES + len(names))
    bias[LANGUAGES:] = biases
    for kind in KINDS:
        vocabulary_of = prepared.vocabularies[kind]
        weights, own = fit(kind, prepared.rows[kind], prepared.documents, everything)
        columns = np.concatenate(
            [weights, language if kind == FRAMES else np.zeros((len(weights), len(names)))], axis=1
        )
        bias[:LANGUAGES] += own
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
        "joint": asdict(join(prepared, scores, everything)),
        "bounds": asdict(BOUNDS),
        "kept": sorted(prepared.kept),
    }
    save_weights(folder or detector_folder(), "verdict", tensors, told)
    say(f"written; {told['joint']}")


def evaluate(prepared: Prepared, kind: str) -> None:
    """Test on held-out documents and write ``reports/detection-KIND.md``."""
    scores = cross_scores(prepared, kind)
    rows = judged(prepared, scores, joints(prepared, scores), cross_sources(prepared))
    head = heading(f"Verdicts on documents held out by {kind}", ("scikit-learn", "numpy"))
    save(f"detection-{kind}.md", head + _INTRODUCTION[kind] + beside({"wording and findings": rows}) + tables(rows))


def beside(rows: Mapping[str, Sequence[Judged]]) -> str:
    """The figures that matter, a line for each way to judge the same documents."""
    lines = []
    for name, judged in rows.items():
        cells = [name]
        for chosen in (translations(judged), originals(judged)):
            machine = np.array([row.machine for row in chosen])
            odds = np.array([row.score for row in chosen])
            cells += [f"{auroc(odds, machine):.3f}", f"{true_positives_at(odds, machine, 0.01):.0%}"]
        weights = np.zeros(len(judged))
        for label, share in SHARES.items():
            own = np.array([row.document.label == label for row in judged])
            weights[own] = share / max(own.sum(), 1)
        probabilities = np.array([row.probability for row in judged])
        error = calibration_error(probabilities, np.array([row.machine for row in judged]), weights)
        lines.append([*cells, f"{error:.3f}"])
    columns = ["", "human translation: AUROC", "found at 1 % false"]
    columns += ["English original: AUROC", "found at 1 % false", "calibration error"]
    shares = ", ".join(f"{label} {share:.0%}" for label, share in SHARES.items())
    return (
        f"{table(columns, lines)}\nThe calibration error is that of a pile with these shares: {shares}.\n"
        "The tables below weigh people's documents as they come, three human translations for one original.\n\n"
    )


_COMMON = """Each document is judged by weights, and its probability calibrated on documents, of the others only.
Signs, spaces, "per cent", British spelling and the like are made alike before anything is counted. The last columns:
with names and content words reduced to their endings; share of the machine's documents above the score that 1 % of
people's exceed; expected calibration error with people and machines weighing the same. Intervals: bootstrap over
articles. BBC stories take no part, nor do DeepL's documents whose numbers are not their articles', and no machine's
translation of a person's translation of an English original is judged.

"""
_INTRODUCTION = {
    "group": "Held out is a whole test set, a year of one source language, with its translators and all its engines'\n"
    "output: for 2021 a source language never seen, before that a year never seen. " + _COMMON,
    "system": "Held out are an engine (or a group of engines) and half of the articles at once. " + _COMMON,
    "article": "Held out is a fifth of the articles in all versions; engines, years and house styles are known. "
    + _COMMON,
}
