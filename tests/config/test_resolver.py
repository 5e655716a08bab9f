from __future__ import annotations

import os
from pathlib import Path

import pytest

from tqcheck.config.resolver import Configurations, configure
from tqcheck.errors import SettingsError
from tqcheck.files.discovery import Discovery


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write(
        tmp_path,
        {
            "tqcheck.toml": (
                'root = true\nlm = "off"\ndisable = ["wordiness"]\naccept = ["Lumen"]\n'
                'exclude = ["drafts/", "*.tmp.md"]\n'
                '[severity]\ncalque = "suggestion"\n\n'
                '[[overrides]]\nfiles = ["archive/"]\nenable = ["wordiness"]\nseverity = { calque = "off" }\n\n'
                '[[overrides]]\nfiles = ["*.es.md", "archive/keep.md"]\ndisable = ["quotes"]\n'
            ),
            "archive/old/pyproject.toml": (
                '[tool.tqcheck]\naccept = ["Marín"]\nfail-on = "never"\nexclude = ["x.md"]\n\n'
                '[[tool.tqcheck.overrides]]\nfiles = ["2*.md"]\npreview = true\n'
            ),
            "a.md": "",
            "b.es.md": "",
            "c.tmp.md": "",
            "drafts/d.md": "",
            "archive/e.md": "",
            "archive/keep.md": "",
            "archive/old/1.md": "",
            "archive/old/2.md": "",
            "archive/old/x.md": "",
            "x.md": "",
        },
    )
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.usefixtures("site")
class TestConfigurations:
    def test_each_file_has_the_settings_of_its_folder_and_those_above(self) -> None:
        found = Configurations(environment={})
        assert found.settings("a.md").disable == ("wordiness",)
        assert found.settings("archive/old/1.md").accept == ("Lumen", "Marín")
        assert found.settings("archive/old/1.md").lm == "off"
        assert found.of("archive/old/1.md").file == Path("archive/old/pyproject.toml").resolve()
        assert found.settings("-") == found.run.settings()

    def test_overrides_hold_for_the_files_that_they_name(self) -> None:
        found = Configurations(environment={})
        assert found.settings("a.md").severity == (("calque", "suggestion"),)
        archived = found.settings("archive/e.md")
        assert (archived.enable, archived.disable, archived.severity) == (("wordiness",), (), (("calque", "off"),))
        assert found.settings("archive/keep.md").disable == ("quotes",)
        assert found.settings("b.es.md").disable == ("wordiness", "quotes")
        assert [found.settings(f"archive/old/{name}.md").preview for name in (1, 2)] == [False, True]
        # The same configuration is not made twice.
        assert found.of("archive/old/1.md") is found.of("./archive/../archive/old/1.md")

    def test_the_environment_and_flags_come_last(self) -> None:
        found = Configurations(environment={"TQCHECK_ENABLE": "calque"}, flags=[("--preview", "preview", False)])
        settings = found.settings("archive/old/2.md")
        assert settings.enable == ("wordiness", "calque")
        assert settings.preview is False

    def test_what_is_for_a_whole_run_holds_as_in_its_folder(self, site: Path) -> None:
        found = Configurations(environment={})
        assert found.of("archive/old/1.md").text("fail-on") == "warning"
        (ignored,) = found.ignored()
        assert (ignored.name, ignored.origin) == ("fail-on", f"{site / 'archive/old/pyproject.toml'}:3")
        inside = Configurations("archive/old", environment={})
        assert inside.run.text("fail-on") == "never"
        assert list(inside.ignored()) == []
        assert inside.of("../e.md").text("fail-on") == "never"

    def test_a_named_file_is_the_only_one(self, tmp_path: Path) -> None:
        write(tmp_path, {"elsewhere/c.toml": '[[overrides]]\nfiles = ["archive/"]\ndisable = ["es"]\n'})
        found = Configurations(file="elsewhere/c.toml", environment={})
        assert found.settings("archive/old/1.md").disable == ("es",)
        assert found.settings("a.md").disable == ()

    def test_the_root_of_a_repository_ends_the_search(self, site: Path) -> None:
        (site / "archive" / ".git").mkdir()
        assert Configurations(environment={}).settings("archive/e.md").disable == ()

    def test_walks_leave_out_what_is_excluded(self) -> None:
        def found(*paths: str, force: bool = False, **flags: list[str]) -> list[str]:
            given = [(f"--{name}", name, value) for name, value in flags.items()]
            configurations = Configurations(environment={}, flags=given)
            return [str(one) for one in Discovery(configurations.chosen, force=force).find(paths)]

        assert found(".") == [
            "a.md",
            "archive/e.md",
            "archive/keep.md",
            "archive/old/1.md",
            "archive/old/2.md",
            "b.es.md",
            "x.md",
        ]
        assert found(".", exclude=["/archive/*", "!/archive/keep.md", "!drafts/"]) == [
            "a.md",
            "archive/keep.md",
            "b.es.md",
            "drafts/d.md",
            "x.md",
        ]
        assert found(".", exclude=["archive/**", "!archive/keep.md"]) == ["a.md", "archive/keep.md", "b.es.md", "x.md"]
        assert found(".", include=["archive/old/*.md"]) == ["archive/old/1.md", "archive/old/2.md"]
        assert found(".", include=["*.toml"]) == ["archive/old/pyproject.toml", "tqcheck.toml"]
        assert found("*.md") == ["a.md", "b.es.md", "x.md"]
        assert found("drafts/d.md", "c.tmp.md") == ["drafts/d.md", "c.tmp.md"]
        assert found("drafts/d.md", "c.tmp.md", "a.md", force=True) == ["a.md"]
        # What was left out was meant to be.
        assert found("archive/old", exclude=["*.md"]) == []

    def test_changed_files_are_picked_as_a_walk_would(self) -> None:
        discovery = Discovery(Configurations(environment={}).chosen)
        files = ["a.md", "c.tmp.md", "drafts/d.md", "archive/e.md", "archive/old/x.md", "photo.png", ".x/y.md"]

        def among(*paths: str) -> list[str]:
            found = discovery.among(paths)
            assert not found.missing
            return [file for file in files if file in found]

        assert among(".") == ["a.md", "archive/e.md"]
        assert among("archive", "drafts/d.md") == ["drafts/d.md", "archive/e.md"]
        assert among("archive/*.md") == ["archive/e.md"]
        assert "./archive/../a.md" in discovery.among(["a.md"])
        missing = discovery.among(["none.md", "none", "*.none", ""]).missing
        assert [one.path for one in missing] == ["none.md", "none", "*.none", "''"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('root = "yes"', "tqcheck.toml:1: root must be true or false"),
        ("overrides = 3", r"overrides must be tables; write \[\[overrides\]\]"),
        ('\n[[overrides]]\ndisable = ["es"]', "tqcheck.toml:2: overrides need files"),
        ("[[overrides]]\nfiles = []", "overrides need files"),
        ('[[overrides]]\nfiles = ["a"]\nlm = "off"', "tqcheck.toml:3: lm is for a whole run"),
        (
            '[[overrides]]\nfiles = ["a"]\n[[overrides]]\nfiles = ["b"]\ndisabel = ["es"]',
            "tqcheck.toml:5: unknown setting 'disabel'; did you mean 'disable'",
        ),
        ('[[overrides]]\nfiles = ["../b"]', r"tqcheck.toml:2: '\.\./b' matches no file; write it as in \.gitignore"),
        ('exclude = [\n  "a",\n  "/",\n]', "matches no file"),
        ('exclude = [\n  "a",\n  "[z-a]",\n]', r"tqcheck.toml:3: '\[z-a\]' is no pattern; write it as in"),
        ("[[overrides]]\nfiles = ['a\\']", "tqcheck.toml:2: .* is no pattern"),
        ('exclude = "a"', "a list of texts"),
        ("jobs = -1", "0 or more"),
        ('gitignore = "no"', "true or false"),
    ],
)
def test_mistakes_name_file_and_line(tmp_path: Path, text: str, reason: str) -> None:
    write(tmp_path, {"tqcheck.toml": text})
    with pytest.raises(SettingsError, match=reason):
        configure(tmp_path, environment={})


