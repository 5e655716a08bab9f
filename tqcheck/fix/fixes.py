"""Suggestions written into the text: which may be, without harming what they stand in, and proof that they helped.

A fix is safe when its rule says that the first suggestion is always right, or
when the language model prefers it by a wide margin. What is written is checked
again: a fix whose finding stays, or in whose place something new is found, is
taken back. So a fixed text holds none of the findings that were fixed.
"""

from __future__ import annotations

import html
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING

from tqcheck.files.kinds import sniff
from tqcheck.result import DocumentResult, Finding, Severity
from tqcheck.rules.collection import RuleSet
from tqcheck.rules.suggestion import replaced
from tqcheck.text.document import Kind

if TYPE_CHECKING:
    from tqcheck.lm.arbitration import Thresholds

Check = Callable[[str], DocumentResult]
MOST_ROUNDS = 8
"""How often a fixed text is looked through for fixes that others made room for."""


@dataclass(frozen=True, slots=True)
class Fix:
    """``text[start:end]`` (code points) gives way to ``replacement``, which settles ``finding``.

    ``safe`` says that nobody need look at it first.
    """

    start: int
    end: int
    replacement: str
    finding: Finding
    safe: bool


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """A fix that was not written although it was asked for, and why."""

    fix: Fix
    reason: str


@dataclass(frozen=True, slots=True)
class Fixed:
    """What became of a document.

    :param before: its text as it was; ``text`` as it is now.
    :param rounds: the fixes that were written, in the order of their places. Those of the first round have places of
        ``before``, those of each later one places of what the round before it made.
    :param withdrawn: those that were asked for and not written.
    :param left: unsafe ones that were not asked for and could be written into ``text``.
    :param result: what a check of ``text`` finds.
    """

    before: str
    text: str
    rounds: tuple[tuple[Fix, ...], ...]
    withdrawn: tuple[Withdrawn, ...]
    left: tuple[Fix, ...]
    result: DocumentResult

    @property
    def applied(self) -> tuple[Fix, ...]:
        """All fixes that were written."""
        return tuple(fix for fixes in self.rounds for fix in fixes)

    @property
    def changed(self) -> bool:
        """Whether anything was written."""
        return self.text != self.before


class Fixer:
    """Fixes documents that were checked with one set of rules.

    :param rules: those of the check.
    :param unsafe: whether to write every fix, and not the safe ones alone.
    :param thresholds: from which gain the model's preference makes a fix safe; ``None``: from none.
    """

    def __init__(self, rules: RuleSet, *, unsafe: bool = False, thresholds: Thresholds | None = None) -> None:
        self._rules = rules
        self._unsafe = unsafe
        self._thresholds = thresholds

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {label.id: number for number, label in enumerate(self._rules.labels)}

    def fix(
        self,
        document: DocumentResult,
        source: str,
        check: Check,
        *,
        kind: Kind | None = None,
        encodes: Callable[[str], bool] | None = None,
        only: Callable[[Finding], bool] | None = None,
    ) -> Fixed:
        """The text with every fix that may be written and that a check of the outcome bears out.

        :param document: what a check of ``source`` found.
        :param check: checks a text as ``source`` was checked, under the same path.
        :param kind: how it was read; ``None`` where its path tells.
        :param encodes: whether the encoding of the file has the characters of a text; ``None`` where it has all.
        :param only: which findings of ``document`` to fix, such as those no baseline knows; there is then one round.
        """
        kind = kind or sniff(source, document.path)
        text, result = source, document
        rounds: list[tuple[Fix, ...]] = []
        withdrawn: list[Withdrawn] = []
        while result.checked and len(rounds) < MOST_ROUNDS:
            wanted = [fix for fix in self.possible(result, text, kind) if fix.safe or self._unsafe]
            if only is not None:
                wanted = [fix for fix in wanted if not rounds and only(fix.finding)]
            wanted = [fix for fix in wanted if not any(_same(fix, other.fix) for other in withdrawn)]
            if encodes is not None:
                lost = [fix for fix in wanted if not encodes(fix.replacement)]
                withdrawn += [Withdrawn(fix, "the encoding of the file lacks its characters") for fix in lost]
                wanted = [fix for fix in wanted if fix not in lost]
            kept, back, checked = _borne_out(text, choose(wanted), result, check)
            withdrawn += back
            if not kept:
                break
            withdrawn = [replace(one, fix=_moved(one.fix, kept)) for one in withdrawn]
            text, result = apply(text, kept), checked
            rounds.append(tuple(kept))
        rest = self.possible(result, text, kind) if result.checked and not self._unsafe else []
        if only is not None:
            # At most one round was made, so the others lie where they lay but for what it moved.
            made = rounds[0] if rounds else ()
            asked = {(one.rule, one.start + _shift(one.start, made)) for one in document.findings if only(one)}
            rest = [fix for fix in rest if (fix.finding.rule, fix.finding.start) in asked]
        left = choose(fix for fix in rest if not fix.safe)
        return Fixed(source, text, tuple(rounds), tuple(withdrawn), tuple(left), result)

    def possible(self, document: DocumentResult, source: str, kind: Kind) -> list[Fix]:
        """A fix for each finding whose first suggestion can take the place of its stretch of the original as it is."""
        found: list[Fix] = []
        typed: _Typed | None = None
        for finding in document.findings:
            if not finding.suggestions or source[finding.start : finding.end] != finding.text:
                continue
            suggestion = finding.suggestions[0]
            if finding.category == "quotes-punctuation":
                typed = typed or _Typed.of(source, kind)
                suggestion = typed.like(suggestion)
            start, end = replaced(source, finding.start, finding.end, suggestion)
            old = source[start:end]
            suggestion = _with_breaks(suggestion, old, source)
            if suggestion == old or not _is_plain(suggestion, old, source, start, kind):
                continue
            # Whoever broke the lines by hand decides where they break.
            breaks = len(_BREAK.findall(suggestion)) == len(_BREAK.findall(old)) or not suggestion
            safe = breaks and not _leaves_small_letter(finding, source, suggestion) and self._is_safe(finding)
            found.append(Fix(start, end, suggestion, finding, safe))
        return found

    def _is_safe(self, finding: Finding) -> bool:
        number = self._numbers.get(finding.rule)
        if number is None:
            return False
        rule = self._rules.rule(number)
        if rule.arbitrate is None:
            return rule.fix == "safe"
        if finding.gain is None or self._thresholds is None:
            return False
        return finding.gain >= self._thresholds.sure(rule.id, rule.category, rule.arbitrate)


