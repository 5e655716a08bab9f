r"""What to write instead: templates filled from a match.

``$1`` is a capture, ``$0`` the whole finding; ``{make:1}`` is *make* in the
form that capture 1 has of its own lemma (realized a visit → made a visit);
``${1|plural}`` passes a capture through ``lower``, ``title``, ``capital``,
``plural``, ``singular``, ``past`` or ``digits``. ``\$`` and ``\{`` are the
characters themselves. The empty template deletes the finding.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from tqcheck.rules.inflection import Form, forms_of, inflect, singular

_FIELD = re.compile(
    r"\\(?P<escaped>.)|\$(?P<plain>\d)|\$\{(?P<number>\d)\|(?P<filter>\w+)\}|\{(?P<lemma>[a-z’' \-]+):(?P<like>\d)\}"
)
_AUXILIARY = re.compile(
    r"(?:\b(?:has|have|had|having|is|are|was|were|be|been|being|am|gets?|got|getting)|['’](?:ve|s|d|re|m))"
    r"(?:\s+(?:not|never|also|just|already|only|ever|since|recently|\w+ly))?\s+$",
    re.IGNORECASE,
)
_BASE_BEFORE = re.compile(
    r"(?:\b(?:to|will|would|can|could|may|might|shall|should|must|do|does|did|let)(?:\s+not)?|n['’]t)"
    r"(?:\s+(?:also|never|only|\w+ly))?\s+$",
    re.IGNORECASE,
)
_ARTICLE = re.compile(r"(?<!\S)([Aa]n?)\s+$")
_VOWEL_SOUND = re.compile(r"(?!uni|us[ei]|eu|one\b|once|ut[ei]|u\b)[aeiou]|hono|hour|heir|honest", re.IGNORECASE)
FILTERS = ("lower", "title", "capital", "plural", "singular", "past", "digits")


class TemplateError(ValueError):
    """A suggestion template is wrong; the message says why."""


def check_template(template: str, captures: int, lemmas: Mapping[int, tuple[str, ...]]) -> None:
    """Raise :class:`TemplateError` unless every field of the template can be filled."""
    rest = _FIELD.sub("", template)
    wrong = re.search(r"[$\\]|\{|\}", rest)
    if wrong:
        raise TemplateError(f"cannot read {template!r} near {rest[max(0, wrong.start() - 10) : wrong.end() + 10]!r}")
    for match in _FIELD.finditer(template):
        number = match["plain"] or match["number"] or match["like"]
        if number is not None and int(number) > captures:
            raise TemplateError(f"{template!r} uses capture {number}, the pattern has {captures}")
        if match["filter"] and match["filter"] not in FILTERS:
            raise TemplateError(f"{template!r}: unknown filter {match['filter']!r}; known: {', '.join(FILTERS)}")
        if match["like"] and int(match["like"]) not in lemmas:
            raise TemplateError(f"{template!r}: capture {match['like']} is no {{…}} of the pattern")


def fill(
    template: str,
    whole: str,
    captures: Mapping[int, str],
    lemmas: Mapping[int, tuple[str, ...]],
    before: str,
    start: bool,
) -> str:
    """Fill a template.

    :param whole: the text of the finding.
    :param captures: text of each capture, ``""`` where it took no part.
    :param before: the text of the sentence before the finding; it tells a participle from a past tense.
    :param start: whether the finding begins the sentence; then the result begins with a capital as the finding does.
    """

    def replace(match: re.Match[str]) -> str:
        if match["escaped"]:
            return match["escaped"]
        if match["plain"]:
            number = int(match["plain"])
            return whole if number == 0 else captures.get(number, "")
        if match["number"]:
            return _filter(captures.get(int(match["number"]), ""), match["filter"])
        number = int(match["like"])
        return _inflect_like(match["lemma"], captures.get(number, ""), lemmas[number], before)

    filled = re.sub(r"\s{2,}", " ", _FIELD.sub(replace, template)).strip() if template else ""
    return match_case(filled, whole, start)


def match_case(fix: str, original: str, start: bool) -> str:
    """``fix`` with a capital where ``original`` begins a sentence with one; all capitals where it has only those."""
    letters = [char for char in original if char.isalpha()]
    if len(letters) > 3 and all(char.isupper() for char in letters):
        return fix.upper()
    if start and letters and letters[0].isupper():
        for index, char in enumerate(fix):
            if char.isalpha():
                return fix[:index] + char.upper() + fix[index + 1 :]
            if char.isdigit():
                break
    return fix


def apply(text: str, start: int, end: int, suggestion: str) -> str:
    """``text`` with ``text[start:end]`` replaced; a deletion takes the superfluous blank with it."""
    start, end = replaced(text, start, end, suggestion)
    return text[:start] + suggestion + text[end:]


def replaced(text: str, start: int, end: int, suggestion: str) -> tuple[int, int]:
    """What of ``text`` a suggestion for ``text[start:end]`` takes the place of.

    With a deletion goes a blank beside it, with a whole line the empty lines behind it; other line breaks stay.
    """
    if suggestion:
        return start, end
    whole_line = not start or text[start - 1] in "\r\n"
    if whole_line or text[start - 1].isspace():
        while end < len(text) and text[end].isspace() and (whole_line or text[end] not in "\r\n"):
            end += 1
    if not whole_line and (end == len(text) or text[end] in ",.;:!?\r\n"):
        while start and text[start - 1].isspace() and text[start - 1] not in "\r\n":
            start -= 1
    return start, end


def with_article(text: str, begin: int, start: int, suggestions: tuple[str, ...]) -> tuple[int, tuple[str, ...]]:
    """The start of a finding and its suggestions, with the article before it where a suggestion changes it.

    *an eventual strike* → *a possible strike*: the finding grows by the article
    when any suggestion needs the other one, and every suggestion gets its own.
    """
    match = _ARTICLE.search(text, max(begin, start - 5), start)
    if match is None or not all(suggestions):
        return start, suggestions
    article = match[1]
    articles = [_article(suggestion, article) for suggestion in suggestions]
    if all(one == article for one in articles):
        return start, suggestions
    return match.start(1), tuple(f"{one} {fix}" for one, fix in zip(articles, suggestions, strict=True))


def _article(following: str, article: str) -> str:
    """*a* or *an* before ``following``, with the capital of ``article``; itself where the sound is not certain."""
    if not following[:1].isalpha() or following[:2].isupper():
        return article
    an = bool(_VOWEL_SOUND.match(following))
    return article[0] + ("n" if an else "")


def _inflect_like(lemma: str, surface: str, like: tuple[str, ...], before: str) -> str:
    form = _form(surface.lower(), like)
    if (
        form == "base"
        and _AUXILIARY.search(before)
        and any("participle" in forms_of(surface.lower(), one) for one in like)
    ):
        return inflect(lemma, "participle")
    if form == "participle" and not _AUXILIARY.search(before):
        # put, set, cut …: one spelling for base and past, so what stands before decides.
        same = _BASE_BEFORE.search(before) and any("base" in forms_of(surface.lower(), one) for one in like)
        form = "base" if same else "past"
    return inflect(lemma, form)


@lru_cache(maxsize=1024)
def _form(surface: str, lemmas: tuple[str, ...]) -> Form:
    """The most telling form of any lemma that ``surface`` is; a past that may be a participle counts as one."""
    surface = " ".join(surface.replace("’", "'").split())
    for lemma in lemmas:
        forms = forms_of(surface, lemma)
        if forms:
            if "base" in forms and "past" not in forms:
                return "base"
            telling: tuple[Form, ...] = ("participle", "past", "gerund", "third")
            for form in telling:
                if form in forms:
                    return form
            return forms[0]
    return "base"


def _filter(text: str, name: str) -> str:
    if not text:
        return ""
    match name:
        case "lower":
            return text.lower()
        case "title":
            return text.title()
        case "capital":
            return text[:1].upper() + text[1:]
        case "plural":
            return inflect(text, "plural")
        case "past":
            return inflect(text.lower(), "past")
        case "digits":
            return text.replace(".", ",")
        case "singular":
            return singular(text.lower())
    raise TemplateError(f"unknown filter {name!r}")
