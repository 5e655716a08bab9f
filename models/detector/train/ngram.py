"""Trains the n-gram part of the verdict: logistic regression over hashed n-grams."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse
from sklearn.linear_model import LogisticRegression

from benchmarks.detection.states import Values
from models.detector.train.documents import Collection
from tqcheck.detector.ngrams import FRAMES, ORDERS, WORDS, hashed
from tqcheck.detector.normalization import masked

KEPT = 400
"""Words that frames keep: those most frequent in the group where each is rarest, so that no subject is among them."""
FEWEST_DOCUMENTS = 8
FEWEST_GROUPS = 3
"""Test sets that an n-gram must occur in; what only one has is its subject or its house style."""
STRENGTH = {WORDS: 3.0, FRAMES: 3.0}
"""Inverse of the regularisation."""


@dataclass(frozen=True)
class Vocabulary:
    """The n-grams of one kind that weights are learnt for: sorted hashes and inverse document frequencies [n]."""

    kind: str
    hashes: Values
    rarity: Values

    def vectors(self, counted: Sequence[Counter[int]]) -> Any:
        """Sparse rows [texts, n]: counts damped and weighted by rarity, each row of length 1."""
        lengths = [len(one) for one in counted]
        keys = np.concatenate([np.fromiter(one, np.uint32, len(one)) for one in counted])
        times = np.concatenate([np.fromiter(one.values(), np.float64, len(one)) for one in counted])
        at = np.searchsorted(self.hashes, keys).clip(max=len(self.hashes) - 1)
        known = self.hashes[at] == keys
        columns = at[known]
        rows = np.repeat(np.arange(len(counted)), lengths)[known]
        values = (1 + np.log(times[known])) * self.rarity[columns]
        made = sparse.csr_matrix((values, (rows, columns)), shape=(len(counted), len(self.hashes)))
        norms = np.sqrt(np.asarray(made.multiply(made).sum(axis=1)).ravel())
        return (sparse.diags(1 / np.where(norms, norms, 1)) @ made).tocsr()


@dataclass(frozen=True)
class Counts:
    """The n-grams of texts by kind."""

    by_kind: Mapping[str, Sequence[Counter[int]]]

    @classmethod
    def of(cls, words: Iterable[Sequence[str]], kept: frozenset[str]) -> Counts:
        """Counts of texts given as tokens; ``kept`` are the words that frames keep."""
        found: dict[str, list[Counter[int]]] = {WORDS: [], FRAMES: []}
        for one in words:
            found[WORDS].append(hashed(one, ORDERS[WORDS]))
            found[FRAMES].append(hashed(masked(one, kept), ORDERS[FRAMES]))
        return cls(found)


def common_words(words: Sequence[Sequence[str]], groups: Values, number: int = KEPT) -> frozenset[str]:
    """The ``number`` words whose document frequency is highest in the group where it is lowest."""
    lowest: dict[str, float] = {}
    names = np.unique(groups)
    for group in names:
        inside = np.flatnonzero(groups == group)
        found: Counter[str] = Counter()
        for index in inside:
            found.update({word for word in words[index] if word[0].isalpha()})
        if group == names[0]:
            lowest = {word: count / len(inside) for word, count in found.items()}
        else:
            lowest = {word: min(share, found[word] / len(inside)) for word, share in lowest.items() if word in found}
    return frozenset(sorted(lowest, key=lambda word: (-lowest[word], word))[:number])


def vocabulary(kind: str, counted: Sequence[Counter[int]], groups: Values) -> Vocabulary:
    """The n-grams of documents that occur often enough."""
    keys = [np.fromiter(one, np.uint32, len(one)) for one in counted]
    lengths = [len(one) for one in keys]
    hashes, column, frequency = np.unique(np.concatenate(keys), return_inverse=True, return_counts=True)
    seen = np.zeros(len(hashes), dtype=np.int16)
    of_group = np.repeat(np.unique(groups, return_inverse=True)[1], lengths)
    for group in range(of_group.max() + 1):
        seen[np.unique(column[of_group == group])] += 1
    chosen = (frequency >= FEWEST_DOCUMENTS) & (seen >= FEWEST_GROUPS)
    rarity = np.log((1 + len(counted)) / (1 + frequency[chosen])) + 1
    return Vocabulary(kind, hashes[chosen], rarity.astype(np.float16).astype(np.float32))


def fit(kind: str, rows: Any, documents: Collection, chosen: Values) -> tuple[Values, Values]:
    """Weights [n, 2] and biases [2] of one kind: of a machine's document, and of a translation.

    Learnt from the chosen documents, whose vectors are among ``rows``.
    """
    weights, biases = [], []
    for sides in (documents.machine, documents.translated):
        model = LogisticRegression(C=STRENGTH[kind], solver="liblinear", max_iter=60, random_state=0)
        model.fit(rows[chosen], sides[chosen], sample_weight=documents.weights(chosen, sides))
        weights.append(model.coef_[0])
        biases.append(float(model.intercept_[0]))
    return np.stack(weights, axis=1), np.array(biases)
