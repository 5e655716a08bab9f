from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tqcheck import Checker, Settings, check_file, check_text
from tqcheck.errors import BinaryError, InputError, RuleError, SettingsError, UnreadableError
from tqcheck.pipeline.run import Run
from tqcheck.reports.json_report import dumps

OFF = Settings(lm="off")
STORY = (
    "Ministers meet\n\nThe ministers held a telematics summit on Monday, and in the best of cases they will sign.\n\n"
    "“We shall see, “he said.\n"
)


@pytest.fixture(scope="module")
def checker() -> Checker:
    return Checker(OFF)


def test_findings_carry_everything(checker: Checker) -> None:
    result = checker.check_text(STORY, path="story.txt")
    found = {finding.text: finding for finding in result.findings}
    summit = found["telematics summit"]
    assert STORY[summit.start : summit.end] == "telematics summit"
    assert (summit.line, summit.column, summit.end_line, summit.end_column) == (3, 22, 3, 39)
    assert summit.suggestions[0] == "virtual summit"
    assert "es" in summit.languages
    assert summit.origin
    assert len(summit.fingerprint) == 16
    assert result.language == "en"
    assert result.fluency is None
    assert result.verdict is None
    assert [sentence.fluency for sentence in result.sentences] == [None] * len(result.sentences)


@pytest.mark.parametrize("prefix", ["", "\ufeff", "😀 ", "Cafe\u0301\u00a0\n\n", "\r\n\r\n"])
def test_positions_are_of_the_decoded_original(checker: Checker, prefix: str) -> None:
    text = prefix + "The ministers held a telematics summit on Monday."
    (finding,) = checker.check_text(text).findings
    assert text[finding.start : finding.end] == "telematics summit"


def test_a_byte_order_mark_is_no_part_of_the_original(checker: Checker) -> None:
    text = "They held a telematics summit."
    for data in (text.encode("utf-8-sig"), text.encode("utf-16")):
        (finding,) = checker.check_bytes(data).findings
        assert text[finding.start : finding.end] == "telematics summit"


def test_html_and_markdown_positions(checker: Checker) -> None:
    page = "<html><body><p>They held a <b>telematics</b>&nbsp;summit &amp; left.</p></body></html>"
    (finding,) = checker.check_text(page, kind="html").findings
    assert page[finding.start : finding.end] == "telematics</b>&nbsp;summit"
    assert finding.text == "telematics\u00a0summit"
    note = "---\ntitle: telematics summit\n---\n\nThey held a **telematics** summit, see `telematics summit`.\n"
    (finding,) = checker.check_text(note, path="x.md").findings
    assert note[finding.start : finding.end] == "telematics** summit"


def test_fingerprints_survive_a_move_and_tell_repetitions_apart(checker: Checker) -> None:
    once = checker.check_text("They held a telematics summit.").findings
    moved = checker.check_text("A new first line.\n\nThey held a telematics summit.").findings
    assert [finding.fingerprint for finding in once] == [finding.fingerprint for finding in moved]
    twice = checker.check_text("A telematics summit is no telematics summit.").findings
    assert len({finding.fingerprint for finding in twice}) == 2


def test_another_language_is_skipped_and_says_so(checker: Checker) -> None:
    result = checker.check_text(
        "El presidente dijo que no habrá más reuniones hasta que las partes lleguen a un acuerdo sobre la frontera."
    )
    assert result.language == "es"
    assert result.skipped is not None
    assert "Spanish" in result.skipped
    assert result.findings == ()


@pytest.mark.parametrize("text", ["", " \n\t", "Five words are not many.", "…", "12"])
def test_texts_with_little_in_them(checker: Checker, text: str) -> None:
    result = checker.check_text(text)
    assert result.error is None
    assert result.findings == ()


@pytest.mark.parametrize("text", ["with a \0 in it", "with a \ud800 in it"])
def test_what_is_no_text(checker: Checker, text: str) -> None:
    with pytest.raises(BinaryError):
        checker.check_text(text)


def test_one_bad_file_does_not_stop_the_others(checker: Checker, tmp_path: Path) -> None:
    good = tmp_path / "good.txt"
    good.write_text(STORY, "utf-8")
    bad = tmp_path / "bad.txt"
    bad.write_bytes("Situación".encode("latin-1"))
    result = Run(checker).check([tmp_path / "none.txt", good, bad, InputError("folder", "nothing in it")])
    errors = [document.error for document in result.documents]
    assert errors[1] is None
    assert result.documents[1].findings
    assert errors[2] is not None
    assert "offset 7" in errors[2]
    assert all(errors[index] for index in (0, 2, 3))
    assert result.failed


def test_a_missing_file_raises_in_the_library(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        check_file(tmp_path / "none.txt", settings=OFF)


def test_a_pack_of_ones_own(tmp_path: Path) -> None:
    pack = tmp_path / "own.toml"
    pack.write_text(
        """
[[rule]]
id = "MY001"
name = "house-style"
category = "wordiness"
severity = "suggestion"
pattern = "utilize"
suggest = ["use"]
message = "Our house says use."
source = "house style"
bad = ["They [utilize] it.", "Utility is one thing; to [utilize] is another."]
good = ["They use it.", "Utilities rose."]
""",
        "utf-8",
    )
    result = check_text("They utilize it.", settings=replace(OFF, packs=(str(pack),)))
    assert [finding.rule for finding in result.findings] == ["MY001"]
    with pytest.raises(RuleError):
        check_text("x", settings=replace(OFF, packs=(str(tmp_path / "none.toml"),)))


def test_the_output_is_the_same_every_time(tmp_path: Path) -> None:
    story = tmp_path / "story.txt"
    story.write_text(STORY, "utf-8")
    assert dumps(Run(Checker(OFF)).check([story])) == dumps(Run(Checker(OFF)).check([story]))


def test_arbitrated_rules_are_silent_without_a_model_unless_certain(tmp_path: Path) -> None:
    template = """
[[rule]]
id = "MY00{number}"
name = "house-style-{number}"
category = "calque"
severity = "warning"
pattern = "{word}"
suggest = ["use"]
message = "m"
arbitrate = 2.0
certain = {certain}
source = "s"
bad = ["They [{word}] it.", "Not {word}d; they [{word}] it."]
good = ["They use it.", "None."]
"""
    pack = tmp_path / "own.toml"
    pack.write_text(
        template.format(number=1, word="zutilize", certain="true")
        + template.format(number=2, word="qutilize", certain="false"),
        "utf-8",
    )
    result = check_text("They zutilize it and qutilize it.", settings=replace(OFF, packs=(str(pack),)))
    assert [finding.rule for finding in result.findings] == ["MY001"]
    assert [(dropped.finding.rule, dropped.needed) for dropped in result.dropped] == [("MY002", None)]


def test_settings_are_checked() -> None:
    with pytest.raises(SettingsError):
        Settings(lm="maybe")  # type: ignore[arg-type]
    with pytest.raises(SettingsError):
        Settings(max_bytes=0)


@pytest.mark.slow
def test_one_line_of_ten_megabytes(checker: Checker) -> None:
    text = "The talks in the best of cases will go on and " * 220_000
    result = checker.check_text(text)
    # A sentence without end is cut every 1,500 characters, here and there inside a match.
    assert 215_000 < len(result.findings) <= 220_000
