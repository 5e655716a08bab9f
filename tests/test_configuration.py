from __future__ import annotations

from pathlib import Path

import pytest

from tqcheck.configuration import OPTIONS, parse_severities
from tqcheck.configurations import configure
from tqcheck.errors import SettingsError
from tqcheck.settings import Settings

FILE = """
[tool.other]
show = "error"

[tool.tqcheck]
show = "warning"
packs = ["rules/house.toml"]
disable = [
  "ES003",
  "quotes",
]
accept = ["Atlantic Alliance"]
accept-files = ["names.txt"]

[tool.tqcheck.severity]
calque = "suggestion"
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    (tmp_path / "pyproject.toml").write_text(FILE, "utf-8")
    (tmp_path / "names.txt").write_text("# people\nTeo Marín\n\nLumen # a firm\n", "utf-8")
    (tmp_path / "drafts" / "today").mkdir(parents=True)
    return tmp_path


def test_the_nearest_file_holds(project: Path) -> None:
    found = configure(project / "drafts" / "today", environment={})
    assert found.file == project / "pyproject.toml"
    assert found.text("show") == "warning"
    settings = found.settings()
    assert settings.packs == (str(project / "rules/house.toml"),)
    assert settings.accept == ("Atlantic Alliance", "Teo Marín", "Lumen")
    assert settings.disable == ("ES003", "quotes")
    assert settings.severity == (("calque", "suggestion"),)
    (project / "drafts" / "tqcheck.toml").write_text('show = "error"\n', "utf-8")
    assert configure(project / "drafts" / "today", environment={}).text("show") == "error"
    (project / "drafts" / "today" / "pyproject.toml").write_text('[project]\nname = "x"\n', "utf-8")
    assert configure(project / "drafts" / "today", environment={}).text("show") == "error"


def test_every_value_says_where_it_comes_from(project: Path) -> None:
    found = configure(project, environment={"TQCHECK_ACCEPT": "foo, bar", "TQCHECK_LM": "off", "TQCHECK_SHOW": ""})
    found.put("max-size", 3, "--max-size")
    file = project / "pyproject.toml"
    assert found.origin("show") == f"{file}:6"
    assert found.origin("disable", "quotes") == f"{file}:10"
    assert found.origin("severity", "calque") == f"{file}:16"
    assert found.origin("accept", "bar") == found.origin("lm").replace("_LM", "_ACCEPT") == "TQCHECK_ACCEPT"
    assert found.origin("max-size") == "--max-size"
    assert found.origin("model") == "default"


def test_later_layers_take_back_what_earlier_ones_chose(project: Path) -> None:
    found = configure(project, environment={"TQCHECK_ENABLE": "es003"})
    assert (found.settings().enable, found.settings().disable) == (("es003",), ("quotes",))
    found.put("disable", ["ES003"], "--disable")
    assert (found.settings().enable, found.settings().disable) == ((), ("quotes", "ES003"))


def test_without_any_file_the_defaults_hold(tmp_path: Path) -> None:
    found = configure(tmp_path, environment={})
    if found.file is None:
        assert found.settings() == Settings()


@pytest.mark.parametrize("name", list(OPTIONS))
def test_defaults_are_valid(name: str, tmp_path: Path) -> None:
    found = configure(file=_write(tmp_path, ""), environment={})
    if OPTIONS[name].default is not None:
        found.put(name, OPTIONS[name].default, "test")


def _write(folder: Path, text: str) -> Path:
    path = folder / "tqcheck.toml"
    path.write_text(text, "utf-8")
    return path


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('shows = "error"', r"tqcheck.toml:1: unknown setting 'shows'; did you mean 'show'"),
        ('\nshow = "all"', "tqcheck.toml:2: show must be one of error, warning, suggestion, not 'all'"),
        ("max-size = 0", "whole number above 0"),
        ("max-size = true", "whole number above 0"),
        ("least-fluent = -1", "0 or more"),
        ("preview = 1", "true or false"),
        ("model = 3", "a text"),
        ('disable = "ES003"', "a list of texts"),
        ("packs = [3]", "a list of texts"),
        ('severity = { ES003 = "high" }', "each with one of"),
        ("show = ", "not valid TOML"),
        ('accept-files = ["none.txt"]', "cannot read the accept list named in .*tqcheck.toml:1"),
    ],
)
def test_mistakes_name_file_and_line(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(SettingsError, match=reason):
        configure(file=_write(tmp_path, text), environment={}).settings()


def test_other_bad_files(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot read the configuration"):
        configure(file=tmp_path / "none.toml", environment={})
    (tmp_path / "tqcheck.toml").write_bytes(b"show = '\xff'")
    with pytest.raises(SettingsError, match="not UTF-8"):
        configure(tmp_path, environment={})
    (tmp_path / "pyproject.toml").write_text("tool.tqcheck = 3", "utf-8")
    with pytest.raises(SettingsError, match="must be a table"):
        configure(file=tmp_path / "pyproject.toml", environment={})
    (tmp_path / "pyproject.toml").write_text("[project]", "utf-8")
    with pytest.raises(SettingsError, match=r"no \[tool.tqcheck\]"):
        configure(file=tmp_path / "pyproject.toml", environment={})
    with pytest.raises(SettingsError, match="TQCHECK_PREVIEW is true or false"):
        configure(file=_write(tmp_path, ""), environment={"TQCHECK_PREVIEW": "maybe"})
    with pytest.raises(SettingsError, match="SELECTOR=LEVEL"):
        parse_severities(["calque"], "--severity")


def test_a_calibration_is_found_from_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "tqcheck.toml").write_text('calibration = "house/mine.json"\n', "utf-8")
    found = configure(tmp_path, environment={})
    assert found.settings().calibration == tmp_path / "house" / "mine.json"
    there = configure(tmp_path, environment={"TQCHECK_CALIBRATION": "other.json"})
    assert there.settings().calibration == Path("other.json")
    (tmp_path / "tqcheck.toml").write_text("calibration = 3\n", "utf-8")
    with pytest.raises(SettingsError, match="calibration must be a text"):
        configure(tmp_path, environment={})
