"""What the safe fixes do to news: how many are written, how many taken back and why, whether the outcome holds.

No model. ``--show N`` prints up to N fixes of each rule with the words around
them, human-written first, to be read: a safe fix that is wrong makes its rule
unsafe.
"""

from __future__ import annotations

import argparse
import random
import sys
from collections import Counter, defaultdict
from functools import partial

from reporting import heading, save, table
from split import read_documents

from tqcheck.config.settings import Settings
from tqcheck.fix.fixes import Fixer, apply
from tqcheck.pipeline.checker import Checker


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--part", choices=["train", "development"], default="development")
    parser.add_argument("--show", type=int, default=0)
    arguments = parser.parse_args()
    checker = Checker(Settings(lm="off"))
    fixer = Fixer(checker.rules)
    names = {rule.id: rule.name for rule in checker.rules.rules}
    applied: dict[str, Counter[str]] = defaultdict(Counter)
    back: Counter[str] = Counter()
    shown: dict[str, list[tuple[bool, str]]] = defaultdict(list)
    totals: Counter[str] = Counter()
    for document in read_documents(arguments.part):
        path = f"{document.id}.txt"
        before = checker.check_text(document.text, path=path)
        done = fixer.fix(before, document.text, partial(checker.check_text, path=path))
        kind = "machine" if document.label == "machine" else "human"
        totals[f"{kind} documents"] += 1
        totals[f"{kind} fixed"] += done.changed
        totals["more rounds"] += len(done.rounds) > 1
        text = done.before
        for fixes in done.rounds:
            for fix in fixes:
                applied[fix.finding.rule][kind] += 1
                around = f"{text[max(0, fix.start - 60) : fix.start]}⟦{text[fix.start : fix.end]}→{fix.replacement}⟧"
                shown[fix.finding.rule].append((kind == "machine", f"{around}{text[fix.end : fix.end + 50]}"))
            text = apply(text, fixes)
        for one in done.withdrawn:
            back[one.fix.finding.rule] += 1
        if done.changed:
            serious = [len([one for one in found.findings if one.severity > 1]) for found in (before, done.result)]
            totals["more serious findings than before"] += serious[1] > serious[0]
            again = fixer.fix(done.result, done.text, partial(checker.check_text, path=path))
            totals["changed by fixing again"] += again.changed
    if arguments.show:
        chance = random.Random(11)
        for rule in sorted(shown):
            chance.shuffle(shown[rule])
            for machine, line in sorted(shown[rule], key=lambda one: one[0])[: arguments.show]:
                sys.stdout.write(f"{rule} {'m' if machine else 'h'} {line!r}\n")
    report = heading("Safe fixes in news")
    report += (
        f"Rules alone, {arguments.part} part. {totals['human documents']:,} human-written documents, of which "
        f"{totals['human fixed']} were changed, {totals['machine documents']:,} machine-translated, "
        f"{totals['machine fixed']} changed; {totals['more rounds']} in more than one round. Texts with more warnings "
        f"and errors than before: {totals['more serious findings than before']}; changed by fixing once more: "
        f"{totals['changed by fixing again']}.\n\n"
    )
    rows = [
        [rule, names[rule], str(applied[rule]["human"]), str(applied[rule]["machine"]), str(back[rule])]
        for rule in sorted(set(applied) | set(back))
    ]
    sums = [sum(counts[kind] for counts in applied.values()) for kind in ("human", "machine")]
    rows.append(["all", "", *map(str, sums), str(back.total())])
    report += table(["rule", "name", "human-written", "machine-translated", "taken back"], rows)
    save("fixes.md", report)


if __name__ == "__main__":
    main()
