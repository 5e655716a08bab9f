"""English inflection for patterns and suggestions.

Regular endings are computed, irregular ones come from ``irregular.txt``. A
lemma of several words is inflected in its first word (``carry out`` →
``carried out``). For patterns more forms than English has do no harm, so
every lemma gets verb and noun forms; for suggestions the form is exact.
"""

from __future__ import annotations

import re
from collections.abc import Container
from dataclasses import dataclass, field
from functools import lru_cache
from importlib import resources
from typing import Literal

Form = Literal["base", "third", "past", "participle", "gerund", "plural"]

_VOWELS = "aeiou"
_STRESSED_L = frozenset(
    {"control", "compel", "patrol", "propel", "rebel", "excel", "expel", "impel", "dispel", "repel", "fulfil", "enrol"}
)
_PREFIX = re.compile(r"(?:fore?|mis|out|over|re|under|un|with)-?")
# They only look like a prefix and an irregular verb.
_NO_COMPOUNDS = frozenset({"outcome", "relay"})
_THIRD = {"be": "is", "have": "has"}
_NO_MEN = frozenset({"acumen", "abdomen", "amen", "omen", "regimen", "semen", "specimen"})


@dataclass(frozen=True, slots=True)
class _Tables:
    past: dict[str, tuple[str, ...]] = field(default_factory=dict)
    participle: dict[str, tuple[str, ...]] = field(default_factory=dict)
    plural: dict[str, str] = field(default_factory=dict)
    double: set[str] = field(default_factory=set)
    oes: set[str] = field(default_factory=set)
    regular: set[str] = field(default_factory=set)
    singular: set[str] = field(default_factory=set)


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    tables = _Tables()
    content = resources.files("tqcheck.rules").joinpath("irregular.txt").read_text("utf-8")
    for line in content.splitlines():
        match line.split():
            case ["verb", base, past_forms, participle_forms]:
                tables.past[base] = tuple(past_forms.split("/"))
                tables.participle[base] = tuple(participle_forms.split("/"))
            case ["noun", one, many]:
                tables.plural[one] = many
            case ["double", base]:
                tables.double.add(base)
            case ["oes", word]:
                tables.oes.add(word)
            case ["regular", *words]:
                tables.regular.update(words)
            case ["singular", *words]:
                tables.singular.update(words)
            case _:
                continue
    return tables


def inflect(lemma: str, form: Form) -> str:
    """The preferred ``form`` of ``lemma`` (lower case); the first word of several is inflected."""
    return _variants(lemma, form)[0]


def all_forms(lemma: str) -> tuple[str, ...]:
    """Every verb and noun form of ``lemma``, the lemma first, without duplicates."""
    forms: dict[str, None] = {lemma: None}
    for form in ("third", "past", "participle", "gerund", "plural"):
        forms.update(dict.fromkeys(_variants(lemma, form)))
    if lemma == "be":
        forms.update(dict.fromkeys(("is", "are", "am")))
    return tuple(forms)


def forms_of(surface: str, lemma: str) -> tuple[Form, ...]:
    """Which forms of ``lemma`` the lower-case ``surface`` can be; empty when none."""
    names: tuple[Form, ...] = ("base", "third", "past", "participle", "gerund", "plural")
    return tuple(name for name in names if surface in _variants(lemma, name))


def has_own_plural(noun: str) -> bool:
    """Whether the plural of a noun is not spelt as the third person of a verb would be: *child*, *herdsman*."""
    first = noun.partition(" ")[0]
    return _plural(first)[0] != _with_s(first)


def singular(plural: str) -> str:
    """The noun of which the lower-case ``plural`` is the plural; itself when it is none."""
    tables = _tables()
    if plural in tables.singular or plural in tables.plural:
        return plural
    for lemma, irregular in tables.plural.items():
        if irregular == plural:
            return lemma
    if plural.endswith("men") and plural not in _NO_MEN:
        return plural[:-3] + "man"
    for ending, put in _singular_endings(plural):
        stem = plural.removesuffix(ending) + put
        if plural.endswith(ending) and len(stem) > 1 and inflect(stem, "plural") == plural:
            return stem
    return plural


