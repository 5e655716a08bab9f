from __future__ import annotations

import random
import sys

from tqcheck.text.coverage import Coverage


def test_overlaps_are_those_of_single_spans() -> None:
    rng = random.Random(7)

    def span() -> tuple[int, int]:
        start = rng.randrange(12)
        return start, start + rng.choice((0, 0, 1, 2, 5))

    for _ in range(2000):
        spans = [span() for _ in range(rng.randrange(5))]
        asked = span()
        one_by_one = any(end > asked[0] and start < asked[1] for start, end in spans)
        assert Coverage(spans).overlaps(*asked) is one_by_one, (spans, asked)


def test_nested_spans_are_kept_as_one() -> None:
    nested = Coverage((at, 20_000 - at) for at in range(10_000))
    assert sys.getsizeof(nested._starts) < 200
    assert nested.overlaps(19_999, 20_001)
    assert not nested.overlaps(20_000, 20_001)
