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

from tqcheck.rules.inflection import Form, forms_of, has_own_plural, inflect, singular

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
# How a word begins to be spoken, where that is certain (un- and uni-, use and usher); that of historic, hotel is not.
_VOWEL_SOUND = re.compile(
    r"""[ai] | o(?!(?:ne(?:s|self|ness)?|nce)\b|ui|uaga) | e(?!u|we) | hono | hour | heir | honest
    | u(?: n(?!i|anim|esco\b) | ni(?:m(?!od) | n | dent | deal | deol | ss | ron | rr)
         | [dmpz] | gl | l(?!ys) | r(?:b | ch | d | ge | gi | n | s) | sh | tm | tt)""",
    re.IGNORECASE | re.VERBOSE,
)
_CONSONANT_SOUND = re.compile(
    r"""[bcdfgjklmnpqrstvwxz](?!-) | y[aeiou] | eu | ewe | (?:one(?:s|self|ness)?|once)\b
    | h(?!ono|our|eir|onest|abitu|allu|erb|eredit|eret|eroi|istori|omage|orrif|otel|ypo|ypn|yst)
    | u(?: \b | nanim | nesco\b | ni(?:[bcfloqpv] | s(?!s) | t(?!al) | dim | dire | mod)
         | biq | gand | kr | kul | lys | r(?:an | al | e | i | ol | ug) | s[aeu] | t[aeio] | vu)""",
    re.IGNORECASE | re.VERBOSE,
)
_NEXT_WORD = re.compile(r"\s+(?P<mark>[\"“‘'(\[]?)(?P<word>[^\W\d_](?:[^\s—–/…]*[\w\u0300-\u036f])?)")
_WORD = re.compile(r"[^\W\d_]{2,}(?:[-’'][^\W_]+)*")
# A word, and what begins another within it: Vice-President, O’Neill, but Driver’s.
_TITLE_WORD = re.compile(r"\w(?:[^\s\-‐‑/'’]|['’](?!\w{3}))*")
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
    sentence: str = "",
) -> str:
    """Fill a template.

    :param whole: the text of the finding.
    :param captures: text of each capture, ``""`` where it took no part.
    :param before: the text of the sentence before the finding; it tells a participle from a past tense.
    :param start: whether the finding begins the sentence; then the result begins with a capital as the finding does.
    :param sentence: the sentence that the finding is in.
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
    return match_case(filled, whole, start, sentence)


def match_case(fix: str, original: str, start: bool, sentence: str = "") -> str:
    """``fix`` with a capital where ``original`` begins a sentence with one; all capitals where it has only those.

    A single word in capitals may be an acronym, so then the sentence must be in capitals, too.
    """
    letters = [char for char in original if char.isalpha()]
    if len(letters) > 3 and original.isupper() and (_in_capitals(sentence) or len(_WORD.findall(original)) > 1):
        return fix.upper()
    if start and letters and letters[0].isupper():
        for index, char in enumerate(fix):
            if char.isalpha():
                return fix[:index] + char.upper() + fix[index + 1 :]
            if char.isdigit():
                break
    return fix


def _in_capitals(sentence: str) -> bool:
    """Whether a sentence is in capitals but for single letters, as in *McCAIN: 5km TO GO*."""
    letters = [char for char in sentence if char.isalpha()]
    return sum(map(str.isupper, letters)) > 0.9 * len(letters)


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


def with_next_word(
    text: str, start: int, end: int, last: int, suggestions: tuple[str, ...]
) -> tuple[int, tuple[str, ...]]:
    """The end of a finding that begins a sentence, and its suggestions, with the word behind it where that begins anew.

    *As is known, the king left* → *The king left*: where a deletion takes the capital away, the finding grows by the
    next word of the sentence, which ends at ``last``, and every suggestion gets that word.
    """
    match = _NEXT_WORD.match(text, end, last)
    first = next(filter(str.isalpha, text[start:end]), "")
    if match is None or not first.isupper() or not match["word"].islower():
        return end, suggestions
    mark, word = match["mark"], match["word"]
    return match.end(), tuple(fix + match[0] if fix else mark + word[0].upper() + word[1:] for fix in suggestions)


def _article(following: str, article: str) -> str:
    """*a* or *an* before ``following``, with the capital of ``article``; itself where the sound is not certain."""
    if following[:2].isupper():
        return article
    if _VOWEL_SOUND.match(following):
        return article[0] + "n"
    return article[0] if _CONSONANT_SOUND.match(following) else article


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
    # minors, shepherds: what is spelt as a verb in -s is a noun where the other word is one.
    if form == "third" and has_own_plural(lemma) and any("plural" in forms_of(surface.lower(), one) for one in like):
        form = "plural"
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
            return _TITLE_WORD.sub(lambda word: word[0].capitalize(), text)
        case "capital":
            return text[:1].upper() + text[1:]
        case "plural":
            return _plural(text)
        case "past":
            return inflect(text.lower(), "past")
        case "digits":
            return text.replace(".", ",")
        case "singular":
            return _cased(singular(text.lower()), text)
    raise TemplateError(f"unknown filter {name!r}")


def _plural(text: str) -> str:
    """The plural of a noun with what stands before it and, behind *of*, after it."""
    head, of, rest = text.partition(" of ")
    before, blank, noun = head.rpartition(" ")
    # The plural of an acronym goes by its letters: NGOs.
    plural = inflect(noun, "plural") if noun[1:].isupper() else _cased(inflect(noun.lower(), "plural"), noun)
    return before + blank + plural + of + rest


def _cased(form: str, text: str) -> str:
    """A lower-case form of the word ``text`` with the capitals of it."""
    pairs = enumerate(zip(form, text.lower(), strict=False))
    same = next((index for index, (new, old) in pairs if new != old), min(len(form), len(text)))
    rest = form[same:]
    return text[:same] + (rest.upper() if len(text) > 1 and text.isupper() else rest)
