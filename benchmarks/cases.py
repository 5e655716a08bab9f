"""Recall on the artifact sentences of ``tests/cases`` and the share of near-misses that are flagged.

An artifact counts as found when a finding touches its marked span; a near-miss
counts as flagged when anything at all is found in it. Rules in preview are off.
"""

from __future__ import annotations

import argparse
from collections import Counter

from case_sentences import Case, found, read_cases
from reporting import heading, save, table

from tqcheck import Checker, Settings


def _counted(checker: Checker, cases: list[Case], show: str | None) -> str:
    """The tables of cases; those to be shown are printed."""
    total: Counter[tuple[str, str]] = Counter()
    hits: Counter[tuple[str, str]] = Counter()
    for case in cases:
        rules = found(checker, case)
        kind = "near-misses" if case.span is None else "artifacts"
        groups = [case.half, "all"]
        groups += [f"language {case.languages[0]}", f"category {case.category}"] if case.span else []
        for group in groups:
            total[kind, group] += 1
            hits[kind, group] += bool(rules)
        wrong = bool(rules) == (case.span is None)
        if wrong and (show == "all" or (show == "open" and case.half == "open")):
            print(f"{'flagged' if rules else 'missed '}\t{case.id}\t{','.join(rules)}\t{case.text}")
    rows = [
        [group, f"{hits[kind, group]}/{total[kind, group]}", f"{hits[kind, group] / total[kind, group]:.1%}"]
        for kind, group in sorted(total, key=lambda key: (key[1].split()[0] not in ("all", "open", "sealed"), key))
        if kind == "artifacts"
    ]
    near = [
        [group, f"{hits['near-misses', group]}/{total['near-misses', group]}"] for group in ("all", "open", "sealed")
    ]
    return table(["artifacts", "found", "share"], rows) + "\n" + table(["near-misses", "flagged"], near)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-lm", action="store_true", help="rules alone: arbitrated rules are silent")
    parser.add_argument("--show", choices=("open", "all"), help="print what was missed and what was flagged wrongly")
    arguments = parser.parse_args()
    checker = Checker(Settings(lm="off" if arguments.no_lm else "require"))
    report = heading("Artifact sentences found, near-misses flagged", () if arguments.no_lm else ("torch",))
    cases = read_cases()
    for title, unseen in (("Expressions that the rules' authors had a list of", False), ("Others", True)):
        chosen = [case for case in cases if case.unseen is unseen]
        report += f"## {title}\n\n" + _counted(checker, chosen, arguments.show) + "\n"
    save(f"cases{'-no-lm' if arguments.no_lm else ''}.md", report.rstrip("\n") + "\n")


if __name__ == "__main__":
    main()