def test_mistakes_in_overrides_are_told_though_no_file_meets_them(tmp_path: Path) -> None:
    write(tmp_path, {"tqcheck.toml": '[[overrides]]\nfiles = ["none"]\nseverity = { es = "high" }\n'})
    with pytest.raises(SettingsError, match=r"tqcheck.toml:3: .*each with one of"):
        configure(tmp_path, environment={})


def test_folders_that_cannot_be_looked_at_have_no_configuration(tmp_path: Path) -> None:
    write(tmp_path, {"tqcheck.toml": 'root = true\ndisable = ["es"]\nmodel = "' + "m" * 300 + '"\n'})
    (tmp_path / "loop").symlink_to("loop")
    found = Configurations(tmp_path, environment={})
    for path in ("loop/x.txt", "a" * 300 + "/x.txt"):
        assert found.settings(path).disable == ("es",)
    (tmp_path / "locked").mkdir()
    (tmp_path / "locked").chmod(0o444)
    assert found.settings("locked/x.txt").disable == ("es",)
    assert list(Discovery(found.chosen).find([str(tmp_path / "loop" / "x.txt")]))


@pytest.mark.skipif(os.name == "nt", reason="a folder in use cannot be removed")
def test_a_current_folder_that_is_gone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "gone").mkdir()
    monkeypatch.chdir(tmp_path / "gone")
    (tmp_path / "gone").rmdir()
    with pytest.raises(SettingsError, match="the current folder is gone"):
        configure(environment={})


def test_a_pattern_of_a_flag_that_is_none() -> None:
    with pytest.raises(SettingsError, match=r"--exclude: '\[z-a\]' is no pattern"):
        Configurations(environment={}, flags=[("--exclude", "exclude", ["[z-a]"])])
