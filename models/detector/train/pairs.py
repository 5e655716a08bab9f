"""Pairs written for the tagger of calques: a sentence as an engine leaves it, and as a native editor does.

The rules' examples say what some three thousand expressions look like; these
say what thousands of others do, most of which no rule names. Each comes with a
third sentence that uses its words, or their nearest look-alikes, as natives do.
A large language model wrote them, asked to be a news translator of some thirty
languages and to leave out what everybody knows; what a test case marks was
taken out by a program.
"""

from __future__ import annotations

import re
import tomllib
import zlib
from dataclasses import dataclass, fields
from pathlib import Path

from tqcheck.rules.examples import marked

FOLDER = Path(__file__).parent / "pairs"
TESTED = 6
"""One pair of so many is never learnt from."""
_WORD = re.compile(r"\w+")
_STEM = 5  # letters


@dataclass(frozen=True, slots=True)
class Pair:
    """One wording and its correction.

    :param language: ISO code of the language that ``origin`` is in; ``category`` is one of rules.
    :param wrong: the sentence with what is wrong in square brackets; ``right`` the same one after an editor.
    :param fine: another sentence, which is as it should be.
    """

    language: str
    category: str
    origin: str
    wrong: str
    right: str
    fine: str

    @property
    def artifact(self) -> tuple[str, int, int]:
        """The wrong sentence without its brackets, and the span that was between them."""
        return marked(self.wrong)

    @property
    def tested(self) -> bool:
        """Whether it is kept for testing; by the stems of its wrong words, so another form of them goes with it."""
        text, start, end = self.artifact
        stems = sorted({word.lower()[:_STEM] for word in _WORD.findall(text[start:end])})
        return zlib.crc32(" ".join(stems).encode()) % TESTED == 0


def read_pairs(folder: Path = FOLDER) -> list[Pair]:
    """Every pair of every file, in order.

    :raises TypeError: a pair lacks a field or has another one.
    :raises ValueError: its wrong sentence marks not one stretch, or its right one marks any.
    """
    found = [
        Pair(**one) for path in sorted(folder.glob("*.toml")) for one in tomllib.loads(path.read_text("utf-8"))["pair"]
    ]
    for pair in found:
        if [pair.wrong.count(bracket) for bracket in "[]"] != [1, 1] or re.search(r"[\[\]]", pair.right + pair.fine):
            raise ValueError(f"one stretch of the wrong sentence must be in brackets, and none elsewhere: {pair.wrong}")
        if not all(getattr(pair, field.name) for field in fields(pair)):
            raise ValueError(f"something is empty: {pair}")
    return found
