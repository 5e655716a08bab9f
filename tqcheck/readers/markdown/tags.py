"""HTML in Markdown: how its tags are written, and where a block of it begins and ends."""

from __future__ import annotations

import re

_ATTRIBUTE = (
    r"(?:[ \t\n]++[a-zA-Z_:][a-zA-Z0-9_.:-]*+(?:[ \t\n]*+=[ \t\n]*+(?:[^ \t\n\"'=<>`]++|'[^']*+'|\"[^\"]*+\"))?+)*+"
)
OPEN_TAG = rf"<[a-zA-Z][a-zA-Z0-9-]*+{_ATTRIBUTE}[ \t\n]*+/?>"
CLOSE_TAG = r"</[a-zA-Z][a-zA-Z0-9-]*+[ \t\n]*+>"
_HTML_TAGS = (
    "address article aside base basefont blockquote body caption center col colgroup dd details dialog dir div dl dt "
    "fieldset figcaption figure footer form frame frameset h1 h2 h3 h4 h5 h6 head header hr html iframe legend li link "
    "main menu menuitem nav noframes ol optgroup option p param search section summary table tbody td tfoot th thead "
    "title tr track ul"
).replace(" ", "|")
# How a block of HTML begins, and what ends it; ``None`` is a blank line.
_HTML = (
    (
        re.compile(r"<(?:script|pre|style|textarea)(?=[\s>]|$)", re.IGNORECASE),
        re.compile(r"</(?:script|pre|style|textarea)>", re.IGNORECASE),
    ),
    (re.compile(r"<!--"), re.compile(r"-->")),
    (re.compile(r"<\?"), re.compile(r"\?>")),
    (re.compile(r"<!\[CDATA\["), re.compile(r"\]\]>")),
    (re.compile(r"<![a-zA-Z]"), re.compile(r">")),
    (re.compile(rf"</?(?:{_HTML_TAGS})(?=[\s>]|/>|$)", re.IGNORECASE), None),
)
_HTML_ALONE = re.compile(rf"(?:{OPEN_TAG}|{CLOSE_TAG})[ \t]*$")


def html_start(source: str, at: int, end: int, *, in_text: bool) -> tuple[re.Pattern[str] | None] | None:
    """What ends the block of HTML that begins at ``at``, in a tuple (``None`` in it: a blank line), or ``None``.

    :param in_text: a paragraph or table is open, which a tag of any other name does not end.
    """
    for begins, until in _HTML:
        if begins.match(source, at, end):
            return (until,)
    if not in_text and _HTML_ALONE.match(source, at, end):
        return (None,)
    return None
