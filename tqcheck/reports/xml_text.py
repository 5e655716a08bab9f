"""Elements as the XML text of a report."""

from __future__ import annotations

import re
from xml.etree import ElementTree

# XML 1.0, section 2.2: everything but these may not stand in a document, not even as a character reference.
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def allowed(text: str) -> str:
    """The text with U+FFFD for what XML cannot hold: control characters and lone surrogates."""
    return _FORBIDDEN.sub("\ufffd", text)


def xml_text(root: ElementTree.Element) -> str:
    """The document, indented, ended by a newline; the texts in it must be :func:`allowed`."""
    ElementTree.indent(root)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{ElementTree.tostring(root, encoding="unicode")}\n'
