"""Learn how much a suggestion must gain before an arbitrated finding stands, for each category and each frequent rule.

Positives are the rules' own bad examples; negatives are matches in
human-written news of the train part (an editor let them stand) and those good
examples that match the pattern. The lower edge is the smallest gain at which
at most ``--pass-rate`` of the negatives pass, the upper edge the smallest gain
of a positive; the threshold lies half-way between where they leave room, else
at the lower edge, and is at least ``--floor``. The development part checks it.
"""

from __future__ import annotations

import argparse
import json
import re
from collections import defaultdict
from datetime import UTC, datetime

from reporting import heading, save, table
from split import Part, read_documents

from tqcheck.check import CHECKS
from tqcheck.lm.arbitration import Arbiter
from tqcheck.lm.manifest import DEFAULT_MODEL, model_data
from tqcheck.lm.scoring import load_scorer
from tqcheck.readers import read_text
from tqcheck.rules.engine import Candidate, Engine
from tqcheck.rules.loader import load_rules
from tqcheck.settings import Settings

# A rule gets a threshold of its own when it has at least this many human matches in the train part.
_ENOUGH = 20


def best_gains(arbiter: Arbiter, found: list[tuple[Candidate, str]]) -> list[float]:
    """The gain in nats of each candidate's best suggestion."""
    comparisons = []
    for candidate, text in found:
        unit = text[candidate.unit.start : candidate.unit.end]
        comparisons.append((unit, [candidate.fixed(text, fix) for fix in candidate.suggestions]))
    return [max(gains) if gains else float("-inf") for gains in arbiter.gains(comparisons)]


def in_news(engine: Engine, part: Part) -> list[tuple[Candidate, str]]:
    """Arbitrated candidates in human-written news."""
    found = []
    for one in read_documents(part, frozenset({"human", "original"})):
        document = read_text(one.text, one.id)
        found += [(candidate, document.text) for candidate in engine.candidates(document)]
    return found


def threshold(negatives: list[float], positives: list[float], pass_rate: float, floor: float) -> float:
    """The gain in nats, to a tenth, that a suggestion needs; see the head of this file."""
    ordered = sorted(negatives, reverse=True)
    allowed = int(len(ordered) * pass_rate)
    lower = max(floor, ordered[allowed] + 0.1 if allowed < len(ordered) else floor)
    upper = min(positives, default=lower)
    return round((lower + upper) / 2 if upper > lower else lower, 1)


def share(gains: list[float], needed: list[float]) -> str:
    if not gains:
        return "–"
    passed = sum(gain >= least for gain, least in zip(gains, needed, strict=True))
    return f"{passed}/{len(gains)}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pass-rate", type=float, default=0.02, help="share of human matches allowed to stand")
    parser.add_argument("--floor", type=float, default=1.0, help="least threshold in nats")
    arguments = parser.parse_args()
    rules = [rule for rule in load_rules().rules if rule.arbitrate is not None]
    engine = Engine(rules, CHECKS)
    scorer = load_scorer(cache=Settings().cache_folder)
    arbiter = Arbiter(scorer)
    news = {part: in_news(engine, part) for part in ("train", "development")}  # type: ignore[arg-type]
    gains = {part: best_gains(arbiter, found) for part, found in news.items()}
    positives: dict[str, list[float]] = defaultdict(list)
    near: dict[str, list[float]] = defaultdict(list)
    for rule in rules:
        own = Engine([rule], CHECKS)
        for kind, examples in ((positives, rule.bad), (near, rule.good)):
            found = []
            for example in examples:
                document = read_text(re.sub(r"(?<!\\)[\[\]]", "", example), "example.txt", kind="plain")
                found += [(candidate, document.text) for candidate in own.candidates(document)]
            kind[rule.id] += best_gains(arbiter, found)
    human: dict[str, dict[str, list[float]]] = {part: defaultdict(list) for part in news}
    for part, found in news.items():
        for (candidate, _), gain in zip(found, gains[part], strict=True):
            human[part][candidate.rule.id].append(gain)
    category_of = {rule.id: rule.category for rule in rules}
    categories: dict[str, float] = {}
    for category in sorted(set(category_of.values())):
        own_rules = [rule.id for rule in rules if rule.category == category]
        negatives = [gain for rule_id in own_rules for gain in human["train"][rule_id] + near[rule_id]]
        accepted = [gain for rule_id in own_rules for gain in positives[rule_id]]
        categories[category] = threshold(negatives, accepted, arguments.pass_rate, arguments.floor)
    frequent = {
        rule.id: threshold(
            human["train"][rule.id] + near[rule.id], positives[rule.id], arguments.pass_rate, arguments.floor
        )
        for rule in rules
        if len(human["train"][rule.id]) >= _ENOUGH
    }
    negatives = [gain for rule in rules for gain in human["train"][rule.id] + near[rule.id]]
    accepted = [gain for rule in rules for gain in positives[rule.id]]
    learnt = {
        "default": threshold(negatives, accepted, arguments.pass_rate, arguments.floor),
        "categories": categories,
        "rules": frequent,
        "made": {
            "command": f"python benchmarks/thresholds.py --pass-rate {arguments.pass_rate} --floor {arguments.floor}",
            "date": f"{datetime.now(UTC):%Y-%m-%d}",
            "model_sha256": scorer.sha256,
            "part": "train",
        },
    }
    path = model_data() / DEFAULT_MODEL / "arbitration.json"
    path.write_text(json.dumps(learnt, indent=2) + "\n", "utf-8")

    def needed(rule_id: str) -> float:
        return frequent.get(rule_id, categories[category_of[rule_id]])

    rows = []
    for category in [*categories, "all"]:
        chosen = [rule.id for rule in rules if category in ("all", rule.category)]
        row = [category, str(len(chosen)), f"{categories[category]:.1f}" if category in categories else ""]
        for source in (positives, near, human["train"], human["development"]):
            flat = [(gain, needed(rule_id)) for rule_id in chosen for gain in source[rule_id]]
            row.append(share([gain for gain, _ in flat], [least for _, least in flat]))
        rows.append(row)
    report = heading("Arbitration thresholds", ("torch", "transformers"))
    report += (
        f"At most {arguments.pass_rate:.0%} of human matches of the train part and of good examples may stand; a "
        f"threshold lies half-way from there to the weakest bad example, and is at least {arguments.floor} nats. "
        "Each cell: how many of the matches pass, of all.\n\n"
    )
    header = ["category", "rules", "nats", "bad examples", "good examples", "human, train", "human, development"]
    report += table(header, rows)
    report += "\nRules with a threshold of their own: " + (
        ", ".join(f"{rule_id} {value}" for rule_id, value in frequent.items()) or "none"
    )
    lost = [rule.id for rule in rules if any(gain < needed(rule.id) for gain in positives[rule.id])]
    report += f"\n\nRules with a bad example that does not pass: {', '.join(lost) or 'none'}\n"
    save("arbitration.md", report)


if __name__ == "__main__":
    main()
