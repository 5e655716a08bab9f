"""The fluency of a document's sentences as the page shows it: the plot, the least fluent, the odd words."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tqcheck.reports.plot import Plot, Point, fluency_plot
from tqcheck.reports.wording import number, shortened, whereabouts
from tqcheck.result import DocumentResult, SentenceResult
from tqcheck.text.lines import LineIndex

_TITLE_TEXT = 90


@dataclass(frozen=True, slots=True)
class LowView:
    """One of the least fluent sentences, the document's number ``place`` (from 1), and where it stands, in words.

    ``text`` is in pieces, each with whether it is an odd word; empty where the text is not known.
    """

    place: int
    fluency: str
    where: str
    text: tuple[tuple[str, bool], ...]


@dataclass(frozen=True, slots=True)
class OddWordView:
    """A word that the model did not expect, in the document's sentence number ``place`` (from 1)."""

    place: int
    text: str
    bits: str
    expected: str


@dataclass(frozen=True, slots=True)
class SentencesView:
    """What there is to say of the scored sentences; ``linked`` if they stand on the page."""

    linked: bool
    plot: Plot
    low: tuple[LowView, ...]
    odd: tuple[OddWordView, ...]
    odd_counted: str


def sentences_view(name: str, document: DocumentResult, listed: Sequence[SentenceResult]) -> SentencesView | None:
    """``None`` if no sentence was scored.

    :param name: what the ids of the document begin with.
    :param listed: the least fluent sentences, in the order in which they are listed.
    """
    source = document.source
    index = None if source is None else LineIndex(source)
    places: dict[SentenceResult, int] = {}
    points: list[Point] = []
    for place, sentence in enumerate(document.sentences, 1):
        if sentence.fluency is not None:
            places[sentence] = place
            title = f"Sentence {place}, {whereabouts(sentence, index)}: fluency {sentence.fluency:.0f}"
            if source is None:
                points.append(Point(sentence.fluency, title))
            else:
                title += f". {shortened(_line(source, sentence), _TITLE_TEXT)}"
                points.append(Point(sentence.fluency, title, f"#{name}-s{place}"))
    plot = fluency_plot(points)
    if plot is None:
        return None
    odd = () if source is None else tuple(_odd_words(source, document.sentences))
    low = tuple(
        LowView(
            places[sentence],
            f"{sentence.fluency:.1f}",
            whereabouts(sentence, index),
            () if source is None else tuple(_heat(source, sentence)),
        )
        for sentence in listed
    )
    return SentencesView(source is not None, plot, low, odd, number(len(odd), "word"))


def _line(source: str, sentence: SentenceResult) -> str:
    return " ".join(source[sentence.start : sentence.end].split())


def _heat(source: str, sentence: SentenceResult) -> Iterator[tuple[str, bool]]:
    at = sentence.start
    for word in sentence.words or ():
        if word.odd and at <= word.start < word.end <= sentence.end:
            yield source[at : word.start], False
            yield source[word.start : word.end], True
            at = word.end
    yield source[at : sentence.end], False


def _odd_words(source: str, sentences: Sequence[SentenceResult]) -> Iterator[OddWordView]:
    for place, sentence in enumerate(sentences, 1):
        for word in sentence.words or ():
            if word.odd:
                yield OddWordView(place, source[word.start : word.end], f"{word.bits:.1f}", ", ".join(word.expected))
