"""What a check says with each engine, beside the same check in float32.

Documents of the development part, machine translation and human writing (a
human translation for each original), are checked with the model, the verdict
and the span tagger. Rules that the model does not decide are the same by
construction, and are left out.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Sequence

import numpy as np
from ranks import spearman
from reporting import heading, save, table
from split import NewsDocument, read_documents

from tqcheck import Checker, Settings
from tqcheck.config.settings import ENGINES
from tqcheck.result import DocumentResult, Finding
from tqcheck.rules.loader import load_rules

LIKELY_ERRORS = "LM001"


def sample(count: int) -> list[NewsDocument]:
    """So many documents of each label of at least 150 words, always the same."""
    chosen = []
    for label in ("original", "human", "machine"):
        documents = [one for one in read_documents("development", frozenset({label})) if len(one.text.split()) >= 150]
        random.Random(5).shuffle(documents)
        chosen += documents[:count]
    return chosen


def decided(result: DocumentResult, rules: frozenset[str]) -> set[tuple[str, int, int]]:
    """Findings of rules that the model decides, as (rule, start, end)."""
    return {_key(one) for one in result.findings if one.rule in rules}


def marked(result: DocumentResult) -> set[int]:
    """Places (code points) of the text that are marked as likely errors."""
    return {place for one in result.findings if one.rule == LIKELY_ERRORS for place in range(one.start, one.end)}


def _key(finding: Finding) -> tuple[str, int, int]:
    return finding.rule, finding.start, finding.end


def row(
    engine: str, found: Sequence[DocumentResult], exact: Sequence[DocumentResult], rules: frozenset[str]
) -> list[str]:
    """What differs between the results of an engine and those in float32."""
    pairs = list(zip(found, exact, strict=True))
    findings = [(decided(one, rules), decided(other, rules)) for one, other in pairs]
    errors = [(marked(one), marked(other)) for one, other in pairs]
    scores = np.array(
        [
            (mine.fluency, other.fluency)
            for one, two in pairs
            for mine, other in zip(one.sentences, two.sentences, strict=True)
            if mine.fluency is not None and other.fluency is not None
        ]
    )
    documents = np.array(
        [(one.fluency.score, other.fluency.score) for one, other in pairs if one.fluency and other.fluency]
    )
    verdicts = [(one.verdict, other.verdict) for one, other in pairs if one.verdict and other.verdict]
    shared, either = (
        sum(len(part) for part in parts) for parts in zip(*((a & b, a | b) for a, b in errors), strict=True)
    )
    return [
        engine,
        f"{sum(len(one ^ other) for one, other in findings)} of {sum(len(one | other) for one, other in findings)}",
        f"{spearman(scores[:, 0], scores[:, 1]):.4f}",
        f"{np.abs(scores[:, 0] - scores[:, 1]).mean():.2f}",
        f"{np.abs(documents[:, 0] - documents[:, 1]).mean():.2f}",
        f"{np.mean([abs(one.probability - other.probability) for one, other in verdicts]):.4f}",
        f"{sum(one.label != other.label for one, other in verdicts)} of {len(verdicts)}",
        f"{shared / either:.0%}" if either else "–",
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--documents", type=int, default=60, help="of each label")
    arguments = parser.parse_args()
    documents = sample(arguments.documents)
    rules = frozenset(rule.id for rule in load_rules().rules if rule.arbitrate is not None)
    results: dict[str, list[DocumentResult]] = {}
    for engine in ENGINES:
        if engine in ("auto", "transformers"):
            continue
        checker = Checker(Settings(engine=engine, lm="require", preview=True, keep_scores=False))
        results[engine] = [checker.check_text(one.text, path=one.id) for one in documents]
    words = sum(len(one.text.split()) for one in documents)
    report = heading("What a check says with each engine", ("torch",)) + (
        f"{len(documents)} documents, {words:,} words: as many English originals, human translations and machine "
        "translations. Beside the same check in float32: findings of rules that the model decides which only one of "
        "the two has; order of the sentences' fluency (Spearman), and how far it is apart (points of 100), also for "
        "documents; the verdict's probability, and how many labels differ; characters marked as likely errors "
        f"({LIKELY_ERRORS}) by both, of those by either.\n\n"
    )
    header = ["engine", "findings", "Spearman", "points", "documents", "probability", "labels", LIKELY_ERRORS]
    report += table(
        header,
        [row(name, found, results["float32"], rules) for name, found in results.items() if name != "float32"],
    )
    save("engine-results.md", report)


if __name__ == "__main__":
    main()
