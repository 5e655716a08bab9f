"""Make ``models/<id>/calibration.json``, and check it on articles it has not seen.

    python -m benchmarks.calibrate            both, about 10 minutes on 2 cores
    python -m benchmarks.calibrate --check    the check only; writes reports/fluency-calibration.md

Sample: human-written news of the training part, half English originals (BBC at
most a third of them) and half human translations, each document cut to its
first 400 words. The check scores documents of the development part the same
way, and machine translations of the same articles beside them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.split import NewsDocument, article_key, read_documents
from tqcheck.detector.fluency import FluencyReader
from tqcheck.lm.calibration import CALIBRATION, Calibration
from tqcheck.lm.calibration_sample import Sample, dumps, today, with_words
from tqcheck.lm.calibration_sample import calibrate as calibration_of
from tqcheck.lm.manifest import DEFAULT_MODEL, model_data
from tqcheck.lm.scoring import Scorer, load_scorer
from tqcheck.lm.sentences import SentenceSurprisal
from tqcheck.text.sentences import split_sentences
from tqcheck.text.words import WORD

ROOT = Path(__file__).resolve().parents[1]
REPORT = ROOT / "reports" / "fluency-calibration.md"
WORDS = 400


@dataclass(frozen=True, slots=True)
class Scored:
    """A document's sentences in order with their surprisal, those without a word left out."""

    document: NewsDocument
    sentences: tuple[SentenceSurprisal, ...]


def shuffled(documents: Iterable[NewsDocument]) -> list[NewsDocument]:
    """In an order that looks random and is always the same; one document for each beginning of a text."""
    ordered = sorted(documents, key=lambda one: hashlib.sha256(f"calibrate {one.id}".encode()).digest())
    seen: set[str] = set()
    kept = []
    for one in ordered:
        start = " ".join(one.text.split())[:200]
        if start not in seen:
            seen.add(start)
            kept.append(one)
    return kept


