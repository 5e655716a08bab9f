"""Trains what reads origin off the language model's states, and tests it: ``python -m models.detector.train origin``.

A small network gives every token two numbers, whose means over a text say
whether it was translated, and whether a translation is a machine's. It learns
from whole articles, a stretch of each of their versions at a time, and also
that a machine's version must score above a person's of the same article, so
that subjects say nothing. The states are full of how a text is set, so every document
is typed in a way drawn for it alone: quotation marks, dashes and paragraphs say
nothing, either. All words are averaged, names among them; the report has the
same figures for the commonest words alone.
"""

from __future__ import annotations

import hashlib
import zlib
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np
import torch
from torch.nn.functional import binary_cross_entropy_with_logits, softplus

from benchmarks.detection.documents import Judged, tables
from benchmarks.detection.metrics import auroc, true_positives_at
from benchmarks.detection.progress import say
from benchmarks.detection.states import LAYERS, Values
from benchmarks.reporting import heading, save, table
from benchmarks.split import BBC, NewsDocument, article_key, read_documents
from models.detector.train.documents import Collection, collection, held_out
from models.detector.train.learning import Trained, learnt_once, stepper
from models.detector.train.origin_material import COMMON, MACHINES, TOKENS, Read, choose, read
from models.detector.train.verdict import (
    BOUNDS,
    SHARES,
    beside,
    cross_scores,
    cross_sources,
    join,
    joints,
    judged,
    prepare,
    rule_findings,
    shared,
)
from tqcheck.detector.joint import Joint
from tqcheck.detector.networks import OriginNetwork, Shape
from tqcheck.detector.normalization import tokens
from tqcheck.detector.verdict import VerdictModel
from tqcheck.detector.weights import detector_folder
from tqcheck.detector.weights import save as save_weights
from tqcheck.lm.models import resolve
from tqcheck.text.words import count_words

SHAPE = Shape(states=576, depths=len(LAYERS), width=64, layers=0, heads=1, dropout=0.25)
STRETCH = 160
"""Tokens of a document that are learnt from at a time, in a row."""
EPOCHS = 4
RATE = 2e-3
DECAY = 0.1
PAIRS = 2.0
"""Weight of the loss over a machine's and a person's version of one article."""
_APART = 2.0  # times their difference
_DOCUMENTS = 24  # in a batch, or a few more: articles are not parted
ELSEWHERE = 400
"""Stories of the BBC that are judged, and never learnt from."""
_SUSPECTS = 12


def train(material: Read, chosen: Sequence[int], weights: Values, *, shape: Shape | None = None) -> Trained:
    """Train on the chosen documents of ``weights`` [documents] each; what was learnt is kept beside the states."""
    shape = shape or SHAPE
    everything = np.concatenate([material.words[index] for index in chosen])
    surprisal = (float(-material.states.scores[everything].mean()), float(material.states.scores[everything].std()))
    torch.manual_seed(0)
    network = OriginNetwork(shape)
    stem = material.states.kept
    told = repr((shape, STRETCH, EPOCHS, RATE, DECAY, PAIRS, list(chosen), weights.round(4).tolist()))
    file = stem.with_name(f"{stem.name}-{hashlib.sha256(told.encode()).hexdigest()[:16]}.pt")

    def learn() -> None:
        random = np.random.default_rng(0)
        every = [list(_batches(material.documents, chosen, random)) for _ in range(EPOCHS)]
        step = stepper(network, RATE, DECAY, sum(map(len, every)))
        network.train()
        for number, batches in enumerate(every, 1):
            total = sum(step(_loss(material, network, rows, weights, surprisal, random)) for rows in batches)
            say(f"round {number} of {EPOCHS}: loss {total / len(batches):.4f}")

    learnt_once(network, file, learn)
    return Trained(network.eval(), surprisal)


def _batches(
    documents: Sequence[NewsDocument], chosen: Sequence[int], random: np.random.Generator
) -> Iterator[list[int]]:
    """The chosen documents in batches, all versions of an article in one."""
    articles = defaultdict(list)
    for index in chosen:
        articles[article_key(documents[index].id, documents[index].system)].append(index)
    batch: list[int] = []
    for key in random.permutation(np.array(sorted(articles))):
        batch += articles[key]
        if len(batch) >= _DOCUMENTS:
            yield batch
            batch = []
    if batch:
        yield batch


