"""Trains the span tagger, and tests it on what was held out: ``python -m models.detector.train spans``.

One network learns three things of a token: whether people marked an error
there, whether a post-editor changed the word, and how few other translations of
the sentence have it. Only the first is shown to anybody. Errors are marked in
few documents, so these come last: the others teach what a doubtful word looks
like, and in other languages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F  # noqa: N812
from torch import nn

from benchmarks.detection.marked import Marked, read_originals
from benchmarks.detection.progress import say
from benchmarks.detection.spans import Tagged, best_bounds, overlap_bound, right_line, tables
from benchmarks.detection.states import LAYERS, Values
from benchmarks.reporting import heading, save
from models.detector.train.learning import Trained, learnt_once, stepper
from models.detector.train.material import Material, folds, is_talk, learnt, material
from tqcheck.detector.networks import Shape, SpanNetwork, neighbours
from tqcheck.detector.weights import detector_folder
from tqcheck.detector.weights import save as save_weights
from tqcheck.lm.hardware import floating_engine
from tqcheck.lm.models import resolve

SHAPE = Shape(states=576, depths=len(LAYERS), width=192, layers=2, heads=4, dropout=0.2)
EPOCHS = 4
"""Over sentences that are not marked."""
RATE = 1e-3
TUNING = 3
"""Epochs over the marked ones, each with some of the others (:data:`AGAIN`), so that those are not forgotten."""
TUNING_RATE = 4e-4
AGAIN = 0.15
DECAY = 0.05
EDIT_SHARE = 0.5
"""Weight of the loss over post-edited words beside that over marked errors."""
ALONE_SHARE = 0.5
"""The same for words that other translations have or lack."""
ORIGINALS = 15_000
"""Words of English originals of either kind that are tagged, to see how often they would be called wrong."""
_TOKENS = 3072  # in a batch, padding included


class _Taught(nn.Module):
    """A network with what only training asks of it."""

    def __init__(self, net: nn.Module, width: int) -> None:
        super().__init__()
        self.net: Any = net
        self.alone = nn.Linear(width, 2)

    def forward(self, *inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        # In tiles where the processor has them; the sums of a loss are too fine for it.
        with torch.autocast("cpu", torch.bfloat16, enabled=floating_engine() == "bfloat16"):
            features = self.net.features(*inputs)
            found = self.net.error(features), self.net.edit(features)[..., 0], self.alone(features)
        errors, edits, alone = (one.float() for one in found)
        return errors, edits, alone


def train(
    material: Material,
    chosen: Sequence[int],
    *,
    shape: Shape = SHAPE,
    epochs: int = EPOCHS,
    tuning: int = TUNING,
    seed: int = 0,
) -> Trained:
    """Train on the chosen sentences, numbered as in ``material``: on those that are not marked, then on the marked.

    What was learnt is kept beside the states after each of the two, and taken from there if it was learnt before.
    ``seed`` is that of the second, so that networks which differ in marked sentences alone share the first.
    """
    surprisal = (float(-material.states.scores.mean()), float(material.states.scores.std()))
    marked = [index for index in chosen if index < len(material.marked)]
    others = [index for index in chosen if index >= len(material.marked)]
    torch.manual_seed(0)
    taught = _Taught(SpanNetwork(shape), shape.width)
    told: tuple[object, ...] = (shape, EDIT_SHARE, ALONE_SHARE, DECAY, _TOKENS, material.labels)
    told += (others, epochs, RATE)
    _teach(material, taught, surprisal, lambda _: [others] * epochs, RATE, 0, told)
    if marked:
        told += (marked, tuning, TUNING_RATE, AGAIN, seed)
        count = int(AGAIN * len(others))

        def rounds(random: np.random.Generator) -> list[list[int]]:
            return [[*marked, *random.choice(others, count, replace=False).tolist()] for _ in range(tuning)]

        _teach(material, taught, surprisal, rounds, TUNING_RATE, seed, told)
    return Trained(taught.net.eval(), surprisal)


def _teach(
    material: Material,
    taught: _Taught,
    surprisal: tuple[float, float],
    rounds: Callable[[np.random.Generator], Sequence[Sequence[int]]],
    rate: float,
    seed: int,
    told: tuple[object, ...],
) -> None:
    """Teach a network the sentences of each round; what it knows then is kept by ``told``."""
    stem = material.states.kept
    file = stem.with_name(f"{stem.name}-{hashlib.sha256(repr(told).encode()).hexdigest()[:16]}.pt")

    def learn() -> None:
        torch.manual_seed(seed)
        random = np.random.default_rng(seed)
        every = [list(_batches(material, chosen, random)) for chosen in rounds(random) if len(chosen)]
        step = stepper(taught, rate, DECAY, sum(map(len, every)))
        for number, batches in enumerate(every, 1):
            taught.train()
            total = sum(step(_loss(material, taught, rows, surprisal)) for rows in batches)
            say(f"round {number} of {len(every)}: loss {total / len(batches):.4f}")

    learnt_once(taught, file, learn)


def tag(material: Material, trained: Trained, chosen: Sequence[int]) -> dict[int, tuple[Values, Values]]:
    """Probabilities [tokens, 3] of no, a minor and a major error, and [tokens] of an edit, for each sentence."""
    found = {}
    with torch.inference_mode():
        for rows in _batches(material, chosen, None):
            inputs = _inputs(material, rows, trained.surprisal)
            errors, edits = trained.net(*inputs)
            for row, index in enumerate(rows):
                length = material.states.bounds[index + 1] - material.states.bounds[index]
                found[index] = errors[row, :length].softmax(-1).numpy(), edits[row, :length].sigmoid().numpy()
    return found


def _loss(material: Material, taught: nn.Module, rows: Sequence[int], surprisal: tuple[float, float]) -> torch.Tensor:
    found, changed, lonely = taught(*_inputs(material, rows, surprisal))
    errors = _padded(material, material.errors, rows, 0.0)
    edits = _padded(material, material.edits, rows, -1.0)
    alone = _padded(material, material.alone, rows, -1.0)
    asked, edited, compared = errors.sum(-1) > 0, edits >= 0, alone[..., 0] >= 0
    total = int((asked | edited | compared).sum())
    summed = partial(F.binary_cross_entropy_with_logits, reduction="sum")
    loss = torch.zeros(())
    if asked.any():
        loss = loss - (errors[asked] * F.log_softmax(found[asked], dim=-1)).sum()
    if edited.any():
        loss = loss + EDIT_SHARE * summed(changed[edited], edits[edited])
    if compared.any():
        loss = loss + ALONE_SHARE * summed(lonely[compared], alone[compared]) / 2
    return loss / total


def _inputs(
    material: Material, rows: Sequence[int], surprisal: tuple[float, float]
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """What the network is called with for these sentences."""
    mean, spread = surprisal
    lengths = np.diff(material.states.bounds)[list(rows)]
    inside = torch.arange(int(lengths.max()))[None] < torch.from_numpy(lengths)[:, None]
    vectors = _padded(material, material.states.vectors, rows, 0.0)
    standard = (-_padded(material, material.states.scores, rows, -mean) - mean) / spread
    return vectors, neighbours(standard), inside


def _padded(material: Material, values: Values, rows: Sequence[int], filler: float) -> torch.Tensor:
    """Values of tokens [all tokens, …] as [sentences, tokens, …] in float32, padded on the right."""
    parts = [torch.from_numpy(np.array(values[slice(*material.states.bounds[row : row + 2])])).float() for row in rows]
    return nn.utils.rnn.pad_sequence(parts, batch_first=True, padding_value=filler)


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


def cross_tags(
    material: Material, *, shape: Shape = SHAPE, epochs: int = EPOCHS, tuning: int = TUNING
) -> dict[int, tuple[Values, Values]]:
    """Tags of every sentence by networks that saw neither its document nor, of the edited ones, its language."""
    fold, chosen = folds(material), learnt(material)
    found: dict[int, tuple[Values, Values]] = {}
    numbers = sorted(set(fold[: material.judged].tolist()))
    for number in numbers:
        others = np.flatnonzero(chosen & (fold != number)).tolist()
        trained = train(material, others, shape=shape, epochs=epochs, tuning=tuning, seed=number)
        found.update(tag(material, trained, np.flatnonzero(fold[: material.judged] == number).tolist()))
        say(f"fold {number} tagged, of {numbers}")
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
    """Train on everything and write the weights; test on what is held out for ``reports/detection-spans.md``."""
    prepared = material(cache)
    everything = tagged(prepared, cross_tags(prepared))
    rows = [row for row in everything if not is_talk(row.one)]
    news = [row for row in rows if isinstance(row.one, Marked)]
    bounds = {**best_bounds(rows), "shown": overlap_bound(news) or 1.0}
    trained = write(prepared, bounds, right_line(news, bounds["shown"]), folder or detector_folder())
    # The shipped network: no English original has a part in its training.
    unmarked = material(cache, read_originals(ORIGINALS), (), ())
    originals = tagged(unmarked, tag(unmarked, trained, range(unmarked.judged)))
    title = heading("Error spans on held-out documents", ("torch", "numpy"))
    marked = [row for row in everything if isinstance(row.one, Marked)]
    talks = [row for row in marked if is_talk(row.one)]
    others = {"Talks, which no network learnt from": talks, "News and talks together": marked}
    save("detection-spans.md", title + tables(rows, originals=originals, others=others))


def write(prepared: Material, bounds: dict[str, float], right: tuple[float, float], folder: Path) -> Trained:
    """Train on everything and write the weights; ``right`` is what :func:`right_line` tells of the spans shown."""
    trained = train(prepared, np.flatnonzero(learnt(prepared)).tolist())
    tensors = {name: tensor.half().numpy() for name, tensor in trained.net.state_dict().items()}
    told = {
        "model": resolve(None).sha256,
        "layers": LAYERS,
        "shape": asdict(replace(SHAPE, dropout=0.0)),
        "surprisal": list(trained.surprisal),
        "bounds": bounds,
        "right": right,
    }
    save_weights(folder, "tagger", tensors, told)
    say(f"written; {bounds}")
    return trained
