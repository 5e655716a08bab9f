"""The article that the project began with: which of its marked artifacts are found, and what else is flagged.

An artifact counts as found when a finding overlaps its span. Low fluency of a
sentence is no finding. The article is not ours, so the report names places,
not words; ``--show`` prints them.
"""

from __future__ import annotations

import argparse
import json

from reporting import SHARED, heading, save, table

from tqcheck import Checker, Settings

SEED = SHARED / "seed"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--no-lm", action="store_true", help="rules alone")
    parser.add_argument("--show", action="store_true", help="print each artifact with its first suggestion")
    arguments = parser.parse_args()
    text = (SEED / "article.txt").read_text("utf-8")
    gold = json.loads((SEED / "gold.json").read_text("utf-8"))
    checker = Checker(Settings(lm="off" if arguments.no_lm else "require"))
    result = checker.check_text(text, path="article.txt")
    rows: list[list[str]] = []
    found = 0
    for mark in gold["core"]:
        hits = [one for one in result.findings if one.start < mark["end"] and mark["start"] < one.end]
        found += bool(hits)
        best = hits[0] if hits else None
        offered = "" if best is None else str(len(best.suggestions))
        place = f"{mark['start']}–{mark['end']}"
        rows.append([place, mark["category"], f"{best.rule} {best.name}" if best else "missed", offered])
        if arguments.show:
            fix = "" if best is None or not best.suggestions else best.suggestions[0] or "(delete)"
            print(f"{best.rule if best else 'missed':8} {mark['quote']!r} → {fix!r} (editor: {mark['fix']!r})")
    marks = gold["core"] + gold["soft"]
    outside = [
        one for one in result.findings if not any(one.start < mark["end"] and mark["start"] < one.end for mark in marks)
    ]
    report = heading(f"The seed article, {'rules alone' if arguments.no_lm else 'rules and language model'}")
    report += (
        f"{found} of {len(gold['core'])} core artifacts found; {len(outside)} findings outside core and soft marks"
    )
    report += f"; {len(result.findings)} findings in {result.words} words.\n\n"
    report += table(["code points", "category", "rule", "suggestions"], rows)
    for one in outside:
        report += f"\nOutside: {one.rule} {one.name} at {one.start}–{one.end}"
    save("seed-no-lm.md" if arguments.no_lm else "seed.md", report)


if __name__ == "__main__":
    main()