def _singular_endings(plural: str) -> tuple[tuple[str, str], ...]:
    """Endings of a plural and what the singular has in their place, the likeliest first."""
    tables = _tables()
    if plural[:-1] in tables.singular:
        return (("s", ""),)
    if plural.endswith("ies"):
        return (("ies", "y"), ("s", ""))
    stem = plural.removesuffix("es")
    whole = stem in tables.singular or _stem(stem, tables.oes) or _SIBILANT.search(stem)
    return (("zes", ""), ("es", ""), ("s", "")) if whole else (("s", ""), ("es", ""), ("zes", ""))


# What takes -es, and not -s, for its plural: box, church, class, waltz, virus; unlike house, cause, prize.
_SIBILANT = re.compile(r"(?:x|ch|sh|ss|zz|tz|[aeiouy].*(?<!exc)(?<!ab)(?<!acc)(?<!recl)(?<![ao])us)$")


@lru_cache(maxsize=4096)
def _variants(lemma: str, form: Form) -> tuple[str, ...]:
    first, blank, rest = lemma.partition(" ")
    return tuple(variant + blank + rest for variant in _word_variants(first, form))


def _word_variants(word: str, form: Form) -> tuple[str, ...]:
    tables = _tables()
    if form == "base":
        return (word,)
    if form == "plural":
        return _plural(word)
    if form == "third":
        return (_THIRD.get(word) or _with_s(word),)
    if form in ("past", "participle"):
        irregular = tables.past if form == "past" else tables.participle
        stem = _stem(word, irregular)
        if stem:
            return tuple(word.removesuffix(stem) + one for one in irregular[stem])
    if form == "gerund":
        return _gerund(word)
    return _with_ed(word)


def _stem(word: str, known: Container[str]) -> str:
    """``word`` itself, or what it is without a prefix (undergo, overrun), where that is ``known``; else nothing."""
    if word in known:
        return word
    prefix = _PREFIX.match(word)
    rest = word[prefix.end() :] if prefix and word not in _NO_COMPOUNDS else ""
    return rest if rest in known else ""


def _plural(noun: str) -> tuple[str, ...]:
    tables = _tables()
    if noun in tables.plural:
        return (tables.plural[noun],)
    if noun.endswith("man") and noun.lower() not in tables.regular:
        return (noun[:-2] + "en",)
    # Writers put echos and tornados, too.
    return (_with_s(noun), noun + "s") if _stem(noun, tables.oes) else (_with_s(noun),)


def _with_s(word: str) -> str:
    if word.endswith("z") and (word in _tables().double or _doubles(word)):
        return word + "zes"
    if _stem(word, _tables().oes):
        return word + "es"
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and len(word) > 1 and word[-2] not in _VOWELS:
        return word[:-1] + "ies"
    return word + "s"


def _doubles(word: str) -> bool:
    """Whether the final consonant is certainly doubled: one closed syllable with a single short vowel."""
    if len(word) < 3 or word[-1] in _VOWELS + "wxyhc" or word[-2] not in _VOWELS or word[-3] in _VOWELS:
        return False
    return sum(char in _VOWELS + "y" for char in word[:-2]) == 0


def _consonant_variants(word: str, ending: str) -> tuple[str, ...]:
    doubled, single = word + word[-1] + ending, word + ending
    tables = _tables()
    stem = _stem(word, tables.double)
    if stem:
        # American English keeps the single l after an unstressed vowel, so both spellings occur.
        british = stem.endswith("l") and stem not in _STRESSED_L
        return (single, doubled) if british else (doubled, single)
    # The stress is on the verb behind a prefix: overrun, outbid.
    return (doubled, single) if _doubles(_stem(word, tables.past) or word) else (single,)


def _with_ed(word: str) -> tuple[str, ...]:
    if word.endswith("e"):
        return (word + "d",)
    if word.endswith("y") and len(word) > 1 and word[-2] not in _VOWELS:
        return (word[:-1] + "ied",)
    if word.endswith("c"):
        return (word + "ked", word + "ed")
    return _consonant_variants(word, "ed")


def _gerund(word: str) -> tuple[str, ...]:
    if word.endswith("ie"):
        return (word[:-2] + "ying",)
    if word.endswith("e") and not word.endswith(("ee", "oe", "ye")) and word != "be":
        return (word[:-1] + "ing",)
    if word.endswith("c"):
        return (word + "king", word + "ing")
    return _consonant_variants(word, "ing")
