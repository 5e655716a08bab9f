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
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from benchmarks.detection.documents import Judged, tables
from benchmarks.detection.metrics import auroc, true_positives_at
from benchmarks.reporting import heading, save, table
from benchmarks.split import BBC, NewsDocument, read_documents
from models.detector.train.documents import Collection, Values, collection, held_out
from models.detector.train.progress import say
from models.detector.train.verdict import (
    BOUNDS,
    beside,
    cross_scores,
    cross_sources,
    join,
    joints,
    judged,
    prepare,
    rule_findings,
)
from tqcheck.detector.alike import alike, tokens
from tqcheck.detector.joint import Joint
from tqcheck.detector.translated import levelled
from tqcheck.detector.verdict import VerdictModel
from tqcheck.detector.weights import detector_folder
from tqcheck.detector.weights import save as save_weights
from tqcheck.lm.causal import floating_engine, load_engine, padded
from tqcheck.lm.models import resolve
from tqcheck.lm.tokens import TextTokenizer
from tqcheck.text import count_words

LAYERS = (15, 18, 21)
"""After how many layers of the language model the states are taken; one alone is nearly as good."""
TOKENS = 400
"""Of each document its first tokens are read."""
MACHINES = 1.5
"""Documents of machines for each of people, in every group."""
STRENGTH = 3e-4
"""Inverse of the regularisation."""
ELSEWHERE = 400
"""Stories of the BBC that are judged, and never learnt from."""
_SUSPECTS = 12
_COMMON = 200
_AT_ONCE = 2600
_CURLY = (("“", "”"), ('"', '"'))
_PARAGRAPHS = ("\n", "\n\n", "\n\n", " ")
_DASHES = (" - ", " – ", "—", " — ")


@dataclass(frozen=True)
class States:
    """Levelled states of :data:`LAYERS`, one after another, averaged over each document [documents, layers · width].

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
        np.flatnonzero(documents.machine & ~documents.round_trips),
        key=lambda index: zlib.crc32(documents.documents[index].id.encode()),
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
    chosen = choose(documents)
    texts = [typed(documents.documents[index].text, _seed(documents.documents[index].id)) for index in chosen]
    found = _averages(texts, cache)
    return States(chosen, found[:, 0], found[:, 1])


def _averages(texts: Sequence[str], cache: Path) -> Values:
    """Averages [texts, 2, layers · width] over all tokens and over the commonest, kept in ``cache``."""
    model = resolve(None)
    told = zlib.crc32("\0".join([model.sha256, str((LAYERS, TOKENS)), *texts]).encode())
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
    engine = load_engine(model.folder, engine=floating_engine())
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
    return np.stack([made[at] for at in range(len(rows))])


def _seed(name: str) -> int:
    return zlib.crc32(f"typed {name}".encode()) >> 3


def _read(engine: Any, beginning: int, rows: Sequence[Sequence[int]], common: Values) -> Values:
    """Averages [rows, 2, layers · width] over all tokens and over those of ``common``."""
    found = []
    at = 0
    with torch.inference_mode():
        while at < len(rows):
            longest = len(rows[min(at + _AT_ONCE // max(len(rows[at]), 1), len(rows) - 1)])
            some = rows[at : at + max(1, _AT_ONCE // longest)]
            ids, lengths = padded(some, beginning, engine.device)
            _, inner = engine.hidden_at(ids, lengths, LAYERS)
            for number, row in enumerate(some):
                each = torch.cat([levelled(states[number, 1 : len(row)].float()) for states in inner], dim=-1)
                mine = torch.from_numpy(np.isin(np.array(row[1:]), common))
                few = each[mine] if mine.any() else each
                found.append(torch.stack([each.mean(0), few.mean(0)]).cpu().numpy())
            at += len(some)
    return np.stack(found)


def fit(rows: Values, documents: Collection, chosen: Values, inside: Values) -> tuple[Values, float]:
    """Weights [layers · width] and bias that tell translations from originals, from the rows where ``inside``."""
    read = np.zeros(len(documents.documents), dtype=bool)
    read[chosen[inside]] = True
    translated = documents.translated[chosen]
    scaler = StandardScaler().fit(rows[inside])
    model = LogisticRegression(C=STRENGTH, max_iter=500)
    model.fit(
        scaler.transform(rows[inside]), translated[inside], sample_weight=documents.weights(read, documents.translated)
    )
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


def run(
    cache: Path,
    kinds: Sequence[str],
    documents: Collection | None = None,
    folder: Path | None = None,
    elsewhere: Sequence[NewsDocument] | None = None,
) -> None:
    """Read, test by ``kinds`` of held-out documents, and write the weights.

    The verdict's weights must be in ``folder``. ``elsewhere`` are originals of a paper that has no part in training, by
    default some of the BBC's.
    """
    documents = documents or collection()
    elsewhere = _elsewhere() if elsewhere is None else elsewhere
    folder = folder or detector_folder()
    read = states(documents, cache)
    prepared = prepare(documents)
    sources = cross_sources(prepared)
    weights, bias = fit(read.everything, documents, read.chosen, np.ones(len(read.chosen), dtype=bool))
    scores = cross_scores(prepared, "group")
    translated = cross_translated(documents, read, read.everything, "group")
    joint = join(prepared, scores, np.ones(len(documents.documents), dtype=bool), translated)
    told = {"model": resolve(None).sha256, "layers": LAYERS, "joint": asdict(joint)}
    tensors = {"weights": weights.astype(np.float32), "bias": np.array([bias], dtype=np.float32)}
    save_weights(folder, "translated", tensors, told)
    say(f"written; {told['joint']}")
    others = judge_elsewhere(elsewhere, cache, weights, bias, joint, VerdictModel.open(folder))
    for kind in kinds:
        if kind != "group":
            scores = cross_scores(prepared, kind)
            translated = cross_translated(documents, read, read.everything, kind)
        wording = joints(prepared, scores)
        rows = judged(prepared, scores, joints(prepared, scores, translated), sources, translated, wording)
        ids = {row.document.id for row in rows}
        alone = [row for row in judged(prepared, scores, wording, sources) if row.document.id in ids]
        text = _introduction(documents, read, translated, kind) + beside(
            {"wording and findings": alone, "with the states": rows}
        )
        if kind == "group":
            text += _about_elsewhere(others, rows) + _suspects(rows)
        head = heading(f"Verdicts with the states of the language model, held out by {kind}", ("scikit-learn", "torch"))
        save(f"detection-{kind}-states.md", head + text + tables(rows))


def _elsewhere() -> list[NewsDocument]:
    """Some of the BBC's stories, by a checksum."""
    found = [one for one in read_documents() if one.year == BBC]
    return sorted(found, key=lambda one: zlib.crc32(f"elsewhere {one.id}".encode()))[:ELSEWHERE]


