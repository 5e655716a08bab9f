"""English inflection for patterns and suggestions.

Regular endings are computed, irregular ones come from ``irregular.txt``. A
lemma of several words is inflected in its first word (``carry out`` →
``carried out``). For patterns more forms than English has do no harm, so
every lemma gets verb and noun forms; for suggestions the form is exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Literal

Form = Literal["base", "third", "past", "participle", "gerund", "plural"]

_VOWELS = "aeiou"
_STRESSED_L = frozenset({"control", "compel", "patrol", "propel", "rebel", "excel", "expel", "impel", "dispel"})


@dataclass(frozen=True, slots=True)
class _Tables:
    past: dict[str, tuple[str, ...]]
    participle: dict[str, tuple[str, ...]]
    plural: dict[str, str]
    double: frozenset[str]


@lru_cache(maxsize=1)
def _tables() -> _Tables:
    past: dict[str, tuple[str, ...]] = {}
    participle: dict[str, tuple[str, ...]] = {}
    plural: dict[str, str] = {}
    double: set[str] = set()
    content = resources.files("tqcheck.rules").joinpath("irregular.txt").read_text("utf-8")
    for line in content.splitlines():
        match line.split():
            case ["verb", base, past_forms, participle_forms]:
                past[base] = tuple(past_forms.split("/"))
                participle[base] = tuple(participle_forms.split("/"))
            case ["noun", singular, plural_form]:
                plural[singular] = plural_form
            case ["double", base]:
                double.add(base)
            case _:
                continue
    return _Tables(past, participle, plural, frozenset(double))


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


def singular(plural: str) -> str:
    """The noun of which the lower-case ``plural`` is the plural; itself when it is none."""
    for lemma, irregular in _tables().plural.items():
        if irregular == plural:
            return lemma
    for ending, put in (("ies", "y"), ("es", ""), ("s", "")):
        stem = plural.removesuffix(ending) + put
        if plural.endswith(ending) and len(stem) > 1 and inflect(stem, "plural") == plural:
            return stem
    return plural


@lru_cache(maxsize=4096)
def _variants(lemma: str, form: Form) -> tuple[str, ...]:
    first, blank, rest = lemma.partition(" ")
    return tuple(variant + blank + rest for variant in _word_variants(first, form))


def _word_variants(word: str, form: Form) -> tuple[str, ...]:
    tables = _tables()
    if form == "base":
        return (word,)
    if form == "plural":
        return (tables.plural[word],) if word in tables.plural else (_with_s(word),)
    if form == "third":
        special = {"be": "is", "have": "has", "do": "does", "go": "goes"}
        return (special.get(word) or _with_s(word),)
    if form == "past" and word in tables.past:
        return tables.past[word]
    if form == "participle" and word in tables.participle:
        return tables.participle[word]
    if form == "gerund":
        return _gerund(word)
    return _with_ed(word)


def _with_s(word: str) -> str:
    if word.endswith(("s", "x", "z", "ch", "sh")):
        return word + "es"
    if word.endswith("y") and len(word) > 1 and word[-2] not in _VOWELS:
        return word[:-1] + "ies"
    return word + "s"


def _doubles(word: str) -> bool:
    """Whether the final consonant is certainly doubled: one closed syllable with a single short vowel."""
    if len(word) < 3 or word[-1] in _VOWELS + "wxyhc" or word[-2] not in _VOWELS or word[-3] in _VOWELS:
        return False
    if len(word) > 3 and word[-3] == "u" and word[-4] == "q":
        return True
    return sum(char in _VOWELS + "y" for char in word[:-2]) == 0


def _consonant_variants(word: str, ending: str) -> tuple[str, ...]:
    doubled, single = word + word[-1] + ending, word + ending
    if word in _tables().double:
        # American English keeps the single l after an unstressed vowel, so both spellings occur.
        british = word.endswith("l") and word not in (
            "control",
            "compel",
            "patrol",
            "propel",
            "rebel",
            "excel",
            "expel",
        )
        return (single, doubled) if british else (doubled, single)
    return (doubled, single) if _doubles(word) else (single,)


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
