"""What README and docs say is what the program does."""

from __future__ import annotations

import doctest
import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from tqcheck.config.configuration import OPTIONS
from tqcheck.readers import read_text
from tqcheck.reports import FORMATS
from tqcheck.rules.contents import contents_page
from tqcheck.rules.engine import Engine
from tqcheck.rules.loader import load_rules
from tqcheck.rules.pack_parser import parse_pack
from tqcheck.rules.word_classes import CLASSES

ROOT = Path(__file__).resolve().parents[1]
README = (ROOT / "README.md").read_text("utf-8")
COMMANDS = (ROOT / "docs" / "commands.md").read_text("utf-8")
RULE_GUIDE = (ROOT / "docs" / "adding-a-rule.md").read_text("utf-8")


def test_the_library_example_runs() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", README, re.DOTALL)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "telematics summit ('virtual summit'" in done.stdout


def test_every_option_and_command_in_the_readme_and_the_list_of_commands_exists() -> None:
    shown = "\n".join(re.findall(r"```sh\n(.*?)```", README + COMMANDS, re.DOTALL))
    for command in (
        "check",
        "report",
        "models pull",
        "models list",
        "models calibrate",
        "rules",
        "rules docs",
        "rules pages",
        "rules new",
        "rules test",
        "config",
        "baseline write",
        "explain",
    ):
        arguments = [sys.executable, "-m", "tqcheck", *command.split(), "--help"]
        done = subprocess.run(
            arguments, capture_output=True, text=True, check=True, env={"COLUMNS": "200", "TERM": "dumb"}
        )
        lines = re.findall(rf"^tqcheck {command}( .*)?$", shown, re.MULTILINE)
        assert lines, command
        for line in lines:
            for option in re.findall(r"--[a-z-]+", line.partition("#")[0]):
                assert option in done.stdout, f"{command} {option}"


def test_the_worked_example_of_the_rule_guide_is_a_rule() -> None:
    (pack,) = re.findall(r"```toml\n(.*?)```", RULE_GUIDE, re.DOTALL)
    (rule,) = parse_pack(pack, "guide.toml")
    text = "The king realized an official visit to Oslo and has realized a trip to Rome."
    document = read_text(text, "x.txt")
    fixes = [candidate.suggestions for candidate in Engine([rule]).candidates(document)]
    assert fixes == [("made an official visit",), ("made a trip",)]
    for example in rule.bad:
        bare = re.sub(r"[\[\]]", "", example)
        (found,) = Engine([rule]).candidates(read_text(bare, "x.txt"))
        assert (found.start, found.end) == (example.index("["), example.index("]") - 1)
    for example in rule.good:
        assert not Engine([rule]).candidates(read_text(example, "x.txt"))


def test_the_contents_of_rules_are_up_to_date() -> None:
    contents = contents_page(load_rules().rules, linked=False)
    stale = (ROOT / "docs" / "rules.md").read_text("utf-8") != contents
    assert not stale, "run: tqcheck rules docs --index docs/rules.md"
    assert len(contents) < 200_000


def test_the_configuration_guide_lists_every_setting() -> None:
    guide = (ROOT / "docs" / "configuration.md").read_text("utf-8")
    rows = re.findall(r"^\| (`[a-z-]+`(?:, `[a-z-]+`)*)( \*)? \|", guide, re.MULTILINE)
    named = {name: bool(star) for row, star in rows for name in re.findall(r"`([a-z-]+)`", row)}
    assert {name: option.of_run for name, option in OPTIONS.items()}.items() <= named.items()
    (example,) = re.findall(r"```toml\n(.*?)```", guide, re.DOTALL)
    table = tomllib.loads(example)["tool"]["tqcheck"]
    assert set(table) - {"overrides"} <= set(OPTIONS)
    assert set(table["overrides"][0]) - {"files"} <= set(OPTIONS)


def test_the_rule_guide_lists_every_class() -> None:
    assert set(re.findall(r"^\| `<(\w+)>` \|", RULE_GUIDE, re.MULTILINE)) == set(CLASSES)


def test_the_report_guide_lists_every_format() -> None:
    guide = (ROOT / "docs" / "reports.md").read_text("utf-8")
    assert set(re.findall(r"^\| `([a-z]+)` \|", guide, re.MULTILINE)) == set(FORMATS)


def test_the_test_command_is_the_one_ci_runs() -> None:
    (command,) = re.findall(r"<!-- test command -->\n```sh\n(.*?)\n```", README)
    assert command.endswith("pytest -q")
    assert "test command" in (ROOT / ".ci" / "run").read_text("utf-8")


@pytest.mark.parametrize("module", ["tqcheck", "tqcheck.pipeline.checker", "tqcheck.reports.wording"])
def test_doctests(module: str) -> None:
    results = doctest.testmod(importlib.import_module(module))
    assert results.attempted > 0
    assert results.failed == 0
