"""Make ``models/<id>/words.json``: above how many bits a word is odd, and check it on articles it has not seen.

    python benchmarks/odd_words.py            both, some minutes on 2 cores
    python benchmarks/odd_words.py --check    the check only; writes reports/odd-words.md

The bound of a class of words is the surprisal that one in a hundred of its
words exceeds in human-written news of the training part (the sample of
``benchmarks.calibrate``). Names, numbers and what is not English belong to no
class. The check counts odd words in articles of the development part, and in
the test sentences inside and outside of what their authors marked.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from case_sentences import read_cases
from reporting import heading, save, table

from tqcheck.lm.manifest import DEFAULT_MODEL, model_data
from tqcheck.lm.scoring import Scorer, load_scorer
from tqcheck.lm.words import BOUNDS, WordBounds, WordSurprisal
from tqcheck.rules.outline import per_million

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))
from benchmarks.calibrate import sample, shuffled, spans
from benchmarks.split import NewsDocument, read_documents

SHARE = 0.01
FEWEST = 150
_GROUP = 16


@dataclass(frozen=True, slots=True)
class NewsWord:
    """A word of a document with its class (``None``: never odd)."""

    text: str
    word: WordSurprisal
    kind: str | None


def words_of(
    scorer: Scorer, bounds: WordBounds, texts: Sequence[tuple[str, Sequence[tuple[int, int]]]]
) -> Iterator[list[NewsWord]]:
    """The words of each text."""
    for start in range(0, len(texts), _GROUP):
        group = texts[start : start + _GROUP]
        for (text, _), sentences in zip(group, scorer.score(group, words=bounds), strict=True):
            found = []
            for sentence in sentences:
                for index, word in enumerate(sentence.each or ()):
                    written = text[word.start : word.end]
                    kind = bounds.class_of(written, max(1, word.tokens), first=index == 0)
                    found.append(NewsWord(written, word, kind))
            yield found
        print(f"\r{min(start + _GROUP, len(texts))}/{len(texts)} texts", end="", file=sys.stderr)
    print(file=sys.stderr)


def news(documents: Sequence[NewsDocument]) -> list[tuple[str, Sequence[tuple[int, int]]]]:
    return [(one.text, spans(one.text)) for one in documents]


def fit(scorer: Scorer, documents: Sequence[NewsDocument]) -> dict[str, object]:
    started = time.monotonic()
    bits: defaultdict[str, list[float]] = defaultdict(list)
    count = 0
    for words in words_of(scorer, WordBounds(per_million, {}), news(documents)):
        count += len(words)
        for one in words:
            if one.kind is not None:
                bits[one.kind].append(one.word.bits)
    bounds = {
        kind: {"bits": round(sorted(values)[-max(1, round(SHARE * len(values)))], 2), "words": len(values)}
        for kind, values in sorted(bits.items(), key=lambda pair: _order(pair[0]))
        if len(values) >= FEWEST
    }
    return {
        "model": {"id": scorer.id, "sha256": scorer.sha256},
        "made": {
            "by": f"python benchmarks/odd_words.py --documents {len(documents)}",
            "on": date.today().isoformat(),
            "seconds": round(time.monotonic() - started),
            "documents": len(documents),
            "words": count,
        },
        "share": SHARE,
        "bounds": bounds,
    }


def _order(kind: str) -> tuple[int, str]:
    return (-int(kind), "") if kind.isdigit() else (0, kind)


def check(scorer: Scorer, bounds: WordBounds, size: int) -> str:
    human = sample("development", size)
    machine = shuffled(read_documents("development", frozenset({"machine"})))[: size // 2]
    groups = {
        "English originals": [one for one in human if one.label == "original"],
        "human translations": [one for one in human if one.label == "human"],
        "machine translations": machine,
    }
    rows = []
    kinds: Counter[str] = Counter()
    odd: Counter[str] = Counter()
    totals: Counter[str] = Counter()
    for name, documents in groups.items():
        words = [one for found in words_of(scorer, bounds, news(documents)) for one in found]
        rows.append(_row(name, len(documents), words))
        if name != "machine translations":
            totals["words"] += len(words)
            totals["odd"] += sum(one.word.odd for one in words)
            totals["documents"] += len(documents)
            kinds.update(one.kind for one in words if one.kind is not None)
            odd.update(one.kind for one in words if one.kind is not None and one.word.odd)
    share = totals["odd"] / totals["words"]
    rows.append(["**all human-written**", str(totals["documents"]), f"{totals['words']:,}", f"{share:.2%}", ""])
    by_class = [
        [kind, _bits(bounds.bounds.get(kind)), f"{count:,}", f"{odd[kind]:,}", f"{odd[kind] / count:.1%}"]
        for kind, count in sorted(kinds.items(), key=lambda pair: _order(pair[0]))
    ]
    return (
        table(["articles of the development part", "documents", "words", "odd", "odd with an expected word"], rows)
        + "\nHuman-written, by class (a number: at least so many times in a million words of news):\n\n"
        + table(["class", "bound, bits", "words", "odd", "share"], by_class)
    )


def _bits(bound: float | None) -> str:
    return "none" if bound is None else f"{bound:.1f}"


def _row(name: str, documents: int, words: Sequence[NewsWord]) -> list[str]:
    odd = [one for one in words if one.word.odd]
    named = sum(bool(one.word.expected) for one in odd)
    return [name, str(documents), f"{len(words):,}", f"{len(odd) / len(words):.2%}", f"{named / max(1, len(odd)):.0%}"]


def check_cases(scorer: Scorer, bounds: WordBounds, every: int) -> str:
    cases = [one for one in read_cases() if one.span is not None][::every]
    found = words_of(scorer, bounds, [(one.text, [(0, len(one.text))]) for one in cases])
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for case, words in zip(cases, found, strict=True):
        assert case.span is not None
        start, end = case.span
        count = counts[case.half]
        count["cases"] += 1
        inside = [one for one in words if one.word.start < end and start < one.word.end]
        outside = [one for one in words if not (one.word.start < end and start < one.word.end)]
        count["touched"] += any(one.word.odd for one in inside)
        count["inside"] += len(inside)
        count["odd inside"] += sum(one.word.odd for one in inside)
        count["outside"] += len(outside)
        count["odd outside"] += sum(one.word.odd for one in outside)
    rows = [
        [
            half,
            str(count["cases"]),
            f"{count['touched'] / count['cases']:.0%}",
            f"{count['odd inside'] / count['inside']:.1%}",
            f"{count['odd outside'] / count['outside']:.1%}",
        ]
        for half, count in sorted(counts.items())
    ]
    return table(["test sentences", "artifacts", "with an odd word in them", "odd inside", "odd outside"], rows)


def cost(scorer: Scorer, bounds: WordBounds, documents: Sequence[NewsDocument]) -> str:
    """Processor time of scoring with single words, as a multiple of that without."""
    texts = news(documents)
    taken = []
    for words in (None, bounds):
        started = time.process_time()
        scorer.score(texts, words=words)
        taken.append(time.process_time() - started)
    return f"Scoring {len(texts)} articles with their words takes {taken[1] / taken[0]:.2f} times the processor time.\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=160, help="size of the sample")
    parser.add_argument("--check-documents", type=int, default=100, help="human-written documents in the check")
    parser.add_argument("--every-case", type=int, default=1, help="score every such test sentence only")
    parser.add_argument("--check", action="store_true", help="only check the bounds that are there")
    options = parser.parse_args()
    scorer = load_scorer(engine="float32")
    path = model_data() / DEFAULT_MODEL / BOUNDS
    if not options.check:
        made = fit(scorer, sample("train", options.documents))
        text = json.dumps(made, indent=1)
        path.write_text(text + "\n", encoding="utf-8")
    raw = json.loads(path.read_text(encoding="utf-8"))
    bounds = WordBounds.load(path.parent, per_million)
    save(
        "odd-words.md",
        heading("Odd words, checked on held-out articles", ("torch",))
        + f"Bounds for {raw['model']['id']}, made from {raw['made']['words']:,} words in {raw['made']['documents']} "
        f"articles of the training part on {raw['made']['on']}: {raw['share']:.0%} of the words of each class lie "
        "above them. Names, numbers and what is not English have no class and are never odd.\n\n"
        + check(scorer, bounds, options.check_documents)
        + "\n"
        + check_cases(scorer, bounds, options.every_case)
        + "\n"
        + cost(scorer, bounds, sample("development", 6)),
    )


if __name__ == "__main__":
    main()
