"""Targets of links: behind the text of a link, or in a definition at the beginning of a paragraph."""

from __future__ import annotations

import re
from string import punctuation

_SPACING = r"[ \t]*+(?:\n[ \t]*+)?+"
_TITLE = r"(?:\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\))"
_DESTINATION = re.compile(r"<(?:[^<>\n\\]|\\.)*+>")
_AFTER_DESTINATION = re.compile(rf"(?:[ \t]++(?:\n[ \t]*+)?+|\n[ \t]*+){_TITLE}{_SPACING}\)|{_SPACING}\)", re.DOTALL)
_OPENING = re.compile(_SPACING)
LABEL = re.compile(r"\[((?:[^\[\]\\]|\\.){0,999}+)\]", re.DOTALL)
_DEEPEST_PARENTHESIS = 32
_DEFINITION = re.compile(
    r"[ \t]*+\[((?:[^\[\]\\]|\\.){1,999}+)\]:[ \t]*+(?:\n[ \t]*+)?+(?:<(?:[^<>\n\\]|\\.)*+>|[^\s<]\S*+)"
    rf"(?:(?:[ \t]*+\n[ \t]*+|[ \t]++){_TITLE}[ \t]*+(?=\n|\Z)|[ \t]*+(?=\n|\Z))\n?",
    re.DOTALL,
)


def normalise_label(label: str) -> str:
    """A link label as labels are compared: case folded, white space single."""
    return " ".join(label.split()).casefold()


def read_definitions(text: str) -> tuple[list[str], int]:
    """The normalised labels that a paragraph defines, and where its own text begins."""
    labels: list[str] = []
    position = 0
    while (found := _DEFINITION.match(text, position)) and (label := normalise_label(found[1])):
        labels.append(label)
        position = found.end()
    return labels, position


def inline_target(text: str, at: int) -> int:
    """The end of ``(destination "title")`` at ``at``, or -1."""
    found = _OPENING.match(text, at + 1)
    assert found is not None
    position = found.end()
    if text.startswith("<", position):
        pointed = _DESTINATION.match(text, position)
        if pointed is None:
            return -1
        position = pointed.end()
    else:
        depth = 0
        size = len(text)
        while position < size:
            char = text[position]
            if char == "\\" and text[position + 1 : position + 2] in punctuation:
                position += 1
            elif char <= " ":
                break
            elif char == "(":
                depth += 1
                if depth > _DEEPEST_PARENTHESIS:
                    return -1
            elif char == ")":
                if not depth:
                    break
                depth -= 1
            position += 1
        if depth:
            return -1
    after = _AFTER_DESTINATION.match(text, min(position, len(text)))
    return -1 if after is None else after.end()
