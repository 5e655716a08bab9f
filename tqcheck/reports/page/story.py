"""The story as the page shows it, with its sentences, findings and odd words marked, and a legend."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from tqcheck.reports.digest import FAMILIES
from tqcheck.reports.marked import Stretch, marked_paragraphs
from tqcheck.reports.markup import escape, language_tag
from tqcheck.reports.page.findings import FindingView
from tqcheck.result import CATEGORIES, DocumentResult, SentenceResult


@dataclass(frozen=True, slots=True)
class FamilyView:
    """The number of findings of each category of a family."""

    name: str
    categories: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class SentenceMark:
    """A sentence ``source[start:end]``, and whether it is one of the least fluent."""

    start: int
    end: int
    low: bool


@dataclass(frozen=True, slots=True)
class OddMark:
    """A word ``source[start:end]`` that the model did not expect, and what it expected."""

    start: int
    end: int
    title: str


@dataclass(frozen=True, slots=True)
class StoryView:
    """A text and what is marked in it; ``language`` is a language tag (empty: unknown)."""

    source: str
    language: str
    families: tuple[FamilyView, ...]
    sentences: tuple[SentenceMark, ...]
    findings: tuple[FindingView, ...]
    odd: tuple[OddMark, ...]

    @property
    def low(self) -> bool:
        """Whether any sentence is marked as one of the least fluent."""
        return any(sentence.low for sentence in self.sentences)


def story_view(
    document: DocumentResult, findings: tuple[FindingView, ...], listed: Collection[SentenceResult]
) -> StoryView | None:
    """The story of a document with these findings and least fluent sentences; ``None`` without its source."""
    if document.source is None:
        return None
    low = set(listed)
    return StoryView(
        document.source,
        language_tag(document.language or ""),
        _families(findings),
        tuple(SentenceMark(each.start, each.end, each in low) for each in document.sentences),
        findings,
        tuple(
            OddMark(word.start, word.end, _expected(word.bits, word.expected))
            for sentence in document.sentences
            for word in sentence.words or ()
            if word.odd
        ),
    )


def marked_story(story: StoryView, name: str, card: Callable[[str, FindingView], str]) -> Markup:
    """The paragraphs of the story.

    :param name: what the ids of the document begin with.
    :param card: makes the markup at the end of a finding of the document of this name.
    """
    stretches: Sequence[Stretch] = (
        *(
            Stretch(each.start, each.end, "span", f' class="{"s low" if each.low else "s"}"', f"{name}-s{place}")
            for place, each in enumerate(story.sentences, 1)
        ),
        *(
            Stretch(
                each.start,
                each.end,
                "mark",
                f' class="{each.kind}" tabindex="-1"',
                f"{name}-m{each.place}",
                f"{each.place}: {each.message}",
                card(name, each),
            )
            for each in story.findings
        ),
        *(Stretch(each.start, each.end, "span", f' class="odd" title="{escape(each.title)}"') for each in story.odd),
    )
    return Markup(marked_paragraphs(story.source, stretches))


def _families(findings: Sequence[FindingView]) -> tuple[FamilyView, ...]:
    counts = Counter(finding.category for finding in findings)
    return tuple(
        FamilyView(family, found)
        for family in dict.fromkeys(FAMILIES.values())
        if (found := tuple((each, counts[each]) for each in CATEGORIES if FAMILIES[each] == family and counts[each]))
    )


def _expected(bits: float, expected: Sequence[str]) -> str:
    return f"{bits:.1f} bits" + (f"; expected: {', '.join(expected)}" if expected else "")
