from __future__ import annotations

import ast
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from jinja2 import UndefinedError
from markupsafe import Markup

from tqcheck.reports.markup import escape
from tqcheck.reports.page.drawing import environment
from tqcheck.reports.page.findings import EvidenceView, FixView

PAGE = Path(str(files("tqcheck.reports.page")))
TEMPLATES = sorted(path.name for path in (PAGE / "templates").iterdir())
HOSTILE = '<b>"it\'s" & \u202e\x1b\r\n{{ odd }}'


@pytest.fixture
def pieces() -> Any:
    return environment().get_template("pieces.html.jinja").module


def test_a_value_is_escaped_as_all_text_of_others_is() -> None:
    template = environment().from_string("<p title='{{ text }}'>{{ text }}</p>")
    assert template.render(text=HOSTILE) == f"<p title='{escape(HOSTILE)}'>{escape(HOSTILE)}</p>"
    assert environment().from_string("{{ text }}").render(text=Markup("<b>")) == "<b>"
    assert environment().from_string("{{ number }}").render(number=12) == "12"


def test_a_name_without_value_is_an_error() -> None:
    for text in ("{{ nothing }}", "{% if nothing %}{% endif %}", "{{ fix.nothing }}"):
        with pytest.raises(UndefinedError):
            environment().from_string(text).render(fix=FixView("a", (), 0))


@pytest.mark.parametrize("name", TEMPLATES)
def test_each_template_leaves_escaping_on(name: str) -> None:
    source = (PAGE / "templates" / name).read_text("utf-8")
    assert environment().get_template(name)
    assert not re.search(r"\|\s*(safe|e|escape|forceescape|join|replace|tojson)\b|autoescape|~", source)


def test_templates_are_compiled_once() -> None:
    assert environment() is environment()
    assert environment().get_template("page.html.jinja") is environment().get_template("page.html.jinja")


def test_markup_stands_in_templates_alone() -> None:
    elements = [
        f"{path.name}:{node.lineno}"
        for path in [*PAGE.glob("*.py"), PAGE.parent / "html_page.py", PAGE.parent / "plot.py"]
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.search(r"</?\w", node.value)
    ]
    assert elements == []


def test_a_path_can_be_wrapped_after_its_slashes(pieces: Any) -> None:
    assert pieces.path("a/<b>//c.txt") == "a/<wbr>&lt;b&gt;/<wbr>/<wbr>c.txt"
    assert pieces.path("") == ""


def test_what_to_write_instead(pieces: Any) -> None:
    assert pieces.fix(FixView("a & b", (), 0)) == "<del>a &amp; b</del>"
    assert pieces.fix(FixView("a", ("b", "c"), 0)) == "<del>a</del> → <ins>b</ins> or <ins>c</ins>"
    assert pieces.fix(FixView("a", ("b",), 3)) == "<del>a</del> → <ins>b</ins> (and 3 more)"


def test_evidence_tells_the_language_of_foreign_words(pieces: Any) -> None:
    foreign = EvidenceView("Spanish: ", "cumbre", "es", " (also Galician)")
    assert pieces.evidence(foreign) == 'Spanish: <bdi lang="es">cumbre</bdi> (also Galician)'
    assert pieces.evidence(EvidenceView("From: ", "cumbre")) == "From: <bdi>cumbre</bdi>"
    assert pieces.evidence(EvidenceView("From Spanish")) == "From Spanish"
