"""Trains what tells translations from English originals, and tests it: ``python -m models.detector.train translated``.

A linear function of the language model's states, averaged over a document. The
states are full of what a text is about and of how it is set, so every document
is typed in a way drawn for it alone: quotation marks, dashes and paragraphs say
nothing. All tokens are averaged, names among them; the report has the same
figures for the commonest tokens alone.
"""

from __future__ import annotations

import time
import zlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.optimize import minimize
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from benchmarks.detection.documents import Judged, originals, tables, translations
from benchmarks.detection.metrics import auroc, calibration_error, true_positives_at
from benchmarks.reporting import heading, save, table
from models.detector.train import verdict
from models.detector.train.documents import Collection, Values, collection, held_out
from models.detector.train.progress import say
from models.detector.train.verdict import Prepared, Scores, cross_scores, cross_sources, prepare
from tqcheck.detector.alike import alike
from tqcheck.detector.translated import Joint, levelled
from tqcheck.detector.weights import detector_folder
from tqcheck.detector.weights import save as save_weights
from tqcheck.lm.causal import engine_for, load_engine, padded
from tqcheck.lm.models import resolve
from tqcheck.lm.tokens import TextTokenizer

LAYER = 18
"""After how many layers of the language model the states are taken; 12 and 24 were worse."""
TOKENS = 400
"""Of each document its first tokens are read."""
MACHINES = 1.5
"""Documents of machines for each of people, in every group."""
STRENGTH = 1e-3
SHARES = {"machine": 0.5, "original": 0.3, "human": 0.2}
"""What the probability is calibrated for: of people's drafts most are written in English."""
_COMMON = 200
_AT_ONCE = 2600
_CURLY = (("“", "”"), ('"', '"'))
_PARAGRAPHS = ("\n", "\n\n", "\n\n", " ")
_DASHES = (" - ", " – ", "—", " — ")


@dataclass(frozen=True)
class States:
    """Levelled states of layer :data:`LAYER` averaged over each document [documents, width].

    ``function`` is the average over the commonest tokens alone, ``chosen`` the
    documents' numbers in the collection.
    """

    chosen: Values
    everything: Values
    function: Values


def typed(text: str, seed: int) -> str:
    """A text with its quotation marks, apostrophes, dashes and paragraphs set in one of the usual ways.

    >>> typed("“It’s over”, he said – twice.", 0)
    '“It\\'s over”, he said - twice.'
    """
    opening, closing = _CURLY[seed & 1]
    apostrophe = "'’"[seed >> 1 & 1]
    dash = _DASHES[seed >> 2 & 3]
    lines = []
    for line in text.split("\n"):
        made = alike(line).replace(" - ", dash).replace("'", apostrophe)
        pieces = made.split('"')
        lines.append("".join(p + (opening, closing)[at % 2] for at, p in enumerate(pieces[:-1])) + pieces[-1])
    return _PARAGRAPHS[seed >> 4 & 3].join(filter(None, lines))


def choose(documents: Collection) -> Values:
    """The documents that are read: those of people, and of machines some in each group, by a checksum."""
    people = np.flatnonzero(~documents.machine)
    wanted = {group: MACHINES * count for group, count in Counter(documents.groups[people]).items()}
    order = sorted(
        np.flatnonzero(documents.machine), key=lambda index: zlib.crc32(documents.documents[index].id.encode())
    )
    taken: Counter[str] = Counter()
    machines = []
    for index in order:
        group = documents.groups[index]
        if taken[group] < wanted.get(group, 0):
            taken[group] += 1
            machines.append(index)
    return np.sort(np.concatenate([people, np.array(machines, dtype=people.dtype)]))


def states(documents: Collection, cache: Path) -> States:
    """The states of the chosen documents; kept in ``cache``, where a run that was cut off goes on."""
    model = resolve(None)
    chosen = choose(documents)
    texts = [typed(documents.documents[index].text, _seed(documents.documents[index].id)) for index in chosen]
    told = zlib.crc32("\0".join([model.sha256, str((LAYER, TOKENS)), *texts]).encode())
    folder = cache / f"translated-{told:08x}"
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer = TextTokenizer(model.folder)
    rows = [
        [tokenizer.beginning, *[token.id for token in tokenizer.tokens(text, [(0, len(text))])][:TOKENS]]
        for text in texts
    ]
    seen = Counter(token for row in rows for token in set(row[1:]))
    common = np.array([token for token, _ in seen.most_common(_COMMON)])
    order = sorted(range(len(rows)), key=lambda at: len(rows[at]))
    engine = load_engine(model.folder, engine=engine_for("auto"))
    begun, done, total = time.monotonic(), 0, sum(map(len, rows))
    made: dict[int, Values] = {}
    for part, start in enumerate(range(0, len(order), 400)):
        file = folder / f"{part:03}.npy"
        some = order[start : start + 400]
        if not file.is_file():
            np.save(file, _read(engine, tokenizer.beginning, [rows[at] for at in some], common))
        done += sum(len(rows[at]) for at in some)
        made.update(zip(some, np.load(file), strict=True))
        say(f"states of {done:,} of {total:,} tokens, {done / (time.monotonic() - begun):,.0f} a second")
    found = np.stack([made[at] for at in range(len(rows))])
    return States(chosen, found[:, 0], found[:, 1])