def judge_elsewhere(
    originals: Sequence[NewsDocument], cache: Path, weights: Values, bias: float, joint: Joint, model: VerdictModel
) -> list[Judged]:
    """Verdicts on documents that have no part in training."""
    texts = [one.text for one in originals]
    averages = _averages([typed(one.text, _seed(one.id)) for one in originals], cache)[:, 0]
    found = []
    for document, row, findings in zip(originals, averages, rule_findings(texts), strict=True):
        words = count_words(document.text)
        machine, wording, *_ = map(float, model.score(tokens(document.text)))
        odds = float(joint.log_odds(machine, wording, float(row @ weights + bias), words, findings))
        found.append(Judged(document, float(1 / (1 + np.exp(-odds))), odds, odds))
    return found


def _about_elsewhere(others: Sequence[Judged], rows: Sequence[Judged]) -> str:
    """How originals that were no part of training stand against the machines' held-out documents."""
    both = [*others, *(row for row in rows if row.machine)]
    machine, odds = np.array([row.machine for row in both]), np.array([row.score for row in both])
    probabilities = np.array([row.probability for row in others])
    shares = [f"{(probabilities >= bound).mean():.1%}" for bound in (BOUNDS.likely, BOUNDS.possible)]
    columns = ["originals", "called likely", "possible or likely", "AUROC against machines", "found at 1 % false"]
    cells = [
        f"{len(others):,}",
        *shares,
        f"{auroc(odds, machine):.3f}",
        f"{true_positives_at(odds, machine, 0.01):.0%}",
    ]
    return (
        "## A paper that has no part in training\n\nEnglish originals of the BBC (2004 and 2005), judged by the "
        f"shipped weights, beside the held-out documents\nof machines.\n\n{table(columns, [cells])}\n"
    )


def _suspects(rows: Sequence[Judged]) -> str:
    """The originals that pass for machine translations."""
    found = sorted((row for row in rows if row.document.label == "original"), key=lambda row: -row.score)[:_SUSPECTS]
    lines = [[row.document.id, f"{row.probability:.2f}"] for row in found]
    return (
        "## Originals that read most like a machine's translation\n\nThe test sets call English what a paper printed "
        "in English. Who wrote it in which language they do not say.\n\n"
        + table(["document", "probability"], lines)
        + "\n"
    )


def _introduction(documents: Collection, read: States, translated: Values, kind: str) -> str:
    """What the states say by themselves; ``translated`` are the held-out log-odds by all tokens."""
    from sklearn.metrics import roc_auc_score

    original = ~documents.translated
    lines = []
    by_function = cross_translated(documents, read, read.function, kind)
    for name, scores in (("all tokens", translated), (f"the {_COMMON} commonest tokens", by_function)):
        known = ~np.isnan(scores)
        sides = {"human": ~documents.machine & ~original, "machine": documents.machine}
        told = ", ".join(
            f"{roc_auc_score(~original[known & (original | side)], scores[known & (original | side)]):.3f} from {which}"
            for which, side in sides.items()
        )
        lines.append(f"- averaged over {name}: AUROC {told} translations")
    return (
        f"Documents of people, and up to {MACHINES} times as many of machines; of each {TOKENS} tokens are read by\n"
        "the language model. What its states say of English originals alone:\n\n" + "\n".join(lines) + "\n\n"
        "The tables are of wording, states and findings together; the masked column is of wording alone.\n\n"
    )
