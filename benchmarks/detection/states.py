"""States of the language model for sentences, kept in a folder so that they are computed once."""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.detection.progress import say
from tqcheck.lm.engine import padded
from tqcheck.lm.engine_choice import load_engine
from tqcheck.lm.hardware import floating_engine
from tqcheck.lm.models import resolve
from tqcheck.lm.tokens import TextTokenizer
from tqcheck.lm.windows import CONTEXT

Values = np.ndarray[Any, np.dtype[Any]]
LAYERS = (12, 18, 24)
"""After how many layers the states are taken, all together."""
_AT_ONCE = 1280  # tokens in a batch, padding included
_POOL = 1000  # sentences between two notes of progress


@dataclass(frozen=True)
class States:
    """Tokens of all sentences one after another: those of sentence i are ``bounds[i]:bounds[i + 1]``.

    ``vectors`` [tokens, layers, width] are states in float16 after each of :data:`LAYERS`, ``scores`` [tokens]
    natural log-probabilities, ``places`` and ``ends`` [tokens] where a token
    stands in the text of its sentence (code points). ``kept`` is the stem of
    the files that hold all this.
    """

    vectors: Values
    scores: Values
    places: Values
    ends: Values
    bounds: Values
    kept: Path


def context_of(text: str, before: str) -> str:
    """The text before a sentence that the model is shown: for half of the sentences, by a checksum, none.

    Sentences are checked within stories and by themselves, so the tagger learns from both.
    """
    return before if zlib.crc32(text.encode()) & 1 else ""


def states(sentences: Sequence[tuple[str, str]], cache: Path, name: str, engine: str | None = None) -> States:
    """The states of sentences, given as (text, text before it or ""); taken from ``cache`` if they are there.

    :param engine: what the model is run by; by default in floating point, as fast as this machine can.
    """
    model = resolve(None)
    told = json.dumps([model.sha256, LAYERS, CONTEXT, list(sentences)], ensure_ascii=False) + (engine or "")
    stem = cache / f"{name}-{hashlib.sha256(told.encode()).hexdigest()[:16]}"
    vectors, rest = stem.with_suffix(".vectors.npy"), stem.with_suffix(".npz")
    if not rest.is_file():
        cache.mkdir(parents=True, exist_ok=True)
        _compute(sentences, model.folder, engine or floating_engine(), vectors, rest)
    found = np.load(rest)
    arrays = (found[name] for name in ("scores", "places", "ends", "bounds"))
    return States(np.load(vectors, mmap_mode="r"), *arrays, stem)


def _compute(sentences: Sequence[tuple[str, str]], folder: Path, name: str, vectors: Path, rest: Path) -> None:
    tokenizer = TextTokenizer(folder)
    engine = load_engine(folder, engine=name)
    tokens = [list(tokenizer.tokens(text, [(0, len(text))])) for text, _ in sentences]
    lengths = [len(one) for one in tokens]
    bounds = np.concatenate([[0], np.cumsum(lengths)])
    made = np.lib.format.open_memmap(vectors, "w+", np.float16, (int(bounds[-1]), len(LAYERS), _width(engine)))
    scores = np.zeros(int(bounds[-1]), dtype=np.float32)
    begun, done = time.monotonic(), 0
    for start in range(0, len(sentences), _POOL):
        rows = {}
        for index in range(start, min(start + _POOL, len(sentences))):
            before = sentences[index][1]
            lead = tokenizer.ids(f"{before}\n")[-CONTEXT:] if before else []
            if tokens[index]:
                rows[index] = ([tokenizer.beginning, *lead, *(token.id for token in tokens[index])], 1 + len(lead))
        waiting = sorted(rows, key=lambda index: -len(rows[index][0]))
        while waiting:
            size = max(1, _AT_ONCE // len(rows[waiting[0]][0]))
            batch, waiting = waiting[:size], waiting[size:]
            ids, counts = padded([rows[index][0] for index in batch], tokenizer.beginning, engine.device)
            with torch.inference_mode():
                final, inner = engine.hidden_at(ids, counts, LAYERS)
                of_layers = torch.stack(inner, dim=2)
                spans = [(row, rows[index][1], len(rows[index][0])) for row, index in enumerate(batch)]
                before = torch.cat([final[row, first - 1 : last - 1] for row, first, last in spans])
                own = torch.cat([ids[row, first:last] for row, first, last in spans])
                found = iter(engine.log_probabilities(before, own).cpu().split([len(tokens[index]) for index in batch]))
                for (row, first, last), index in zip(spans, batch, strict=True):
                    scores[bounds[index] : bounds[index + 1]] = next(found).numpy()
                    made[bounds[index] : bounds[index + 1]] = of_layers[row, first:last].half().cpu().numpy()
        done = int(bounds[min(start + _POOL, len(sentences))])
        rate = done / (time.monotonic() - begun)
        say(f"states of {done:,} of {bounds[-1]:,} tokens, {rate:,.0f} a second")
    made.flush()
    places = np.array([token.place for one in tokens for token in one], dtype=np.int32)
    ends = np.array([token.end for one in tokens for token in one], dtype=np.int32)
    np.savez(rest, scores=scores, places=places, ends=ends, bounds=bounds)


def _width(engine: object) -> int:
    ids = torch.zeros((1, 2), dtype=torch.long)
    with torch.inference_mode():
        return int(engine.hidden_at(ids, None, ())[0].shape[-1])  # type: ignore[attr-defined]
