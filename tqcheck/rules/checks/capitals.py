"""Acronyms written in lower case."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tqcheck.rules.checks.hit import Check, Hit, vocabulary
from tqcheck.text.document import Document

_ACRONYMS = (
    "nato", "usa", "unesco", "unicef", "opec", "nasa", "fifa", "uefa", "hiv", "dna", "unhcr", "osce"
)  # fmt: skip
_JOINED_BEFORE = re.compile(r"[\w/@#.\-]")
_JOINED_BEHIND = re.compile(r"[\w/@\-]|\.\w")


def lower_case_acronym(document: Document) -> Iterator[Hit]:
    """An acronym in lower case; handles, tags and addresses are left alone."""
    text, words = document.text, vocabulary(document)
    for acronym in _ACRONYMS:
        start = text.find(acronym) if acronym in words else -1
        while start >= 0:
            end = start + len(acronym)
            if not (_JOINED_BEFORE.match(text, start - 1, start) or _JOINED_BEHIND.match(text, end)):
                yield Hit(start, end, (_written(text, acronym),))
            start = text.find(acronym, end)


def _written(text: str, acronym: str) -> str:
    """The acronym as the text has it elsewhere (Nato in British style), else in capitals."""
    capitals, name = acronym.upper(), acronym.capitalize()
    return name if name in text and capitals not in text else capitals


CHECKS: Mapping[str, Check] = {"lower-case-acronym": lower_case_acronym}
