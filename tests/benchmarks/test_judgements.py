from __future__ import annotations

import importlib
import sys
from pathlib import Path

import pytest

# Last, so that an installed tqcheck still comes before the source tree.
sys.path.append(str(Path(__file__).parents[2]))
judgements = importlib.import_module("benchmarks.judgements")
split = importlib.import_module("benchmarks.split")

needs_data = pytest.mark.skipif(not split.DATA.is_file(), reason="the development data is not beside the repository")


@pytest.mark.parametrize(
    ("tokenized", "written"),
    [
        ('He said , " no . " Then he left .', 'He said, "no." Then he left.'),
        ("They don 't know the mayor 's name .", "They don't know the mayor's name."),
        ("Article 107 ( 3 ) ( c ) costs $ 5 , or 40 % .", "Article 107 (3) (c) costs $5, or 40%."),
        ("A coup d 'état ended it ; why ?", "A coup d'état ended it; why?"),
        ("It was called '' a test ''", 'It was called "a test"'),
        ("See http : / / a.org / b", "See http://a.org/b"),
        ("", ""),
    ],
)
def test_words_and_marks_are_set_as_they_are_written(tokenized: str, written: str) -> None:
    assert judgements.detokenized(tokenized) == written


def test_no_letter_is_lost() -> None:
    text = "' ' Who ' s there ? ' ' - \" me \" , said 1 , 000 x / y people ( at once ) !"
    assert "".join(judgements.detokenized(text).split()) == "".join(text.replace("''", '"').split())


@needs_data
def test_parts_share_no_source_and_small_samples_begin_larger_ones() -> None:
    train, held_out = judgements.sample("train", 30), judgements.sample("held-out", 30)
    assert set(train) == set(held_out) == {"et", "ne", "ro", "ru", "si", "zh"}
    sources = [{one.source for rows in part.values() for one in rows} for part in (train, held_out)]
    assert not sources[0] & sources[1]
    assert [len(rows) for rows in train.values()] == [30, 30, 30, 30, 30, 60]
    for language, rows in judgements.sample("train", 10).items():
        assert rows == train[language][: len(rows)]
