from __future__ import annotations

import re
import warnings

import pytest

from tqcheck.files.globs import Globs, held_to, seen_from


@pytest.mark.parametrize(
    ("pattern", "path", "folder", "named"),
    [
        ("*.txt", "/site/a.txt", False, True),
        ("*.txt", "/site/deep/er/a.txt", False, True),
        ("*.txt", "/else/a.txt", False, None),
        ("archive/", "/site/archive", True, True),
        ("archive/", "/site/x/archive/a.md", False, True),
        ("archive/", "/site/archive", False, None),
        ("/archive/", "/site/x/archive", True, None),
        ("a/b.md", "/site/a/b.md", False, True),
        ("a/b.md", "/site/x/a/b.md", False, None),
        ("a/**/b.md", "/site/a/x/y/b.md", False, True),
        ("!a.md", "/site/a.md", False, False),
        (r"\!a.md", "/site/!a.md", False, True),
        ("näive [12].md", "/site/näive 1.md", False, True),
        ("drafts/**", "/site/drafts", True, None),
        ("drafts/**", "/site/drafts/x", True, True),
        ("drafts/**", "/site/drafts/x/y.md", False, True),
        ("drafts/*** ", "/site/drafts", True, None),
        ("/drafts/**/", "/site/drafts", True, None),
        ("/drafts/**/", "/site/drafts/a.md", False, None),
        ("/drafts/**/", "/site/drafts/x/y", True, True),
        ("**", "/site/a.md", False, True),
        ("**/", "/site/a.md", False, None),
        ("**/", "/site/x", True, True),
        ("[[]z].md", "/site/[z].md", False, True),
        ("*.MD", "/site/a.md", False, None),
        ("[[:upper:]_]*.md", "/site/Ab.md", False, True),
        ("[[:upper:]_]*.md", "/site/_b.md", False, True),
        ("[[:upper:]_]*.md", "/site/ab.md", False, None),
        ("[^[:digit:]x].md", "/site/a.md", False, True),
        ("[^[:digit:]x].md", "/site/1.md", False, None),
        ("[^[:digit:]x].md", "/site/x.md", False, None),
        ("[[:punct:]].md", "/site/].md", False, True),
        ("[[:punct:]].md", "/site/\\.md", False, True),
        ("[[:punct:]].md", "/site/a.md", False, None),
        ("[[:space:]x].md", "/site/ .md", False, True),
    ],
)
def test_a_pattern_holds_below_its_folder(pattern: str, path: str, folder: bool, named: bool | None) -> None:
    assert Globs([held_to("/site", pattern)]).says(path, folder=folder) is named


def test_the_last_pattern_decides_whatever_folder_it_is_of() -> None:
    globs = Globs([held_to("/site", "*.md"), held_to("/site/news", "!*.md"), held_to("/site/news/old", "x.md")])
    assert [globs.says(f"/site/{name}") for name in ("x.md", "news/x.md", "news/old/x.md", "a.txt")] == [
        True,
        False,
        True,
        None,
    ]


def test_special_characters_of_the_folder_are_its_own() -> None:
    globs = Globs([held_to("/home/[desk]/what?/a*", "*.md")])
    assert globs.says("/home/[desk]/what?/a*/x.md") is True
    assert globs.says("/home/d/what1/ab/x.md") is None


def test_the_root_of_the_file_system_is_a_folder_too() -> None:
    assert Globs([held_to("/", "tmp/*.md")]).says("/tmp/x.md") is True


@pytest.mark.parametrize("pattern", ["", "/", "!", "  ", "../x.md"])
def test_what_matches_nothing_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="matches no file"):
        held_to("/site", pattern)


@pytest.mark.parametrize("pattern", ["foo\\", "[z-a]", "!a/[z-a].md", "[[:foo:]].md"])
def test_what_is_no_pattern_is_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match="is no pattern"):
        held_to("/site", pattern)


def test_nothing_is_warned_of() -> None:
    re.purge()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        held = held_to("/site", "[[]warned].md")
        re.purge()
        Globs([held])


@pytest.mark.parametrize(
    ("written", "there", "here", "seen"),
    [
        ("*.md", "/site", "/site", "*.md"),
        ("!archive/", "/site", "/site", "!archive/"),
        ("archive/old/", "/site", "/site", "/archive/old/"),
        ("/x.md", "/site", "/site", "/x.md"),
        ("/x/**", "/site", "/site", "/x/**"),
        ("*.md", "/site", "/site/news", "*.md"),
        ("news/x.md", "/site", "/site/news", "/x.md"),
        ("/x.md", "/site", "/site/news", "/site/x.md"),
    ],
)
def test_a_pattern_can_be_told_from_a_folder(written: str, there: str, here: str, seen: str) -> None:
    held = held_to(there, written)
    assert seen_from(here, held) == seen
    if not seen.startswith("/site"):
        paths = [f"{here}/{name}" for name in ("x.md", "a/x.md", "archive/old/y", "archive/y", "b/archive/y")]
        again = Globs([held_to(here, seen)])
        assert [again.says(path) for path in paths] == [Globs([held]).says(path) for path in paths]