def _seed(name: str) -> int:
    return zlib.crc32(f"typed {name}".encode()) >> 3


def _read(engine: Any, beginning: int, rows: Sequence[Sequence[int]], common: Values) -> Values:
    """Averages [rows, 2, width] over all tokens and over those of ``common``."""
    found = []
    at = 0
    with torch.inference_mode():
        while at < len(rows):
            longest = len(rows[min(at + _AT_ONCE // max(len(rows[at]), 1), len(rows) - 1)])
            some = rows[at : at + max(1, _AT_ONCE // longest)]
            ids, lengths = padded(some, beginning, engine.device)
            _, (inner,) = engine.hidden_at(ids, lengths, (LAYER,))
            for number, row in enumerate(some):
                each = levelled(inner[number, 1 : len(row)].float())
                mine = torch.from_numpy(np.isin(np.array(row[1:]), common))
                few = each[mine] if mine.any() else each
                found.append(torch.stack([each.mean(0), few.mean(0)]).cpu().numpy())
            at += len(some)
    return np.stack(found)


def fit(rows: Values, documents: Collection, chosen: Values, inside: Values) -> tuple[Values, float]:
    """Weights [width] and bias that tell translations from originals, from the rows where ``inside``."""
    translated = np.array([documents.documents[index].label != "original" for index in chosen])
    sides = Collection([documents.documents[index] for index in chosen], translated, documents.groups[chosen])
    scaler = StandardScaler().fit(rows[inside])
    model = LogisticRegression(C=STRENGTH, max_iter=500)
    model.fit(scaler.transform(rows[inside]), translated[inside], sample_weight=sides.weights(inside))
    weights = model.coef_[0] / scaler.scale_
    return weights, float(model.intercept_[0] - weights @ scaler.mean_)


def cross_translated(documents: Collection, read: States, rows: Values, kind: str) -> Values:
    """Log-odds [documents] of translation by weights that were trained without the document; NaN where not read."""
    sums, times = np.zeros(len(documents.documents)), np.zeros(len(documents.documents))
    for _, train, test in held_out(documents, kind):
        weights, bias = fit(rows, documents, read.chosen, train[read.chosen])
        inside = test[read.chosen]
        sums[read.chosen[inside]] += rows[inside] @ weights + bias
        times[read.chosen[inside]] += 1
    with np.errstate(invalid="ignore"):
        return sums / times


def shared(documents: Collection, chosen: Values) -> Values:
    """Weights of mean 1 of the chosen documents, each label with its share; groups weigh by the root of their size."""
    labels, groups = np.array([one.label for one in documents.documents]), documents.groups
    found = np.zeros(len(labels))
    for label, share in SHARES.items():
        for group in np.unique(groups):
            inside = chosen & (labels == label) & (groups == group)
            found[inside] = max(int(inside.sum()), 1) ** -0.5
        own = chosen & (labels == label)
        found[own] *= share / max(found[own].sum(), 1e-9)
    return found[chosen] * chosen.sum()


def join(prepared: Prepared, wording: Values, translated: Values, chosen: Values) -> Joint:
    """What makes one probability of both scores and the findings, fitted to the chosen documents of held-out scores."""
    chosen = chosen & ~np.isnan(wording) & ~np.isnan(translated)
    documents = prepared.documents
    machine, weights = documents.machine[chosen], shared(documents, chosen)
    one, other, words = wording[chosen], translated[chosen], prepared.words[chosen]
    people = chosen & ~documents.machine
    rate = float(1000 * prepared.findings[people].sum() / prepared.words[people].sum())
    findings = prepared.findings[chosen]

    def made(parameters: Values) -> Joint:
        return Joint(*map(float, parameters[:5]), rate, max(float(parameters[5]), 0.0), 4.0)

    def loss(parameters: Values) -> float:
        odds = made(parameters).log_odds(one, other, words) + made(parameters).findings_add(findings, words)
        return float((weights * np.logaddexp(0, np.where(machine, -odds, odds))).sum())

    start = np.array([1.0, 0.1, 0.0, 0.7, 2.0, 0.5])
    return made(minimize(loss, start, method="Nelder-Mead", options={"maxiter": 4000, "maxfev": 4000}).x)


def judged(
    prepared: Prepared, scores: Scores, translated: Values, joints: dict[str, Joint], sources: Sequence[str | None]
) -> list[Judged]:
    """The documents that were read with their verdict by weights that did not see them."""
    found = []
    wording = scores.sum()
    for index in np.flatnonzero(~np.isnan(wording) & ~np.isnan(translated)):
        joint = joints[str(prepared.documents.groups[index])]
        words, findings = prepared.words[index], prepared.findings[index]
        odds = joint.log_odds(wording[index], translated[index], words) + joint.findings_add(findings, words)
        masked = 2 * float(scores.whole["frames"][index])
        probability = float(1 / (1 + np.exp(-odds)))
        found.append(Judged(prepared.documents.documents[index], probability, float(odds), masked, sources[index]))
    return found


def joints(prepared: Prepared, scores: Scores, translated: Values) -> dict[str, Joint]:
    """For each group what was fitted to all others."""
    groups = prepared.documents.groups
    return {str(group): join(prepared, scores.sum(), translated, groups != group) for group in np.unique(groups)}


def run(cache: Path, kinds: Sequence[str], documents: Collection | None = None, folder: Path | None = None) -> None:
    """Read, test by ``kinds`` of held-out documents, and write the weights."""
    documents = documents or collection()
    read = states(documents, cache)
    prepared = prepare(documents)
    sources = cross_sources(prepared)
    for kind in kinds:
        scores = cross_scores(prepared, kind)
        translated = cross_translated(documents, read, read.everything, kind)
        rows = judged(prepared, scores, translated, joints(prepared, scores, translated), sources)
        ids = {row.document.id for row in rows}
        alone = verdict.judged(prepared, scores, verdict.calibrations(prepared, scores), sources)
        beside = _beside([row for row in alone if row.document.id in ids], rows)
        head = heading(f"Verdicts with the states of the language model, held out by {kind}", ("scikit-learn", "torch"))
        save(f"detection-{kind}-states.md", head + _introduction(documents, read, kind) + beside + tables(rows))
    scores = cross_scores(prepared, "group")
    translated = cross_translated(documents, read, read.everything, "group")
    everywhere = np.ones(len(documents.documents), dtype=bool)
    weights, bias = fit(read.everything, documents, read.chosen, np.ones(len(read.chosen), dtype=bool))
    told = {
        "model": resolve(None).sha256,
        "layer": LAYER,
        "joint": asdict(join(prepared, scores.sum(), translated, everywhere)),
    }
    tensors = {"weights": weights.astype(np.float32), "bias": np.array([bias], dtype=np.float32)}
    save_weights(folder or detector_folder(), "translated", tensors, told)
    say(f"written; {told['joint']}")


def _introduction(documents: Collection, read: States, kind: str) -> str:
    from sklearn.metrics import roc_auc_score

    original = np.array([one.label == "original" for one in documents.documents])
    lines = []
    for name, rows in (("all tokens", read.everything), (f"the {_COMMON} commonest tokens", read.function)):
        scores = cross_translated(documents, read, rows, kind)
        known = ~np.isnan(scores)
        sides = {"human": ~documents.machine & ~original, "machine": documents.machine}
        told = ", ".join(
            f"{roc_auc_score(~original[known & (original | side)], scores[known & (original | side)]):.3f} from {which}"
            for which, side in sides.items()
        )
        lines.append(f"- averaged over {name}: AUROC {told} translations")
    return (
        f"Documents of people, and {MACHINES} times as many of machines; of each {TOKENS} tokens are read by the\n"
        "language model. What its states say of English originals alone:\n\n" + "\n".join(lines) + "\n\n"
        "The tables are of wording, states and findings together; the masked column is of wording alone.\n\n"
    )


def _beside(alone: Sequence[Judged], rows: Sequence[Judged]) -> str:
    """The verdict without and with states on the same documents."""
    lines = []
    for name, judged in (("wording and findings", alone), ("with the states", rows)):
        cells = [name]
        for chosen in (translations(judged), originals(judged)):
            machine = np.array([row.machine for row in chosen])
            odds = np.array([row.score for row in chosen])
            cells += [f"{auroc(odds, machine):.3f}", f"{true_positives_at(odds, machine, 0.01):.0%}"]
        weights = np.zeros(len(judged))
        for label, share in SHARES.items():
            own = np.array([row.document.label == label for row in judged])
            weights[own] = share / own.sum()
        probabilities = np.array([row.probability for row in judged])
        error = calibration_error(probabilities, np.array([row.machine for row in judged]), weights)
        lines.append([*cells, f"{error:.3f}"])
    columns = ["on the same documents", "human translation: AUROC", "found at 1 % false"]
    columns += ["English original: AUROC", "found at 1 % false", "calibration error"]
    shares = ", ".join(f"{label} {share:.0%}" for label, share in SHARES.items())
    return (
        f"{table(columns, lines)}\nThe calibration error is that of a pile with these shares: {shares}.\n"
        "The tables below weigh people's documents as they come, three human translations for one original.\n\n"
    )
