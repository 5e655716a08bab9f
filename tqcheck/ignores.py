"""Comments in a draft that tell tqcheck to leave something alone.

==========================================  ====================================================
``<!-- tqcheck-ignore ES014 -->``           findings that touch the comment's line
``<!-- tqcheck-ignore-next ES014 -->``      the next paragraph, heading or list item
``<!-- tqcheck-ignore-begin ES014 -->``     from here to ``<!-- tqcheck-ignore-end -->`` (or the end of the text)
``<!-- tqcheck-ignore-file ES014 -->``      the whole text
==========================================  ====================================================

Each may name several rules, by id, name, category or pack (``es``), and none
for all; what follows a colon is the reason, for people. The comments work in
plain text too, where they are no part of the text that is checked. In code
(fenced, or between backticks) they are examples and do nothing.

An ignore that silenced nothing is reported, and so is one that cannot be
understood: a misspelt rule, a beginning without its end.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tqcheck.text import Document, Segment, Span

_WORD = "tqcheck-ignore"
_COMMENT = re.compile(r"<!--[ \t]*tqcheck-ignore(?P<kind>-[a-z]+)?(?P<rest>(?:[ \t:,][^\n\r]*?)?)[ \t]*-->")
_FENCE = re.compile(r"^ {0,3}(`{3,}|~{3,})", re.MULTILINE)
_REST_OF_LINE = re.compile(r"[ \t]*(?:\r\n|[\r\n]|$)")
_KINDS = ("", "-next", "-begin", "-end", "-file")

Known = Callable[[str], bool]
"""Whether a word names a rule, a category or a pack."""


@dataclass(slots=True)
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
    used: bool = field(default=False, compare=False)

    def silences(self, start: int, end: int, labels: frozenset[str]) -> bool:
        """Whether a finding at ``source[start:end]`` of the rule with these labels is left out."""
        if self.problem is not None or end <= self.reach.start or start >= self.reach.end:
            return False
        return not self.selectors or not labels.isdisjoint(self.selectors)


def without_comments(source: str) -> tuple[str, list[Segment] | None]:
    """``source`` without the comments, and the position map; the map is ``None`` where there is none to take out.

    A comment goes with the blanks before it, and one alone on its line with the line.
    """
    if _WORD not in source:
        return source, None
    parts: list[str] = []
    segments: list[Segment] = []
    length = position = 0
    for match in [*_comments(source), None]:
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

    def silence(self, start: int, end: int, labels: frozenset[str]) -> bool:
        """Whether a finding at ``source[start:end]`` is left out; the comments that say so count as used.

        :param labels: id, name, category and pack of its rule, in lower case.
        """
        silenced = False
        for directive in self.directives:
            if directive.silences(start, end, labels):
                directive.used = silenced = True
        return silenced

    def unused(self) -> Iterator[Span]:
        """Places of the comments that silenced nothing."""
        return (one.span for one in self.directives if not one.used and one.problem is None)

    def wrong(self) -> Iterator[tuple[Span, str]]:
        """Places of the comments that cannot be followed, and why."""
        return ((one.span, one.problem) for one in self.directives if one.problem is not None)


def _comments(source: str) -> Iterator[re.Match[str]]:
    fences = [(match.start(), match[1]) for match in _FENCE.finditer(source)]
    code: list[Span] = []
    opened: tuple[int, str] | None = None
    for start, mark in fences:
        if opened is None:
            opened = (start, mark)
        elif mark[0] == opened[1][0] and len(mark) >= len(opened[1]):
            code.append(Span(opened[0], start))
            opened = None
    if opened is not None:
        code.append(Span(opened[0], len(source)))
    for match in _COMMENT.finditer(source):
        index = bisect_left(code, match.start(), key=lambda span: span.end)
        in_code = index < len(code) and code[index].start <= match.start()
        if not in_code and source[match.start() - 1 : match.start()] != "`":
            yield match


def _with_blanks(source: str, start: int, end: int) -> tuple[int, int]:
    while start and source[start - 1] in " \t":
        start -= 1
    alone = _REST_OF_LINE.match(source, end)
    if alone and (not start or source[start - 1] in "\r\n"):
        return start, alone.end()
    return start, end


def _directives(document: Document, known: Known) -> Iterator[Directive]:
    source = document.source
    open_ones: list[tuple[Span, tuple[str, ...], str | None]] = []
    for match in _comments(source):
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
            open_ones.append((span, selectors, problem))
        elif kind == "-end":
            index = next(
                (n for n in reversed(range(len(open_ones))) if not selectors or open_ones[n][1] == selectors), -1
            )
            if index < 0:
                yield Directive(span, span, selectors, problem or "there is no tqcheck-ignore-begin for this end")
                continue
            begun, chosen, doubt = open_ones.pop(index)
            yield Directive(begun, Span(begun.end, span.start), chosen, doubt)
        elif kind == "-file":
            yield Directive(span, Span(0, len(source)), selectors, problem)
        elif kind == "-next":
            yield Directive(span, _next_block(document, span.end), selectors, problem)
        else:
            yield Directive(span, _line(document, span), selectors, problem)
    for begun, chosen, doubt in open_ones:
        yield Directive(begun, Span(begun.end, len(source)), chosen, doubt)


def _line(document: Document, span: Span) -> Span:
    start = max(document.source.rfind(end, 0, span.start) for end in "\n\r") + 1
    ends = [at for at in (document.source.find(end, span.end) for end in "\n\r") if at >= 0]
    return Span(start, min(ends, default=len(document.source)))


def _next_block(document: Document, position: int) -> Span:
    for block in document.blocks:
        span = document.to_source(block.start, block.end)
        if span.start >= position:
            return span
    return Span(position, position)
