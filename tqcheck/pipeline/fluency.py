"""From the surprisal of sentences to the fluency of a result."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tqcheck.result import DocumentResult, Fluency, SentenceResult, WordResult
from tqcheck.text.document import Document, Sentence
from tqcheck.text.language import foreign_clauses
from tqcheck.text.span import Span

if TYPE_CHECKING:
    from tqcheck.lm.calibration import Calibration
    from tqcheck.lm.sentences import SentenceSurprisal
    from tqcheck.lm.words import WordSurprisal


def with_fluency(
    result: DocumentResult,
    document: Document,
    sentences: Sequence[Sentence],
    surprisals: Sequence[SentenceSurprisal],
    calibration: Calibration | None,
) -> DocumentResult:
    """The result with its sentences, fluency of them and of the document where there is a calibration.

    :param sentences: those that were scored, the first of the document's, each with its entry in ``surprisals``.
    """
    scored: dict[Sentence, SentenceResult] = {}
    asked = any(surprisal.each for surprisal in surprisals)
    foreign = [clause.span for clause in foreign_clauses(document)] if asked else []
    for sentence, surprisal in zip(sentences, surprisals, strict=True):
        span = document.to_source(sentence.start, sentence.end)
        fluency = bits_per_word = None
        if surprisal.words and surprisal.tokens:
            bits_per_word = surprisal.bits / surprisal.words
            if calibration is not None:
                opening = sentence is document.sentences[0]
                fluency = calibration.sentence_fluency(surprisal.normalized, surprisal.words, opening=opening)
        words = None if surprisal.each is None else _words(document, surprisal.each, foreign)
        scored[sentence] = SentenceResult(span.start, span.end, fluency, bits_per_word, words)
    bits = sum(surprisal.bits for surprisal in surprisals)
    count = sum(surprisal.words for surprisal in surprisals)
    fluency_of_all = None
    if calibration is not None and count:
        mean = sum(surprisal.normalized * surprisal.words for surprisal in surprisals) / count
        fluency_of_all = Fluency(calibration.document_fluency(mean, count), bits / count)
    everything = tuple(scored.get(sentence) or unscored(document, sentence) for sentence in document.sentences)
    return replace(result, fluency=fluency_of_all, sentences=everything)


def _words(document: Document, each: Sequence[WordSurprisal], foreign: Sequence[Span]) -> tuple[WordResult, ...]:
    """Words in positions of the original; what was left in another language is reported as that, not as odd words."""
    found: list[WordResult] = []
    for word in each:
        odd = word.odd and not any(span.start <= word.start < span.end for span in foreign)
        span = document.to_source(word.start, word.end)
        found.append(WordResult(span.start, span.end, word.bits, odd, word.expected if odd else ()))
    return tuple(found)


def unscored(document: Document, sentence: Sentence) -> SentenceResult:
    """A sentence of which nothing is known."""
    return SentenceResult(*document.to_source(sentence.start, sentence.end))
