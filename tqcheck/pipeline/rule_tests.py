"""Whether rules do what their own examples say: what ``tqcheck rules test`` runs, and the tests of the built-in packs.

A rule is proven when each bad example is flagged at exactly the bracketed
span, once; when its first suggestion silences it; when no good example is
flagged; when no two of its patterns match in one place; and when hostile texts
made from its own patterns cost it no more than linear time. What a rule of
sentences costs is linear in the text by itself, since no sentence is longer
than :data:`~tqcheck.text.sentences.LONGEST_SENTENCE`; there the hostile texts are one
sentence of that length, which may not cost the cube of its words. If its fix is
safe, the first suggestion must also bring no warning or error of any other rule.
"""

from __future__ import annotations

import gc
import itertools
import re
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

from tqcheck.pipeline.document_checks import CHECKS, UNUSED_IGNORE, WRONG_IGNORE
from tqcheck.pipeline.models import WITHOUT
from tqcheck.readers import read_text
from tqcheck.result import Severity
from tqcheck.rules.collection import RuleSet
from tqcheck.rules.engine import Candidate, Engine
from tqcheck.rules.examples import marked, plain
from tqcheck.rules.loader import load_rules
from tqcheck.rules.redos import catastrophic, hostile_texts
from tqcheck.rules.schema import Rule
from tqcheck.rules.selection import Selection, choose, selectors
from tqcheck.rules.suggestion import apply, replaced
from tqcheck.text.document import Block, Document
from tqcheck.text.ignores import Ignores
from tqcheck.text.sentences import LONGEST_SENTENCE

HOSTILE_SIZE = 20_000
NOTHING = 0.02
"""Seconds on a hostile text that are no matter."""
TOO_MUCH_MORE = 10
"""Times that a text of four times the length may take; 4 were linear, 16 quadratic."""
TOO_MUCH_MORE_IN_A_SENTENCE = 32
"""The same within a sentence, of a few hundred words at most; 16 were quadratic, 64 cubic."""
TRIES = 5
"""Runs of a text that seems to take too long."""


@dataclass(frozen=True, slots=True)
class Failure:
    """What is wrong with a rule.

    :param example: the example it shows on, or ``""``.
    :param expected: the example with its span in brackets, where a span is the matter.
    :param found: the same with what was found.
    """

    rule: Rule
    reason: str
    example: str = ""
    expected: str = ""
    found: str = ""

    def __str__(self) -> str:
        lines = [f"{self.rule.file}:{self.rule.line}: {self.rule.id} {self.rule.name}: {self.reason}"]
        if self.expected or self.found:
            lines += [f"    expected  {self.expected}", f"    found     {self.found}"]
        elif self.example:
            lines.append(f"    {self.example}")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Hit:
    """What a rule finds: ``text[start:end]``, and what it suggests."""

    start: int
    end: int
    suggestions: tuple[str, ...]


Find = Callable[[str], list[Hit]]
"""Gives what a rule finds in a plain text, in order."""


def finder(rule: Rule) -> Find:
    """What one rule alone finds in plain texts; the language model has no say.

    Making it costs more than a look at a sentence: make one for many texts.
    """
    if rule.check in (UNUSED_IGNORE, WRONG_IGNORE):
        return partial(_comments, rule)
    engine = Engine([rule], CHECKS)

    def find(text: str) -> list[Hit]:
        document = read_text(text, "example.txt", kind="plain")
        found = engine.candidates(document)
        return [Hit(*document.to_source(one.start, one.end), one.suggestions) for one in found]

    return find


def hits(rule: Rule, text: str) -> list[Hit]:
    """What one rule alone finds in a plain text, in order; the language model has no say."""
    return finder(rule)(text)


def _comments(rule: Rule, text: str) -> list[Hit]:
    """What a rule about comments finds, which the engine does not look for."""
    document = read_text(text, "example.txt", kind="plain")
    ignores = Ignores(document, selectors([rule]).__contains__)
    spans = list(ignores.unused()) if rule.check == UNUSED_IGNORE else [span for span, _ in ignores.wrong()]
    return [Hit(span.start, span.end, rule.suggest) for span in spans]


def prove(rule: Rule, among: Engine | None = None) -> Iterator[Failure]:
    """Everything that is wrong with a rule; nothing for a rule that is proven.

    What the span tagger finds is not of the rule's making: its examples are tested with the language model.

    :param among: the rules beside which a safe fix must hold; ``None`` for the built-in ones.
    """
    yield from prove_examples(rule, among)
    yield from prove_linear(rule)


def prove_examples(rule: Rule, among: Engine | None = None) -> Iterator[Failure]:
    """What is wrong with a rule on its own examples; as :func:`prove`, without the hostile texts, which take long."""
    if rule.check in WITHOUT:
        return
    find = finder(rule)
    for example in rule.bad:
        yield from _prove_bad(rule, example, find)
    if rule.fix == "safe":
        yield from _prove_fix(rule, find, among or _builtin())
    for example in rule.good:
        # The pattern of an arbitrated rule does not decide; the model's part is tested with the model.
        if rule.arbitrate is None or rule.certain:
            found = find(example)
            if found:
                yield Failure(rule, "a good example is flagged", example, example, _bracketed(example, found))


def prove_packs(files: Sequence[Path]) -> tuple[int, list[Failure]]:
    """How many rules the pack files hold, and everything that is wrong with them, also against the built-in packs.

    :raises RuleError: a pack cannot be read, or an id, name or pattern is taken.
    """
    rules = load_rules(files, builtin=False).rules
    among = _engine(load_rules(files))
    return len(rules), [failure for rule in rules for failure in prove(rule, among)]


