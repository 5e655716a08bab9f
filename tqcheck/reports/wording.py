"""What several reports say in the same words, whatever they are made for."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from tqcheck.result import DocumentResult, Severity, count_severities
from tqcheck.text.language_names import language_name

if TYPE_CHECKING:
    from tqcheck.result import Finding, SentenceResult, Signature, Verdict
    from tqcheck.text.lines import LineIndex

_MOST_SUGGESTIONS = 3
_MOST_QUOTED = 80
_BLANK = "␣"
_SURE = math.log(1e9)


def number(count: int, noun: str) -> str:
    """``1 word``, ``1,200 words``."""
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def shortened(text: str, most: int) -> str:
    """``text``, or its beginning with ``…``, in at most ``most`` code points."""
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"


def told(finding: Finding) -> str:
    """The message and what to write instead: ``Telematics is in cars. → virtual summit | online summit``."""
    return " ".join(filter(None, (finding.message, write_instead(finding.suggestions))))


def told_quoting(finding: Finding) -> str:
    """:func:`told` behind the flagged words, for readers that show no text: ``“telematics summit”: Telematics …``.

    The words are on one line and shortened in their middle, at most 80 code points.
    """
    words = " ".join(finding.text.split())
    if len(words) > _MOST_QUOTED:
        half = (_MOST_QUOTED - 3) // 2
        words = f"{words[:half].rstrip()} … {words[-half:].lstrip()}"
    return f"“{words}”: {told(finding)}" if words else told(finding)


def write_instead(suggestions: Sequence[str]) -> str:
    """The first suggestions behind an arrow; empty where there are none."""
    named = " | ".join(map(visible, suggestions[:_MOST_SUGGESTIONS]))
    return f"→ {named}" if named else ""


def visible(suggestion: str) -> str:
    """A suggestion whose blanks at the edges can be seen; ``(delete)`` for an empty one."""
    if not suggestion:
        return "(delete)"
    inner = suggestion.strip()
    if not inner:
        return "(blank)" if len(suggestion) == 1 else f"({len(suggestion)} blanks)"
    lead = len(suggestion) - len(suggestion.lstrip())
    trail = len(suggestion) - len(suggestion.rstrip())
    return _BLANK * lead + inner + _BLANK * trail


def origin_told(finding: Finding) -> str:
    """Where the wording comes from, as a sentence; empty for mechanical findings."""
    if not finding.languages:
        return ""
    named = ", ".join(language_name(code) for code in finding.languages)
    return f"Typical of translation from {named}" + (f" (“{finding.origin}”)." if finding.origin else ".")


def nats(gain: float) -> str:
    """A gain of arbitration: ``+11.4 nats``."""
    return f"{_tenths(gain):+.1f} nats"


def gain_in_words(gain: float) -> str:
    """What a gain of arbitration (nats) means: how many times as likely the best suggestion makes the sentence.

    >>> gain_in_words(11.4)
    'about 89,000 times as likely to the language model with the first suggestion (+11.4 nats)'
    """
    gain = _tenths(gain)
    if gain <= 0:
        return f"not likelier to the language model with the first suggestion ({nats(gain)})"
    times = "over a billion" if gain > _SURE else f"about {_two_digits(math.exp(gain))}"
    return f"{times} times as likely to the language model with the first suggestion ({nats(gain)})"


def verdict_told(verdict: Verdict) -> str:
    """``likely (probability 0.91)``; a probability is not told for a text too short to judge."""
    if verdict.label == "too short":
        return "not judged, the text is too short"
    return f"{verdict.label} (probability {verdict.probability:.2f})"


def source_is_told(verdict: Verdict) -> bool:
    """Whether its source languages are worth telling: who finds no machine translation names none."""
    return bool(verdict.sources) and verdict.label in ("likely", "possible")


def counted(documents: Iterable[DocumentResult], show: Severity) -> str:
    """The number of findings of each severity from ``show`` up, and how many lie under it."""
    counts = count_severities(finding for document in documents for finding in document.findings)
    shown = [
        number(counts[severity.label], severity.label)
        for severity in sorted(Severity, reverse=True)
        if severity >= show and counts[severity.label]
    ]
    hidden = sum(counts[severity.label] for severity in Severity if severity < show)
    text = ", ".join(shown) or "no findings"
    return f"{text} ({hidden} below {show.label} hidden)" if hidden else text


def states(documents: Iterable[DocumentResult]) -> str:
    """How many of the documents were checked, skipped and failed: ``2 documents checked · 1 failed``."""
    checked = skipped = failed = 0
    for document in documents:
        if document.error is not None:
            failed += 1
        elif document.skipped is not None:
            skipped += 1
        else:
            checked += 1
    parts = [f"{number(checked, 'document')} checked"]
    parts += [f"{skipped:,} skipped"] if skipped else []
    parts += [f"{failed:,} failed"] if failed else []
    return " · ".join(parts)


def words_checked(documents: Iterable[DocumentResult]) -> str:
    """The words of the documents that were checked: ``1,200 words``."""
    return number(sum(document.words for document in documents if document.checked), "word")


def left_out_told(count: int) -> str:
    """That findings were left out of the report; empty where none were."""
    if not count:
        return ""
    return f"{number(count, 'more finding')} {'was' if count == 1 else 'were'} left out of this report"


def compared_with(signature: Signature) -> str:
    """What fluency is a percentile among."""
    own = signature.model is not None and signature.model.calibration is not None
    return "the stories of its calibration" if own else "human-written news"


def whereabouts(sentence: SentenceResult, index: LineIndex | None) -> str:
    """The line of a sentence; its offsets where the lines are not known."""
    if index is None:
        return f"characters {sentence.start}–{sentence.end}"
    return f"line {index.position(sentence.start)[0]}"


def _tenths(gain: float) -> float:
    # Adding zero turns -0.0 into 0.0.
    return round(gain, 1) + 0.0


def _two_digits(value: float) -> str:
    if value < 10:
        return f"{value:.1f}"
    power = 10 ** (math.floor(math.log10(value)) - 1)
    whole = round(value / power) * power
    return f"{whole // 1_000_000:,} million" if whole >= 10_000_000 else f"{whole:,}"
