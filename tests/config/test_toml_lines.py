from __future__ import annotations

import pytest

from tqcheck.config.toml_lines import Lines

TEXT = (
    """\
[project]
disable = "nothing"
description = '''
[tool.x]
'''

[[tool.x.overrides]]
files = ["a/"]   # disable = ["b"]
disable = ["wordiness"]
severity.calque = "off"

[[ tool . x . "overrides" ]]
"disable" = [
  "es", # es rules ["es"]
  'ES003', "quotes",
  """
    + '"""\nmore""",'
    + """
  "ES0",
]

[tool.x.overrides.severity]
calque = "off"

[tool.x] # disable = 1
"fail-on" = "error"
text = '''
disable = 1
'''
disable = [ "wordiness", # es rules are next
  "es"]
exclude = [
"[z]",
"disable = 3",
]

[tool.x.severity]
calque = "suggestion"
"a.b" = "error"
"""
)


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_values_stand_where_they_are_written(newline: str) -> None:
    written = TEXT.split("\n")
    lines = Lines(TEXT.replace("\n", newline), ("tool", "x"))

    def line(*path: str | int) -> str:
        return written[lines.of(*path) - 1]

    assert line() == "[tool.x] # disable = 1"
    assert line("fail-on") == '"fail-on" = "error"'
    assert line("disable") == 'disable = [ "wordiness", # es rules are next'
    assert line("severity", "calque") == 'calque = "suggestion"'
    assert line("severity", "a.b") == '"a.b" = "error"'
    assert line("overrides", 0) == "[[tool.x.overrides]]"
    assert line("overrides", 0, "disable") == 'disable = ["wordiness"]'
    assert line("overrides", 0, "severity", "calque") == 'severity.calque = "off"'
    assert line("overrides", 1, "disable") == '"disable" = ['
    assert line("overrides", 1, "severity", "calque") == 'calque = "off"'
    assert line("none") == "[tool.x] # disable = 1"


def test_entries_of_lists_stand_where_they_are_written() -> None:
    written = TEXT.split("\n")
    lines = Lines(TEXT, ("tool", "x"))

    def entries(count: int, *path: str | int) -> list[str]:
        return [written[lines.of_entry(number, *path) - 1].strip()[:6] for number in range(count)]

    assert entries(2, "disable") == ["disabl", '"es"]']
    assert entries(2, "exclude") == ['"[z]",', '"disab']
    assert entries(5, "overrides", 1, "disable") == ['"es", ', "'ES003", "'ES003", '"""', '"ES0",']
    assert entries(1, "overrides", 0, "files") == ["files "]
    # What is no list of texts has no better place than its key.
    assert entries(1, "none") == ["[tool."]


def test_without_headers() -> None:
    lines = Lines('a = 1\ntool.x.b = 2\nc = { d = 3, e = ["f"] }\n')
    assert [lines.of("a"), lines.of("tool", "x", "b"), lines.of("c", "d"), lines.of("z")] == [1, 2, 3, 1]
    assert Lines("").of("a") == 1
