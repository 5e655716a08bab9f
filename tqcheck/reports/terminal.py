"""The report an editor reads: the story's lines, what is wrong in them, what to write instead, and a summary."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tqcheck.reports.cells import Word, cells, clean, cut, words, wrap
from tqcheck.reports.digest import FAMILIES, in_order, language_shares, least_fluent
from tqcheck.reports.heat import heat_lines
from tqcheck.reports.snippet import Mark, Run, Snippet, share_line, snippet
from tqcheck.reports.wording import (
    compared_with,
    counted,
    left_out_told,
    nats,
    number,
    source_is_told,
    states,
    verdict_told,
    visible,
    whereabouts,
    words_checked,
)
from tqcheck.result import (
    CheckResult,
    DocumentResult,
    DroppedCandidate,
    Finding,
    SentenceResult,
    Severity,
    WordResult,
)
from tqcheck.text.language_names import language_name
from tqcheck.text.lines import LineIndex

NARROWEST = 20
"""Cells below which a report is not made narrower."""

_MOST_SUGGESTIONS = 5
_MOST_LANGUAGES = 3
_MOST_LINES = 12  # of a sentence shown with its words

# Parameters of the ANSI sequence "select graphic rendition" (ECMA-48, section 8.3.117).
_BOLD, _DIM, _UNDERLINE, _GREEN = "1", "2", "4", "32"
_STYLE = "34"
_FAMILY_STYLES = {"mechanical": "35", "lexical": "33", "grammatical": "36", "style": _STYLE}
_SEVERITY_STYLES = {Severity.ERROR: "1;31", Severity.WARNING: "1", Severity.SUGGESTION: ""}
_CATEGORY_STYLES = {category: _FAMILY_STYLES[family] for category, family in FAMILIES.items()}


def render_terminal(
    result: CheckResult,
    *,
    width: int,
    color: bool,
    show: Severity = Severity.SUGGESTION,
    dropped: bool = False,
    least_fluent: int = 3,
) -> str:
    """The report for a terminal, ended by a newline; empty if there are no documents.

    :param width: cells of a line; taken as :data:`NARROWEST` if less.
    :param color: whether to write ANSI sequences; without them the text holds no escape character.
    :param show: findings under this severity are hidden; the summary counts them.
    :param dropped: whether to list the candidates that arbitration turned down.
    :param least_fluent: at most this many sentences under
        :data:`~tqcheck.reports.digest.LOW_FLUENCY` are listed for each document.

    A sentence whose words are known is shown whole, coloured by surprisal (or,
    without colour, with ``^^^^`` under its odd words), and for its odd words
    what the model expected. Spans are underlined and also marked by ``^~~~`` in the next line. Control
    characters of the text are shown as U+FFFD and never reach the terminal.
    """
    has_model = result.signature.model is not None
    reference = compared_with(result.signature)
    page = _Page(max(NARROWEST, width), color, show, dropped, least_fluent, has_model, reference)
    alone = len(result.documents) == 1
    sections = [page.document(document, alone) for document in result.documents]
    lines: list[str] = []
    for index, section in enumerate(sections):
        # One-line entries stay together; a document with findings stands apart.
        if index and (len(section) > 1 or len(sections[index - 1]) > 1):
            lines.append("")
        lines.extend(section)
    if len(sections) > 1:
        lines += ["", *page.total(result)]
    if result.left_out:
        lines += ["", *page.flow(words(left_out_told(result.left_out), _BOLD), later=2)]
    return "".join(f"{line.rstrip()}\n" for line in lines)


@dataclass(frozen=True, slots=True)
class _Page:
    width: int
    color: bool
    show: Severity
    dropped: bool
    least_fluent: int
    has_model: bool
    compared_with: str

    def document(self, document: DocumentResult, alone: bool) -> list[str]:
        if document.error is not None:
            return self.entry(document, [Word("error:", _SEVERITY_STYLES[Severity.ERROR]), *words(document.reason)])
        if document.skipped is not None:
            return self.entry(document, [Word("skipped:", _BOLD), *words(document.reason)])
        shown = in_order(document.findings, self.show)
        body = self.findings(document, shown)
        if self.dropped and document.dropped:
            body += ["", *self.turned_down(document)]
        if listed := least_fluent(document.sentences, self.least_fluent):
            body += ["", *self.sentences(document, listed)]
        if not (body or alone or document.notes):
            line = [*words(counted([document], self.show)), *words(f"· {number(document.words, 'word')}")]
            if document.fluency is not None:
                line += words(f"· fluency {document.fluency.score:.0f}")
            return self.entry(document, line)
        head = self.flow(words(document.path, _BOLD))
        return [*head, *body, "", *self.summary(document, alone)]

    def entry(self, document: DocumentResult, pieces: list[Word]) -> list[str]:
        return self.flow([*words(f"{document.path}:", _BOLD), *pieces], later=2)

    def findings(self, document: DocumentResult, findings: Sequence[Finding]) -> list[str]:
        lines: list[str] = []
        gutter = len(str(max((finding.line for finding in findings), default=0)))
        place = max((len(_place(finding)) for finding in findings), default=0)
        for group in self.groups(document, findings, gutter):
            lines.append("")
            lines += self.quoted(document, group, gutter)
            for finding in group:
                lines += self.explained(finding, place)
        return lines

    def groups(self, document: DocumentResult, findings: Sequence[Finding], gutter: int) -> list[list[Finding]]:
        """Findings that one snippet can show."""
        groups: list[list[Finding]] = []
        room = self.room(gutter)
        end = 0
        for finding in findings:
            if (
                groups
                and document.source is not None
                and share_line(document.source, groups[-1][0], end, finding, room)
            ):
                groups[-1].append(finding)
                end = max(end, finding.end)
            else:
                groups.append([finding])
                end = finding.end
        return groups

    def room(self, gutter: int) -> int:
        return max(8, self.width - gutter - len(" │ "))

    def quoted(self, document: DocumentResult, group: Sequence[Finding], gutter: int) -> list[str]:
        room = self.room(gutter)
        if document.source is None:
            shown = _text_alone(group[0], room)
        else:
            marks = [Mark(finding.start, finding.end, _style(finding)) for finding in group]
            shown = snippet(document.source, group, marks, room)
        line = "".join(self.paint(run.text, f"{_UNDERLINE};{run.style}" if run.style else "") for run in shown.runs)
        under = "".join(self.paint(run.text, run.style) for run in _joined(shown.under))
        number = self.paint(f"{group[0].line:>{gutter}} │ ", _DIM)
        blank = self.paint(f"{'':>{gutter}} │ ", _DIM)
        return [number + line, blank + under]

    def explained(self, finding: Finding, place: int) -> list[str]:
        """Place, severity, category and message; suggestions; where it comes from and by which rule."""
        hanging = place + 4 if self.width >= 50 else 4
        style = _style(finding)
        head = [
            Word(f"{_place(finding):>{place}}", _DIM),
            Word(finding.severity.label, _SEVERITY_STYLES[finding.severity], 2),
            *words(finding.category, style, gap=2),
            *words(finding.message, gap=2),
        ]
        lines = self.flow(head, 2, hanging)
        if finding.suggestions:
            lines += self.flow([Word("→", _GREEN), *_suggested(finding.suggestions, _GREEN)], hanging, hanging + 2)
        evidence: list[list[Word]] = []
        if (origin := _origin(finding)) is not None:
            evidence.append(words(origin, _DIM))
        if finding.gain is not None:
            evidence.append([Word(nats(finding.gain), _DIM)])
        evidence.append([_rule(finding)])
        return lines + self.flow(_separated(evidence, "·", _DIM), hanging, hanging + 2)

    def turned_down(self, document: DocumentResult) -> list[str]:
        """The dropped candidates, dimmed."""
        heading = f"dropped by arbitration: {number(len(document.dropped), 'candidate')}"
        lines = self.flow(words(heading, _DIM), later=2)
        for candidate in sorted(document.dropped, key=lambda each: (each.finding.start, each.finding.end)):
            finding = candidate.finding
            pieces = [Word(_place(finding), _DIM), *words(f"“{finding.text}”", _DIM, gap=2)]
            if finding.suggestions:
                pieces += [Word("→", _DIM), *_suggested(finding.suggestions, _DIM)]
            evidence = [words(_balance(candidate), _DIM), [_rule(finding)]]
            pieces += [Word("·", _DIM), *_separated(evidence, "·", _DIM)]
            lines += self.flow(pieces, 2, 4)
        return lines

    def sentences(self, document: DocumentResult, sentences: Sequence[SentenceResult]) -> list[str]:
        """A line for each sentence: its fluency, its line, its text; where its words are known, all of it with them."""
        lines = self.flow(words("least fluent sentences", _BOLD), later=2)
        index = None if document.source is None else LineIndex(document.source)
        rows = [(f"  {sentence.fluency:>4.1f}  {whereabouts(sentence, index)}", sentence) for sentence in sentences]
        longest = max(len(head) for head, _ in rows)
        for head, sentence in rows:
            if sentence.words is not None and document.source is not None:
                lines += self.heat(document.source, sentence, head, longest)
                continue
            text = " ".join((document.source or "")[sentence.start : sentence.end].split())
            room = self.width - longest - 2
            lines.append(
                self.paint(cut(head, self.width), _STYLE)
                + (f"{'':{longest - len(head) + 2}}{cut(text, room)}" if room > 0 else "")
            )
        return lines

    def heat(self, source: str, sentence: SentenceResult, head: str, longest: int) -> list[str]:
        """The whole sentence beside its head (under it where the page is narrow), then its odd words."""
        words_of_it = sentence.words or ()
        beside = self.width - longest - 2 >= NARROWEST
        indent = longest + 2 if beside else 4
        painted = self.paint(cut(head, self.width), _STYLE)
        lines: list[str] = [] if beside else [painted]
        for shown in heat_lines(source, sentence.start, sentence.end, words_of_it, self.width - indent, _MOST_LINES):
            before = " " * indent if lines else painted + " " * (indent - len(head))
            lines.append(before + "".join(self.paint(run.text, run.style) for run in shown.runs))
            if shown.under and not self.color:
                lines.append(" " * indent + shown.under)
        for word in words_of_it:
            if word.odd:
                lines += self.expected(source[word.start : word.end], word, indent)
        return lines or [painted]

    def expected(self, text: str, word: WordResult, indent: int) -> list[str]:
        pieces = [*words(text, _BOLD), *words(f"{word.bits:.1f} bits", _DIM, gap=2)]
        if word.expected:
            pieces += words("expected:", _DIM, gap=2)
            pieces += _separated([words(one, _GREEN) for one in word.expected], "|", _DIM)
        return self.flow(pieces, indent, indent + 2)

    def summary(self, document: DocumentResult, alone: bool) -> list[str]:
        lines = self.flow(words(f"{counted([document], self.show)} · {number(document.words, 'word')}", _BOLD), later=2)
        lines += self.fluency(document, alone)
        if document.verdict is not None:
            verdict = document.verdict
            lines += self.flow(words(f"unedited machine translation: {verdict_told(verdict)}"), later=2)
            for evidence in verdict.evidence:
                lines += self.flow(words(f"– {evidence}", _DIM), 2, 4)
        lines += self.origins(document)
        for note in document.notes:
            lines += self.flow(words(f"note: {note}"), later=2)
        return lines

    def fluency(self, document: DocumentResult, alone: bool) -> list[str]:
        if document.fluency is not None:
            score = f"fluency {document.fluency.score:.0f} of 100 (percentile among {self.compared_with})"
            return self.flow(words(score), later=2)
        if self.has_model:
            return self.flow(words("fluency not scored"), later=2)
        # Of several documents the total says it, once.
        return self.flow(words("fluency not scored: no language model"), later=2) if alone else []

    def origins(self, document: DocumentResult) -> list[str]:
        """The most likely source languages, by the verdict or else by the languages of the findings."""
        if document.verdict is not None and source_is_told(document.verdict):
            likely = [(source.language, source.probability) for source in document.verdict.sources]
            return self.languages(likely, "")
        shares, base = language_shares(document.findings)
        return self.languages(shares, f" (share of {number(base, 'finding')})")

    def languages(self, likely: Sequence[tuple[str, float]], base: str) -> list[str]:
        if not likely:
            return []
        named = ", ".join(f"{language_name(code)} {share:.0%}" for code, share in likely[:_MOST_LANGUAGES])
        label = "most likely source language" if len(likely) == 1 else "most likely source languages"
        return self.flow(words(f"{label}: {named}{base}"), later=2)

    def total(self, result: CheckResult) -> list[str]:
        parts = (states(result.documents), counted(result.documents, self.show), words_checked(result.documents))
        lines = self.flow(words(f"total: {' · '.join(parts)}", _BOLD), later=2)
        if not self.has_model and any(document.checked for document in result.documents):
            lines += self.flow(words("fluency not scored: no language model"), later=2)
        return lines

    def flow(self, pieces: Iterable[Word], first: int = 0, later: int = 0) -> list[str]:
        """Wrapped lines, the first indented by ``first`` blanks and the others by ``later``."""
        wrapped = wrap(pieces, self.width - later, self.width - first)
        return [" " * (later if index else first) + self.painted(line) for index, line in enumerate(wrapped)]

    def painted(self, line: Sequence[Word]) -> str:
        runs: list[Run] = []
        for word in line:
            gap = " " * word.gap
            if runs and runs[-1].style == word.style:
                runs[-1] = Run(f"{runs[-1].text}{gap}{word.text}", word.style)
            else:
                runs += [Run(gap, ""), Run(word.text, word.style)]
        return "".join(self.paint(run.text, run.style) for run in runs)

    def paint(self, text: str, style: str) -> str:
        return f"\x1b[{style}m{text}\x1b[0m" if self.color and style and text else text


def _place(finding: Finding) -> str:
    return f"{finding.line}:{finding.column}"


def _rule(finding: Finding) -> Word:
    return Word(clean(f"{finding.rule} {finding.name}"), _DIM)


def _style(finding: Finding) -> str:
    return _CATEGORY_STYLES.get(finding.category, _STYLE)


def _text_alone(finding: Finding, width: int) -> Snippet:
    """The marked text without its line, for a result whose source text is not at hand."""
    text = cut(finding.text, width)
    return Snippet((Run(text, _style(finding)),), (Run("^" + "~" * (cells(text) - 1), _style(finding)),))


def _joined(row: Iterable[Run]) -> list[Run]:
    runs: list[Run] = []
    for run in row:
        if runs and runs[-1].style == run.style:
            runs[-1] = Run(runs[-1].text + run.text, run.style)
        else:
            runs.append(run)
    return runs


def _suggested(suggestions: Sequence[str], style: str) -> list[Word]:
    shown = [words(visible(clean(suggestion)), style) for suggestion in suggestions[:_MOST_SUGGESTIONS]]
    pieces = _separated(shown, "|", _DIM)
    if len(suggestions) > _MOST_SUGGESTIONS:
        pieces += words(f"(and {len(suggestions) - _MOST_SUGGESTIONS} more)", _DIM)
    return pieces


def _separated(parts: Sequence[list[Word]], separator: str, style: str) -> list[Word]:
    pieces: list[Word] = []
    for index, part in enumerate(parts):
        if index:
            pieces.append(Word(separator, style))
        pieces += part
    return pieces


def _origin(finding: Finding) -> str | None:
    if not finding.languages:
        return finding.origin
    if not finding.origin:
        return f"from {', '.join(finding.languages)}"
    first, *others = finding.languages
    return f"{first}: {finding.origin}" + (f" (also {', '.join(others)})" if others else "")


def _balance(candidate: DroppedCandidate) -> str:
    gain = candidate.finding.gain
    if candidate.needed is None:
        return "needs a language model"
    return f"{'no gain' if gain is None else nats(gain)}, needs {candidate.needed:+.1f}"