def choose(fixes: Iterable[Fix]) -> list[Fix]:
    """Fixes of which no two touch the same characters or the same place between two, in order.

    Of those that do, the one for the more severe finding stays, then the safe one, then the earlier.
    """
    kept: list[Fix] = []
    ranked = sorted(fixes, key=lambda fix: (-fix.finding.severity, not fix.safe, fix.start, fix.end, fix.finding.rule))
    for fix in ranked:
        at = bisect_right(kept, (fix.start, fix.end), key=lambda other: (other.start, other.end))
        # Kept ones do not overlap, so only the neighbours can.
        if not any(_overlap(fix, other) for other in kept[max(0, at - 1) : at + 1]):
            kept.insert(at, fix)
    return kept


def apply(text: str, fixes: Sequence[Fix]) -> str:
    """``text`` with fixes that do not overlap, given in order."""
    parts: list[str] = []
    at = 0
    for fix in fixes:
        parts += (text[at : fix.start], fix.replacement)
        at = fix.end
    return "".join([*parts, text[at:]])


def _overlap(one: Fix, other: Fix) -> bool:
    if one.start == one.end or other.start == other.end:
        return one.start <= other.end and other.start <= one.end
    return one.start < other.end and other.start < one.end


def _same(one: Fix, other: Fix) -> bool:
    return (one.start, one.end, one.finding.rule) == (other.start, other.end, other.finding.rule)


def _borne_out(
    text: str, fixes: list[Fix], before: DocumentResult, check: Check
) -> tuple[list[Fix], list[Withdrawn], DocumentResult]:
    """The fixes that hold together, those taken back, and what a check of the text with the former finds."""
    withdrawn: list[Withdrawn] = []
    result = before
    while fixes:
        result = check(apply(text, fixes))
        blamed = dict(_blamed(text, fixes, before, result))
        if not blamed:
            break
        withdrawn += [Withdrawn(fixes[index], reason) for index, reason in sorted(blamed.items())]
        fixes = [fix for index, fix in enumerate(fixes) if index not in blamed]
    return fixes, withdrawn, result if fixes else before


def _blamed(text: str, fixes: Sequence[Fix], before: DocumentResult, after: DocumentResult) -> list[tuple[int, str]]:
    """The numbers of the fixes that did not settle their finding or brought about another, with the reason."""
    if not after.checked:
        return [(index, "the fixed text can no longer be checked") for index in range(len(fixes))]
    places, cores = _places(fixes), [_core(text, fix) for fix in fixes]
    starts = [start for start, _ in places]
    old = {(finding.rule, finding.start, finding.end) for finding in before.findings}
    blamed: list[tuple[int, str]] = []
    for finding in after.findings:
        at = bisect_right(starts, finding.start) - 1
        inside = [
            index
            for index in range(max(0, at), bisect_right(starts, finding.end))
            if _meet(finding, *places[index]) or _within(finding, *places[index])
        ]
        for index in inside:
            fix, (start, _), (head, tail) = fixes[index], places[index], cores[index]
            core = start + head, start + len(fix.replacement) - tail
            if finding.rule == fix.finding.rule:
                blamed.append((index, f"{finding.rule} finds it again"))
            elif finding.severity >= Severity.WARNING and (_meet(finding, *core) or _within(finding, *core)):
                there = (one for one in before.findings if one.rule == finding.rule)
                if not any(one.start < fix.end and fix.start < one.end for one in there):
                    blamed.append((index, f"{finding.rule} {finding.name} would be found in its place"))
        if inside or finding.severity < Severity.WARNING:
            continue
        # A mark that is moved can turn the ones behind it round, so what is new on the line is blamed on the nearest.
        shift = sum(len(fix.replacement) - (fix.end - fix.start) for fix in fixes[: at + 1])
        start, end = finding.start - shift, finding.end - shift
        if (finding.rule, start, end) in old:
            continue
        near = [index for index in (at, at + 1) if 0 <= index < len(fixes) and _on_one_line(text, fixes[index], start)]
        if near:
            nearest = min(near, key=lambda index: max(fixes[index].start - end, start - fixes[index].end))
            blamed.append((nearest, f"{finding.rule} {finding.name} would be found beside it"))
    return blamed


