from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from tqcheck.cli.app import app
from tqcheck.errors import RuleError, SettingsError
from tqcheck.rules.contents import contents_page
from tqcheck.rules.loader import load_rules

RULES = load_rules().rules


def run(*arguments: str | Path, code: int = 0) -> str:
    result = CliRunner().invoke(app, [str(one) for one in arguments])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == code, result.output
    return result.stdout


def test_rules_are_listed_and_chosen() -> None:
    assert run("rules").splitlines()[-1] == f"{len(RULES)} rules"
    chosen = run("rules", "--language", "zh", "--category", "calque").splitlines()
    expected = [rule.id for rule in RULES if "zh" in rule.languages and rule.category == "calque"]
    assert [line.split()[0] for line in chosen[:-1]] == expected
    preview = run("rules", "--preview").splitlines()
    assert [line.split()[0] for line in preview[:-1]] == [rule.id for rule in RULES if rule.preview]
    with pytest.raises(SettingsError, match="unknown category"):
        run("rules", "--category", "calc")
    with pytest.raises(SettingsError, match="unknown language"):
        run("rules", "--language", "xx")


def test_explain_prints_the_page() -> None:
    page = run("explain", "telematic-meeting")
    assert page == run("explain", "es014")
    for part in (
        "# ES014 telematic-meeting",
        "cumbre telemática",
        "## Write instead",
        "## When it is fine",
        "Source: ",
    ):
        assert part in page
    with pytest.raises(SettingsError, match="did you mean ES014"):
        run("explain", "telematic-meetings")


def test_a_pack_of_ones_own(tmp_path: Path) -> None:
    pack = tmp_path / "house.toml"
    run("rules", "new", pack)
    run("rules", "new", pack, "--language", "fr", "--category", "tense", "--name", "house-tense")
    assert run("rules", "test", pack) == "2 rules, all proven\n"
    assert run("rules", "test", tmp_path) == "2 rules, all proven\n"
    assert run("rules", "--pack", pack).splitlines()[-1] == f"{len(RULES) + 2} rules"
    assert "house-tense" in run("explain", "MY002", "--pack", pack)
    pack.write_text(pack.read_text("utf-8").replace("The king [realized a visit]", "The king [saw] a visit"), "utf-8")
    report = run("rules", "test", pack, code=1)
    assert "house.toml:1: MY001 own-rule: a bad example is not flagged" in report
    assert report.endswith("2 rules, 1 with mistakes\n")
    with pytest.raises(RuleError, match="the id 'ES014' is taken"):
        run("rules", "new", pack, "--id", "ES014")
    pack.write_text("[[rule]\n", "utf-8")
    with pytest.raises(RuleError, match="not valid TOML"):
        run("rules", "new", pack)


def test_pages_are_written_and_stale_ones_removed(tmp_path: Path) -> None:
    (tmp_path / "ZZ999.md").write_text("gone", "utf-8")
    run("rules", "pages", tmp_path)
    assert not (tmp_path / "ZZ999.md").exists()
    assert {path.stem for path in tmp_path.glob("*.md")} == {rule.id for rule in RULES} | {"README"}
    assert (tmp_path / "ES014.md").read_text("utf-8") == run("explain", "ES014")


def test_a_site_has_the_same_pages_and_contents_with_links(tmp_path: Path) -> None:
    site, index = tmp_path / "site", tmp_path / "rules.md"
    site.mkdir()
    (site / "ZZ999.md").write_text("gone", "utf-8")
    (site / "notes.md").write_text("own", "utf-8")
    run("rules", "docs", site, "--index", index)
    assert {path.stem for path in site.iterdir()} == {rule.id for rule in RULES} | {"index", "notes"}
    assert (site / "ES014.md").read_text("utf-8") == run("explain", "ES014")
    linked = (site / "index.md").read_text("utf-8")
    assert linked == contents_page(RULES, linked=True)
    assert index.read_text("utf-8") == contents_page(RULES, linked=False)
    with pytest.raises(SettingsError, match="--index FILE"):
        run("rules", "docs")


def test_config_shows_values_and_their_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tqcheck.toml").write_text('lm = "off"\ndisable = ["es"]\nseverity.calque = "error"\n', "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TQCHECK_ACCEPT", "Lumen")
    shown = run("config")
    assert f"{tmp_path / 'tqcheck.toml'}:2" in shown
    assert any(line.startswith('    "Lumen",') and line.endswith("# TQCHECK_ACCEPT") for line in shown.splitlines())
    again = tmp_path / "again"
    again.mkdir()
    (again / "tqcheck.toml").write_text(shown, "utf-8")
    monkeypatch.delenv("TQCHECK_ACCEPT")

    def bare(text: str) -> list[str]:
        return [line.partition("#")[0].rstrip() for line in text.splitlines() if not line.startswith("# conf")]

    assert bare(run("config", again)) == bare(shown)


def test_check_follows_the_configuration(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tqcheck.toml").write_text('lm = "off"\nseverity.ES003 = "suggestion"\nfail-on = "warning"\n', "utf-8")
    story = tmp_path / "a.txt"
    story.write_text("They will sign in the best of cases.\n", "utf-8")
    monkeypatch.chdir(tmp_path)
    assert "suggestion ES003" in run("check", story, "-f", "line")
    assert "warning ES003" in run("check", story, "-f", "line", "--severity", "ES003=warning", code=1)
    assert run("check", story, "-f", "line", "--disable", "calque") == ""
    assert run("check", story, "-f", "line", "--accept", "best of cases") == ""
    (tmp_path / "other.toml").write_text("", "utf-8")
    run("check", story, "--no-lm", "--config", tmp_path / "other.toml", code=1)
