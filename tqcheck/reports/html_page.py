"""The report as one HTML page: the story with its findings marked up, a table of them, and its fluency.

The page needs no script, no network and no other file; the same result gives
the same bytes. All text of others goes through :mod:`tqcheck.reports.markup`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from importlib.resources import files

from tqcheck.files.paths import named
from tqcheck.reports.digest import FAMILIES, in_order, language_shares, least_fluent
from tqcheck.reports.marked import Stretch, marked_paragraphs
from tqcheck.reports.markup import escape, lang
from tqcheck.reports.plot import ODD, Point, fluency_plot, gauge
from tqcheck.reports.wording import (
    compared_with,
    counted,
    gain_in_words,
    left_out_told,
    nats,
    number,
    shortened,
    source_is_told,
    states,
    verdict_told,
    visible,
    whereabouts,
    words_checked,
)
from tqcheck.result import (
    CATEGORIES,
    CheckResult,
    DocumentResult,
    Finding,
    SentenceResult,
    Severity,
    Signature,
    WordResult,
    count_severities,
)
from tqcheck.text.language_names import language_name
from tqcheck.text.lines import LineIndex

_MOST_SUGGESTIONS = 5
_MOST_LANGUAGES = 3
_LONGEST_TEXT = 240
_TITLE_TEXT = 90


def render_page(
    result: CheckResult, *, show: Severity = Severity.SUGGESTION, dropped: bool = False, least_fluent: int = 3
) -> str:
    """The page, ended by a newline.

    :param show: findings under this severity are left out; the counts say how many.
    :param dropped: whether to list the candidates that arbitration turned down.
    :param least_fluent: at most this many sentences under
        :data:`~tqcheck.reports.digest.LOW_FLUENCY` are listed for each document.

    A document without ``source`` (a result read back from JSON) has its
    findings in the table alone.
    """
    page = _Page(
        show,
        dropped,
        least_fluent,
        result.left_out,
        result.signature.model is not None,
        compared_with(result.signature),
    )
    documents = result.documents
    alone = len(documents) == 1
    title = named(documents[0].path) if alone else number(len(documents), "document")
    body = [page.document(1, documents[0], 1)] if alone else [page.overview(result)]
    if not alone:
        body += [page.document(index, document, 2) for index, document in enumerate(documents, 1)]
    return "\n".join(
        [
            "<!DOCTYPE html>",
            '<html lang="en">',
            "<head>",
            '<meta charset="utf-8">',
            # Even markup that slipped through could load and run nothing.
            "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\">",
            '<meta name="viewport" content="width=device-width, initial-scale=1">',
            '<meta name="color-scheme" content="light dark">',
            f"<title>{escape(title)} · tqcheck</title>",
            f"<style>\n{_css()}</style>",
            "</head>",
            "<body>",
            "<main>",
            *body,
            "</main>",
            _footer(result.signature),
            "</body>",
            "</html>",
            "",
        ]
    )


def _css() -> str:
    return files(__package__).joinpath("page.css").read_text(encoding="utf-8")


def _footer(signature: Signature) -> str:
    model = signature.model
    rows = [
        ("tqcheck", signature.version),
        ("rules", signature.rules),
        ("language model", "none" if model is None else f"{model.id}, sha256:{model.sha256}"),
        *([("calibration", f"sha256:{model.calibration}")] if model is not None and model.calibration else []),
        *([("engine", model.engine)] if model is not None and model.engine else []),
        *([("detector", signature.detector)] if signature.detector is not None else []),
        ("settings", signature.settings),
    ]
    entries = "".join(f"<div><dt>{name}</dt><dd>{escape(value)}</dd></div>" for name, value in rows)
    return f"<footer><details><summary>How this report was made</summary><dl>{entries}</dl></details></footer>"


@dataclass(frozen=True, slots=True)
class _Page:
    show: Severity
    dropped: bool
    least_fluent: int
    left_out: int
    has_model: bool
    reference: str

    def overview(self, result: CheckResult) -> str:
        """What all documents come to, and a line for each that leads to it."""
        documents = result.documents
        totals = [states(documents), counted(documents, self.show), words_checked(documents)]
        most = max(
            (sum(finding.severity >= self.show for finding in document.findings) for document in documents), default=0
        )
        rows = "\n".join(self.entry(index, document, most) for index, document in enumerate(documents, 1))
        table = (
            '<div class="wide"><table class="index"><thead><tr><th scope="col">Document</th>'
            '<th scope="col">Findings</th>'
            + "".join(f'<th scope="col" class="n">{_plural(level)}</th>' for level in self.levels())
            + '<th scope="col" class="n">Words</th><th scope="col" class="n">Fluency</th></tr></thead>'
            f"<tbody>\n{rows}\n</tbody></table></div>"
        )
        return "\n".join(
            [
                "<header>",
                f"<h1>{number(len(documents), 'document')}</h1>",
                f'<p class="counts">{" · ".join(totals)}</p>',
                *self.incomplete(),
                "" if self.has_model else "<p>Fluency was not scored: there was no language model.</p>",
                "</header>",
                table if documents else "",
            ]
        )

    def incomplete(self) -> Iterator[str]:
        if self.left_out:
            yield f'<p class="note">{left_out_told(self.left_out)} and its counts.</p>'

    def levels(self) -> list[Severity]:
        return [severity for severity in sorted(Severity, reverse=True) if severity >= self.show]

    def entry(self, index: int, document: DocumentResult, most: int) -> str:
        path = f'<th scope="row"><a href="#d{index}">{_path(document.path)}</a></th>'
        levels = self.levels()
        if not document.checked:
            state = "could not be checked" if document.error is not None else "skipped"
            told = f'<td colspan="{len(levels) + 3}">{state}: {escape(document.reason)}</td>'
            return f'<tr class="unchecked">{path}{told}</tr>'
        counts = count_severities(document.findings)
        bar = "".join(
            f'<span class="v-{level.label}" style="width:{100 * counts[level.label] / most:.1f}%"></span>'
            for level in levels
            if most and counts[level.label]
        )
        figures = [(counts[level.label], level.label) for level in levels] + [(document.words, "word")]
        score = "–" if document.fluency is None else f"{document.fluency.score:.0f}"
        return (
            f'<tr>{path}<td class="bar" aria-hidden="true"><span>{bar}</span></td>'
            + "".join(f'<td class="n" data-unit="{_unit(figure, noun)}">{figure:,}</td>' for figure, noun in figures)
            + f'<td class="n" data-label="fluency">{score}</td></tr>'
        )

    def document(self, index: int, document: DocumentResult, level: int) -> str:
        """The section of one document under a heading of this level."""
        name = f"d{index}"
        parts = [f'<section class="document" id="{name}" aria-labelledby="{name}-h">', "<header>"]
        parts.append(f'<h{level} id="{name}-h">{_path(document.path)}</h{level}>')
        if not document.checked:
            state = "Could not be checked" if document.error is not None else "Skipped"
            parts += [f'<p class="state"><b>{state}:</b> {escape(document.reason)}</p>', "</header>"]
            return "\n".join([*parts, *_notes(document), "</section>"])
        findings = in_order(document.findings, self.show)
        counts = f"{counted([document], self.show)} · {number(document.words, 'word')}"
        parts.append(f'<p class="counts">{counts}</p>')
        if level == 1:
            # Of several documents the overview says it, once.
            parts += self.incomplete()
        parts += [*self.fluency(document), *_verdict(document)]
        parts += [*_languages(document), *_notes(document), "</header>"]
        heading = f"h{level + 1}"
        listed = least_fluent(document.sentences, self.least_fluent)
        parts += self.story(name, document, findings, listed, heading)
        parts += self.table(name, document, findings, heading)
        parts += self.turned_down(document, heading)
        parts += self.sentences(name, document, listed, heading)
        return "\n".join([*parts, "</section>"])

    def fluency(self, document: DocumentResult) -> Iterator[str]:
        if document.fluency is None:
            why = "" if self.has_model else ": there was no language model"
            yield f'<p class="fluency">Fluency was not scored{why}.</p>'
            return
        score = document.fluency.score
        yield (
            f'<div class="fluency"><p><b>Fluency {score:.0f}</b> of 100</p>{gauge(score)}'
            f"<p>Percentile among {self.reference}, by how the wording looks to the language model: "
            f"50 is ordinary, under {ODD} is odd. "
            "It says how the story reads, not who or what wrote it.</p></div>"
        )

    def story(
        self,
        name: str,
        document: DocumentResult,
        findings: Sequence[Finding],
        listed: Sequence[SentenceResult],
        heading: str,
    ) -> Iterator[str]:
        yield f"<{heading}>Story</{heading}>"
        if document.source is None:
            yield (
                '<p class="state">The text of the story was not at hand when this page was made '
                "(a saved result does not hold it, and the draft is elsewhere or has changed), "
                "so the findings are listed by themselves.</p>"
            )
            return
        odd = [word for sentence in document.sentences for word in sentence.words or () if word.odd]
        yield from _legend(findings, bool(odd), bool(listed))
        low = set(listed)
        stretches = [
            *(
                Stretch(each.start, each.end, "span", f' class="{"s low" if each in low else "s"}"', f"{name}-s{place}")
                for place, each in enumerate(document.sentences, 1)
            ),
            *(_mark(name, place, finding) for place, finding in enumerate(findings, 1)),
            *(Stretch(word.start, word.end, "span", f' class="odd" title="{escape(_expected(word))}"') for word in odd),
        ]
        language = lang(document.language or "")
        extent = " parted" if document.sentences else ""
        yield f'<div class="story{extent}"{language}>{marked_paragraphs(document.source, stretches)}</div>'

    def table(self, name: str, document: DocumentResult, findings: Sequence[Finding], heading: str) -> Iterator[str]:
        if not findings:
            yield f'<p class="state">{counted([document], self.show).capitalize()}.</p>'
            return
        yield f"<{heading}>Findings</{heading}>"
        yield (
            '<table class="findings"><thead><tr><th scope="col"><abbr title="number">No.</abbr></th>'
            '<th scope="col">Line:column</th><th scope="col">Text → instead</th><th scope="col">Why</th>'
            '<th scope="col">Severity</th><th scope="col">Rule</th></tr></thead><tbody>'
        )
        linked = document.source is not None
        for place, finding in enumerate(findings, 1):
            label = (
                f'<a href="#{name}-m{place}" title="to its place in the story">{place}</a>' if linked else f"{place}"
            )
            evidence = "".join(f"<small>{line}</small>" for line in _evidence(finding))
            yield (
                f'<tr id="{name}-f{place}" class="{_class(finding)}"><th scope="row">{label}</th>'
                f'<td class="place">{finding.line}:{finding.column}</td><td class="fix">{_fix(finding)}</td>'
                f'<td class="why">{escape(finding.message)}{evidence}</td>'
                f'<td class="severity">{finding.severity.label}<small>{escape(finding.category)}</small></td>'
                f'<td class="rule">{escape(finding.rule)}<small>{escape(finding.name)}</small></td></tr>'
            )
        yield "</tbody></table>"

    def turned_down(self, document: DocumentResult, heading: str) -> Iterator[str]:
        if not (self.dropped and document.dropped):
            return
        yield f"<{heading}>Turned down by the language model</{heading}>"
        yield (
            '<table class="dropped"><thead><tr><th scope="col">Line:column</th><th scope="col">Text → instead</th>'
            '<th scope="col">Gain, needed</th><th scope="col">Rule</th></tr></thead><tbody>'
        )
        for candidate in sorted(document.dropped, key=lambda each: (each.finding.start, each.finding.end)):
            finding = candidate.finding
            gain = "none" if finding.gain is None else nats(finding.gain)
            needed = "a language model" if candidate.needed is None else nats(candidate.needed)
            yield (
                f'<tr><td class="place">{finding.line}:{finding.column}</td><td class="fix">{_fix(finding)}</td>'
                f'<td>{gain}, {needed}</td><td class="rule">{escape(finding.rule)} {escape(finding.name)}</td></tr>'
            )
        yield "</tbody></table>"

    def sentences(
        self, name: str, document: DocumentResult, listed: Sequence[SentenceResult], heading: str
    ) -> Iterator[str]:
        """The plot, the least fluent sentences, and the words that were not expected."""
        scored = [
            (place, sentence) for place, sentence in enumerate(document.sentences, 1) if sentence.fluency is not None
        ]
        if not scored:
            return
        source = document.source
        index = None if source is None else LineIndex(source)
        yield f"<{heading}>Fluency of the sentences</{heading}>"
        yield _plot(name, scored, source, index)
        if listed:
            yield from _least(name, scored, listed, source, index)
        if source is not None:
            yield from _odd_words(name, source, document.sentences)


def _plot(name: str, scored: Sequence[tuple[int, SentenceResult]], source: str | None, index: LineIndex | None) -> str:
    points = [
        Point(
            sentence.fluency or 0.0,
            f"Sentence {place}, {whereabouts(sentence, index)}: fluency {sentence.fluency:.0f}"
            + ("" if source is None else f". {shortened(_line(source, sentence), _TITLE_TEXT)}"),
            "" if source is None else f"#{name}-s{place}",
        )
        for place, sentence in scored
    ]
    return (
        f"<figure>{fluency_plot(points)}<figcaption>Each dot is a sentence in the order of the story, "
        f"from 0 (bottom) to 100 (top). The line in the middle is ordinary, the dashed one is {ODD}; what lies "
        "under it reads oddly.</figcaption></figure>"
    )


def _least(
    name: str,
    scored: Sequence[tuple[int, SentenceResult]],
    listed: Sequence[SentenceResult],
    source: str | None,
    index: LineIndex | None,
) -> Iterator[str]:
    numbers = {sentence: place for place, sentence in scored}
    yield '<p>The least fluent sentences:</p><ol class="least">'
    for sentence in listed:
        where = whereabouts(sentence, index)
        text = ""
        if source is not None:
            where = f'<a href="#{name}-s{numbers[sentence]}">{where}</a>'
            text = f"<cite>{_heat(source, sentence)}</cite>"
        yield f"<li><span><b>{sentence.fluency:.1f}</b> {where}</span> {text}</li>"
    yield "</ol>"


def _plural(severity: Severity) -> str:
    return f"{severity.label.capitalize()}s"


def _unit(figure: int, noun: str) -> str:
    return noun if figure == 1 else f"{noun}s"


def _path(path: str) -> str:
    """A path that can be wrapped after its slashes."""
    return escape(named(path)).replace("/", "/<wbr>")


def _notes(document: DocumentResult) -> Iterable[str]:
    return [f'<p class="note"><b>Note:</b> {escape(note)}</p>' for note in document.notes]


def _verdict(document: DocumentResult) -> Iterator[str]:
    verdict = document.verdict
    if verdict is not None:
        yield f'<p class="verdict"><b>Unedited machine translation:</b> {escape(verdict_told(verdict))}</p>'
        if verdict.evidence:
            listed = "".join(f"<li>{escape(one)}</li>" for one in verdict.evidence)
            yield f'<ul class="evidence">{listed}</ul>'


def _languages(document: DocumentResult) -> Iterator[str]:
    """The likely source languages by the verdict, and those that the findings name."""
    if document.verdict is not None and source_is_told(document.verdict):
        sources = document.verdict.sources[:_MOST_LANGUAGES]
        named = ", ".join(f"{_language(source.language)} {source.probability:.0%}" for source in sources)
        yield f'<p class="languages">Most likely source language: {named}</p>'
    shares, base = language_shares(document.findings)
    if shares:
        named = ", ".join(f"{_language(code)} {share:.0%}" for code, share in shares[:_MOST_LANGUAGES])
        counted_in = number(base, "finding")
        yield f'<p class="languages">Languages behind the findings: {named} (of {counted_in} that name one)</p>'


def _language(code: str) -> str:
    return escape(language_name(code))


def _class(finding: Finding) -> str:
    category = finding.category if finding.category in FAMILIES else "disfluent"
    return f"k-{FAMILIES[category]} c-{category} v-{finding.severity.label}"


def _legend(findings: Sequence[Finding], odd: bool, low: bool) -> Iterator[str]:
    counts = Counter(finding.category for finding in findings)
    families = {family: [each for each in CATEGORIES if FAMILIES[each] == family] for family in FAMILIES.values()}
    groups = [
        f"<li>{family}: "
        + " ".join(
            f'<span class="entry"><span class="key k-{family} c-{category}">{category}</span> {counts[category]}</span>'
            for category in categories
            if counts[category]
        )
        + "</li>"
        for family, categories in families.items()
        if any(counts[category] for category in categories)
    ]
    if odd:
        groups.append('<li><span class="odd">a word</span> that the model did not expect</li>')
    if low:
        groups.append('<li><span class="s low">one of the least fluent sentences</span></li>')
    if groups:
        yield f'<ul class="legend" aria-label="Legend">{"".join(groups)}</ul>'


def _mark(name: str, place: int, finding: Finding) -> Stretch:
    """A finding in the story: its number, which leads to the table, and a card that appears when it is pointed at."""
    evidence = "".join(f"<span>{line}</span>" for line in _evidence(finding))
    card = (
        f'<span class="card" role="note" id="{name}-c{place}"><span class="head"><b>{place}</b> '
        f"{finding.severity.label} · {escape(finding.category)}</span><span>{escape(finding.message)}</span>"
        f'<span class="fix">{_fix(finding)}</span>{evidence}'
        f'<span class="rule">{escape(finding.rule)} {escape(finding.name)}</span></span>'
    )
    described = f'aria-label="finding {place}" aria-describedby="{name}-c{place}"'
    label = f'<sup><a href="#{name}-f{place}" {described}>{place}</a></sup>'
    return Stretch(
        finding.start,
        finding.end,
        "mark",
        f' class="{_class(finding)}" tabindex="-1"',
        f"{name}-m{place}",
        f"{place}: {finding.message}",
        label + card,
    )


def _fix(finding: Finding) -> str:
    """The text and what to write instead of it."""
    text = f"<del>{escape(shortened(visible(finding.text), _LONGEST_TEXT))}</del>"
    if not finding.suggestions:
        return text
    shown = [f"<ins>{escape(shortened(visible(each), _LONGEST_TEXT))}</ins>" for each in finding.suggestions]
    more = len(shown) - _MOST_SUGGESTIONS
    return f"{text} → {' or '.join(shown[:_MOST_SUGGESTIONS])}" + (f" (and {more} more)" if more > 0 else "")


def _evidence(finding: Finding) -> Iterator[str]:
    """Where the wording comes from, what the model says, how often such findings are right."""
    first, *others = finding.languages or ("",)
    named = ", ".join(_language(code) for code in others)
    if finding.origin:
        origin = f"<bdi{lang(first)}>{escape(finding.origin)}</bdi>"
        start = f"{_language(first)}: {origin}" if first else f"From: {origin}"
        yield f"{start} (also {named})" if named else start
    elif first:
        yield f"From {', '.join(_language(code) for code in finding.languages)}"
    if finding.gain is not None:
        yield gain_in_words(finding.gain).capitalize()
    if finding.confidence is not None:
        yield f"Right in {finding.confidence:.0%} of the cases measured"


def _line(source: str, sentence: SentenceResult) -> str:
    return " ".join(source[sentence.start : sentence.end].split())


def _expected(word: WordResult) -> str:
    expected = f"; expected: {', '.join(word.expected)}" if word.expected else ""
    return f"{word.bits:.1f} bits{expected}"


def _heat(source: str, sentence: SentenceResult) -> str:
    """The sentence on one line with its odd words marked and, after each, what the model expected."""
    parts: list[str] = []
    at = sentence.start
    for word in sentence.words or ():
        if word.odd and at <= word.start < word.end <= sentence.end:
            text = escape(source[word.start : word.end])
            parts += [escape(source[at : word.start]), f'<b class="odd">{text}</b>']
            at = word.end
    return "".join([*parts, escape(source[at : sentence.end])])


def _odd_words(name: str, source: str, sentences: Sequence[SentenceResult]) -> Iterator[str]:
    rows = [
        f'<tr><td><a href="#{name}-s{place}">{escape(source[word.start : word.end])}</a></td>'
        f'<td class="n">{word.bits:.1f}</td><td>{escape(", ".join(word.expected))}</td></tr>'
        for place, sentence in enumerate(sentences, 1)
        for word in sentence.words or ()
        if word.odd
    ]
    if rows:
        yield (
            f"<details><summary>{number(len(rows), 'word')} that the model did not expect</summary>"
            '<table class="words"><thead><tr><th scope="col">Word</th><th scope="col" class="n">Surprisal, bits</th>'
            '<th scope="col">Expected there</th></tr></thead><tbody>'
        )
        yield from rows
        yield "</tbody></table></details>"
