"""Findings on changed lines."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path

import pytest

from tests.changes.git.conftest import Repository
from tqcheck import Checker, Settings
from tqcheck.changes.git import ChangedFile, Changes
from tqcheck.result import CheckResult, DocumentResult, Finding, Severity, Signature


def finding(start: int, end: int) -> Finding:
    return Finding("XX001", "a-name", "calque", Severity.WARNING, start, end, 1, 1, 1, 1, "text", "A message.")


def result_of(*documents: DocumentResult) -> CheckResult:
    return CheckResult(Signature("1", "sha256:0", None, None, "sha256:0"), documents)


def words_found(source: str, path: str = "a.md", words: str = "") -> CheckResult:
    """A result with a finding at each of these words of the source, by default at all."""
    findings, at = [], 0
    for word in (words or source).split():
        at = source.index(word, at)
        findings.append(finding(at, at + len(word)))
        at += len(word)
    return result_of(DocumentResult(path, source=source, findings=tuple(findings)))


def texts(result: CheckResult) -> list[str]:
    return [(document.source or "")[one.start : one.end] for document in result.documents for one in document.findings]


@pytest.mark.parametrize(
    ("before", "after", "kept"),
    [
        ("one\ntwo\nthree\n", "one\n2 two\nthree\n", "2 two"),
        ("one\r\ntwo\r\nthree\r\n", "one\r\n2\r\nthree\r\n", "2"),
        ("one\r\ntwo\r\nthree\r\n", "one\ntwo\r\nthree\r\n", "one"),
        ("\ufeffone\ntwo\n", "\ufeffone\n2\n", "2"),
        ("one\ntwo\n", "\ufeffone\ntwo\n", "one"),
        ("\U0001f680 one\n\U0001f680 two\nthree\n", "\U0001f680 one\n\U0001f680 2\nthree\n", "\U0001f680 2"),
        ("cafe\u0301 a\nnai\u0308ve b\nc\n", "cafe\u0301 a\nnai\u0308ve bb\nc\n", "nai\u0308ve bb"),
        ("one\ntwo", "one\ntwo\nthree", "two three"),
        ("one\ntwo\n", "one\ntwo", "two"),
        ("one\ntwo", "one\n2", "2"),
        # To git these are one line, two and one.
        ("one\rtwo\rthree", "one\rtwo\r3", "one two 3"),
        ("one\rtwo\nthree\rfour\n", "one\rtwo\n3\rfour\n", "3 four"),
        ("one\u2028two\x0bthree\x0cfour\x85five\n", "one\u2028two\x0bthree\x0c4\x85five\n", "one two three 4 five"),
        ("one\ntwo\nthree\n", "one\nthree\n", ""),
        ("\n\none\n\n\ntwo\n", "\n\none\n\n\n2\n", "2"),
    ],
)
def test_findings_on_changed_lines(repository: Repository, before: str, after: str, kept: str) -> None:
    repository.git("config", "core.autocrlf", "false")
    repository.commit(a=before)
    repository.write("a.md", after)
    result = words_found(after.removeprefix("\ufeff"))
    touched, lost = Changes.since("HEAD", repository.folder).touched(result)
    assert texts(touched) == kept.split()
    assert lost == len(result.findings) - len(kept.split())
    repository.git("add", "a.md")
    assert Changes.staged(repository.folder).touched(result) == (touched, lost)


def changes_of(*ranges: tuple[int, int]) -> Changes:
    return Changes(Path(), {"a.md": ChangedFile("a.md", ranges)})


@pytest.mark.parametrize(
    ("ranges", "span", "touches"),
    [
        # ab\ncd\nef\n
        ([(2, 2)], (2, 3), False),
        ([(2, 2)], (0, 3), False),
        ([(2, 2)], (0, 4), True),
        ([(2, 2)], (3, 4), True),
        ([(2, 2)], (5, 6), True),
        ([(2, 2)], (6, 8), False),
        ([(2, 2)], (5, 7), True),
        ([(1, 1), (3, 3)], (3, 5), False),
        ([(1, 1), (3, 3)], (2, 7), True),
        ([(1, 1), (3, 3)], (3, 7), True),
        ([(2, 2)], (0, 9), True),
        ([(1, 2)], (4, 5), True),
        # Of no length.
        ([(2, 2)], (3, 3), True),
        ([(2, 2)], (5, 5), True),
        ([(2, 2)], (6, 6), False),
        ([(2, 2)], (2, 2), False),
        ([(3, 3)], (9, 9), True),
        ([(2, 2)], (9, 9), False),
        # The file has become shorter since.
        ([(2, 9)], (8, 9), True),
        ([(7, 9)], (8, 9), False),
        ([], (0, 9), False),
    ],
)
def test_a_finding_at_the_edge(ranges: list[tuple[int, int]], span: tuple[int, int], touches: bool) -> None:
    document = DocumentResult("a.md", source="ab\ncd\nef\n", findings=(finding(*span),))
    touched, lost = changes_of(*ranges).touched(result_of(document))
    assert (len(touched.findings), lost) == ((1, 0) if touches else (0, 1))


def test_an_empty_text() -> None:
    document = DocumentResult("a.md", source="", findings=(finding(0, 0),))
    assert changes_of().touched(result_of(document))[1] == 1
    assert changes_of((1, 1)).touched(result_of(document))[1] == 0


def test_all_else_stays_as_it_is() -> None:
    one, other = words_found("one\ntwo\n").documents[0], words_found("one\ntwo\n", "other.md").documents[0]
    one = replace(one, words=2, notes=("A note.",))
    failed = DocumentResult("a.md", error="a.md: cannot be read")
    bare = replace(one, source=None)
    result = replace(result_of(one, other, failed, bare), left_out=3)
    touched, lost = changes_of((2, 2)).touched(result)
    assert touched == replace(result, documents=(replace(one, findings=one.findings[1:]), other, failed, bare))
    assert lost == 1
    assert touched.left_out == 3
    wholly = Changes(Path(), {"a.md": ChangedFile("a.md", None)})
    assert wholly.touched(result) == (result, 0)


def test_documents_are_found_by_any_path(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    repository.write("news/c.md", "one\n")
    repository.write("-", "one\n")
    (repository.folder / "link.md").symlink_to("news/c.md")
    (repository.folder / "latest").symlink_to("news")
    monkeypatch.chdir(repository.folder)
    changes = Changes.since("HEAD")
    file = changes.files["news/c.md"]
    absolute = str(repository.folder / "news" / "c.md")
    for path in ("news/c.md", "./news/c.md", "news/../news/c.md", "link.md", "latest/c.md", absolute):
        assert changes.find(path) is file, path
    for path in ("-", "a.md", "c.md", "news", "", "missing/c.md", "nul\0.md"):
        assert changes.find(path) is None, path
    assert changes.find("./-") is changes.files["./-"]
    below = Changes.since("HEAD", repository.folder / "news")
    assert below.find("../link.md") is below.find(absolute) is below.files["c.md"]


def test_with_a_check(repository: Repository) -> None:
    story = "# News\r\n\r\nCaf\u00e9 \U0001f680: a telematics summit was held.\r\n\r\nMinisters {} on Monday.\r\n"
    repository.commit(a="\ufeff" + story.format("met"))
    repository.write("a.md", "\ufeff" + story.format("held a telematics summit"))
    repository.git("add", "a.md")
    repository.write("a.md", "Something else.\n")
    changes = Changes.staged(repository.folder)
    data = changes.files["a.md"].data
    assert data is not None
    checked = Checker(Settings(lm="off")).check_bytes(data, path="a.md")
    assert [one.line for one in checked.findings] == [3, 5]
    touched, lost = changes.touched(result_of(checked))
    assert [(one.line, one.text) for one in touched.findings] == [(5, "telematics summit")]
    assert lost == 1


def test_any_edit_of_any_text(repository: Repository) -> None:
    """What is not on changed lines was there before, in the same order; ranges are in order and within the text."""
    draw = random.Random(4)
    pieces = [
        "a",
        "b ",
        "\n",
        "\n",
        "\r\n",
        "\r",
        "\u2028",
        "\x85",
        "\x0c",
        "\U0001f680",
        "e\u0301",
        "@@ -1 +1 @@",
        "\\ x",
    ]
    pieces += ["diff --git a/0.md b/0.md\n", "-", "+", "Binary files x\n"]
    repository.git("config", "core.autocrlf", "false")
    texts_before, texts_after = {}, {}
    for number in range(200):
        before = [draw.choice(pieces) for _ in range(draw.randrange(40))]
        after = list(before)
        for _ in range(draw.randrange(1, 5)):
            at = draw.randrange(len(after) + 1)
            after[at : at + draw.randrange(3)] = draw.choices(pieces, k=draw.randrange(4))
        texts_before[f"{number}.md"], texts_after[f"{number}.md"] = "".join(before), "".join(after)
    for name, text in texts_before.items():
        repository.write(name, text)
    repository.commit()
    for name, text in texts_after.items():
        repository.write(name, text)
    changes = Changes.since("HEAD", repository.folder)
    assert set(changes.files) == {name for name, text in texts_after.items() if text != texts_before[name]}
    for name, file in changes.files.items():
        text, old = texts_after[name], iter(texts_before[name].split("\n"))
        findings = tuple(finding(at, at + 1) for at in range(len(text)))
        touched, _ = changes.touched(result_of(DocumentResult(name, source=text, findings=findings)))
        places = {one.start for one in touched.findings}
        assert file.ranges is not None
        numbers = [number for first, last in file.ranges for number in range(first, last + 1)]
        assert numbers == sorted(set(numbers))
        assert places == {at for at in range(len(text)) if text.count("\n", 0, at) + 1 in numbers}
        lines = text.split("\n")
        assert all(1 <= number <= len(lines) for number in numbers)
        kept = [line for number, line in enumerate(lines, 1) if number not in numbers and (line or number < len(lines))]
        assert all(line in old for line in kept), name
