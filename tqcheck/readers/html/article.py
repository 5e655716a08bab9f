"""The article of a page: which of its blocks are the story, and which are teasers, forms and the rest."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import NamedTuple

from tqcheck.readers.extraction import RawBlock


class PageBlock(NamedTuple):
    """A block of a page, and where on the page it stands."""

    block: RawBlock
    article: int
    main: bool
    form: bool


def choose(blocks: Iterable[PageBlock], headed: Iterable[int]) -> list[RawBlock]:
    """The blocks of the article.

    :param headed: numbers of the articles that hold an ``<h1>``.

    An article without one that is shorter than a tenth of the page is taken
    for a teaser, and a form that holds most of the page (as some servers write
    it) for the page.
    """
    found = [(block, sum(len(piece.text) for piece in block.block.pieces)) for block in blocks]
    in_forms = sum(size for block, size in found if block.form)
    if in_forms <= sum(size for _, size in found) - in_forms:
        found = [(block, size) for block, size in found if not block.form]
    total = sum(size for _, size in found)
    articles: Counter[int] = Counter()
    for block, size in found:
        if block.article:
            articles[block.article] += size
    known = set(headed)
    fit = [(size, -number) for number, size in articles.items() if number in known or 10 * size >= total]
    if fit:
        best = -max(fit)[1]
        return [block.block for block, _ in found if block.article == best]
    if 10 * sum(size for block, size in found if block.main) >= total > 0:
        return [block.block for block, _ in found if block.main]
    return [block.block for block, _ in found]