def _engine(rules: RuleSet) -> Engine:
    """The rules that run where nobody has chosen any."""
    return Engine(rules, CHECKS, choose(rules.labels, Selection()))


@lru_cache(maxsize=1)
def _builtin() -> Engine:
    return _engine(load_rules())


def _prove_bad(rule: Rule, example: str, find: Find) -> Iterator[Failure]:
    text, start, end = marked(example)
    found = find(text)
    if [(one.start, one.end) for one in found] != [(start, end)]:
        what = "not flagged" if not found else "flagged elsewhere" if len(found) == 1 else "flagged more than once"
        yield Failure(rule, f"a bad example is {what}", example, plain(example), _bracketed(text, found))
        return
    for suggestion in found[0].suggestions[:1]:
        fixed = apply(text, start, end, suggestion)
        again = find(fixed)
        if again:
            reason = f"the suggestion {suggestion!r} triggers the rule again"
            yield Failure(rule, reason, example, fixed, _bracketed(fixed, again))
    if len(rule.patterns) > 1:
        owners = [
            number
            for number, pattern in enumerate(rule.patterns, 1)
            if any(one.start < end and start < one.end for one in hits(replace(rule, patterns=(pattern,)), text))
        ]
        if len(owners) > 1:
            yield Failure(rule, f"its patterns {owners[0]} and {owners[1]} overlap: both match here", example)


def _prove_fix(rule: Rule, find: Find, among: Engine) -> Iterator[Failure]:
    """Safe fixes that bring another finding in their place, and examples that show no fix."""
    for example in rule.bad:
        text, start, end = marked(example)
        for found in find(text)[:1]:
            if not found.suggestions:
                yield Failure(rule, "its fix is said to be safe, and a bad example has no suggestion", example)
                continue
            suggestion = found.suggestions[0]
            fixed = apply(text, start, end, suggestion)
            begun = replaced(text, start, end, suggestion)[0]
            before = {one.rule.id for one in _found(among, text, start, end)}
            for new in _found(among, fixed, begun, begun + len(suggestion)):
                if new.rule.id not in before:
                    reason = f"its fix is said to be safe, but {suggestion!r} brings {new.rule.id} {new.rule.name}"
                    yield Failure(rule, reason, example, fixed, _bracketed(fixed, [Hit(new.start, new.end, ())]))


def _found(engine: Engine, text: str, start: int, end: int) -> list[Candidate]:
    """Warnings and errors that a check without a model would report at ``text[start:end]`` or touching that place."""
    document = read_text(text, "example.txt", kind="plain")
    return [
        one
        for one in engine.candidates(document)
        if one.rule.severity >= Severity.WARNING
        and (one.rule.arbitrate is None or one.rule.certain)
        and one.start <= end
        and start <= one.end
    ]


def prove_linear(rule: Rule) -> Iterator[Failure]:
    """The first hostile text, made from the rule's own patterns, that costs it more than it may."""
    engine = Engine([rule], CHECKS)
    size, too_much_more = HOSTILE_SIZE, TOO_MUCH_MORE
    if rule.scope == "sentence":
        size, too_much_more = LONGEST_SENTENCE, TOO_MUCH_MORE_IN_A_SENTENCE
    for regex in (*(pattern.regex for pattern in rule.patterns), *rule.unless, *rule.require):
        text = catastrophic(regex)
        if text is not None:
            yield Failure(rule, f"it takes exponential time on a text such as {text!r}")
            return
    for pattern in rule.patterns:
        ways: list[Callable[[str], float]] = [partial(_seconds, engine)]
        if rule.scope in ("block", "document") and not pattern.at_start:
            # Of a text without the other words of the rule, the engine leaves the expression untried.
            ways.insert(0, partial(_seconds_of, re.compile(pattern.regex)))
        # From short to long, so that it is found out before it takes very long.
        families = zip(*(hostile_texts(pattern.regex, size // part) for part in (16, 4, 1)), strict=False)
        for texts in families:
            for way, (short, long) in itertools.product(ways, itertools.pairwise(texts)):
                taken = _grows(way, short, long, too_much_more)
                if taken is not None:
                    order = "cubic time in a sentence" if rule.scope == "sentence" else "more than linear time"
                    reason = f"it takes {order}: {taken:.2f} s on {len(long):,} characters such as {long[:40]!r}"
                    yield Failure(rule, reason)
                    return


def _grows(way: Callable[[str], float], short: str, long: str, too_much_more: int) -> float | None:
    """The seconds that the longer of two texts takes, if that is too many times what the shorter takes."""
    taken = way(long)
    if taken < NOTHING:
        return None
    # The least of several: whatever else the machine does, it never makes a run faster.
    bound = max(NOTHING, too_much_more * min(way(short) for _ in range(TRIES)))
    for _ in range(TRIES):
        if taken < bound:
            return None
        taken = min(taken, way(long))
    return taken if taken >= bound else None


def _seconds(engine: Engine, text: str) -> float:
    document = Document("hostile.txt", text, blocks=[Block(0, len(text))])
    _ = document.folded, document.sentences
    return _timed(lambda: engine.candidates(document))


def _seconds_of(regex: re.Pattern[str], text: str) -> float:
    return _timed(lambda: list(regex.finditer(text)))


def _timed(run: Callable[[], object]) -> float:
    collecting = gc.isenabled()
    gc.disable()
    try:
        begun = time.process_time()
        run()
        return time.process_time() - begun
    finally:
        if collecting:
            gc.enable()


def _bracketed(text: str, found: Sequence[Hit]) -> str:
    for one in sorted(found, key=lambda one: -one.start):
        text = f"{text[: one.start]}[{text[one.start : one.end]}]{text[one.end :]}"
    return text
