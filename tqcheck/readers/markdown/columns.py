"""Columns: where in a line its text stands when tabs reach to every fourth column."""

from __future__ import annotations

from typing import NamedTuple


class Cursor(NamedTuple):
    """A place in a line: position in the source, column, and blanks left of a tab taken in part."""

    at: int
    column: int
    spare: int = 0


def first_character(source: str, cursor: Cursor, end: int) -> Cursor:
    """The next character that is no blank, with its column."""
    at, column, spare = cursor
    column += spare
    while at < end:
        char = source[at]
        if char == " ":
            column += 1
        elif char == "\t":
            column += 4 - column % 4
        else:
            break
        at += 1
    return Cursor(at, column)


def advance(source: str, cursor: Cursor, end: int, column: int) -> Cursor:
    """Pass blanks up to a column; a tab that reaches beyond it leaves the rest as blanks."""
    at, now, spare = cursor
    if spare:
        taken = min(spare, max(0, column - now))
        now += taken
        spare -= taken
    while now < column and at < end and source[at] in " \t":
        step = 1 if source[at] == " " else 4 - now % 4
        at += 1
        if now + step > column:
            return Cursor(at, column, now + step - column)
        now += step
    return Cursor(at, now, spare)


def after_quote(source: str, first: Cursor, end: int) -> Cursor:
    """Behind the ``>`` at ``first`` and the blank that belongs to it."""
    return advance(source, Cursor(first.at + 1, first.column + 1), end, first.column + 2)
