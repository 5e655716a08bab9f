"""Learn how much a suggestion must gain before an arbitrated finding stands, and verify it on sentences held back.

Positives are the rules' own bad examples and the artifacts of the open half of
``tests/cases/arbitration.toml``; negatives are good examples that match, the
right uses of the open half, and matches in human-written news of the train part
(an editor let them stand). A family (category) gets the threshold with the best
F0.5 (precision counts more than recall), in the middle of the range that gives
it; a rule gets its own where it has enough of both kinds and the family's does
clearly worse. The sealed half and the development part, from which nothing was
learnt, say how good that is. ``margins.py`` must be run afterwards.
"""

from __future__ import annotations

import argparse
import json
import tomllib
import zlib
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from gains import suggestion_gains
from reporting import ROOT, heading, save, table
from split import Part, read_documents

from tqcheck.config.settings import Settings
from tqcheck.lm.manifest import DEFAULT_MODEL, model_data
from tqcheck.lm.scoring import Scorer, load_scorer
from tqcheck.pipeline.document_checks import CHECKS
from tqcheck.readers import read_text
from tqcheck.rules.engine import Candidate, Engine
from tqcheck.rules.examples import marked
from tqcheck.rules.loader import load_rules
from tqcheck.rules.schema import Rule
from tqcheck.text.document import Document

PAIRS = ROOT / "tests" / "cases" / "arbitration.toml"
# A rule may have a threshold of its own with at least so many positives and negatives, when its F0.5 grows so much.
_ENOUGH = 4
_CLEARLY = 0.05
Gains = Mapping[str, Sequence[float]]


Matches = list[tuple[Candidate, Document]]


def best_gains(scorer: Scorer, found: Matches) -> list[float]:
    """The gain in nats of each candidate's best suggestion."""
    return [max(gains) if gains else float("-inf") for gains in suggestion_gains(scorer, found)]


def in_news(engine: Engine, part: Part) -> Matches:
    """Arbitrated candidates in human-written news."""
    found = []
    for one in read_documents(part, frozenset({"human", "original"})):
        document = read_text(one.text, one.id)
        candidates = engine.candidates(document)
        found += [(candidate, document) for candidate in candidates if candidate.rule.arbitrate is not None]
    return found


def in_sentence(engine: Engine, text: str) -> Matches:
    """Candidates in a sentence."""
    document = read_text(text, "sentence.txt", kind="plain")
    return [(candidate, document) for candidate in engine.candidates(document)]


def quality(positives: Sequence[float], negatives: Sequence[float], least: float) -> float:
    """F0.5 of letting through what gains ``least`` nats or more."""
    right, wrong = (sum(gain >= least for gain in gains) for gains in (positives, negatives))
    if not right:
        return 0.0
    precision, recall = right / (right + wrong), right / len(positives)
    return 1.25 * precision * recall / (0.25 * precision + recall)


