"""Checks of whole documents that need more than the rules know."""

from __future__ import annotations

from collections.abc import Iterator

from tqcheck.pipeline.models import WITHOUT
from tqcheck.rules.checks import Check, Hit
from tqcheck.text.document import Document
from tqcheck.text.language import foreign_clauses
from tqcheck.text.language_names import language_name


def _foreign_hits(document: Document) -> Iterator[Hit]:
    for clause in foreign_clauses(document):
        name = language_name(clause.language)
        yield Hit(
            clause.span.start,
            clause.span.end,
            message=f"This was left in {name}; translate it or set it as a quotation.",
        )


def _about_comments(document: Document) -> Iterator[Hit]:
    """Nothing: comments are no part of the text; the checker itself reports on them when all else is known."""
    return iter(())


def _needs_the_model(document: Document) -> Iterator[Hit]:
    """Nothing: the checker itself reports what a tagger finds, once the model has run."""
    return iter(())


UNUSED_IGNORE = "unused-ignore"
WRONG_IGNORE = "wrong-ignore"
CHECKS: dict[str, Check] = {
    "foreign-clause": _foreign_hits,
    UNUSED_IGNORE: _about_comments,
    WRONG_IGNORE: _about_comments,
    **dict.fromkeys(WITHOUT, _needs_the_model),
}
"""Checks of whole documents that need more than the rules know, by the name that a rule gives in ``check``."""
