"""Text of others made fit to stand in an HTML page."""

from __future__ import annotations

import re
from html import escape as _escape

from tqcheck.reports.cells import REPLACEMENT

# What HTML forbids or would not show (C0 and C1 controls, surrogates, noncharacters), and the marks and overrides of
# direction, which would reorder the page around them.
_UNFIT = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]"
)
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def legible(text: str) -> str:
    """``text`` as a page can show it: line ends as LF, what is unfit for HTML or turns the direction as U+FFFD."""
    return _UNFIT.sub(REPLACEMENT, text.replace("\r\n", "\n").replace("\r", "\n"))


def escape(text: str) -> str:
    """``text`` for the content of an element or the value of a quoted attribute, after :func:`legible`."""
    return _escape(legible(text))


def language_tag(code: str) -> str:
    """``code`` for the attribute ``lang``; empty if it is no language tag."""
    return code if _LANGUAGE.fullmatch(code) else ""
