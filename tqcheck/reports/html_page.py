"""The report as one HTML page: the story with its findings marked up, a table of them, and its fluency.

The page needs no script, no network and no other file; the same result gives
the same bytes. All text of others goes through :mod:`tqcheck.reports.markup`.
"""

from __future__ import annotations

from tqcheck.reports.page.drawing import environment
from tqcheck.reports.page.selection import Selection
from tqcheck.reports.page.view import page_view
from tqcheck.result import CheckResult, Severity


def render_page(
    result: CheckResult, *, show: Severity = Severity.SUGGESTION, dropped: bool = False, least_fluent: int = 3
) -> str:
    """The page, ended by a newline.

    :param show: findings under this severity are left out; the counts say how many.
    :param dropped: whether to list the candidates that arbitration turned down.
    :param least_fluent: at most this many sentences under
        :data:`~tqcheck.reports.digest.LOW_FLUENCY` are listed for each document.

    A document without ``source`` (a result read back from JSON) has its
    findings in the table alone.
    """
    view = page_view(result, Selection(show, dropped, least_fluent))
    return environment().get_template("page.html.jinja").render(page=view)
