"""How many findings are right, by two readings of each, in human-written and in machine-translated news.

Counts of findings in human-written text say little by themselves: people
misplace quotation marks, too. So each finding there, and a sample of those in
machine text, was read twice as a copy editor reads, without being told who
wrote the text, and called

* ``fault``: it is wrong or no English, and an editor would change it;
* ``taste``: it may stand, and some editors would change it;
* ``false``: nothing is wrong with it, or not what the message says.

``--unread FILE`` writes the findings that have fewer than two readings, in a
random order; ``--add FILE`` takes readings, lines of JSON with ``key`` and
``reading``. They are kept in ``precision.json`` by rule, document and sentence.

A reader may believe whatever a message says. So ``--decoys N`` puts in as many
places where nothing is wrong: in a right use of words out of a rule's own good
examples the words that its bad examples mark, with its message.
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

from noise import enabled, findings, sample
from readings import (
    AROUND,
    FILE,
    Reading,
    add,
    agreement,
    by_both,
    kappa,
    key_of,
    pair_of,
    readings,
    with_interval,
    write_unread,
)
from reporting import heading, save, table
from split import NewsDocument, Part, read_documents

from tqcheck.config.settings import Settings
from tqcheck.lm.scoring import load_scorer
from tqcheck.result import Severity
from tqcheck.rules.engine import Candidate
from tqcheck.rules.examples import marked
from tqcheck.rules.loader import load_rules
from tqcheck.text.document import Document

Level = Literal["warnings", "suggestions"]
GROUPS = {
    "original": "written in English",
    "human": "translated by people",
    "machine": "translated by machines",
}
_DECOY = "decoy "


@dataclass(frozen=True, slots=True)
class Shown:
    """A finding that a check shows."""

    news: NewsDocument
    document: Document
    candidate: Candidate

    @property
    def key(self) -> str:
        """The same as long as the rule, the document and the sentence are."""
        unit = self.document.text[self.candidate.unit.start : self.candidate.unit.end]
        return key_of(self.candidate.rule.id, self.news.id, unit)

    def told(self) -> dict[str, object]:
        """What a reader is given."""
        text, one = self.document.text, self.candidate
        return {
            "key": self.key,
            "text": f"{text[max(0, one.start - AROUND) : one.start]}⟦{text[one.start : one.end]}⟧"
            f"{text[one.end : one.end + AROUND]}",
            "rule": one.rule.id,
            "message": one.message,
            "suggestions": list(one.suggestions[:3]),
        }


def decoys(number: int) -> list[dict[str, object]]:
    """Places where nothing is wrong, of as many rules, as :meth:`Shown.told` tells them."""
    found: list[dict[str, object]] = []
    for rule in load_rules().rules:
        if rule.severity < Severity.WARNING or rule.preview or rule.scope != "sentence":
            continue
        wrong = [text[start:end] for text, start, end in map(marked, rule.bad)]
        places = [
            (good, match.start(), words)
            for good in rule.good
            for words in wrong
            for match in re.finditer(rf"(?<!\w){re.escape(words)}(?!\w)", good)
            if any(map(str.isalpha, words))
        ]
        if places:
            good, start, words = places[0]
            text = f"{good[:start]}⟦{words}⟧{good[start + len(words) :]}"
            key = f"{_DECOY}{hashlib.sha256(f'{rule.id}{text}'.encode()).hexdigest()[:16]}"
            found.append({"key": key, "text": text, "rule": rule.id, "message": rule.message, "suggestions": []})
    return sorted(found, key=lambda one: str(one["key"]))[:number]


def shown(part: Part, level: Level, most: int, model: bool) -> tuple[dict[str, list[Shown]], Counter[str]]:
    """Findings of a level by group, at most so many of machine text and of suggestions, and the words of each group."""
    engine = enabled()
    scorer = load_scorer(cache=Settings().cache_folder) if model else None
    documents = [*read_documents(part, frozenset({"human", "original"})), *sample(part, 60_000)]
    found: dict[str, list[Shown]] = defaultdict(list)
    words: Counter[str] = Counter()
    for news, document, candidates in findings(engine, scorer, documents):
        words[news.label] += document.words
        found[news.label] += [
            Shown(news, document, one)
            for one in candidates
            if (one.rule.severity < Severity.WARNING) == (level == "suggestions")
        ]
    for group, every in found.items():
        if group == "machine" or level == "suggestions":
            # By key, so that a rule that goes takes only its own out of the sample.
            found[group] = sorted(every, key=lambda one: one.key)[:most]
    return found, words


def _row(name: str, pairs: Sequence[tuple[Reading, Reading]], words: int | None) -> list[str]:
    passed = sum("false" not in pair for pair in pairs)
    wrong = by_both(pairs, "false")
    alarms = f"{1000 * wrong / words:.3f}" if words else "–"
    cells = [with_interval(by_both(pairs, "fault"), len(pairs)), f"{passed / len(pairs):.0%}"]
    return [name, str(len(pairs)), *cells, f"{wrong / len(pairs):.0%}", alarms]


def _by_rule(found: Sequence[tuple[Shown, tuple[Reading, Reading]]]) -> Iterator[list[str]]:
    by_rule: dict[str, list[tuple[Reading, Reading]]] = defaultdict(list)
    for one, pair in found:
        by_rule[one.candidate.rule.id].append(pair)
    doubted = {rule: sum("false" in pair for pair in pairs) for rule, pairs in by_rule.items()}
    for rule in sorted(by_rule, key=lambda rule: (-doubted[rule], rule)):
        if doubted[rule]:
            pairs = by_rule[rule]
            yield [rule, str(len(pairs)), str(doubted[rule]), str(by_both(pairs, "false"))]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--part", choices=("train", "development"), default="development")
    parser.add_argument(
        "--level", choices=get_args(Level), default="warnings", help="warnings and errors, or suggestions"
    )
    parser.add_argument(
        "--most", type=int, default=300, help="findings that are read in machine text, and of suggestions in each group"
    )
    parser.add_argument("--no-lm", action="store_true", help="rules alone: arbitrated rules are silent")
    parser.add_argument("--unread", type=Path, metavar="FILE")
    parser.add_argument("--add", type=Path, metavar="FILE")
    parser.add_argument("--decoys", type=int, default=0, metavar="N")
    arguments = parser.parse_args()
    if arguments.add:
        add(arguments.add)
        return
    found, words = shown(arguments.part, arguments.level, arguments.most, not arguments.no_lm)
    kept = readings()
    every = [one for group in GROUPS for one in found[group]]
    unread = {one.key: one for one in every if pair_of(kept, one.key) is None}
    if arguments.unread:
        write_unread(arguments.unread, [*(one.told() for one in unread.values()), *decoys(arguments.decoys)])
        return
    read = {
        group: [(one, pair) for one in found[group] if (pair := pair_of(kept, one.key)) is not None] for group in GROUPS
    }
    sampled = arguments.level == "suggestions"
    rows = [
        _row(name, [pair for _, pair in read[group]], None if group == "machine" or sampled else words[group])
        for group, name in GROUPS.items()
        if read[group]
    ]
    people = [*read["original"], *read["human"]]
    rows.append(
        _row(
            "all human-written",
            [pair for _, pair in people],
            None if sampled else words["original"] + words["human"],
        ),
    )
    pairs = [pair for group in GROUPS for _, pair in read[group]]
    if not pairs:
        raise SystemExit(f"{FILE.name} has no readings of these findings")
    report = heading(f"Right findings and false alarms, {arguments.part} part")
    report += (
        f"{'Suggestions' if sampled else 'Warnings and errors'} in {words['original']:,} words of news written in "
        f"English, {words['human']:,} translated by people and {words['machine']:,} by machines, of "
        f"{'each' if sampled else 'the last'} a sample of at most {arguments.most}. Each was read twice, by a large "
        "language model "
        "that was asked to judge as a copy editor does, in two sessions that knew nothing of each other, and without "
        "being told where a text came from: *fault* (an editor would change it), *taste* (some would) or *false* "
        f"(nothing is wrong, or not what the message says). The two agree in {agreement(pairs):.0%}, Cohen's kappa "
        f"{kappa(pairs):.2f}. {_seen_through(kept)}{len(unread)} findings have no two readings and are left out.\n\n"
    )
    header = ["", "findings", "fault to both", "false to neither", "false to both", "false to both per 1,000 words"]
    report += table(header, rows)
    report += "\nRules with a finding in human-written text that one reading calls false:\n\n"
    report += table(["rule", "findings", "false to one or both", "to both"], list(_by_rule(people)))
    report += "\nThe same in machine-translated text:\n\n"
    report += table(["rule", "findings", "false to one or both", "to both"], list(_by_rule(read["machine"])))
    save(f"precision-{arguments.part}{'-suggestions' if sampled else ''}.md", report)


def _seen_through(kept: dict[str, list[Reading]]) -> str:
    found = [one for key, both in kept.items() if key.startswith(_DECOY) for one in both]
    if not found:
        return ""
    return (
        f"Among findings of the train part a third reader was given {len(found)} decoys, right uses of words with the "
        f"message of a rule against wrong ones, and called {found.count('false')} of them false. "
    )


if __name__ == "__main__":
    main()
