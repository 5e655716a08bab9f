"""Sentence fluency against human judgement, on sentences that no choice rests on; writes reports/fluency-human.md.

    python -m benchmarks.fluency --cache FOLDER    scores about 80,000 tokens; a minute with a filled cache

Each sentence is scored by itself. ``--part train`` shows the part that the choices rest on and writes nothing.
"""

from __future__ import annotations

import argparse
import sys
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.judgements import Judged, is_talk
from benchmarks.normalization import TRAIN
from benchmarks.ranks import Values, partial_spearman, ranks, spearman
from benchmarks.reporting import heading, save, table
from benchmarks.surprisals import SentenceTokens, judged_tokens
from tqcheck.detector.fluency import FluencyReader
from tqcheck.lm.normalization import Normalizer
from tqcheck.text.words import count_words

HELD_OUT = 300
BOUNDS = (4, 6, 8, 10, 12, 14, 16, 18, 20)
"""Surprisal bounds (bits of a word) to choose from on the training part."""
RESAMPLES = 1000
NORMALIZED, OURS = "normalized", "with judgement"
MANY = 0.4
"""Share of names and numbers from which a sentence is said to have many."""


@dataclass(frozen=True, slots=True)
class Language:
    """The sentences of one source language, with the scores of each measure.

    ``lengths`` are in words, ``names`` the share of names and numbers among them, ``wholes`` a number for each
    document, or source sentence that stands alone, ``talks`` which are of talks.
    """

    badness: Values
    lengths: Values
    names: Values
    wholes: Values
    talks: Values
    scores: Mapping[str, Values]


def measured(rows: Sequence[tuple[Judged, SentenceTokens]], bounds: Sequence[float]) -> Language:
    """Every measure, larger for worse sentences."""
    normalizer, adding = Normalizer(), FluencyReader.open().adding
    columns: dict[str, list[float]] = {}
    names: list[float] = []
    for row, tokens in rows:
        words, _ = normalizer._words(row.text, tokens.ends.tolist(), tokens.bits.tolist())
        bits = np.array([word.bits for word in words])
        rare = np.array([word.frequency for word in words])
        total = float(tokens.bits.sum())
        names.append(sum(word.name or word.number for word in words) / len(words))
        normalized = normalizer.score(row.text, tokens.ends.tolist(), tokens.bits.tolist())
        found = {
            "length alone": float(len(words)),
            "mean log-probability": total / len(tokens.bits),
            "sum": total,
            "SLOR": float((total - rare.sum()) / len(words)),
            **{f"over {bound} bits": float((bits > bound).mean()) for bound in bounds},
            NORMALIZED: normalized,
            OURS: adding.to(normalized, *tokens.shares),
        }
        for name, value in found.items():
            columns.setdefault(name, []).append(value)
    return Language(
        np.array([row.badness for row, _ in rows]),
        np.array([count_words(row.text) for row, _ in rows], dtype=float),
        np.array(names),
        np.array([zlib.crc32(row.whole.encode()) for row, _ in rows]),
        np.array([is_talk(row.whole) for row, _ in rows]),
        {name: np.array(values) for name, values in columns.items()},
    )


def given_length(one: Language, name: str, chosen: Values | None = None) -> float:
    at = slice(None) if chosen is None else chosen
    return partial_spearman(one.scores[name][at], one.badness[at], one.lengths[at])


def resamples(one: Language) -> list[Values]:
    """Sentences drawn anew with replacement, all those of a document or source together."""
    random = np.random.default_rng(20)
    wholes = np.unique(one.wholes)
    members = [np.flatnonzero(one.wholes == whole) for whole in wholes]
    draws = random.integers(0, len(wholes), (RESAMPLES, len(wholes)))
    return [np.concatenate([members[at] for at in draw]) for draw in draws]


def interval(values: Sequence[float]) -> str:
    low, high = np.quantile(values, [0.025, 0.975])
    return f"{low:.2f} to {high:.2f}"


def best_bound(found: Mapping[str, Language]) -> int:
    """The bound whose share of words agrees best with the judgements, given length, in the mean of the languages."""
    return max(BOUNDS, key=lambda bound: np.mean([given_length(one, f"over {bound} bits") for one in found.values()]))


