"""How often each rule fires in human-written and in machine-translated news, for its page and to judge it by.

All human-written documents and, for each source language, machine documents of
about ``--words`` words, in the train and in the development part. Arbitrated
candidates count when the language model lets them stand.

With ``--changed`` only rules that are new, or not as they were when they were
measured, are measured anew: a minute or two instead of twenty. What others had
to give up to them, or got from them, shows in the next whole run.
"""

from __future__ import annotations

import argparse
import json
from collections import Counter, defaultdict
from collections.abc import Container, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from noise import findings, sample
from reporting import ROOT, heading, save, table
from split import NewsDocument, Part, read_documents

from tqcheck.config.settings import Settings
from tqcheck.lm.scoring import Scorer, load_scorer
from tqcheck.pipeline.document_checks import CHECKS
from tqcheck.pipeline.models import WITHOUT
from tqcheck.result import Severity
from tqcheck.rules.engine import Engine
from tqcheck.rules.evidence import LEAST_RATIO, MOST_IN_HUMAN_TEXT, rule_hash
from tqcheck.rules.loader import load_rules
from tqcheck.rules.schema import Rule

FILE = ROOT / "tqcheck" / "rules" / "evidence.json"
PARTS: tuple[Part, ...] = ("train", "development")
KINDS = ("human", "machine")


def standing(
    engine: Engine, scorer: Scorer, documents: Iterable[NewsDocument], rules: Container[str]
) -> tuple[int, Counter[str]]:
    """Words of the documents, and by rule, of those with these ids, the findings in them."""
    words = 0
    counts: Counter[str] = Counter()
    for _, document, found in findings(engine, scorer, documents, rules):
        words += document.words
        counts.update(candidate.rule.id for candidate in found)
    return words, counts


def unchanged(rules: Iterable[Rule], kept: Mapping[str, Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    """What is ``kept`` of each of the rules that is as it was when it was measured."""
    return {rule.id: kept[rule.id] for rule in rules if kept.get(rule.id, {}).get("hash") == rule_hash(rule)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=150_000, help="machine words for each source language and part")
    parser.add_argument("--changed", action="store_true", help="measure only rules that changed since they were")
    arguments = parser.parse_args()
    rules = load_rules().rules
    last = json.loads(FILE.read_text("utf-8")) if arguments.changed else {"rules": {}}
    before = unchanged(rules, last["rules"])
    # What a tagger finds takes states of the model; benchmarks/detection measures it.
    counted = [rule for rule in rules if rule.check not in WITHOUT]
    asked = {rule.id for rule in counted} - before.keys()
    # Rules in preview are measured too: that is how they get out of it.
    engine = Engine(rules, CHECKS)
    scorer = load_scorer(cache=Settings().cache_folder, engine="float32")
    words: dict[str, dict[str, int]] = defaultdict(dict)
    counts: dict[str, dict[str, Counter[str]]] = defaultdict(dict)
    for part in PARTS:
        human = list(read_documents(part, frozenset({"human", "original"})))
        for kind, documents in (("human", human), ("machine", sample(part, arguments.words))):
            words[kind][part], counts[kind][part] = standing(engine, scorer, documents, asked)
            counts[kind][part].update({rule: kept[kind][part] for rule, kept in before.items()})
    day = f"{datetime.now(UTC):%Y-%m-%d}"
    size = {kind: sum(words[kind].values()) for kind in KINDS}
    data = {
        "made": f"Measured {'until' if before else 'on'} {day} by `python benchmarks/evidence.py` on "
        f"{size['human']:,} words of human-written and {size['machine']:,} of machine-translated news (from Chinese, "
        "Czech, German, Hausa, Icelandic, Japanese and Russian); findings in brackets. Rules were made with the train "
        "part in view.",
        "words": words,
        "rules": {
            rule.id: {
                "hash": rule_hash(rule),
                **{kind: {part: counts[kind][part][rule.id] for part in PARTS} for kind in KINDS},
            }
            for rule in counted
        },
    }
    if before and words != last["words"]:
        raise SystemExit(f"{FILE}: measured on other documents; run without --changed")
    entries = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in data["rules"].items())
    head = json.dumps({key: data[key] for key in ("made", "words")}, indent=1)[:-2]
    FILE.write_text(f'{head},\n "rules": {{\n{entries}\n }}\n}}\n', "utf-8")

    def rate(kind: str, part: str, rule_id: str) -> float:
        return 1e6 * counts[kind][part][rule_id] / words[kind][part]

    strong = [rule for rule in rules if rule.severity >= Severity.WARNING and not rule.preview]
    loud = [rule for rule in strong if rate("human", "train", rule.id) > MOST_IN_HUMAN_TEXT]
    loud.sort(key=lambda rule: -rate("human", "train", rule.id))
    hit = sum(any(counts["machine"][part][rule.id] for part in PARTS) for rule in rules)
    report = heading("How often rules fire", ("torch",))
    anew = f"Measured on that day: {len(asked)} that are new or changed. " if before else ""
    report += (
        f"{anew}{len(rules)} rules, {sum(rule.preview for rule in rules)} of them in preview. {size['human']:,} words "
        f"of human-written news, {size['machine']:,} of machine-translated; {hit} rules fire in the latter. "
        "`tqcheck explain` shows each rule's figures.\n\n"
        f"Warnings and errors with more than {MOST_IN_HUMAN_TEXT:g} hits per million words in the human train part. "
        f"A warning must have at least {LEAST_RATIO:g} times as many in machine text; others are named below.\n\n"
    )
    header = ["rule", "name", "human train", "machine train", "human development", "machine development"]
    report += table(
        header,
        [
            [
                rule.id,
                rule.name,
                *(f"{rate(kind, part, rule.id):.1f}" for part in PARTS for kind in KINDS),
            ]
            for rule in loud
        ],
    )
    unearned = [
        rule.id
        for rule in loud
        if rule.severity is Severity.WARNING
        and rate("machine", "train", rule.id) < LEAST_RATIO * rate("human", "train", rule.id)
    ]
    report += f"\nWithout enough in machine text: {', '.join(unearned) or 'none'}\n"
    save("evidence.md", report)


if __name__ == "__main__":
    main()
