"""Markdown: the text a reader sees, each character with its place in the file.

Follows CommonMark for block structure, with front matter, tables, footnotes,
task lists and strikethrough as on GitHub. It is our own because Markdown
parsers keep lines, not characters, and some take quadratic time.

:mod:`~tqcheck.readers.markdown.blocks` goes through the lines, and
:mod:`~tqcheck.readers.markdown.inline` reads what stands in a paragraph. HTML
in Markdown is read by the reader of HTML.
"""

from __future__ import annotations

from tqcheck.readers.extraction import assemble
from tqcheck.readers.markdown.blocks import DEEPEST, Blocks
from tqcheck.text.document import Document

__all__ = ["DEEPEST", "read_markdown"]


def read_markdown(text: str, path: str) -> Document:
    """The Document of a Markdown file: its prose without the markup.

    Left out: front matter, code, HTML tags and comments, link and image
    targets, definitions, footnote marks, alternative texts. Inline code,
    images and URLs leave U+FFFC, so that the words around them stay apart.
    Table cells are blocks of their own.
    """
    blocks = Blocks(text)
    blocks.read()
    document = assemble(path, text, blocks.render())
    document.code = tuple(sorted(blocks.code))
    return document
