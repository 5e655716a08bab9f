"""The templates of the page, compiled once in a process."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from tqcheck.reports.markup import escape
from tqcheck.reports.page.story import marked_story
from tqcheck.reports.plot import ODD


@cache
def environment() -> Environment:
    """Templates by name, strict: a name without a value is an error (:class:`jinja2.UndefinedError`).

    Each value goes through :func:`tqcheck.reports.markup.escape` unless it is
    :class:`markupsafe.Markup`. Beside what is passed, templates know ``css``
    (the style sheet), ``odd`` (the percentile under which fluency is odd) and
    ``marked_story``.
    """
    made = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_fit,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        auto_reload=False,
    )
    css = files(__package__).joinpath("page.css").read_text(encoding="utf-8")
    made.globals |= {"css": Markup(css), "odd": ODD, "marked_story": marked_story}
    return made


def _fit(value: object) -> Markup:
    # The escaping of Jinja would let through what HTML forbids and what turns the direction of the page.
    return value if isinstance(value, Markup) else Markup(escape(str(value)))
