"""Findings in human-written and in machine-translated news, by pack, on the development part of the data.

Human-written is English originals and human translations. The machine text is
a sample of the systems' output, the same number of words for each source
language. Rules that ask for the model get it; nothing else is scored, so the
figures are those of a full check. Rules in preview are off, as in a check.
"""

from __future__ import annotations

import argparse
import random
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Iterator

from gains import stands, suggestion_gains
from reporting import heading, save, table
from split import NewsDocument, Part, read_documents

from tqcheck.config.settings import Settings
from tqcheck.lm.arbitration import Thresholds
from tqcheck.lm.manifest import DEFAULT_MODEL, model_data
from tqcheck.lm.scoring import Scorer, load_scorer
from tqcheck.pipeline.document_checks import CHECKS
from tqcheck.readers import read_text
from tqcheck.result import Severity
from tqcheck.rules.engine import Candidate, Engine
from tqcheck.rules.loader import load_rules
from tqcheck.text.document import Document


def sample(part: Part, words_each: int) -> list[NewsDocument]:
    """Machine documents of each source language up to about ``words_each`` words, always the same."""
    documents = list(read_documents(part, frozenset({"machine"})))
    random.Random(7).shuffle(documents)
    taken: Counter[str] = Counter()
    chosen = []
    for document in documents:
        if taken[document.source_lang] < words_each:
            taken[document.source_lang] += len(document.text.split())
            chosen.append(document)
    return chosen


def enabled() -> Engine:
    """The rules that a check runs unless told otherwise."""
    return Engine([rule for rule in load_rules().rules if not rule.preview], CHECKS)


def findings(
    engine: Engine, scorer: Scorer | None, documents: Iterable[NewsDocument], rules: Container[str] | None = None
) -> Iterator[tuple[NewsDocument, Document, list[Candidate]]]:
    """What a check reports of each document; without ``scorer``, what it reports where there is no model.

    :param rules: ids of those whose findings are asked for; all where it is ``None``.
    """
    thresholds = Thresholds.load(model_data() / DEFAULT_MODEL)
    for one in documents:
        document = read_text(one.text, one.id)
        found = [one for one in engine.candidates(document) if rules is None or one.rule.id in rules]
        doubtful = [(candidate, document) for candidate in found if candidate.rule.arbitrate is not None]
        if scorer is None:
            kept = {id(candidate) for candidate, _ in doubtful if candidate.rule.certain}
        else:
            gains = suggestion_gains(scorer, doubtful)
            kept = {
                id(candidate)
                for (candidate, _), gain in zip(doubtful, gains, strict=True)
                if stands(candidate, gain, thresholds)
            }
        yield one, document, [one for one in found if one.rule.arbitrate is None or id(one) in kept]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=("train", "development"), default="development")
    parser.add_argument("--words", type=int, default=60_000, help="machine words for each source language")
    parser.add_argument("--show", action="store_true", help="print every warning and error in human text")
    parser.add_argument("--no-lm", action="store_true", help="rules alone: arbitrated rules are silent")
    arguments = parser.parse_args()
    engine = enabled()
    human = list(read_documents(arguments.part, frozenset({"human", "original"})))
    machine = sample(arguments.part, arguments.words)
    scorer = None if arguments.no_lm else load_scorer(cache=Settings().cache_folder)
    words: Counter[str] = Counter()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    by_language: Counter[str] = Counter()
    for group, documents in (("human", human), ("machine", machine)):
        for news, document, found in findings(engine, scorer, documents):
            words[group] += document.words
            words[f"{group} {news.source_lang}"] += document.words
            for candidate in found:
                rule = candidate.rule
                level = "strong" if rule.severity >= Severity.WARNING else "weak"
                counts[rule.pack][f"{group} {level}"] += 1
                counts["all"][f"{group} {level}"] += 1
                if level == "strong":
                    by_language[f"{group} {news.source_lang}"] += 1
                    if arguments.show and group == "human":
                        unit = document.text[candidate.unit.start : candidate.unit.end]
                        at = candidate.start - candidate.unit.start
                        end = candidate.end - candidate.unit.start
                        marked = f"{unit[max(0, at - 60) : at]}[{unit[at:end]}]{unit[end : end + 60]}"
                        print(f"{rule.id}\t{news.id}\t{' '.join(marked.split())}")

    def rate(count: int, of: int) -> str:
        return f"{1000 * count / of:.3f}" if of else "–"

    report = heading(
        f"Findings in human and machine news, {arguments.part} part", () if arguments.no_lm else ("torch",)
    )
    report += (
        f"Human-written: {len(human)} documents, {words['human']:,} words. Machine: {len(machine)} documents, "
        f"{words['machine']:,} words. Findings per 1,000 words; W+E = warnings and errors, S = suggestions.\n\n"
    )
    header = ["pack", "human W+E", "machine W+E", "human S", "machine S"]
    columns = [(group, level) for level in ("strong", "weak") for group in ("human", "machine")]
    packs = ["all", *sorted(pack for pack in counts if pack != "all")]
    body = [
        [pack, *(rate(counts[pack][f"{group} {level}"], words[group]) for group, level in columns)] for pack in packs
    ]
    report += table(header, body)
    report += "\nBy source language of the text (en: original English):\n\n"
    languages = sorted({key.split()[1] for key in words if " " in key})
    report += table(
        ["language", "human W+E", "machine W+E", "human words", "machine words"],
        [
            [
                language,
                rate(by_language[f"human {language}"], words[f"human {language}"]),
                rate(by_language[f"machine {language}"], words[f"machine {language}"]),
                f"{words[f'human {language}']:,}",
                f"{words[f'machine {language}']:,}",
            ]
            for language in languages
        ],
    )
    save(f"noise-{arguments.part}{'-no-lm' if arguments.no_lm else ''}.md", report)


if __name__ == "__main__":
    main()
