"""Front matter: the metadata in YAML or TOML that a site keeps at the head of a file."""

from __future__ import annotations

from tqcheck.readers.markdown.lines import LINE_END


def front_matter(source: str) -> int:
    """The end of YAML or TOML front matter, or 0."""
    if not source.startswith(("---", "+++", "\ufeff---", "\ufeff+++")):
        return 0
    start = 1 if source[0] == "\ufeff" else 0
    mark = source[start : start + 3]
    closers = ("---", "...") if mark == "---" else ("+++",)
    position = start
    for number, found in enumerate(LINE_END.finditer(source, start)):
        line = source[position : found.start()].rstrip(" \t")
        if number == 0 and line != mark:
            return 0
        if number and line in closers:
            return found.end()
        position = found.end()
    return len(source) if position > start and source[position:].rstrip(" \t") in closers else 0