def _core(text: str, fix: Fix) -> tuple[int, int]:
    """How many characters at the beginning and at the end of a fix stay as they are.

    What is found in them alone was there before, hidden behind the finding that is fixed.
    """
    old, new = text[fix.start : fix.end], fix.replacement
    shorter = min(len(old), len(new))
    head = next((index for index in range(shorter) if old[index] != new[index]), shorter)
    tail = next((index for index in range(shorter - head) if old[-1 - index] != new[-1 - index]), shorter - head)
    return head, tail


def _places(fixes: Sequence[Fix]) -> list[tuple[int, int]]:
    """Where the replacements of fixes stand in the fixed text."""
    places: list[tuple[int, int]] = []
    shift = 0
    for fix in fixes:
        places.append((fix.start + shift, fix.start + shift + len(fix.replacement)))
        shift += len(fix.replacement) - (fix.end - fix.start)
    return places


def _meet(finding: Finding, start: int, end: int) -> bool:
    return finding.start < end and start < finding.end


def _within(finding: Finding, start: int, end: int) -> bool:
    """Whether a place of no length, where something was deleted, lies in the finding."""
    return start == end and finding.start < start < finding.end


def _on_one_line(text: str, fix: Fix, position: int) -> bool:
    low, high = min(fix.start, position), max(fix.end, position)
    return _BREAK.search(text, low, high) is None


def _moved(fix: Fix, applied: Sequence[Fix]) -> Fix:
    """A fix that was not written, at its place after others were."""
    shift = _shift(fix.start, applied)
    return replace(fix, start=fix.start + shift, end=fix.end + shift)


def _shift(position: int, applied: Iterable[Fix]) -> int:
    """By how much fixes move what stands behind them at ``position``."""
    return sum(len(one.replacement) - (one.end - one.start) for one in applied if one.end <= position)


_BREAK = re.compile(r"\r\n|\r|\n")


def _with_breaks(replacement: str, old: str, source: str) -> str:
    """The replacement with the line ends that its stretch has, or else the text."""
    if not _BREAK.search(replacement):
        return replacement
    found = _BREAK.search(old) or _BREAK.search(source)
    return _BREAK.sub(found[0] if found else "\n", replacement)


def _leaves_small_letter(finding: Finding, source: str, suggestion: str) -> bool:
    """Whether a deletion takes away a capital, perhaps of a sentence, before a word with a small letter."""
    first = next(filter(str.isalpha, finding.text), "")
    following = next(filter(str.isalnum, source[finding.end : finding.end + _FAR]), "")
    return not suggestion and first.isupper() and following.islower()


# So far behind a deletion is looked for the next word.
_FAR = 10
_MEANINGFUL = {"plain": "", "html": "<>&", "markdown": "\\`*_{}[]<>&#|~$"}
# What at the beginning of a line is a list, a quotation, a heading or a rule to Markdown.
_LINE_BEGINS = re.compile(r"[-+>=]|\d{1,9}[.)]")


def _is_plain(replacement: str, old: str, source: str, start: int, kind: Kind) -> bool:
    """Whether a replacement brings no character that the kind of text takes for mark-up."""
    if any(replacement.count(char) > old.count(char) for char in _MEANINGFUL[kind]):
        return False
    if kind != "markdown" or not _LINE_BEGINS.match(replacement) or _LINE_BEGINS.match(old):
        return True
    line = max(source.rfind("\n", 0, start), source.rfind("\r", 0, start)) + 1
    return bool(source[line:start].strip())


@dataclass(frozen=True, slots=True)
class _Typed:
    """How a text types its marks: whether double ones and apostrophes are straight throughout."""

    double: bool
    single: bool

    @classmethod
    def of(cls, source: str, kind: Kind) -> _Typed:
        text = html.unescape(re.sub(r"<[^<>]*>", "", source)) if kind == "html" else source
        return cls(
            '"' in text and "“" not in text and "”" not in text,
            "'" in text and "‘" not in text and "’" not in text,
        )

    def like(self, replacement: str) -> str:
        """The replacement with straight marks for curly ones where the text has only such."""
        if self.double:
            replacement = replacement.replace("“", '"').replace("”", '"')
        return replacement.replace("‘", "'").replace("’", "'") if self.single else replacement
