"""Rules against a document: candidates with their spans and suggestions."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache

from tqcheck.errors import RuleError
from tqcheck.result import Severity
from tqcheck.rules.checks import CHECKS, OF_WORDS, Check
from tqcheck.rules.collection import RuleSet
from tqcheck.rules.matcher import Matcher
from tqcheck.rules.owner import Owner
from tqcheck.rules.schema import MECHANICAL, CompiledPattern, Rule
from tqcheck.rules.suggestion import apply, fill, with_article, with_next_word
from tqcheck.text.document import Document
from tqcheck.text.span import Span

# Headlines leave articles, conjunctions and short prepositions small.
_LONGER_WORD = re.compile(r"\b[^\W\d_]{4,}")
_FEWEST_LONGER = 3


@dataclass(frozen=True, slots=True)
class Candidate:
    """A rule that matched ``text[start:end]`` inside ``unit`` (its sentence or block), with filled suggestions."""

    rule: Rule
    start: int
    end: int
    unit: Span
    suggestions: tuple[str, ...]
    message: str

    def moved(self, document: Document) -> Candidate:
        """This candidate of a document in the positions of the document's source."""
        start, end = document.to_source(self.start, self.end)
        return replace(self, start=start, end=end, unit=document.to_source(*self.unit))

    def fixed(self, text: str, suggestion: str) -> str:
        """The unit of this candidate after the suggestion."""
        unit = text[self.unit.start : self.unit.end]
        return apply(unit, self.start - self.unit.start, self.end - self.unit.start, suggestion)

    def fixes(self, text: str) -> list[str]:
        """The unit of this candidate after each of its suggestions."""
        return [self.fixed(text, suggestion) for suggestion in self.suggestions]


class Engine:
    """Rules, ready to run on documents.

    :param checks: functions for rules with ``check`` beyond those of
        :mod:`tqcheck.rules.checks`, by name.
    :param chosen: the numbers of the rules that run, with the severity they are to have; all where it is ``None``.
    :raises RuleError: a rule names a check that does not exist.
    """

    def __init__(
        self,
        rules: RuleSet | Iterable[Rule],
        checks: Mapping[str, Check] | None = None,
        chosen: Mapping[int, Severity] | None = None,
    ) -> None:
        self._functions: dict[str, Check] = {**CHECKS, **(checks or {})}
        self._matcher = Matcher(rules, chosen)
        self.checks = tuple(self._matcher.checks())
        """The rules that are functions."""
        for rule in self.checks:
            if rule.check not in self._functions:
                known = ", ".join(sorted(self._functions))
                raise RuleError(rule.file, rule.line, f"rule {rule.id}: unknown check {rule.check!r}; known: {known}")

    def candidates(self, document: Document, keep: Callable[[Candidate], bool] | None = None) -> list[Candidate]:
        """Every candidate in order of position; of candidates that overlap, the better one (see :func:`resolve`).

        :param keep: candidates for which this is false count as not found.
        """
        plain = document.tidied
        found: list[Candidate] = []
        for owner, unit, matches in self._matcher.matches(plain):
            found.extend(self._accepted(plain, owner, unit, matches))
        if plain is not document:
            found = [one.moved(plain) for one in found]
        for rule in self.checks:
            assert rule.check is not None
            read = plain if rule.check in OF_WORDS else document
            for hit in self._functions[rule.check](read):
                start, end = (hit.start, hit.end) if read is document else read.to_source(hit.start, hit.end)
                if _allowed(document, rule, start, end):
                    unit = _unit(document, start, end)
                    suggestions = hit.suggestions or rule.suggest
                    found.append(Candidate(rule, start, end, unit, suggestions, hit.message or rule.message))
        return _begun_again(document, resolve(found if keep is None else filter(keep, found)))

    def _accepted(
        self,
        document: Document,
        owner: Owner,
        unit: Span,
        matches: Iterable[re.Match[str]],
    ) -> Iterator[Candidate]:
        """A candidate for each match of a pattern in a unit that quotation marks and context allow."""
        rule, pattern, text = owner.rule, owner.pattern, document.text
        anyhow: set[tuple[int, int]] | None = None
        context_checked = False
        for match in matches:
            whole = match.span()
            start, end = match.span("span") if "span" in match.re.groupindex else whole
            if start < 0 or start == end:
                continue
            if pattern.at_start and any(char.isalnum() for char in text[unit.start : whole[0]]):
                continue
            if pattern.at_end and any(char.isalnum() for char in text[whole[1] : unit.end]):
                continue
            if rule.scope == "line" and text[unit.start : unit.end].strip() != text[start:end].strip():
                continue
            if not _allowed(document, rule, start, end):
                continue
            if not context_checked:
                # By itself, so that ^ is where the sentence begins.
                sentence = document.running[unit.start : unit.end]
                if rule.category not in MECHANICAL and in_capitals(sentence):
                    # Its capitals tell nothing, so what matches must do so without them, and exceptions hold in any.
                    anyhow = {one.span() for one in owner.matches(document.folded, *unit)}
                flags = re.NOFLAG if anyhow is None else re.IGNORECASE
                if any(_regex(one, flags).search(sentence) for one in rule.unless):
                    return
                if rule.require and not any(_regex(one, flags).search(sentence) for one in rule.require):
                    return
                context_checked = True
            if anyhow is not None and whole not in anyhow:
                continue
            suggestions = _suggestions(text, rule, pattern, match, start, end, unit)
            start, suggestions = with_article(text, unit.start, start, suggestions)
            yield Candidate(rule, start, end, unit, suggestions, rule.message)


