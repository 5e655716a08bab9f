"""Classes of words that a pattern may name, such as ``<weekday>``."""

from __future__ import annotations

# Latin capitals; \w has no upper-case half in re.
_UP = "A-ZÀ-ÖØ-ÞĀĂĄĆČĎĐĘĚĞİŁŃŇŐŘŚŞŠŢŤŪŮŰŹŻŽȘȚ"
_NUMBERS = (
    "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|thirteen|fourteen|fifteen|sixteen|seventeen"
    "|eighteen|nineteen|twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety|one"
)
_CAPITAL = rf"[{_UP}][\w’'.\-]*\w|[{_UP}]"

WORD_CLASSES: dict[str, tuple[str, str]] = {
    "weekday": ("a day of the week", "Monday Tuesday Wednesday Thursday Friday Saturday Sunday"),
    "month": (
        "a month, full or abbreviated",
        "January February March April May June July August September October November December"
        " Jan. Feb. Mar. Apr. Jun. Jul. Aug. Sept. Sep. Oct. Nov. Dec.",
    ),
    "poss": ("a possessive determiner", "my your his her its our their"),
    "det": ("a determiner", "the a an this that these those my your his her its our their some any each every no"),
    "pron": ("a subject pronoun", "I you he she it we they"),
    "obj": ("an object pronoun", "me you him her it us them"),
    "be": ("a form of be", "is are was were be been being am"),
    "have": ("a form of have", "has have had having"),
    "modal": ("a modal verb", "will would can could may might shall should must"),
    "say": (
        "a verb of saying",
        "said says say saying added adds stated states told declared declares explained explains noted notes insisted"
        " insists stressed stresses claimed claims warned warns announced announces admitted replied asked continued"
        " concluded commented remarked observed affirmed assured argued argues wrote tweeted",
    ),
    "currency": (
        "a currency",
        "euro euros dollar dollars pound pounds yuan yen rouble roubles ruble rubles franc francs peso pesos reais lira"
        " zloty zlotys hryvnia hryvnias",
    ),
}
"""Classes of fixed words: what they are, and the words."""
OPEN_CLASSES: dict[str, tuple[str, str]] = {
    "num": (
        "a number, digits or word",
        rf"\d+(?:[.,]\d+)*|(?i:{_NUMBERS})(?:-\w+)?|(?i:a|several|hundreds?|dozens?)\b",
    ),
    "digits": ("a number in digits", r"\d+(?:[.,]\d+)*"),
    "day": (
        "a day of the month, 1–31, with or without st/nd/rd/th",
        r"(?:[12]\d|3[01]|0?[1-9])(?:st|nd|rd|th)?(?!\d)",
    ),
    "year": ("a year, 1500–2099", r"(?:1[5-9]|20)\d\d(?!\d)"),
    "name": (
        "a proper name of one to five capitalised words",
        rf"(?:{_CAPITAL})(?:\s+(?:(?:de|del|della|da|dos|van|von|der|al|bin|la|of|the)\s+)?(?:{_CAPITAL})){{0,4}}",
    ),
    "cap": ("one capitalised word", _CAPITAL),
    "word": ("any word", r"[\w’'\-]+"),
    "lower": ("a word in lower case", r"[a-z\u00df-\u00ff][\w’'\-]*"),
    "ed": ("a word in -ed", r"(?i:\w{2,}ed)"),
    "ing": ("a word in -ing", r"(?i:\w{2,}ing)"),
    "ly": ("a word in -ly", r"(?i:\w{2,}ly)"),
    "office": (
        "an office or title",
        r"(?i:president|prime\s+minister|minister|chancellor|spokes(?:man|woman|person)|leader|secretary|mayor"
        r"|ambassador|senator|governor|head|chief|director|diplomat|official|lawyer|judge|general)",
    ),
}
"""Classes of words without end: what they are, and the regular expression of one."""
# White space inside: four times a particle and a word; prime minister.
CLASS_BLANKS = {"name": 8, "office": 1}
CLASSES: dict[str, str] = {name: what for name, (what, _) in (WORD_CLASSES | OPEN_CLASSES).items()}
"""The word classes and what they match."""
