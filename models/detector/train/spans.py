"""Trains the span tagger, and tests it on what was held out: ``python -m models.detector.train spans``."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from benchmarks.detection.marked import Edited, Marked, read_edited, read_marked
from benchmarks.detection.metrics import painted
from benchmarks.detection.spans import Tagged, best_bounds, overlap_bound, tables
from benchmarks.reporting import heading, save
from models.detector.train.documents import Values
from models.detector.train.progress import say
from models.detector.train.states import LAYER, States, context_of, states
from tqcheck.detector.tagger import Shape, neighbours, network
from tqcheck.detector.weights import detector_folder
from tqcheck.detector.weights import save as save_weights
from tqcheck.lm.models import resolve

SHAPE = Shape(states=576, width=192, layers=2, heads=4, dropout=0.2)
EPOCHS = 5
RATE = 1e-3
DECAY = 0.05
EDITED = 1600
"""Post-edited sentences of each language."""
EDIT_SHARE = 0.5
"""Weight of the loss over post-edited words beside that over marked errors."""
FOLDS = 3
_TOKENS = 2048  # in a batch, padding included


@dataclass(frozen=True)
class Material:
    """Sentences with their states and what is to be learnt of each token.

    ``errors`` [tokens, 3] is the share of annotators that marked no, a minor
    or a major error there (all 0 where nobody was asked), ``edits`` [tokens]
    whether a post-editor changed the word (-1 where nobody was asked).
    """

    marked: Sequence[Marked]
    edited: Sequence[Edited]
    states: States
    errors: Values
    edits: Values

    @property
    def sentences(self) -> int:
        return len(self.marked) + len(self.edited)


def material(cache: Path, marked: Sequence[Marked] | None = None, edited: Sequence[Edited] | None = None) -> Material:
    """Everything there is to learn from; the states take a quarter of an hour the first time."""
    marked = read_marked() if marked is None else marked
    edited = read_edited(EDITED) if edited is None else edited
    texts = [(one.text, context_of(one.text, one.before)) for one in marked] + [(one.text, "") for one in edited]
    found = states(texts, cache, "spans")
    size = len(found.places)
    errors, edits = np.zeros((size, 3), dtype=np.float32), np.full(size, -1, dtype=np.float32)
    for index in range(len(texts)):
        tokens = slice(found.bounds[index], found.bounds[index + 1])
        places, ends = found.places[tokens], np.maximum(found.ends[tokens], found.places[tokens] + 1)
        if index < len(marked):
            for spans in marked[index].annotations:
                severities = painted(len(texts[index][0]), spans)
                worst = [severities[place:end].max(initial=0) for place, end in zip(places, ends, strict=True)]
                errors[np.arange(tokens.start, tokens.stop), worst] += 1 / len(marked[index].annotations)
        else:
            one = edited[index - len(marked)]
            changed = np.zeros(len(one.text) + 1, dtype=np.int64)
            for (start, end), bad in zip(one.words, one.changed, strict=True):
                changed[start:end] = bad
            edits[tokens] = [changed[place:end].max(initial=0) for place, end in zip(places, ends, strict=True)]
    return Material(marked, edited, found, errors, edits)


@dataclass(frozen=True)
class Trained:
    """A network with the mean and spread of surprisal (nats) that it was trained with."""

    net: nn.Module
    surprisal: tuple[float, float]


def train(
    material: Material, chosen: Sequence[int], *, shape: Shape = SHAPE, epochs: int = EPOCHS, seed: int = 0
) -> Trained:
    """Train on the chosen sentences, numbered as in ``material``."""
    torch.manual_seed(seed)
    random = np.random.default_rng(seed)
    surprisal = (float(-material.states.scores.mean()), float(material.states.scores.std()))
    net = network(shape)
    optimizer = torch.optim.AdamW(net.parameters(), lr=RATE, weight_decay=DECAY)
    rounds = [list(_batches(material, chosen, random)) for _ in range(epochs)]
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, RATE, total_steps=sum(map(len, rounds)), pct_start=0.1)
    for number, batches in enumerate(rounds, 1):
        net.train()
        total = 0.0
        for rows in batches:
            loss = _loss(material, net, rows, surprisal)
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(net.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            total += float(loss.detach())
        say(f"round {number} of {epochs}: loss {total / len(batches):.4f}")
    return Trained(net.eval(), surprisal)


def tag(material: Material, trained: Trained, chosen: Sequence[int]) -> dict[int, tuple[Values, Values]]:
    """Probabilities [tokens, 3] of no, a minor and a major error, and [tokens] of an edit, for each sentence."""
    found = {}
    with torch.inference_mode():
        for rows in _batches(material, chosen, None):
            inputs, _, _ = _tensors(material, rows, trained.surprisal)
            errors, edits = trained.net(*inputs)
            for row, index in enumerate(rows):
                length = material.states.bounds[index + 1] - material.states.bounds[index]
                found[index] = errors[row, :length].softmax(-1).numpy(), edits[row, :length].sigmoid().numpy()
    return found


def _loss(material: Material, net: nn.Module, rows: Sequence[int], surprisal: tuple[float, float]) -> torch.Tensor:
    inputs, errors, edits = _tensors(material, rows, surprisal)
    found, changed = net(*inputs)
    asked, edited = errors.sum(-1) > 0, edits >= 0
    total = int((asked | edited).sum())
    loss = torch.zeros(())
    if asked.any():
        loss = loss - (errors[asked] * F.log_softmax(found[asked], dim=-1)).sum() / total
    if edited.any():
        each = F.binary_cross_entropy_with_logits(changed[edited], edits[edited], reduction="sum")
        loss = loss + EDIT_SHARE * each / total
    return loss


def _tensors(
    material: Material, rows: Sequence[int], surprisal: tuple[float, float]
) -> tuple[tuple[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor, torch.Tensor]:
    """Inputs of the network for these sentences, and its targets."""
    bounds = material.states.bounds
    longest = max(bounds[index + 1] - bounds[index] for index in rows)
    vectors = torch.zeros((len(rows), longest, material.states.vectors.shape[1]))
    scores = torch.zeros((len(rows), longest, 3))
    inside = torch.zeros((len(rows), longest), dtype=torch.bool)
    errors = torch.zeros((len(rows), longest, 3))
    edits = torch.full((len(rows), longest), -1.0)
    mean, spread = surprisal
    for row, index in enumerate(rows):
        tokens = slice(bounds[index], bounds[index + 1])
        length = bounds[index + 1] - bounds[index]
        vectors[row, :length] = torch.from_numpy(np.array(material.states.vectors[tokens])).float()
        standard = (-torch.from_numpy(material.states.scores[tokens]) - mean) / spread
        scores[row, :length] = neighbours(standard)
        inside[row, :length] = True
        errors[row, :length] = torch.from_numpy(material.errors[tokens])
        edits[row, :length] = torch.from_numpy(material.edits[tokens])
    return (vectors, scores, inside), errors, edits


def _batches(material: Material, chosen: Sequence[int], random: np.random.Generator | None) -> Iterator[list[int]]:
    """Sentences of like length together; in a random order, which differs each time, if ``random`` is given."""
    lengths = np.diff(material.states.bounds)
    jitter = np.zeros(len(lengths)) if random is None else random.random(len(lengths)) * 4
    waiting = sorted((index for index in chosen if lengths[index]), key=lambda index: lengths[index] + jitter[index])
    found: list[list[int]] = []
    batch: list[int] = []
    for index in waiting:
        if batch and lengths[index] * (len(batch) + 1) > _TOKENS:
            found.append(batch)
            batch = []
        batch.append(index)
    if batch:
        found.append(batch)
    if random is not None:
        random.shuffle(found)
    yield from found


def folds(material: Material) -> Values:
    """The fold of each sentence: marked ones by document, in folds of like size, edited ones by language."""
    counted = Counter(one.document for one in material.marked)
    of_document: dict[str, int] = {}
    sizes = [0] * FOLDS
    for document, count in sorted(counted.items(), key=lambda one: (-one[1], zlib.crc32(one[0].encode()))):
        fold = min(range(FOLDS), key=lambda number: sizes[number])
        of_document[document] = fold
        sizes[fold] += count
    languages = sorted({one.source_lang for one in material.edited})
    of_language = {language: number % FOLDS for number, language in enumerate(languages)}
    return np.array(
        [of_document[one.document] for one in material.marked]
        + [of_language[one.source_lang] for one in material.edited]
    )


def cross_tags(material: Material, *, shape: Shape = SHAPE, epochs: int = EPOCHS) -> dict[int, tuple[Values, Values]]:
    """Tags of every sentence by networks that saw neither its document nor, of the edited ones, its language."""
    fold = folds(material)
    found: dict[int, tuple[Values, Values]] = {}
    for number in range(FOLDS):
        trained = train(material, np.flatnonzero(fold != number).tolist(), shape=shape, epochs=epochs, seed=number)
        found.update(tag(material, trained, np.flatnonzero(fold == number).tolist()))
        say(f"fold {number + 1} of {FOLDS} tagged")
    return found


def tagged(material: Material, tags: dict[int, tuple[Values, Values]]) -> list[Tagged]:
    """The tagged sentences as the report takes them."""
    fold = folds(material)
    found = []
    for index, (errors, edits) in sorted(tags.items()):
        tokens = slice(material.states.bounds[index], material.states.bounds[index + 1])
        places, ends = material.states.places[tokens], material.states.ends[tokens]
        marked = index < len(material.marked)
        one = material.marked[index] if marked else material.edited[index - len(material.marked)]
        found.append(Tagged(one, places, ends, -material.states.scores[tokens], errors, edits, int(fold[index])))
    return found


def run(cache: Path, folder: Path | None = None) -> None:
    """Test on what is held out for ``reports/detection-spans.md``; then train on everything and write the weights."""
    prepared = material(cache)
    rows = tagged(prepared, cross_tags(prepared))
    save("detection-spans.md", heading("Error spans on held-out documents", ("torch", "numpy")) + tables(rows))
    marked = [row for row in rows if isinstance(row.one, Marked)]
    bounds = {**best_bounds(rows), "shown": overlap_bound(marked) or 1.0}
    write(prepared, bounds, folder or detector_folder())


def write(prepared: Material, bounds: dict[str, float], folder: Path) -> None:
    """Train on everything and write the weights."""
    trained = train(prepared, range(prepared.sentences))
    tensors = {name: tensor.half().numpy() for name, tensor in trained.net.state_dict().items()}
    told = {
        "model": resolve(None).sha256,
        "layers": [LAYER],
        "shape": asdict(replace(SHAPE, dropout=0.0)),
        "surprisal": list(trained.surprisal),
        "bounds": bounds,
    }
    save_weights(folder, "tagger", tensors, told)
    say(f"written; {bounds}")
