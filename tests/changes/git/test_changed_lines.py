"""What counts as changed since a commit."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.changes.git.conftest import LINES, Repository


def test_nothing_has_changed(repository: Repository) -> None:
    assert repository.since() == repository.staged() == {}


def test_lines_changed_in_the_working_tree(repository: Repository) -> None:
    repository.write("a.md", LINES.replace("two", "2").replace("five\nsix", "5\n6") + "nine\n")
    assert repository.since() == {"a.md": ((2, 2), (5, 6), (9, 9))}


def test_committed_staged_and_unstaged_changes_count_together(repository: Repository) -> None:
    repository.commit(a=LINES.replace("one", "1"))
    repository.write("a.md", LINES.replace("one", "1").replace("three", "3"))
    repository.git("add", "a.md")
    repository.write("a.md", LINES.replace("one", "1").replace("three", "3").replace("seven", "7"))
    assert repository.since("HEAD~1") == {"a.md": ((1, 1), (3, 3), (7, 7))}


def test_what_was_changed_back_has_not_changed(repository: Repository) -> None:
    repository.commit(a="other\n")
    repository.write("a.md", LINES)
    assert repository.since("HEAD~1") == {}


def test_since_the_branches_parted(repository: Repository) -> None:
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.commit(a=LINES.replace("one", "1"))
    repository.git("checkout", "--quiet", "main")
    repository.commit(a=LINES.replace("eight", "8"), b="other\n")
    repository.git("checkout", "--quiet", "topic")
    assert repository.since("main") == {"a.md": ((1, 1),)}


@pytest.mark.parametrize(
    "ref", ["main", "v1", "annotated", "HEAD~1", "main@{0}", "id", "refs/heads/main", ":/A change"]
)
def test_every_name_of_a_commit(repository: Repository, ref: str) -> None:
    repository.git("tag", "v1")
    repository.git("tag", "--annotate", "annotated", "--message", "A tag")
    first = repository.git("rev-parse", "HEAD").strip()
    repository.git("checkout", "--quiet", "-b", "topic")
    repository.write("a.md", LINES.replace("one", "1"))
    repository.git("commit", "--quiet", "--all", "--message", "An edit")
    assert repository.since(first if ref == "id" else ref) == {"a.md": ((1, 1),)}


def test_lines_that_were_only_deleted_change_no_line(repository: Repository) -> None:
    repository.write("a.md", LINES.replace("two\nthree\n", "").replace("eight\n", ""))
    assert repository.since() == {"a.md": ()}


def test_lines_put_in_at_the_beginning(repository: Repository) -> None:
    repository.write("a.md", f"zero\n{LINES}")
    assert repository.since() == {"a.md": ((1, 1),)}


def test_deleted_files_are_left_out(repository: Repository) -> None:
    (repository.folder / "a.md").unlink()
    repository.git("rm", "--quiet", "b.md")
    assert repository.since() == {}
    assert repository.staged() == {}


def test_untracked_files_are_wholly_new_and_ignored_ones_none(repository: Repository) -> None:
    repository.write("below/new.md", "new\n")
    repository.write("below/debug.log", "ignored\n")
    repository.write("below/.gitignore", "draft.md\n")
    repository.write("below/draft.md", "ignored\n")
    assert repository.since() == {"below/.gitignore": None, "below/new.md": None}
    assert repository.staged() == {}


def test_a_repository_within_is_left_out(repository: Repository) -> None:
    inner = Repository(repository.folder / "inner")
    inner.git("init", "--quiet")
    inner.commit(a="inner\n")
    assert repository.since() == {}


def test_new_files(repository: Repository) -> None:
    repository.commit(new="new\n", empty="")
    assert repository.since("HEAD~1") == {"empty.md": None, "new.md": None}


def test_a_file_that_is_emptied_has_no_line(repository: Repository) -> None:
    repository.write("a.md", "")
    assert repository.since() == {"a.md": ()}


def test_files_that_are_touched_and_not_changed(repository: Repository) -> None:
    os.utime(repository.folder / "a.md", (1, 1))
    assert repository.since() == {}


def test_a_renamed_file_has_no_changed_lines(repository: Repository) -> None:
    repository.write("c.md", "another text\n")
    repository.commit()
    repository.git("mv", "a.md", "new.md")
    repository.git("mv", "c.md", "below.md")
    assert repository.since() == repository.staged() == {"below.md": (), "new.md": ()}


def test_a_file_that_is_renamed_and_edited(repository: Repository) -> None:
    (repository.folder / "below").mkdir()
    repository.git("mv", "a.md", "below/new name.md")
    repository.write("below/new name.md", LINES.replace("four", "4"))
    repository.write("c.md", LINES.replace("eight", "8"))
    assert repository.since() == {"below/new name.md": ((4, 4),), "c.md": None}
    assert repository.staged() == {"below/new name.md": ()}


def test_another_mode_changes_no_line(repository: Repository) -> None:
    repository.git("config", "core.fileMode", "true")
    (repository.folder / "a.md").chmod(0o755)
    repository.write("b.md", LINES.replace("one", "1"))
    assert repository.since() == {"a.md": (), "b.md": ((1, 1),)}


def test_links_are_left_out_and_what_replaces_one_is_new(repository: Repository) -> None:
    (repository.folder / "link.md").symlink_to("a.md")
    (repository.folder / "changed.md").symlink_to("a.md")
    repository.commit()
    (repository.folder / "untracked.md").symlink_to("a.md")
    (repository.folder / "changed.md").unlink()
    (repository.folder / "changed.md").symlink_to("b.md")
    (repository.folder / "link.md").unlink()
    repository.write("link.md", "a story\n")
    (repository.folder / "b.md").unlink()
    (repository.folder / "b.md").symlink_to("a.md")
    assert repository.since() == {"link.md": None}
    repository.git("add", "--all")
    assert repository.staged() == {"link.md": None}


def test_submodules_are_left_out(repository: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.git("init", "--quiet")
    other.commit(a="one\n")
    repository.git("submodule", "--quiet", "add", str(other.folder), "module")
    assert repository.since() == repository.staged() == {".gitmodules": None}
    repository.commit()
    module = Repository(repository.folder / "module")
    module.commit(a="two\n")
    module.write("new.md", "new\n")
    repository.write("a.md", LINES.replace("one", "1"))
    assert repository.since() == {"a.md": ((1, 1),)}
    repository.git("add", "--all")
    assert repository.staged() == {"a.md": ((1, 1),)}


def test_a_file_in_place_of_a_submodule_is_new(repository: Repository, tmp_path: Path) -> None:
    other = Repository(tmp_path / "other")
    other.git("init", "--quiet")
    other.commit(a="one\n")
    repository.git("submodule", "--quiet", "add", str(other.folder), "story.md")
    repository.commit()
    repository.git("rm", "--quiet", "story.md")
    repository.write("story.md", "a story\n")
    repository.git("add", "story.md")
    assert repository.since()["story.md"] is None
    assert repository.staged()["story.md"] is None


def test_what_is_no_text_to_git_has_changed_as_a_whole(repository: Repository) -> None:
    repository.write("wide.txt", "one\ntwo\n".encode("utf-16"))
    repository.write(".gitattributes", "*.html -diff\n")
    repository.write("page.html", "<p>one</p>\n<p>two</p>\n")
    repository.commit()
    repository.write("wide.txt", "one\n2\n".encode("utf-16"))
    repository.write("page.html", "<p>one</p>\n<p>2</p>\n")
    repository.write("b.md", LINES.replace("two", "2"))
    assert repository.since() == {"b.md": ((2, 2),), "page.html": None, "wide.txt": None}


def test_what_looks_like_a_header_in_a_text_is_none(repository: Repository) -> None:
    patch = (
        "diff --git a/b.md b/b.md\nBinary files a/b.md and b/b.md differ\n@@ -1 +7,9 @@\n\\ No newline\n--- a/b.md\n"
    )
    repository.write("a.md", LINES.replace("two\n", patch.replace("No", "no")))
    repository.write("b.md", patch)
    repository.commit()
    repository.write(
        "a.md", LINES.replace("two\n", "").replace("seven\n", patch.replace("b.md", "c.md").replace("-1", "-2"))
    )
    repository.write("b.md", f"{LINES}++ b/x\n-- a/x\n")
    assert repository.since() == {"a.md": ((6, 10),), "b.md": ((1, 10),)}


def test_files_out_of_a_sparse_checkout_are_left_out(repository: Repository) -> None:
    repository.write("far/c.md", "one\n")
    repository.commit()
    repository.write("far/c.md", "two\n")
    repository.commit(a="other\n")
    repository.git("sparse-checkout", "set", "near")
    assert not (repository.folder / "far").exists()
    assert repository.since("HEAD~1") == {"a.md": ((1, 1),)}
