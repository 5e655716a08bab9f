"""A rule: one kind of translation artifact, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from tqcheck.result import Severity
from tqcheck.rules.expression import Code
from tqcheck.rules.outline import Outline

Scope = Literal["sentence", "block", "line", "document"]
Quoted = Literal["skip", "include", "only"]
Fixing = Literal["safe", "unsafe"]

# These categories are about how the text was typed, so they apply inside quotations as well.
MECHANICAL = frozenset({"quotes-punctuation", "number-date-locale", "boilerplate", "untranslated"})


@dataclass(frozen=True, slots=True)
class CompiledPattern:
    """A regular expression, and what tells where it need not be tried.

    The group ``span`` is the finding (the whole match where it is absent).
    Of a pattern there is the ``outline``; for a regular expression its author
    gives ``anchors``, fixed strings (folded) of which every match contains one,
    and may give further such strings as ``also``; ``cased`` ones are as written, not folded.
    One that has ``anchors`` here is found by them, and the outline, if there is one, narrows where it is tried.
    ``lemmas`` gives for a capture number the lemmas it inflects. ``code`` is
    the expression in compiled form where it was kept.
    """

    regex: str
    outline: Outline | None = None
    anchors: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    at_start: bool = False
    at_end: bool = False
    lemmas: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    cased: bool = False
    code: Code | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Rule:
    """One kind of artifact.

    :param id: stable, never reused, such as ``ES014``.
    :param name: unique, in kebab case.
    :param languages: ISO 639-1 codes of the sources that produce it; empty for mechanical rules.
    :param origin: the expression behind it, by language.
    :param patterns: what to look for; a match of any is a candidate.
    :param check: instead of patterns, the name of a function in :mod:`tqcheck.rules.checks`.
    :param suggest: templates for what to write instead, the best first; ``""`` deletes.
    :param fix: ``safe`` where the first suggestion is right whenever the rule fires, so that nobody need look at it
        before it is written; what the language model decides is ``unsafe`` here, and its gain says more.
    :param arbitrate: gain in nats that the best suggestion needs before the finding stands; ``None``: no model needed.
    :param certain: with ``arbitrate``, whether the finding stands when there is no model.
    :param scope: what a match must lie in; ``line`` means that it must be the whole block.
    :param quoted: whether it applies inside quotation marks.
    :param unless: no finding in a sentence (block) where one of these matches.
    :param require: no finding in a sentence (block) where none of these matches.
    :param preview: off unless asked for: it is not yet known to be quiet enough on good English.
    :param fine: when the expression is right as it stands, in words.
    :param bad: examples with the expected span in square brackets.
    :param good: examples in which it must not fire.
    :param source: where the fact comes from.
    :param file: pack file and 1-based line, for error messages.
    """

    id: str
    name: str
    category: str
    severity: Severity
    message: str
    languages: tuple[str, ...] = ()
    origin: Mapping[str, str] = field(default_factory=dict)
    patterns: tuple[CompiledPattern, ...] = ()
    check: str | None = None
    suggest: tuple[str, ...] = ()
    fix: Fixing = "unsafe"
    arbitrate: float | None = None
    certain: bool = False
    scope: Scope = "sentence"
    quoted: Quoted = "skip"
    unless: tuple[str, ...] = ()
    require: tuple[str, ...] = ()
    preview: bool = False
    fine: str = ""
    bad: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    source: str = ""
    pack: str = ""
    file: str = ""
    line: int = 0

    @property
    def origin_text(self) -> str | None:
        """The origin expression of the first language that has one."""
        return next((self.origin[code] for code in self.languages if code in self.origin), None)
