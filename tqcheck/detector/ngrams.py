"""A linear model over the n-grams of a text: what the counts of its wordings say.

Each n-gram is known by a 32-bit hash, so that a table of a quarter of a
million of them takes two megabytes and needs no list of words. Wordings are
counted twice over: as they are (:data:`WORDS`), and with every word but the
commonest reduced to its ending (:data:`FRAMES`), which sees the build of a
sentence and not its subject.
"""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tqcheck.detector.normalization import masked

if TYPE_CHECKING:
    import numpy as np

    Array = np.ndarray[Any, np.dtype[Any]]

WORDS, FRAMES = "words", "frames"
ORDERS = {WORDS: 3, FRAMES: 5}
"""The longest n-gram of each kind, in tokens."""
MACHINE, TRANSLATED, LANGUAGES = 0, 1, 2
"""Outputs: machine translation among all, translation by anybody, and from there on one for each source language."""
SHORT = 3
"""Letters of words that tell nobody anything by themselves."""


def ngrams(items: Sequence[str], longest: int) -> Iterator[str]:
    """All n-grams of 1 to ``longest`` items, joined by blanks.

    >>> list(ngrams(["a", "b", "c"], 2))
    ['a', 'b', 'c', 'a b', 'b c']
    """
    for size in range(1, longest + 1):
        for at in range(len(items) - size + 1):
            yield " ".join(items[at : at + size])


def hashed(items: Sequence[str], longest: int) -> Counter[int]:
    """How often each n-gram occurs, by its hash (CRC-32 of UTF-8)."""
    return Counter(zlib.crc32(ngram.encode()) for ngram in ngrams(items, longest))


@dataclass(frozen=True, slots=True)
class Table:
    """The n-grams of one kind.

    ``hashes`` [n] are sorted (uint32), ``rarity`` [n] is their inverse
    document frequency, ``weights`` [n, outputs] what each adds.
    """

    hashes: Array
    rarity: Array
    weights: Array

    def score(self, counted: Mapping[int, int]) -> Array:
        """What the n-grams of a text add to each output [outputs]; zeros for a text without known ones.

        Counts are damped (1 + ln) and weighted by rarity, and the text's vector
        has length one, so that a long text does not count for more.
        """
        import numpy as np

        if not counted:
            return np.zeros(self.weights.shape[1])
        keys = np.fromiter(counted, dtype=np.uint32, count=len(counted))
        times = np.fromiter(counted.values(), dtype=np.float64, count=len(counted))
        at, known = self._places(keys)
        at = at[known]
        values = (1 + np.log(times[known])) * self.rarity[at].astype(np.float64)
        length = float(np.linalg.norm(values))
        found: Array = values @ self.weights[at].astype(np.float64) / (length or 1.0)
        return found

    def each(self, keys: Array, output: int) -> Array:
        """What one occurrence of each n-gram adds to an output, but for the length of the text's vector [keys]."""
        at, known = self._places(keys)
        found: Array = known * self.rarity[at].astype("float64") * self.weights[at, output]
        return found

    def _places(self, keys: Array) -> tuple[Array, Array]:
        """Where hashes stand in the table, and whether they do (else the place means nothing) [keys]."""
        import numpy as np

        at = np.searchsorted(self.hashes, keys).clip(max=len(self.hashes) - 1)
        return at, self.hashes[at] == keys


@dataclass(frozen=True, slots=True)
class NgramModel:
    """Tables by kind of n-gram, what is added to their sum, and the words that frames keep."""

    tables: Mapping[str, Table]
    bias: Array
    kept: frozenset[str]

    def score(self, words: Sequence[str], kinds: Sequence[str] = (WORDS, FRAMES)) -> Array:
        """Log-odds or the like [outputs] of a text's :func:`~tqcheck.detector.normalization.tokens`, by some kinds."""
        found = self.bias.astype("float64")
        for kind in kinds:
            table = self.tables[kind]
            items = words if kind == WORDS else masked(words, self.kept)
            found = found + table.score(hashed(items, ORDERS[kind]))
        return found

    def telling(self, words: Sequence[str], output: int, number: int) -> list[str]:
        """The ``number`` wordings of a text that weigh most for an output, the heaviest first.

        Of two words or more, without marks and numbers, one of them longer than :data:`SHORT` letters; none that
        weighs against it, and none that overlaps one already named.
        """
        import numpy as np

        table = self.tables[WORDS]
        wordy = [
            ngram
            for ngram in dict.fromkeys(ngrams(words, ORDERS[WORDS]))
            if " " in ngram and all(item[0].isalpha() for item in ngram.split())
        ]
        keys = np.array([zlib.crc32(ngram.encode()) for ngram in wordy], dtype=np.uint32)
        weights = dict(zip(wordy, table.each(keys, output).tolist(), strict=True))
        found: list[str] = []
        for ngram in sorted(weights, key=lambda ngram: (-weights[ngram], ngram)):
            if weights[ngram] <= 0 or len(found) == number:
                break
            items = set(ngram.split())
            if max(map(len, items)) > SHORT and not any(items & set(one.split()) for one in found):
                found.append(ngram)
        return found
