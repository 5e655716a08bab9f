"""The outline of a regular expression, read off its syntax tree.

What cannot be read is taken to be any text, so that an outline may say less of
the matches than is true of them, never more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import product

# Private, and the only parser of the dialect that re speaks; the tests of this module show when it changes.
from re import _constants as sre  # type: ignore[attr-defined]
from re import _parser as sre_parse  # type: ignore[attr-defined]
from typing import Any, NamedTuple

from tqcheck.rules.outline import MOST_STRINGS, Outline, Step, blanks_of, outline, words_in
from tqcheck.rules.regex_nodes import REPEATS, bodies, chars_of, folded, is_edge, is_width_zero, stands_apart
from tqcheck.text.sentences import LONGEST_SENTENCE

# A repeat of more times is not spelt out.
_MOST_TIMES = 3
_BLANKS = re.compile(r"\s+")
# What may be written where a word does not go on, of which the parser keeps nothing but the place.
_ANY = Step(None)
_EDGE = Step(("",), kind="edge")
_SHARED = Step(None, (-1, 0))


class _Shape(NamedTuple):
    """What the text of a step can be like at its ends."""

    blank_first: bool
    blank_last: bool
    empty: bool


def outline_of_regex(regex: str) -> Outline | None:
    """The outline of an expression; ``None`` where no word of it is certain.

    Raises :class:`re.error` for what is no regular expression.
    """
    tree = sre_parse.parse(regex)
    nodes = list(tree)
    whole = _with_ahead(nodes)
    steps = list(_steps(whole))
    if not stands_apart(whole, 0):
        steps.insert(0, _ANY)
    if not stands_apart(whole, -1):
        steps.append(_ANY)
    found = outline(steps)
    if found is None:
        return None
    if _looks_at_end(nodes):
        return found._replace(behind=LONGEST_SENTENCE)
    behind = found.behind + _ahead(nodes)
    return found._replace(before=min(found.before, LONGEST_SENTENCE), behind=min(behind, LONGEST_SENTENCE))


def _with_ahead(nodes: Sequence[Any]) -> Sequence[Any]:
    """The nodes with what must follow the match: its words are as good as those of the match."""
    last = len(nodes)
    while last and is_width_zero(nodes[last - 1]):
        last -= 1
    for index in range(last, len(nodes)):
        code, value = nodes[index]
        if code is sre.ASSERT and value[0] > 0 and not all(map(is_width_zero, value[1])):
            return [*nodes[:index], (sre.SUBPATTERN, (None, 0, 0, value[1]))]
    return nodes


def _steps(nodes: Sequence[Any]) -> Iterator[Step]:
    """The steps of a sequence of nodes; one that takes back a blank stands where two may count the same white space."""
    after_blank = False
    apart = False
    for node in _flat(nodes):
        if is_width_zero(node):
            apart = apart or is_edge(node)
            continue
        step, shape = _step(node)
        if after_blank and shape.blank_first:
            yield _SHARED
        if apart:
            # No word goes on here, which neither an open step says nor what comes behind one.
            if step.strings is None:
                step = step._replace(kind="apart")
            else:
                yield _EDGE
        yield step
        after_blank = shape.blank_last or (shape.empty and after_blank)
        apart = False
    if apart:
        yield _EDGE


def _flat(nodes: Sequence[Any]) -> Iterator[Any]:
    """The nodes with those of plain groups in place of the groups."""
    for node in nodes:
        if node[0] is sre.SUBPATTERN:
            yield from _flat(list(node[1][3]))
        else:
            yield node


def _step(node: Any) -> tuple[Step, _Shape]:
    strings = _strings([node])
    if strings is not None:
        first = any(string.startswith(" ") for string in strings)
        last = any(string.endswith(" ") for string in strings)
        return Step(strings), _Shape(first, last, "" in strings)
    code, value = node
    if code is sre.BRANCH:
        choices = [list(choice) for choice in value[1]]
        parts = [list(_steps(choice)) for choice in choices]
        counts = [_counted(part) for part in parts]
        words, spread, ended = words_in(parts)
        shapes = [_shape(choice) for choice in choices]
        blanks = min(least for least, _ in counts), max(most for _, most in counts)
        shape = _Shape(*(any(one) for one in zip(*shapes, strict=True)))
        return Step(None, blanks, "open", words, spread, *_blank_ends(node), shape.empty, ended), shape
    shape = _shape([node])
    opens, closes = _blank_ends(node)
    least = 0
    if code in REPEATS and (opens or closes) and not shape.empty:
        # One run of white space each time, which two of them share where nothing else is certain.
        least = value[0] if opens != closes and not (shape.blank_first and shape.blank_last) else min(value[0], 1)
    return Step(None, (least, _most_blanks(node)), opens=opens, closes=closes, empty=shape.empty), shape


def _blank_ends(node: Any) -> tuple[bool, bool]:
    """Whether what a node matches, if it is not empty, begins and ends with white space in any case."""
    code, value = node
    if code is sre.BRANCH:
        ends = [_blank_ends_of(list(choice)) for choice in value[1]]
        return all(first for first, _ in ends), all(last for _, last in ends)
    if code is sre.SUBPATTERN:
        return _blank_ends_of(list(value[3]))
    if code is sre.ATOMIC_GROUP:
        return _blank_ends_of(list(value))
    if code in REPEATS:
        return _blank_ends_of(list(value[2]))
    blank = code in (sre.LITERAL, sre.IN) and _is_blank([node])
    return blank, blank


def _blank_ends_of(nodes: Sequence[Any]) -> tuple[bool, bool]:
    each = [node for node in nodes if not is_width_zero(node)]
    found = []
    for which, order in ((0, each), (1, each[::-1])):
        certain = True
        for node in order:
            certain = _blank_ends(node)[which]
            if not certain or not _shape([node]).empty:
                break
        found.append(certain)
    return found[0], found[1]


def _counted(steps: Sequence[Step]) -> tuple[int, int]:
    counts = [step.blanks if step.strings is None else blanks_of(step.strings) for step in steps]
    return sum(least for least, _ in counts), min(sum(most for _, most in counts), LONGEST_SENTENCE)


def _shape(nodes: Sequence[Any]) -> _Shape:
    shapes = []
    for node in nodes:
        if is_width_zero(node):
            continue
        strings = _strings([node])
        code, value = node
        if strings is not None:
            shapes.append(_step(node)[1])
        elif code is sre.SUBPATTERN:
            shapes.append(_shape(list(value[3])))
        elif code is sre.BRANCH:
            shapes.append(_Shape(*(any(one) for one in zip(*map(_shape, map(list, value[1])), strict=True))))
        elif code in REPEATS:
            inner = _shape(list(value[2]))
            shapes.append(inner._replace(empty=inner.empty or value[0] == 0))
        else:
            blank = _most_blanks(node) > 0
            shapes.append(_Shape(blank, blank, code in (sre.GROUPREF, sre.GROUPREF_EXISTS)))
    first = last = False
    for shape in shapes:
        first = first or shape.blank_first
        if not shape.empty:
            break
    for shape in reversed(shapes):
        last = last or shape.blank_last
        if not shape.empty:
            break
    return _Shape(first, last, all(shape.empty for shape in shapes))


def _strings(nodes: Sequence[Any]) -> tuple[str, ...] | None:
    """All that a sequence of nodes can be, folded, white space as one blank; ``None`` where that is too much."""
    found: tuple[str, ...] = ("",)
    literal = ""
    for node in nodes:
        # Most nodes are single letters: a run of them is joined to what stands before it at once.
        if node[0] is sre.LITERAL:
            literal += folded(chr(node[1]))
            continue
        strings = () if is_width_zero(node) else _strings_of(node)
        if strings is None:
            return None
        if strings:
            joined = dict.fromkeys(_BLANKS.sub(" ", one + literal + other) for one, other in product(found, strings))
            if len(joined) > MOST_STRINGS:
                return None
            found, literal = tuple(joined), ""
    return tuple(dict.fromkeys(_BLANKS.sub(" ", one + literal) for one in found)) if literal else found


def _strings_of(node: Any) -> tuple[str, ...] | None:
    code, value = node
    if code is sre.LITERAL:
        return (folded(chr(value)),)
    if code is sre.IN:
        return chars_of(value)
    if code is sre.SUBPATTERN:
        return _strings(list(value[3]))
    if code is sre.ATOMIC_GROUP:
        return _strings(list(value))
    if code is sre.BRANCH:
        choices = [_strings(list(choice)) for choice in value[1]]
        if any(choice is None for choice in choices):
            return None
        union = tuple(dict.fromkeys(string for choice in choices for string in choice or ()))
        return union if len(union) <= MOST_STRINGS else None
    if code in REPEATS:
        least, most, body = value
        inner = _strings(list(body))
        if inner is None:
            return None
        if set(inner) <= {" "}:
            return (" ",) if least else ("", " ")
        if most is sre.MAXREPEAT or most > _MOST_TIMES:
            return None
        several = dict[str, None]()
        for times in range(least, most + 1):
            several.update(dict.fromkeys(_BLANKS.sub(" ", "".join(parts)) for parts in product(inner, repeat=times)))
            if len(several) > MOST_STRINGS:
                return None
        return tuple(several)
    return None


def _most_blanks(node: Any) -> int:
    """The most runs of white space in what a node matches."""
    code, value = node
    if is_width_zero(node):
        return 0
    if code is sre.LITERAL:
        return int(chr(value).isspace())
    if code in (sre.NOT_LITERAL, sre.ANY):
        return 1
    if code is sre.IN:
        return int(_holds_blank(value))
    if code is sre.SUBPATTERN:
        return _most_blanks_of(value[3])
    if code is sre.ATOMIC_GROUP:
        return _most_blanks_of(value)
    if code is sre.BRANCH:
        return max(_most_blanks_of(choice) for choice in value[1])
    if code in REPEATS:
        _, most, body = value
        inner = _most_blanks_of(body)
        if not inner:
            return 0
        if _is_blank(body):
            return 1
        return LONGEST_SENTENCE if most is sre.MAXREPEAT else min(most * inner, LONGEST_SENTENCE)
    return LONGEST_SENTENCE


def _is_blank(nodes: Any) -> bool:
    """Whether a sequence of nodes matches white space and nothing else."""
    return set(_strings(list(nodes)) or ("?",)) <= {" "}


def _most_blanks_of(nodes: Any) -> int:
    return min(sum(map(_most_blanks, nodes)), LONGEST_SENTENCE)


def _holds_blank(items: Sequence[Any]) -> bool:
    """Whether white space may be in a class."""
    negated = any(code is sre.NEGATE for code, _ in items)
    every = any(code is sre.CATEGORY and value is sre.CATEGORY_SPACE for code, value in items)
    if negated:
        return not every
    for code, value in items:
        if code is sre.LITERAL and chr(value).isspace():
            return True
        if code is sre.RANGE and any(map(str.isspace, map(chr, range(value[0], min(value[1], 0x3001) + 1)))):
            return True
        if code is sre.CATEGORY and value not in (sre.CATEGORY_WORD, sre.CATEGORY_DIGIT, sre.CATEGORY_NOT_SPACE):
            return True
    return False


def _looks_at_end(nodes: Any) -> bool:
    """Whether somewhere the end of the text is asked for, which a shorter text has elsewhere."""
    for code, value in nodes:
        if code is sre.AT:
            if value in (sre.AT_END, sre.AT_END_STRING):
                return True
        elif any(_looks_at_end(body) for body in bodies(code, value)):
            return True
    return False


def _ahead(nodes: Any) -> int:
    """The most runs of white space that are looked at behind a place and may be no part of the match."""
    total = 0
    for code, value in nodes:
        if code in (sre.ASSERT, sre.ASSERT_NOT) and value[0] > 0:
            total += _most_blanks_of(value[1])
        total += sum(map(_ahead, bodies(code, value)))
    return min(total, LONGEST_SENTENCE)
