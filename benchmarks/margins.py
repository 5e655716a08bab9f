"""Learn by how much a suggestion must gain more than it needs before it may be written unseen (``check --fix``).

Positives and negatives are those of ``thresholds.py``; of the positives, fixes
that a reader found wrong (``tests/cases/model-fixes.toml``) are negatives. The
margin is the least whole number of nats that no negative of the training part
reaches, and one more. A rule has it that was tried on at least two sentences of
each kind; not one whose fix a reader found wrong beyond it. The sealed half,
from which nothing was learnt, says how good that is.
"""

from __future__ import annotations

import json
import math
import tomllib
from collections import defaultdict
from datetime import UTC, datetime
from typing import NamedTuple

from gains import suggestion_gains
from reporting import ROOT, heading, save, table
from thresholds import collect

from tqcheck.config.settings import Settings
from tqcheck.lm.arbitration import THRESHOLDS, Thresholds
from tqcheck.lm.manifest import DEFAULT_MODEL, model_data
from tqcheck.lm.scoring import load_scorer
from tqcheck.rules.loader import load_rules

WRONG = ROOT / "tests" / "cases" / "model-fixes.toml"
_POSITIVE = {"bad": "train", "open artifact": "train", "sealed artifact": "sealed"}
_NEGATIVE = {"good": "train", "open right": "train", "train": "train", "sealed right": "sealed"}
_ENOUGH = 2


class Tried(NamedTuple):
    """A match: its rule, what its best suggestion gains beyond the needed nats, and whether that fix is right."""

    rule: str
    over: float
    right: bool
    read_wrong: bool


def main() -> None:
    everything = load_rules().rules
    scorer = load_scorer(cache=Settings().cache_folder, engine="float32", keep_scores=True)
    folder = model_data() / DEFAULT_MODEL
    thresholds = Thresholds.load(folder)
    wrong = {(one["rule"], one["text"], one["fix"]) for one in tomllib.loads(WRONG.read_text("utf-8"))["wrong"]}
    parts: dict[str, list[Tried]] = defaultdict(list)
    for kind, matches in collect(everything).items():
        told = suggestion_gains(scorer, [one for _, one in matches])
        for (rule_id, (candidate, document)), gains in zip(matches, told, strict=True):
            if not gains or candidate.rule.arbitrate is None:
                continue
            best = max(range(len(gains)), key=gains.__getitem__)
            needed = thresholds.needed(rule_id, candidate.rule.category, candidate.rule.arbitrate)
            read_wrong = (rule_id, document.text, candidate.suggestions[best]) in wrong
            part = _POSITIVE.get(kind) or _NEGATIVE.get(kind, kind)
            parts[part].append(Tried(rule_id, gains[best] - needed, kind in _POSITIVE and not read_wrong, read_wrong))
    train, sealed = parts["train"], parts["sealed"]
    # A fix that a reader found wrong excludes its rule instead of raising the margin of all.
    margin = max(0, math.floor(max(one.over for one in train if not one.right and not one.read_wrong)) + 1) + 1
    excluded = {one.rule for one in train if one.read_wrong and one.over >= margin}
    counted: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for one in train:
        counted[one.rule][one.right] += 1
    chosen = sorted(rule for rule, counts in counted.items() if min(counts) >= _ENOUGH and rule not in excluded)
    path = folder / THRESHOLDS
    learnt = json.loads(path.read_text("utf-8"))
    learnt["margins"] = dict.fromkeys(chosen, float(margin))
    learnt["margins_made"] = {"command": "python benchmarks/margins.py", "date": f"{datetime.now(UTC):%Y-%m-%d}"}
    path.write_text(json.dumps(learnt, indent=2) + "\n", "utf-8")

    def passing(part: list[Tried], least: float) -> tuple[int, int]:
        """How many fixes of rules with a margin gain so much more than they need, and how many of them are wrong."""
        passed = [one for one in part if one.over >= least and one.rule in chosen]
        return len(passed), sum(not one.right for one in passed)

    rows = []
    for least in range(margin + 3):
        rows.append([f"{least} nats{' (chosen)' if least == margin else ''}"])
        for part in (train, sealed):
            passed, bad = passing(part, least)
            # The share of right ones that would still give as few wrong ones once in twenty times (none: 0.05^(1/n)).
            sure = f"{0.05 ** (1 / passed):.0%}" if passed and not bad else "–"
            rows[-1] += [str(passed), str(bad), sure]
        rows[-1].append(str(passing(parts["development"], least)[0]))
    report = heading("Fixes that the model prefers", ("torch", "transformers"))
    report += (
        "How many suggestions gain so much more than they need, and how many of these are wrong: right uses that "
        "would be changed, and fixes that a reader (who saw both parts) found wrong. *At least* is the 95 % bound on "
        "the share of right ones where none is wrong. The last column counts matches in human-written news of the "
        "development part, right or wrong.\n\n"
    )
    header = ["gain beyond the needed", "train", "wrong", "at least", "sealed", "wrong", "at least", "news"]
    report += table(header, rows)
    artifacts = [sum(one.right or one.read_wrong for one in part) for part in (train, sealed)]
    report += (
        f"\nOf {artifacts[0]} artifacts of the training part and {artifacts[1]} sealed ones. "
        f"{len(chosen)} of {len(counted)} rules have the margin.\n"
        f"Without: {', '.join(sorted(set(counted) - set(chosen))) or 'none'} "
        f"(too few sentences, or a fix that a reader found wrong: {', '.join(sorted(excluded)) or 'none'}).\n"
    )
    save("model-fixes.md", report)


if __name__ == "__main__":
    main()
