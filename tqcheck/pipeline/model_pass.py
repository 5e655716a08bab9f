"""One pass of the language model over a group of documents: surprisal, suggestions compared, what readers say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from tqcheck.pipeline.fluency import with_fluency
from tqcheck.pipeline.models import Model
from tqcheck.pipeline.pending import Pending
from tqcheck.text.document import Sentence, within

if TYPE_CHECKING:
    from tqcheck.detector.spans import TokenError
    from tqcheck.lm.arbitration import Comparison, Thresholds
    from tqcheck.lm.progress import Progress
    from tqcheck.lm.sentences import SentenceSurprisal
    from tqcheck.lm.state_reader import StateReader


def score(
    pending: Sequence[Pending],
    model: Model,
    *,
    most_words: int,
    untagged: Sequence[str] = (),
    progress: Progress | None = None,
) -> None:
    """Score the documents and compare the suggestions that the model decides about.

    :param most_words: of a document that are scored, counted from its beginning.
    :param untagged: ids of rules whose tagger cannot be used, to be told in the notes of each document.
    """
    from tqcheck.lm.arbitration import score_and_compare

    chosen: list[tuple[Pending, Sequence[Sentence]]] = []
    notes: list[list[str]] = []
    for one in pending:
        if one.document is None:
            continue
        sentences = within(one.document, most_words)
        chosen.append((one, sentences))
        notes.append([])
        if len(sentences) < len(one.document.sentences):
            notes[-1].append(f"only the first {most_words:,} words were scored by the language model")
        if untagged:
            notes[-1].append(f"{', '.join(untagged)} not looked for: the tagger reads another language model")
    texts = []
    for one, sentences in chosen:
        assert one.document is not None
        texts.append((one.document.text, [(sentence.start, sentence.end) for sentence in sentences]))
    every: tuple[StateReader | None, ...] = (model.fluency, *model.taggers.values(), model.origin)
    readers = [reader for reader in every if reader is not None]
    asked = [_asked(one, model.thresholds) for one, _ in chosen]
    comparisons = [[comparison for _, comparison in own] for own in asked]
    scores, told = score_and_compare(model.scorer, texts, comparisons, progress, words=model.bounds, readers=readers)
    for (one, _), own, gains in zip(chosen, asked, told, strict=True):
        one.gains = {
            index: dict(zip(one.candidates[index].suggestions, each, strict=True))
            for (index, _), each in zip(own, gains, strict=True)
        }
    for (one, sentences), surprisals, own_notes in zip(chosen, scores, notes, strict=True):
        assert one.document is not None
        one.result = replace(one.result, notes=(*one.result.notes, *own_notes))
        one.errors = {
            check: [_token_errors(surprisal, readers.index(tagger)) for surprisal in surprisals]
            for check, tagger in model.taggers.items()
        }
        if model.origin is not None:
            place = readers.index(model.origin)
            one.origin = model.origin.score([surprisal.read[place] for surprisal in surprisals if surprisal.read])
        if model.fluency is not None:
            surprisals = model.fluency.judged(surprisals, readers.index(model.fluency))
        one.result = with_fluency(one.result, one.document, sentences, surprisals, model.calibration)


def _asked(one: Pending, thresholds: Thresholds) -> list[tuple[int, Comparison]]:
    """The candidates of a document that the model is to decide about, by their index, and what it is to compare."""
    from tqcheck.lm.arbitration import Comparison

    assert one.document is not None
    text = one.document.text
    found = []
    for index, candidate in enumerate(one.candidates):
        rule = candidate.rule
        if rule.arbitrate is not None:
            needed = thresholds.needed(rule.id, rule.category, rule.arbitrate)
            unit = candidate.unit
            found.append((index, Comparison(unit.start, unit.end, candidate.fixes(text), needed)))
    return found


def _token_errors(surprisal: SentenceSurprisal, reader: int) -> list[TokenError]:
    """What one of the readers said of the tokens of a sentence."""
    from tqcheck.detector.spans import TokenError

    said = surprisal.read[reader] if surprisal.read else ()
    return [
        TokenError(*place, minor, major)
        for place, minor, major in zip(surprisal.places, said[::2], said[1::2], strict=True)
    ]
