from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "benchmarks"
REPORT = """# A report

| rule | hits |
|---|---:|
| en | 1 |

## Second: more

| language | hits | shown | hits |
|---|---:|---:|---:|
| en | 2 |  | 3 |
| **all** | **4** | 5 | 6 |
| 0.7 (shown) | 7 |  | 8 |

Of 12 texts 9 changed.
"""


@pytest.fixture(scope="module")
def figures() -> ModuleType:
    sys.path.insert(0, str(FOLDER))
    try:
        spec = importlib.util.spec_from_file_location("figures", FOLDER / "figures.py")
        assert spec is not None
        assert spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules["figures"] = module
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(str(FOLDER))
    return module


def test_the_page_of_figures_and_the_readme_are_up_to_date(figures: ModuleType) -> None:
    hint = "run: python benchmarks/figures.py"
    assert figures.PAGE.read_text("utf-8") == figures.page(), hint
    assert figures.README.read_text("utf-8") == figures.readme(), hint
    assert figures.headlines().count("\n") == 12


@pytest.mark.parametrize(
    ("show", "expected"),
    [
        ("{en | hits}", "1"),
        ("{language > en | hits}", "2"),
        ("{Second > en | hits#2}; {all | hits}", "3; 4"),
        ("{* (shown) | hits}", "7"),
        (r"{/Of (\d+) texts/} texts", "12 texts"),
    ],
)
def test_figures_are_read_where_they_stand(figures: ModuleType, show: str, expected: str) -> None:
    assert figures.figure(REPORT, show) == expected


@pytest.mark.parametrize("show", ["{fr | hits}", "{en | words}", "{Third > en | hits}", "{en | shown}", r"{/no (\d)/}"])
def test_a_figure_that_is_not_there_is_no_figure(figures: ModuleType, show: str) -> None:
    with pytest.raises(figures.FigureError):
        figures.figure(REPORT, show)
