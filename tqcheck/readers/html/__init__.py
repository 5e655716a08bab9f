"""HTML: the text of the article that a browser would show, each character with its place in the page.

:mod:`~tqcheck.readers.html.tokens` cuts a page into tags and text,
:mod:`~tqcheck.readers.html.page` follows them with the elements that are
:mod:`open <tqcheck.readers.html.nesting>` and what
:mod:`holds <tqcheck.readers.html.context>` inside them,
:mod:`~tqcheck.readers.html.flow` gathers the text in blocks, and
:mod:`~tqcheck.readers.html.article` chooses those of the article. Here stands
what belongs to HTML alone; character references are shared with Markdown.
"""

from __future__ import annotations

from tqcheck.readers.extraction import RawBlock, assemble
from tqcheck.readers.html.article import choose
from tqcheck.readers.html.page import Page
from tqcheck.text.document import Document

__all__ = ["extract_blocks", "read_html"]


def read_html(text: str, path: str) -> Document:
    """The Document of an HTML page: the visible text of its article.

    The article is the longest ``<article>`` (or ``role=article``), else
    ``<main>``, else the body. Left out: scripts, styles, navigation, headers
    and footers of the page, asides, forms, code, whatever is hidden, and
    elements marked ``translate="no"`` or as another language than English. An
    inline element that is left out leaves U+FFFC. White space collapses as in
    browsers; ``<br>`` is a newline, two of them end the block.

    Never fails, however broken the page.
    """
    page = Page(text)
    page.read()
    return assemble(path, text, choose(page.blocks, page.headed))


def extract_blocks(text: str) -> list[RawBlock]:
    """The visible blocks of a stretch of HTML, wherever on the page they stand."""
    page = Page(text)
    page.read()
    return [found.block for found in page.blocks]