def sample(part: str, size: int) -> list[NewsDocument]:
    """Human-written documents: half originals, of which BBC at most a third, half translations, one to an article."""
    documents = shuffled(
        read_documents("train" if part == "train" else "development", frozenset({"original", "human"}))
    )
    bbc = [one for one in documents if one.id.startswith("bbc-")]
    originals = [one for one in documents if one.label == "original" and not one.id.startswith("bbc-")]
    articles: set[str] = set()
    translations = []
    for one in documents:
        key = article_key(one.id, one.system)
        if one.label == "human" and key not in articles:
            articles.add(key)
            translations.append(one)
    of_bbc = size // 6
    return bbc[:of_bbc] + originals[: size // 2 - of_bbc] + translations[: size - size // 2]


def score(scorer: Scorer, documents: Sequence[NewsDocument]) -> list[Scored]:
    reader = FluencyReader.of(scorer.sha256)
    assert reader is not None, "the embedded model has none"
    found = []
    for start in range(0, len(documents), 16):
        group = documents[start : start + 16]
        inputs = [(one.text, spans(one.text)) for one in group]
        for document, scores in zip(group, scorer.score(inputs, readers=[reader]), strict=True):
            if kept := with_words(reader.judged(scores)):
                found.append(Scored(document, kept))
        print(f"\r{min(start + 16, len(documents))}/{len(documents)} documents", end="", file=sys.stderr)
    print(file=sys.stderr)
    return found


def spans(text: str) -> list[tuple[int, int]]:
    """The sentences of the lines of a text, up to the first :data:`WORDS` words."""
    found: list[tuple[int, int]] = []
    words = 0
    start = 0
    for line in text.split("\n"):
        for left, right in split_sentences(text, start, start + len(line)):
            words += len(WORD.findall(text, left, right))
            if words > WORDS and found:
                return found
            found.append((left, right))
        start += len(line) + 1
    return found


def calibrate(scorer: Scorer, size: int, command: str) -> Mapping[str, object]:
    started = time.monotonic()
    scored = score(scorer, sample("train", size))
    kinds = Counter("BBC" if one.document.id.startswith("bbc-") else one.document.label for one in scored)
    made = {
        "by": command,
        "on": today(),
        "seconds": round(time.monotonic() - started),
        "documents": dict(sorted(kinds.items())),
    }
    reader = FluencyReader.open().sha256
    return calibration_of(Sample.of(one.sentences for one in scored), scorer.id, scorer.sha256, made, reader)


def check(scorer: Scorer, calibration: Calibration, size: int) -> list[tuple[str, list[Scored]]]:
    human = sample("development", size)
    keys = {article_key(one.id, one.system) for one in human if one.label == "human"}
    machine: dict[str, NewsDocument] = {}
    for one in shuffled(read_documents("development", frozenset({"machine"}))):
        # DeepL's numbering of 2015 and 2018 runs ahead of the references': its articles are not the same ones.
        key = article_key(one.id, one.system)
        if key in keys and one.system != "deepl":
            machine.setdefault(key, one)
    groups = [
        ("English originals (WMT)", [o for o in human if o.label == "original" and not o.id.startswith("bbc-")]),
        ("English originals (BBC)", [o for o in human if o.id.startswith("bbc-")]),
        ("human translations", [o for o in human if o.label == "human"]),
        ("machine translations of the same articles", list(machine.values())),
    ]
    return [(name, score(scorer, documents)) for name, documents in groups if documents]


def write_report(groups: list[tuple[str, list[Scored]]], calibration: Calibration, facts: dict[str, object]) -> str:
    human = [one for name, scored in groups if not name.startswith("machine") for one in scored]
    lines = [
        "# Fluency calibration, checked on held-out articles",
        "",
        f"Command: `python -m benchmarks.calibrate`. Model {facts['id']}, weights sha256 `{facts['sha256']}`.",
        f"Made from {facts['made']}.",
        "",
        "Fluency is a percentile among human-written news: on news it has not seen, the mean should be near 50 and "
        "about 5 % should score under 5. It measures how expected a text is and says nothing about who or what wrote "
        "it: compare human and machine translations of the same articles below.",
        "",
        "| group | documents | mean | under 5 | over 95 | sentences | mean | under 5 | over 95 |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for name, scored in [*groups, ("**all human-written**", human)]:
        documents = [calibration.document_fluency(*totals(one)) for one in scored]
        sentences = [
            calibration.sentence_fluency(sentence.normalized, sentence.words, opening=index == 0)
            for one in scored
            for index, sentence in enumerate(one.sentences)
        ]
        lines.append(f"| {name} | {row(documents)} | {row(sentences)} |")
    lines += [
        "",
        "First sentences have no context, so they are calibrated apart. All human-written, by place and length:",
        "",
        "| sentences | number | mean bits per word | mean fluency | under 5 |",
        "|---|---|---|---|---|",
    ]
    firsts = [(one.sentences[0], True) for one in human]
    rest = [(sentence, False) for one in human for sentence in one.sentences[1:]]
    classes = [("first of the document", firsts)]
    for low, high in zip((1, 6, 10, 14, 19, 26, 37), (6, 10, 14, 19, 26, 37, 10**9), strict=True):
        name = f"later, {low}–{high - 1} words" if high < 10**9 else f"later, {low} words and more"
        classes.append((name, [pair for pair in rest if low <= pair[0].words < high]))
    for name, pairs in classes:
        if not pairs:
            continue
        scores = [calibration.sentence_fluency(one.normalized, one.words, opening=first) for one, first in pairs]
        mean = statistics.fmean(one.normalized for one, _ in pairs)
        under = sum(value < 5 for value in scores) / len(scores)
        lines.append(f"| {name} | {len(pairs):,} | {mean:.2f} | {statistics.fmean(scores):.1f} | {under:.1%} |")
    return "\n".join(lines) + "\n"


def totals(one: Scored) -> tuple[float, int]:
    words = sum(sentence.words for sentence in one.sentences)
    return sum(sentence.normalized * sentence.words for sentence in one.sentences) / words, words


def row(scores: Sequence[float]) -> str:
    under = sum(value < 5 for value in scores) / len(scores)
    over = sum(value > 95 for value in scores) / len(scores)
    return f"{len(scores):,} | {statistics.fmean(scores):.1f} | {under:.1%} | {over:.1%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--documents", type=int, default=260, help="size of the sample")
    parser.add_argument("--check-documents", type=int, default=160, help="human-written documents in the check")
    parser.add_argument("--check", action="store_true", help="only check the calibration that is there")
    options = parser.parse_args()
    scorer = load_scorer(engine="float32")
    folder = model_data() / DEFAULT_MODEL
    path = folder / CALIBRATION
    if not options.check:
        made = calibrate(scorer, options.documents, f"python -m benchmarks.calibrate --documents {options.documents}")
        path.write_text(dumps(made), encoding="utf-8")
    calibration = Calibration.load(folder)
    raw = json.loads(path.read_text(encoding="utf-8"))
    made = raw["made"]
    kinds = ", ".join(f"{count} {kind}" for kind, count in made["documents"].items())
    facts: dict[str, object] = {
        "id": raw["model"]["id"],
        "sha256": raw["model"]["sha256"],
        "made": f"{made['words']:,} words in {made['sentences']:,} sentences ({kinds}; training part) on {made['on']}",
    }
    report = write_report(check(scorer, calibration, options.check_documents), calibration, facts)
    REPORT.write_text(report, encoding="utf-8")
    print(report)


if __name__ == "__main__":
    main()