def tables(found: Mapping[str, Language], bound: int) -> str:
    over = f"over {bound} bits"
    names = ["length alone", "mean log-probability", "sum", "SLOR", over, NORMALIZED, OURS]
    rivals = names[1:-2]
    plain, fixed, gains = [], [], []
    draws = {language: resamples(one) for language, one in found.items()}
    drawn = {
        language: {name: [given_length(one, name, draw) for draw in draws[language]] for name in names[1:]}
        for language, one in found.items()
    }
    for language, one in found.items():
        count = str(len(one.badness))
        pair = f"{language}–en"
        plain.append([pair, count, *(f"{spearman(one.scores[name], one.badness):.3f}" for name in names)])
        values = {name: given_length(one, name) for name in names[1:]}
        ours = drawn[language][OURS]
        fixed.append([pair, count, *(f"{value:.3f}" for value in values.values()), interval(ours)])
        best = max(rivals, key=lambda name: values[name])
        differences = [a - b for a, b in zip(ours, drawn[language][best], strict=True)]
        gains.append([pair, best, f"{values[OURS] - values[best]:+.3f}", interval(differences)])
    means = {name: float(np.mean([given_length(one, name) for one in found.values()])) for name in names[1:]}
    mean_draws = {name: np.mean([drawn[language][name] for language in found], axis=0) for name in names[1:]}
    fixed.append(["mean", "", *(f"{value:.3f}" for value in means.values()), interval(list(mean_draws[OURS]))])
    best = max(rivals, key=lambda name: means[name])
    spread = interval(list(mean_draws[OURS] - mean_draws[best]))
    gains.append(["mean", best, f"{means[OURS] - means[best]:+.3f}", spread])
    return (
        "## Given length\n\nPartial Spearman, the number of words held fixed.\n\n"
        + table(["pair", "n", *names[1:], f"95 % of {OURS}"], fixed)
        + "\nWhat fluency rests on (with judgement) against the best of the other measures, picked with hindsight:\n\n"
        + table(["pair", "best other", "gain", "95 %"], gains)
        + "\n## Plain Spearman\n\n"
        + table(["pair", "n", *names], plain)
    )


def kinds_table(one: Language, bound: int) -> str:
    """The marked sentences of news and of talks by themselves, given length."""
    names = ["mean log-probability", "sum", "SLOR", f"over {bound} bits", NORMALIZED, OURS]
    rows = []
    for kind, chosen in (("news", ~one.talks), ("talks", one.talks)):
        at = np.flatnonzero(chosen)
        rows.append([kind, str(len(at)), *(f"{given_length(one, name, at):.3f}" for name in names)])
    return "\n## zh–en by kind\n\nPartial Spearman, the number of words held fixed.\n\n" + table(
        ["", "n", *names], rows
    )


def names_table(found: Mapping[str, Language], bound: int) -> str:
    """What share of names and numbers does to the scores of faultless sentences."""
    faultless = [(one, one.badness == 0) for one in found.values()]
    share = np.concatenate([one.names[at] for one, at in faultless])
    rows = []
    for name in ("mean log-probability", "SLOR", f"over {bound} bits", NORMALIZED, OURS):
        # Places among the sentences of the same language, so that languages can be taken together.
        places = np.concatenate([(ranks(one.scores[name]) / len(one.badness))[at] for one, at in faultless])
        rows.append(
            [
                name,
                f"{spearman(places, share):+.3f}",
                f"{places[share >= MANY].mean():.2f}",
                f"{places[share == 0].mean():.2f}",
            ]
        )
    count = (
        f"{len(share)} sentences, {int((share >= MANY).sum())} with many names and {int((share == 0).sum())} with none"
    )
    return (
        "\n## Names and numbers\n\nSentences that nothing was wrong with: "
        f"{count}. Many: {MANY:.0%} of the words or more are names or numbers. Place: 0 to 1 from the lowest score to "
        "the highest among all sentences of the pair.\n\n"
        + table(["measure", "Spearman with the share of names", "mean place, many", "mean place, none"], rows)
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cache", type=Path, help="folder that keeps the surprisals of the sentences")
    parser.add_argument("--part", choices=("train", "held-out"), default="held-out")
    arguments = parser.parse_args()
    train = {name: measured(rows, BOUNDS) for name, rows in judged_tokens("train", TRAIN, arguments.cache).items()}
    bound = best_bound(train)
    if arguments.part == "train":
        sys.stdout.write(tables(train, bound) + names_table(train, bound))
        return
    held_out = judged_tokens("held-out", HELD_OUT, arguments.cache)
    found = {name: measured(rows, [bound]) for name, rows in held_out.items()}
    head = heading("Sentence fluency against human judgement", ("torch",)) + INTRODUCTION.replace("BOUND", str(bound))
    report = tables(found, bound) + kinds_table(found["zh"], bound) + names_table(found, bound)
    save("fluency-human.md", head + report)


INTRODUCTION = """\
Machine-translated sentences with a human judgement: ro, et, ne, si and ru post-edited, judged by HTER; zh with marked
errors (news and talks), 5 for a major and 1 for a minor one, averaged over annotators, up to two systems to a source.
All rows of a source sentence are in one part, of zh those of a document. Sentences of 4 to 60 words, each scored by
itself. The network of fluency (`models/detector/train/fluency.py`), parameters, frequencies
(`benchmarks/normalization.py`) and the bound of the share of words come from the training part, none from these
sentences. Coefficients are positive where a higher score goes with a worse sentence.

* mean log-probability: bits per token. sum: bits of the sentence.
* SLOR: bits less the words' frequency (−log₂ p in news), per word.
* over BOUND bits: the share of words of more bits.
* normalized: `tqcheck.lm.normalization`. with judgement: with what `tqcheck.detector.fluency` adds.

Intervals: 1000 bootstrap resamples of documents, or of source sentences that stand alone.

"""


if __name__ == "__main__":
    main()