def threshold(positives: Sequence[float], negatives: Sequence[float], floor: float) -> float:
    """The gain in nats, to a tenth, with the best F0.5; the middle of the range where several have it."""
    grid = [round(floor + 0.1 * step, 1) for step in range(200)]
    values = [quality(positives, negatives, least) for least in grid]
    first = last = values.index(max(values))
    while last + 1 < len(values) and values[last + 1] == values[first]:
        last += 1
    return grid[(first + last) // 2]


def gather(gains: Gains, chosen: Sequence[str]) -> list[float]:
    return [gain for rule_id in chosen for gain in gains.get(rule_id, ())]


def collect(everything: Sequence[Rule]) -> dict[str, list[tuple[str, tuple[Candidate, Document]]]]:
    """(id of the rule, candidate and document) of labelled sentences and of the news, by kind (see the beginning)."""
    rules = [rule for rule in everything if rule.arbitrate is not None]
    whole = Engine(everything, CHECKS)
    alone = {rule.id: Engine([rule], CHECKS) for rule in rules}
    found: dict[str, list[tuple[str, tuple[Candidate, Document]]]] = defaultdict(list)
    for rule in rules:
        for kind, examples in (("bad", rule.bad), ("good", rule.good)):
            for example in examples:
                text = marked(example)[0] if kind == "bad" else example
                found[kind] += [(rule.id, one) for one in in_sentence(alone[rule.id], text)]
    for pair in tomllib.loads(PAIRS.read_text("utf-8"))["pair"]:
        half = "open" if zlib.crc32(pair["text"].encode()) % 2 else "sealed"
        kind = f"{half} {'artifact' if pair['artifact'] else 'right'}"
        if pair["rule"] in alone:
            found[kind] += [(pair["rule"], one) for one in in_sentence(alone[pair["rule"]], pair["text"])]
    for part in ("train", "development"):
        found[part] += [(one[0].rule.id, one) for one in in_news(whole, part)]  # type: ignore[arg-type]
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--floor", type=float, default=1.0, help="least threshold in nats")
    arguments = parser.parse_args()
    everything = load_rules().rules
    rules = [rule for rule in everything if rule.arbitrate is not None]
    scorer = load_scorer(cache=Settings().cache_folder, engine="float32", keep_scores=True)
    found = collect(everything)
    gains: dict[str, dict[str, list[float]]] = {}
    for kind, matches in found.items():
        gains[kind] = defaultdict(list)
        best = best_gains(scorer, [one for _, one in matches])
        for (rule_id, _), gain in zip(matches, best, strict=True):
            gains[kind][rule_id].append(gain)

    def learning(chosen: Sequence[str]) -> tuple[list[float], list[float]]:
        positives = gather(gains["bad"], chosen) + gather(gains["open artifact"], chosen)
        negatives = [gain for kind in ("good", "open right", "train") for gain in gather(gains[kind], chosen)]
        return positives, negatives

    families: dict[str, list[str]] = defaultdict(list)
    for rule in rules:
        families[rule.category].append(rule.id)
    categories = {name: threshold(*learning(own), arguments.floor) for name, own in sorted(families.items())}
    own_ones: dict[str, float] = {}
    for rule in rules:
        positives, negatives = learning([rule.id])
        if min(len(positives), len(negatives)) < _ENOUGH:
            continue
        best = threshold(positives, negatives, arguments.floor)
        if quality(positives, negatives, best) > quality(positives, negatives, categories[rule.category]) + _CLEARLY:
            own_ones[rule.id] = best
    learnt = {
        "default": threshold(*learning([rule.id for rule in rules]), arguments.floor),
        "categories": categories,
        "rules": own_ones,
        "made": {
            "command": f"python benchmarks/thresholds.py --floor {arguments.floor}",
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "model_sha256": scorer.sha256,
            "part": "train",
        },
    }
    path = model_data() / DEFAULT_MODEL / "arbitration.json"
    path.write_text(json.dumps(learnt, indent=2) + "\n", "utf-8")

    def needed(rule_id: str, category: str) -> float:
        return own_ones.get(rule_id, categories[category])

    def passing(kind: str, chosen: Sequence[str]) -> tuple[int, int]:
        flat = [
            gain >= needed(rule.id, rule.category)
            for rule in rules
            if rule.id in chosen
            for gain in gains[kind].get(rule.id, ())
        ]
        return sum(flat), len(flat)

    rows = []
    for name, chosen in [*sorted(families.items()), ("all", [rule.id for rule in rules])]:
        right, artifacts = passing("sealed artifact", chosen)
        wrong, others = passing("sealed right", chosen)
        rows.append(
            [
                name,
                str(len(chosen)),
                f"{categories[name]:.1f}" if name in categories else "",
                f"{artifacts / (artifacts + others):.0%}" if artifacts + others else "–",
                f"{right / (right + wrong):.0%} ({right}/{right + wrong})" if right + wrong else "–",
                f"{right / artifacts:.0%} ({right}/{artifacts})" if artifacts else "–",
                *("{}/{}".format(*passing(part, chosen)) for part in ("train", "development")),
            ]
        )
    report = heading("Arbitration: thresholds, precision and recall", ("torch", "transformers"))
    report += (
        "Precision and recall on the sealed half of the labelled sentences, about as many artifacts as right uses, all "
        "matched by the patterns. Without the model a rule reports all (recall 100 %, first precision) or is silent. "
        "The last columns count the matches in human-written news that stand; not all of them are wrong.\n\n"
    )
    header = ["family", "rules", "nats", "precision without", "precision with", "recall with", "train", "development"]
    report += table(header, rows)
    listed = ", ".join(f"{rule_id} {value}" for rule_id, value in own_ones.items())
    report += f"\nRules with a threshold of their own: {listed or 'none'}\n\n"
    lost = [rule.id for rule in rules if any(gain < needed(rule.id, rule.category) for gain in gains["bad"][rule.id])]
    report += f"Rules with a bad example that does not pass: {', '.join(lost) or 'none'}\n"
    save("arbitration.md", report)


if __name__ == "__main__":
    main()
