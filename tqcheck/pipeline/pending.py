"""A document on its way through the pipeline, between the rules and the model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from tqcheck.result import DocumentResult
from tqcheck.rules.engine import Candidate
from tqcheck.text.document import Document
from tqcheck.text.ignores import Ignores

if TYPE_CHECKING:
    from tqcheck.detector.origin import OfStates
    from tqcheck.detector.spans import TokenError


@dataclass(slots=True)
class Pending:
    """A result that is not complete, and what the model is to be asked for it; without a document it is complete."""

    result: DocumentResult
    document: Document | None = None
    candidates: Sequence[Candidate] = ()
    ignores: Ignores | None = None
    gains: Mapping[int, Mapping[str, float]] = field(default_factory=dict)
    """Nats that each suggestion of a candidate gains, by the candidate's index, of those that the model decides."""
    errors: Mapping[str, Sequence[Sequence[TokenError]]] = field(default_factory=dict)
    """What a tagger says of the tokens of each sentence that was scored, by its check."""
    origin: OfStates | None = None
    """What the states of the model say of the text's origin; ``None`` where nobody read them."""
