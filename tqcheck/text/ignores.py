"""Comments in a draft that tell tqcheck to leave something alone.

==========================================  ====================================================
``<!-- tqcheck-ignore ES014 -->``           findings that touch the comment's line
``<!-- tqcheck-ignore-next ES014 -->``      the next paragraph, heading or list item
``<!-- tqcheck-ignore-begin ES014 -->``     from here to ``<!-- tqcheck-ignore-end -->`` (or the end of the text)
``<!-- tqcheck-ignore-file ES014 -->``      the whole text
==========================================  ====================================================

Each may name several rules, by id, name, category or pack (``es``), and none
for all; what follows a colon is the reason, for people. The comments work in
plain text too, where they are no part of the text that is checked. In the code
of Markdown (fenced, indented, or between backticks) they are examples and do
nothing; elsewhere directly after a backtick.

An ignore that silenced nothing is reported, and so is one that cannot be
understood: a misspelt rule, a beginning without its end.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from tqcheck.text.coverage import Coverage
from tqcheck.text.document import Document, Segment
from tqcheck.text.span import Span

_WORD = "tqcheck-ignore"
# Never beyond the next comment, and never back: many beginnings without an end take no longer than their length.
_COMMENT = re.compile(
    r"<!--[ \t]*+tqcheck-ignore(?P<kind>-[a-z]++)?+(?P<rest>(?:[ \t:,](?:(?!-->|<!--)[^\n\r])*+)?+)-->"
)
_REST_OF_LINE = re.compile(r"[ \t]*(?:\r\n|[\r\n]|$)")
_ALL = ""
_KINDS = ("", "-next", "-begin", "-end", "-file")

Known = Callable[[str], bool]
"""Whether a word names a rule, a category or a pack."""


@dataclass(frozen=True, slots=True)
class Directive:
    """One comment.

    :param span: the comment in the source.
    :param reach: the stretch of the source in which it silences findings.
    :param selectors: rules, names, categories or packs, in lower case; empty for all.
    :param problem: why it cannot be followed, or ``None``.
    """

    span: Span
    reach: Span
    selectors: tuple[str, ...]
    problem: str | None = None


def without_comments(source: str) -> tuple[str, list[Segment] | None]:
    """``source`` without the comments, and the position map; the map is ``None`` where there is none to take out.

    A comment goes with the blanks before it, and one alone on its line with the line.
    """
    if _WORD not in source:
        return source, None
    parts: list[str] = []
    segments: list[Segment] = []
    length = position = 0
    for match in [*_comments(source, None), None]:
        start, end = (len(source), len(source)) if match is None else _with_blanks(source, *match.span())
        if start > position:
            segments.append(Segment(length, start - position, position, start - position))
            parts.append(source[position:start])
            length += start - position
        position = max(position, end)
    return "".join(parts), segments


class Ignores:
    """The comments of one document, and which of them silenced anything.

    :param known: tells whether a selector (lower case) names anything; selectors that name nothing are a problem.
    """

    def __init__(self, document: Document, known: Known) -> None:
        self.directives = list(_directives(document, known)) if _WORD in document.source else []
        self._silenced: defaultdict[str, set[tuple[int, int]]] = defaultdict(set)

    @cached_property
    def _reaches(self) -> dict[str, Coverage]:
        """Where findings are left out, by label; :data:`_ALL` for those of every rule."""
        return _coverage(
            (selector, (one.reach.start, one.reach.end))
            for one in self.directives
            if one.problem is None
            for selector in one.selectors or (_ALL,)
        )

    def silence(self, start: int, end: int, labels: frozenset[str]) -> bool:
        """Whether a finding at ``source[start:end]`` is left out; the comments that say so count as used.

        :param labels: id, name, category and pack of its rule, in lower case.
        """
        chosen = [
            label
            for label in (_ALL, *labels)
            if (reach := self._reaches.get(label)) is not None and reach.overlaps(start, end)
        ]
        for label in chosen:
            self._silenced[label].add((start, end))
        return bool(chosen)

    def unused(self) -> Iterator[Span]:
        """Places of the comments that silenced nothing."""
        # Which comments reach a finding is asked of each comment once: many may reach around many.
        silenced = _coverage((label, place) for label, places in self._silenced.items() for place in places)
        for one in self.directives:
            if one.problem is None and not any(
                label in silenced and silenced[label].overlaps(one.reach.start, one.reach.end)
                for label in one.selectors or (_ALL,)
            ):
                yield one.span

    def wrong(self) -> Iterator[tuple[Span, str]]:
        """Places of the comments that cannot be followed, and why."""
        return ((one.span, one.problem) for one in self.directives if one.problem is not None)


def _coverage(spans: Iterable[tuple[str, tuple[int, int]]]) -> dict[str, Coverage]:
    """What the spans of each label cover."""
    found: defaultdict[str, list[tuple[int, int]]] = defaultdict(list)
    for label, span in spans:
        found[label].append(span)
    return {label: Coverage(places) for label, places in found.items()}


def _comments(source: str, code: Sequence[Span] | None) -> Iterator[re.Match[str]]:
    """The comments that are no examples."""
    for match in _COMMENT.finditer(source):
        start = match.start()
        if code is None:
            example = source.startswith("`", start - 1, start)
        else:
            index = bisect_right(code, start, key=lambda span: span.start) - 1
            example = index >= 0 and start < code[index].end
        if not example:
            yield match


def _with_blanks(source: str, start: int, end: int) -> tuple[int, int]:
    while start and source[start - 1] in " \t":
        start -= 1
    alone = _REST_OF_LINE.match(source, end)
    if alone and (not start or source[start - 1] in "\r\n"):
        return start, alone.end()
    return start, end


def _directives(document: Document, known: Known) -> Iterator[Directive]:
    next_block = _next_blocks(document)
    open_ones: dict[int, tuple[Span, tuple[str, ...], str | None]] = {}
    numbers: defaultdict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, match in enumerate(_comments(document.source, document.code)):
        span = Span(*match.span())
        kind = match["kind"] or ""
        selectors = tuple(word.lower() for word in re.split(r"[\s,]+", match["rest"].partition(":")[0]) if word)
        if kind not in _KINDS:
            yield Directive(
                span, span, selectors, f"there is no tqcheck-ignore{kind}; use -next, -begin, -end or -file"
            )
            continue
        problem = next((f"{word!r} is no rule, category or pack" for word in selectors if not known(word)), None)
        if kind == "-begin":
            open_ones[number] = span, selectors, problem
            numbers[selectors].append(number)
        elif kind == "-end":
            if not (numbers[selectors] if selectors else open_ones):
                yield Directive(span, span, selectors, problem or "there is no tqcheck-ignore-begin for this end")
                continue
            if selectors:
                begun, chosen, doubt = open_ones.pop(numbers[selectors].pop())
            else:
                begun, chosen, doubt = open_ones.popitem()[1]
                numbers[chosen].pop()
            yield Directive(begun, Span(begun.end, span.start), chosen, doubt)
        elif kind == "-file":
            yield Directive(span, Span(0, len(document.source)), selectors, problem)
        elif kind == "-next":
            yield Directive(span, next_block(span.end), selectors, problem)
        else:
            yield Directive(span, _line(document, span), selectors, problem)
    for begun, chosen, doubt in open_ones.values():
        yield Directive(begun, Span(begun.end, len(document.source)), chosen, doubt)


def _line(document: Document, span: Span) -> Span:
    lines = document.lines
    number = lines.position(span.start)[0]
    return Span(lines.start(number), lines.start(number + 1) if number < len(lines) else len(document.source))


def _next_blocks(document: Document) -> Callable[[int], Span]:
    """Where the first block that begins at a place of the source or after it stands."""
    reached: list[int] = []

    def found(position: int) -> Span:
        if not reached:
            # Non-decreasing, wherever a reader takes a block from.
            reached.extend(accumulate((document.to_source(one.start, one.end).start for one in document.blocks), max))
        index = bisect_left(reached, position)
        if index == len(reached):
            return Span(position, position)
        return document.to_source(document.blocks[index].start, document.blocks[index].end)

    return found
