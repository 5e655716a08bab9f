"""Emphasis: runs of ``*``, ``_`` and ``~``, which of them open and close it, and which belong together."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from string import punctuation

from tqcheck.readers.extraction import Piece


@dataclass(slots=True)
class Run:
    """A run of emphasis marks: the node that holds it, how many are unused, and what they may do."""

    node: int
    char: str
    left: int
    size: int
    opens: bool
    closes: bool


def read_run(text: str, start: int, end: int, node: int) -> Run | None:
    """The run of marks at ``text[start:end]``, or ``None`` where they are but characters.

    :param node: the place in the nodes of the piece that shows the marks.
    """
    char = text[start]
    before = text[start - 1] if start else " "
    after = text[end] if end < len(text) else " "
    space_before, space_after = before.isspace(), after.isspace()
    point_before, point_after = _is_punctuation(before), _is_punctuation(after)
    left = not space_after and (not point_after or space_before or point_before)
    right = not space_before and (not point_before or space_after or point_after)
    opens, closes = left, right
    if char == "_":
        opens = left and (not right or point_before)
        closes = right and (not left or point_after)
    if not (opens or closes) or (char == "~" and end - start != 2):
        return None
    return Run(node, char, end - start, end - start, opens, closes)


def emphasise(runs: list[Run], nodes: list[Piece | None]) -> None:
    """Use up the marks of ``runs`` in ``nodes``, as CommonMark pairs them; a node used up becomes ``None``."""
    before = list(range(-1, len(runs) - 1))
    floors: dict[tuple[str, bool, int], int] = {}
    for index, closer in enumerate(runs):
        if closer.closes:
            key = (closer.char, closer.opens, closer.size % 3)
            while closer.left:
                found = before[index]
                floor = floors.get(key, -1)
                while found > floor and not _pairs(runs[found], closer):
                    found = before[found]
                if found <= floor:
                    floors[key] = before[index]
                    break
                opener = runs[found]
                used = 2 if opener.left >= 2 and closer.left >= 2 else 1
                _shrink(nodes, opener, used, at_end=True)
                _shrink(nodes, closer, used, at_end=False)
                before[index] = found if opener.left else before[found]
        if index + 1 < len(runs) and not (closer.left and closer.opens):
            before[index + 1] = before[index]


def _shrink(nodes: list[Piece | None], run: Run, used: int, *, at_end: bool) -> None:
    run.left -= used
    node = nodes[run.node]
    assert node is not None
    if not run.left:
        nodes[run.node] = None
    elif at_end:
        nodes[run.node] = Piece(node.text[:-used], node.start, node.end - used)
    else:
        nodes[run.node] = Piece(node.text[used:], node.start + used, node.end)


def _pairs(opener: Run, closer: Run) -> bool:
    if opener.char != closer.char or not opener.opens:
        return False
    if (opener.closes or closer.opens) and opener.char != "~":
        return (opener.size + closer.size) % 3 != 0 or (opener.size % 3 == 0 and closer.size % 3 == 0)
    return True


def _is_punctuation(char: str) -> bool:
    return char in punctuation or (not char.isascii() and unicodedata.category(char)[0] in "PS")
