"""What the embedded model, and the network of fluency, say of each token of single sentences.

Kept in files, to try many formulas on.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.judgements import Judged, Part, sample
from tqcheck.detector.fluency import FluencyReader
from tqcheck.lm.scoring import Scorer, load_scorer


@dataclass(frozen=True, slots=True)
class SentenceTokens:
    """A sentence and, of each of its tokens, id, where it ends (code points) and surprisal (bits).

    ``errors`` and ``edits`` are how likely people would mark and change each.
    """

    text: str
    ids: np.ndarray[Any, Any]
    ends: np.ndarray[Any, Any]
    bits: np.ndarray[Any, Any]
    errors: np.ndarray[Any, Any]
    edits: np.ndarray[Any, Any]

    @property
    def shares(self) -> tuple[float, float]:
        """The mean of either over the tokens."""
        return float(self.errors.mean()), float(self.edits.mean())


def measure(scorer: Scorer, reader: FluencyReader, texts: Sequence[str]) -> list[SentenceTokens]:
    """The tokens of each text, which is one sentence, by itself after the beginning token."""
    found: dict[int, SentenceTokens] = {}
    inputs = [(text, [(0, len(text))]) for text in texts]
    stream = scorer._windows(inputs)
    while pool := list(islice(stream, 64)):
        for window, told in zip(pool, scorer._scores(pool, None, [reader]), strict=True):
            assert window.document not in found, "a text of more than one window"
            read = np.array(told.read[0], dtype=np.float32).reshape(-1, 2)
            found[window.document] = SentenceTokens(
                texts[window.document],
                np.array(window.ids[window.first :], dtype=np.int32),
                np.array(window.ends, dtype=np.int32),
                -np.array(told.scores, dtype=np.float32) / math.log(2),
                *read.T,
            )
        print(f"\r{len(found)}/{len(texts)} sentences", end="", file=sys.stderr)
    print(file=sys.stderr)
    return [found[at] for at in range(len(texts))]


def judged_tokens(part: Part, size: int, cache: Path | None) -> dict[str, list[tuple[Judged, SentenceTokens]]]:
    """The sample of a part with its tokens, for each source language; read from ``cache`` where it is there."""
    scorer: Scorer | None = None
    reader = FluencyReader.open()
    found = {}
    for language, rows in sample(part, size).items():
        path = cache / f"{language}-{part}-{reader.sha256[:16]}.npz" if cache else None
        tokens = _load(path) if path and path.exists() else []
        if [one.text for one in tokens] != [row.text for row in rows]:
            scorer = scorer or load_scorer(engine="float32")
            tokens = measure(scorer, reader, [row.text for row in rows])
            if path:
                path.parent.mkdir(parents=True, exist_ok=True)
                _save(path, tokens)
        found[language] = list(zip(rows, tokens, strict=True))
    return found


_FIELDS = ("ids", "ends", "bits", "errors", "edits")


def _save(path: Path, sentences: Sequence[SentenceTokens]) -> None:
    arrays = {name: np.concatenate([getattr(one, name) for one in sentences]) for name in _FIELDS}
    counts = np.array([len(one.ids) for one in sentences])
    np.savez_compressed(path, texts=np.array([one.text for one in sentences]), counts=counts, **arrays)


def _load(path: Path) -> list[SentenceTokens]:
    with np.load(path) as stored:
        edges = np.cumsum(stored["counts"])[:-1]
        columns = [np.split(stored[name], edges) for name in _FIELDS]
        return [SentenceTokens(str(text), *values) for text, *values in zip(stored["texts"], *columns, strict=True)]
