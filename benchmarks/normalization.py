"""Make ``tqcheck/lm/frequencies.txt`` and ``tqcheck/lm/normalization.json``.

    python -m benchmarks.normalization --cache FOLDER    scores about 40,000 tokens; a minute with a filled cache

Frequencies: words that occur :data:`LEAST` times or more in human-written news of the training part, to the
half bit. Parameters: those with the highest mean over the source languages of the partial Spearman coefficient
(given the number of words) between normalized surprisal and human judgement on the training part, found one
parameter at a time. The choice is then made anew without each language in turn and tried on that one.
"""

from __future__ import annotations

import argparse
import json
import math
import statistics
import sys
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np

import tqcheck.lm
from benchmarks.judgements import Judged
from benchmarks.ranks import Values, partial_spearman
from benchmarks.split import read_documents
from benchmarks.surprisals import SentenceTokens, judged_tokens
from tqcheck.lm.normalization import Frequencies, Normalizer, Parameters
from tqcheck.text.spelling import fold
from tqcheck.text.words import WORD

FOLDER = Path(tqcheck.lm.__file__).parent
LEAST = 5
TRAIN = 250
"""Sentences of each language that the choice rests on, twice as many of zh."""
START = Parameters(2, 30, 1, 1, 1, 0.5, 9, 1)
GRID: Mapping[str, Sequence[float]] = {
    "letter_bits": (0, 0.5, 1, 2, 3, 4),
    "cap": (17, 20, 25, 30, 40, 99),
    "name_weight": (0.5, 0.7, 0.85, 1),
    "number_weight": (0.5, 0.7, 0.85, 1),
    "mark_weight": (0.5, 1, 1.5, 2, 3),
    "repeated_share": (0, 0.5, 0.75, 1),
    "content_bits": (9, 11, 13),
}
GAIN = 0.0007
"""A parameter is moved only for a better mean coefficient than this."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The sentences of one language ready for the formula, their badness and numbers of words."""

    words: list[tuple[list, float]]  # type: ignore[type-arg]
    badness: Values
    lengths: Values

    def coefficient(self, parameters: Parameters, frequencies: Frequencies) -> float:
        """Partial Spearman of normalized surprisal and badness, the number of words held fixed."""
        normalizer = Normalizer(parameters, frequencies)
        scores = np.array([normalizer.combine(words, marks) for words, marks in self.words])
        return partial_spearman(scores, self.badness, self.lengths)


def prepared(rows: Sequence[tuple[Judged, SentenceTokens]], frequencies: Frequencies) -> Sample:
    normalizer = Normalizer(START, frequencies)
    words = [normalizer._words(row.text, tokens.ends.tolist(), tokens.bits.tolist()) for row, tokens in rows]
    badness = np.array([row.badness for row, _ in rows])
    return Sample(words, badness, np.array([len(found) for found, _ in words]))


def choose(samples: Sequence[Sample], frequencies: Frequencies, rounds: int = 2) -> Parameters:
    """The best parameters for the mean coefficient, one at a time from :data:`START`."""

    def value(parameters: Parameters) -> float:
        return statistics.fmean(one.coefficient(parameters, frequencies) for one in samples)

    best, reached = START, value(START)
    for _ in range(rounds):
        for name, choices in GRID.items():
            for choice in choices:
                tried = replace(best, **{name: choice})
                if tried != best and (found := value(tried)) > reached + GAIN:
                    best, reached = tried, found
    return best


def count_words() -> Counter[str]:
    """Folded words of human-written news of the training part."""
    counts: Counter[str] = Counter()
    for document in read_documents("train", frozenset({"original", "human"})):
        counts.update(match.group() for match in WORD.finditer(fold(document.text)))
    return counts


def frequency_lines(counts: Counter[str]) -> list[str]:
    total = sum(counts.values())
    classes: dict[float, list[str]] = defaultdict(list)
    for word, count in counts.items():
        if count >= LEAST and not any(char.isdigit() for char in word):
            classes[round(-2 * math.log2(count / total)) / 2].append(word)
    lines = [
        f"# −log₂ of the frequency of {sum(map(len, classes.values()))} words, folded, to the half bit: counted in",
        f"# {total} words of human-written English news (WMT 2008–2021 and BBC, training part), {LEAST} times or more.",
        "# Made by benchmarks/normalization.py.",
    ]
    for bits, words in sorted(classes.items()):
        line = f"{bits:g}"
        for word in sorted(words):
            if len(line) + len(word) >= 120:
                lines.append(line)
                line = f"{bits:g}"
            line += f" {word}"
        lines.append(line)
    return lines


def mean_expected(counts: Counter[str], frequencies: Frequencies, letter_bits: float) -> float:
    total = sum(counts.values())
    return sum(count * (frequencies.bits(word) + letter_bits * len(word)) / total for word, count in counts.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, help="folder that keeps the surprisals of the sentences")
    arguments = parser.parse_args()
    counts = count_words()
    lines = frequency_lines(counts)
    frequencies = Frequencies.parse(lines)
    found = judged_tokens("train", TRAIN, arguments.cache)
    samples = {language: prepared(rows, frequencies) for language, rows in found.items()}
    chosen = choose(list(samples.values()), frequencies)
    chosen = replace(chosen, mean_expected=round(mean_expected(counts, frequencies, chosen.letter_bits), 3))
    left_out = {}
    for language in samples:
        others = choose([one for name, one in samples.items() if name != language], frequencies, 1)
        left_out[language] = round(samples[language].coefficient(others, frequencies), 3)
    facts = {
        "made by": "benchmarks/normalization.py",
        "sentences": {language: len(one.lengths) for language, one in samples.items()},
        "partial spearman": {
            language: round(one.coefficient(chosen, frequencies), 3) for language, one in samples.items()
        },
        "partial spearman, chosen without the language": left_out,
    }
    (FOLDER / "frequencies.txt").write_text("\n".join(lines) + "\n", "utf-8")
    text = json.dumps({**asdict(chosen), "training": facts}, indent=2)
    (FOLDER / "normalization.json").write_text(text + "\n", "utf-8")
    sys.stdout.write(text + "\n")


if __name__ == "__main__":
    main()