def resolve(candidates: Iterable[Candidate]) -> list[Candidate]:
    """Candidates in order of position, each stretch reported once.

    Of overlapping candidates of the same kind (mechanical or wording) one that
    needs no model stays before one that does (the model may turn that down),
    then the one with the higher severity, the longer, the earlier, the one with
    the smaller id. A quotation mark and a calque in one place are both reported.
    """
    ranked = sorted(candidates, key=_rank)
    kept: dict[bool, list[Candidate]] = {True: [], False: []}
    taken: dict[bool, list[tuple[int, int]]] = {True: [], False: []}
    for one in ranked:
        kind = one.rule.category in MECHANICAL
        spans = taken[kind]
        index = bisect_right(spans, (one.start, one.start))
        left = spans[index - 1] if index else None
        right = spans[index] if index < len(spans) else None
        if (left is not None and left[1] > one.start) or (right is not None and right[0] < one.end):
            continue
        spans.insert(index, (one.start, one.end))
        kept[kind].append(one)
    return sorted(kept[True] + kept[False], key=lambda one: (one.start, one.end, one.rule.id))


def _begun_again(document: Document, candidates: list[Candidate]) -> list[Candidate]:
    """The candidates; a deletion at the beginning of a sentence takes the next word along, which gets the capital.

    Only now that overlaps are resolved, since the word must not hide what is found in it.
    """
    grown: list[Candidate] = []
    for index, one in enumerate(candidates):
        if "" in one.suggestions and _begins(document, one.start):
            last = _unit(document, one.end, one.end).end
            end, suggestions = with_next_word(document.text, one.start, one.end, last, one.suggestions)
            if not any(other.start < end for other in candidates[index + 1 :]):
                one = replace(one, end=end, suggestions=suggestions)
        grown.append(one)
    return grown


def _begins(document: Document, position: int) -> bool:
    """Whether a sentence begins at a position but for marks."""
    sentence = _unit(document, position, position)
    return not any(map(str.isalnum, document.text[sentence.start : position]))


def _rank(one: Candidate) -> tuple[bool, int, int, int, str, str]:
    rule = one.rule
    return rule.arbitrate is not None, -rule.severity, one.start - one.end, one.start, rule.id, one.message


def in_capitals(text: str) -> bool:
    """Whether a sentence is written as headlines may be: its longer words, three or more, all begin with a capital."""
    longer = _LONGER_WORD.findall(text)
    return len(longer) >= _FEWEST_LONGER and all(word[0].isupper() for word in longer)


@lru_cache(maxsize=16384)
def _regex(source: str, flags: re.RegexFlag = re.NOFLAG) -> re.Pattern[str]:
    return re.compile(source, flags)


def _allowed(document: Document, rule: Rule, start: int, end: int) -> bool:
    if rule.quoted == "include":
        return True
    return document.is_quoted(start, end) == (rule.quoted == "only")


def _unit(document: Document, start: int, end: int) -> Span:
    """The sentence around ``[start, end)``, widened to the span where that is longer."""
    index = bisect_right(document.sentence_starts, start) - 1
    if index < 0:
        return Span(start, end)
    sentence = document.sentences[index]
    return Span(min(sentence.start, start), max(sentence.end, end))


def _suggestions(
    text: str, rule: Rule, pattern: CompiledPattern, match: re.Match[str], start: int, end: int, unit: Span
) -> tuple[str, ...]:
    # As they are written: what matched is the running text.
    captures = {
        int(name[1:]): text[match.start(name) : match.end(name)] if match[name] else ""
        for name in match.re.groupindex
        if name != "span" and name[1:].isdigit()
    }
    before = text[unit.start : start]
    at_start = not any(char.isalnum() for char in before)
    whole, sentence = text[start:end], text[unit.start : unit.end]
    filled = [fill(template, whole, captures, pattern.lemmas, before, at_start, sentence) for template in rule.suggest]
    return tuple(one for one in dict.fromkeys(filled) if one != whole)
