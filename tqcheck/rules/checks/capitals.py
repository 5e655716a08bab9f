"""Acronyms written in lower case."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tqcheck.rules.checks.hit import Check, Hit
from tqcheck.text import Document

_ACRONYM = re.compile(
    r"(?<![\w/@#.\-])(?:nato|usa|unesco|unicef|opec|nasa|fifa|uefa|hiv|dna|covid-19|unhcr|osce)(?![\w/@\-]|\.\w)"
)


def lower_case_acronym(document: Document) -> Iterator[Hit]:
    """An acronym in lower case; handles, tags and addresses are left alone."""
    for match in _ACRONYM.finditer(document.text):
        yield Hit(match.start(), match.end(), (match[0].upper(),))


CHECKS: Mapping[str, Check] = {"lower-case-acronym": lower_case_acronym}
