"""Link definitions: ``[label]: target "title"`` at the beginning of a paragraph."""

from __future__ import annotations

import re

from tqcheck.readers.markdown.inline import normalise_label

_TITLE = r"(?:\"(?:[^\"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'|\((?:[^()\\]|\\.)*+\))"
_DEFINITION = re.compile(
    r"[ \t]*+\[((?:[^\[\]\\]|\\.){1,999}+)\]:[ \t]*+(?:\n[ \t]*+)?+(?:<(?:[^<>\n\\]|\\.)*+>|[^\s<]\S*+)"
    rf"(?:(?:[ \t]*+\n[ \t]*+|[ \t]++){_TITLE}[ \t]*+(?=\n|\Z)|[ \t]*+(?=\n|\Z))\n?",
    re.DOTALL,
)


def read_definitions(text: str) -> tuple[list[str], int]:
    """The normalised labels that a paragraph defines, and where its own text begins."""
    labels: list[str] = []
    position = 0
    while (found := _DEFINITION.match(text, position)) and (label := normalise_label(found[1])):
        labels.append(label)
        position = found.end()
    return labels, position
