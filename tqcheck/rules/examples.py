"""How the examples of a rule are written: a bad one marks its span with square brackets."""

from __future__ import annotations

import re

_BRACKET = re.compile(r"(?<!\\)[\[\]]")


def parts(example: str) -> tuple[str, str, str]:
    r"""What stands before, in and after the brackets; ``\[`` is a bracket of the text."""
    before, span, after = map(plain, _BRACKET.split(example))
    return before, span, after


def marked(example: str) -> tuple[str, int, int]:
    """The text of a bad example without its brackets, and the span between them."""
    before, span, after = parts(example)
    return before + span + after, len(before), len(before) + len(span)


def plain(example: str) -> str:
    """An example with its escaped brackets as they are."""
    return re.sub(r"\\([\[\]])", r"\1", example)
