"""Checks that no pattern can express, by the name that a rule gives in ``check``.

Each takes a document and yields hits in positions of its text; what the
finding is called, how severe it is and what it says stays in the rule. The
cost of each is linear in the length of the text, whatever the text is.
"""

from __future__ import annotations

from collections.abc import Mapping

from tqcheck.rules.checks import boilerplate, capitals, dashes, dates, encoding, names, numbers, quotes, scripts
from tqcheck.rules.checks.hit import Check, Hit

__all__ = ["CHECKS", "OF_WORDS", "Check", "Hit"]

CHECKS: Mapping[str, Check] = {
    **quotes.CHECKS,
    **dashes.CHECKS,
    **numbers.CHECKS,
    **boilerplate.CHECKS,
    **capitals.CHECKS,
    **dates.CHECKS,
    **encoding.CHECKS,
    **names.CHECKS,
    **scripts.CHECKS,
}
OF_WORDS = frozenset({*numbers.CHECKS, *dates.CHECKS, *names.CHECKS, *scripts.CHECKS} - {"ideographic-space"})
"""Checks to which any run of white space in a paragraph is a blank; the others look at blanks and lines themselves."""