def _loss(
    material: Read,
    network: torch.nn.Module,
    rows: Sequence[int],
    weights: Values,
    surprisal: tuple[float, float],
    random: np.random.Generator,
) -> torch.Tensor:
    stretches = []
    for index in rows:
        words = material.words[index]
        start = int(random.integers(0, max(len(words) - STRETCH, 0) + 1))
        stretches.append(words[start : start + STRETCH])
    documents = [material.documents[index] for index in rows]
    found = _means(network, *material.inputs(stretches, surprisal))
    weigh = torch.from_numpy(weights[list(rows)]).float()
    translated = torch.tensor([one.label != "original" for one in documents])
    machine = torch.tensor([one.label == "machine" for one in documents])
    loss = (binary_cross_entropy_with_logits(found[:, 0], translated.float(), reduction="none") * weigh).mean()
    if translated.any():
        own = binary_cross_entropy_with_logits(found[translated, 1], machine[translated].float(), reduction="none")
        loss = loss + (own * weigh[translated]).mean()
    keys = [article_key(one.id, one.system) for one in documents]
    people = [at for at, one in enumerate(documents) if one.label == "human"]
    pairs = [(at, other) for at in people for other in range(len(rows)) if machine[other] and keys[at] == keys[other]]
    if pairs:
        person, engine = torch.tensor(pairs).T
        loss = loss + PAIRS * softplus(_APART * (found[person, 1] - found[engine, 1])).mean()
    return loss


def _means(
    network: torch.nn.Module, vectors: torch.Tensor, surprisals: torch.Tensor, inside: torch.Tensor
) -> torch.Tensor:
    """The two scores [texts, 2] of each text."""
    each = network(vectors, surprisals, inside) * inside[..., None]
    means: torch.Tensor = each.sum(1) / inside.sum(1, keepdim=True).clamp_min(1)
    return means


def scores(material: Read, trained: Trained, chosen: Sequence[int]) -> tuple[Values, Values]:
    """Scores [chosen, 2] of documents (:class:`~tqcheck.detector.origin.OfStates`), of all words and the commonest."""
    everything, common = [], []
    with torch.inference_mode():
        for index in chosen:
            words = material.words[index]
            if not len(words):
                raise ValueError(f"{material.documents[index].id}: a document without words")
            each = trained.net(*material.inputs([words], trained.surprisal))[0].numpy()
            few = each[material.common[index]]
            everything.append(each.mean(0))
            common.append(few.mean(0) if len(few) else each.mean(0))
    return np.array(everything), np.array(common)


def weights_of(documents: Collection, chosen: Values) -> Values:
    """Weights [documents] of mean 1 of the chosen documents: a third each for originals, people and machines."""
    found = np.zeros(len(chosen))
    found[chosen] = shared(documents, chosen, dict.fromkeys(SHARES, 1 / len(SHARES)))
    return found


def trained_on(documents: Collection, material: Read, chosen: Values, inside: Values) -> Trained:
    """What the documents ``inside`` [documents] of those that were read teach; ``chosen`` are their numbers."""
    mask = np.zeros(len(documents.documents), dtype=bool)
    mask[chosen] = inside[chosen]
    return train(material, np.flatnonzero(mask[chosen]).tolist(), weights_of(documents, mask)[chosen])


