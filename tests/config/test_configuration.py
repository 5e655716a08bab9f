from __future__ import annotations

from pathlib import Path

import pytest

from tqcheck.config.configuration import OPTIONS, Value, parse_severities
from tqcheck.config.resolver import Configurations, configure
from tqcheck.config.settings import Settings
from tqcheck.errors import SettingsError
from tqcheck.pipeline.checker import Checker
from tqcheck.result import Severity

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


def test_each_line_is_that_of_its_own_table(tmp_path: Path) -> None:
    text = (
        '[[tool.tqcheck.overrides]]\nfiles = ["a"]\ndisable = ["wordiness"]\n'
        '[tool.tqcheck]\n"fail-on" = "error" # disable\ndisable = ["wordiness", # es is next\n  "es"]\n'
    )
    (tmp_path / "pyproject.toml").write_text(text, "utf-8")
    found = configure(tmp_path, environment={})
    assert found.origin("fail-on") == f"{tmp_path / 'pyproject.toml'}:5"
    assert found.origin("disable", "wordiness") == f"{tmp_path / 'pyproject.toml'}:6"
    assert found.origin("disable", "es") == f"{tmp_path / 'pyproject.toml'}:7"


def test_later_layers_take_back_what_earlier_ones_chose(project: Path) -> None:
    found = configure(project, environment={"TQCHECK_ENABLE": "es003"})
    assert (found.settings().enable, found.settings().disable) == (("es003",), ("quotes",))
    found.put("disable", ["ES003"], "--disable")
    assert (found.settings().enable, found.settings().disable) == ((), ("quotes", "ES003"))


def chosen(folder: Path, text: str, *flags: tuple[str, str, Value], path: str = "d.txt") -> Severity | None:
    """The severity that the settings give ES014, whose name is telematic-meeting; ``None`` where it does not run."""
    (folder / "tqcheck.toml").write_text(f"root = true\n{text}\n", "utf-8")
    checker = Checker(Configurations(folder, environment={}, flags=flags).settings(path))
    number = next(number for number, label in enumerate(checker.rules.labels) if label.id == "ES014")
    return checker.active_rules.get(number)


def test_later_layers_take_back_what_earlier_ones_chose_by_another_name(tmp_path: Path) -> None:
    enabled = 'enable = ["ES014"]'
    override = '[[overrides]]\nfiles = ["old/"]\ndisable = ["telematic-meeting"]'
    assert chosen(tmp_path, enabled, ("--disable", "disable", ["telematic-meeting"])) is None
    assert chosen(tmp_path, f"{enabled}\n{override}") is Severity.WARNING
    assert chosen(tmp_path, f"{enabled}\n{override}", path="old/d.txt") is None
    assert chosen(tmp_path, f"{enabled}\n{override}", ("--enable", "enable", ["ES014"]), path="old/d.txt") is not None
    assert chosen(tmp_path, 'disable = ["telematic-meeting"]', ("--enable", "enable", ["es014"])) is Severity.WARNING
    off = 'severity.ES014 = "off"'
    assert chosen(tmp_path, off, ("--severity", "severity", {"telematic-meeting": "error"})) is Severity.ERROR
    assert chosen(tmp_path, off, ("--severity", "severity", {"es014": "error"})) is Severity.ERROR
    both = f'{enabled}\ndisable = [\n  "telematic-meeting",\n]'
    with pytest.raises(SettingsError, match=r"tqcheck.toml:2 and .*tqcheck.toml:4: 'es014' is both enabled and disa"):
        chosen(tmp_path, both)
    with pytest.raises(SettingsError, match=r"tqcheck.toml:2: 'es9999' is no rule"):
        chosen(tmp_path, 'disable = ["ES9999"]')
    with pytest.raises(SettingsError, match="--severity: 'es9999' is no rule"):
        chosen(tmp_path, "", ("--severity", "severity", {"ES9999": "error"}))


def test_settings_that_mean_different_things_have_different_hashes(tmp_path: Path) -> None:
    def told(*flags: tuple[str, str, Value]) -> str:
        return Configurations(tmp_path, environment={}, flags=flags).run.settings().sha256()

    _write(tmp_path, "root = true")
    first, second = {"ES014": "off"}, {"telematic-meeting": "error"}
    assert told(("--severity", "severity", first | second)) != told(("--severity", "severity", second | first))
    assert told(("--severity", "severity", first)) == told(
        ("-s", "severity", {"es014": "error"}), ("-s", "severity", first)
    )
    enable: tuple[str, str, Value] = ("--enable", "enable", ["ES014"])
    disable: tuple[str, str, Value] = ("TQCHECK_DISABLE", "disable", ["telematic-meeting"])
    assert told(enable, disable) != told(disable, enable)


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
        ("accept = " + "[" * 5_000, "tqcheck.toml: not valid TOML: nested too deep"),
        ("max-size = " + "1" * 5_000, "tqcheck.toml: not valid TOML"),
        ('\naccept-files = ["a\\u0000b"]', "tqcheck.toml:2: accept-files must be without NUL"),
        ('calibration = "a\\u0000b"', "tqcheck.toml:1: calibration must be without NUL"),
        ('\nencoding = "latin-99"', "tqcheck.toml:2: unknown encoding 'latin-99'"),
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


def test_an_encoding_is_looked_at_at_once(tmp_path: Path) -> None:
    found = configure(file=_write(tmp_path, 'encoding = "Windows-1252"'), environment={"TQCHECK_ENCODING": "utf-16"})
    assert found.settings().encoding == "utf-16"
    with pytest.raises(SettingsError, match="--encoding: unknown encoding 'base64'"):
        found.put("encoding", "base64", "--encoding")


def test_a_calibration_is_found_from_the_file_that_names_it(tmp_path: Path) -> None:
    (tmp_path / "tqcheck.toml").write_text('calibration = "house/mine.json"\n', "utf-8")
    found = configure(tmp_path, environment={})
    assert found.settings().calibration == tmp_path / "house" / "mine.json"
    there = configure(tmp_path, environment={"TQCHECK_CALIBRATION": "other.json"})
    assert there.settings().calibration == Path("other.json")
    (tmp_path / "tqcheck.toml").write_text("calibration = 3\n", "utf-8")
    with pytest.raises(SettingsError, match="calibration must be a text"):
        configure(tmp_path, environment={})