def cross_origin(documents: Collection, material: Read, chosen: Values, kind: str) -> tuple[Values, Values]:
    """Scores [documents, 2] by networks that learnt without the document, of all words and of the commonest.

    NaN where not read; ``kind`` as for :func:`~models.detector.train.documents.held_out`.
    """
    size = len(documents.documents)
    sums, times = np.zeros((2, size, 2)), np.zeros((size, 1))
    for title, train_on, test in held_out(documents, kind):
        trained = trained_on(documents, material, chosen, train_on)
        tested = np.flatnonzero(test[chosen])
        sums[:, chosen[tested]] += scores(material, trained, tested.tolist())
        times[chosen[tested]] += 1
        say(f"states held out by {kind}: {title}, {len(tested):,} documents")
    with np.errstate(invalid="ignore"):
        everything, common = sums / times
    return everything, common


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
    folder = folder or detector_folder()
    chosen = choose(documents)
    material = read([documents.documents[index] for index in chosen], cache, "origin")
    others = read(_elsewhere() if elsewhere is None else elsewhere, cache, "elsewhere")
    everybody = np.ones(len(documents.documents), dtype=bool)
    shipped = trained_on(documents, material, chosen, everybody)
    prepared = prepare(documents)
    sources = cross_sources(prepared)
    wording = cross_scores(prepared, "group")
    states_of = cross_origin(documents, material, chosen, "group")
    joint = join(prepared, wording, everybody, states_of[0])
    told = {
        "model": resolve(None).sha256,
        "layers": LAYERS,
        "shape": asdict(SHAPE),
        "surprisal": shipped.surprisal,
        "joint": asdict(joint),
    }
    tensors = {name: tensor.numpy().astype(np.float16) for name, tensor in shipped.net.state_dict().items()}
    save_weights(folder, "origin", tensors, told)
    say(f"written; {told['joint']}")
    elsewhere_judged = judge_elsewhere(others, shipped, joint, VerdictModel.open(folder))
    for kind in kinds:
        if kind != "group":
            wording = cross_scores(prepared, kind)
            states_of = cross_origin(documents, material, chosen, kind)
        by_wording = joints(prepared, wording)
        rows = judged(prepared, wording, joints(prepared, wording, states_of[0]), sources, states_of[0], by_wording)
        ids = {row.document.id for row in rows}
        alone = [row for row in judged(prepared, wording, by_wording, sources) if row.document.id in ids]
        text = _introduction(documents, *states_of) + beside({"wording and findings": alone, "with the states": rows})
        if kind == "group":
            text += _about_elsewhere(elsewhere_judged, rows) + _suspects(rows)
        head = heading(f"Verdicts with the states of the language model, held out by {kind}", ("scikit-learn", "torch"))
        save(f"detection-{kind}-states.md", head + text + tables(rows))


def _elsewhere() -> list[NewsDocument]:
    """Some of the BBC's stories, by a checksum."""
    found = [one for one in read_documents() if one.year == BBC]
    return sorted(found, key=lambda one: zlib.crc32(f"elsewhere {one.id}".encode()))[:ELSEWHERE]


def judge_elsewhere(others: Read, trained: Trained, joint: Joint, model: VerdictModel) -> list[Judged]:
    """Verdicts on documents that have no part in training."""
    of_states, _ = scores(others, trained, range(len(others.documents)))
    found = []
    texts = [one.text for one in others.documents]
    for document, own, findings in zip(others.documents, of_states, rule_findings(texts), strict=True):
        words = count_words(document.text)
        machine, wording, *_ = map(float, model.score(tokens(document.text)))
        odds = float(joint.log_odds(machine, wording, tuple(own), words, findings))
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


def _introduction(documents: Collection, everything: Values, common: Values) -> str:
    """What the states say by themselves, by all words and by the commonest."""
    known = ~np.isnan(everything[:, 0]) & ~documents.round_trips
    original, machine = ~documents.translated & known, documents.machine & known
    human = known & ~original & ~machine
    lines = []
    for name, found in (("all words", everything), (f"the {COMMON} commonest alone", common)):
        cells = [name]
        for people, others, which in ((original, human, 0), (original, machine, 0), (human, machine, 1)):
            both = people | others
            cells.append(f"{auroc(found[both, which], others[both]):.3f}")
        lines.append(cells)
    columns = ["averaged over", "original, human translation", "original, machine", "human translation, machine"]
    return (
        f"Documents of people, and up to {MACHINES} times as many of machines; of each {TOKENS} tokens are read by\n"
        "the language model. What its states alone tell apart (AUROC):\n\n" + table(columns, lines) + "\n"
        "The tables are of wording, states and findings together; the masked column is of wording alone.\n\n"
    )
