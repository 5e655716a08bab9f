from __future__ import annotations

import os
from pathlib import Path

import pytest

from tqcheck.errors import UnreadableError
from tqcheck.readers.discovery import find_files


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in (
        "b.md",
        "a.txt",
        "page.HTML",
        "photo.png",
        ".hidden.txt",
        "news/2.txt",
        "news/1.md",
        "news/deep/x.markdown",
        "node_modules/no.md",
        "venv/no.txt",
        "env/pyvenv.cfg",
        "env/no.txt",
        ".git/no.txt",
        "empty/photo.png",
        "note.rst",
        "odd[1].txt",
    ):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("text", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*paths: str) -> list[str]:
    return [str(path) for path in find_files(paths) if isinstance(path, str)]


def errors(*paths: str) -> list[UnreadableError]:
    return [path for path in find_files(paths) if isinstance(path, UnreadableError)]


@pytest.mark.usefixtures("tree")
class TestFindFiles:
    def test_named_files_are_given_back_as_named(self) -> None:
        assert found("photo.png", "./a.txt", "missing.txt", ".hidden.txt", "-") == [
            "photo.png",
            "./a.txt",
            "missing.txt",
            ".hidden.txt",
            "-",
        ]

    def test_folders_are_walked_in_order_of_name(self) -> None:
        assert found(".") == [
            "a.txt",
            "b.md",
            "news/1.md",
            "news/2.txt",
            "news/deep/x.markdown",
            "odd[1].txt",
            "page.HTML",
        ]

    def test_hidden_folders_can_be_named(self) -> None:
        assert found(".git") == [".git/no.txt"]

    def test_each_file_once(self) -> None:
        assert found("news/2.txt", "news", "./news/2.txt", "-", "-") == [
            "news/2.txt",
            "news/1.md",
            "news/deep/x.markdown",
            "-",
        ]

    def test_patterns(self) -> None:
        assert found("*.txt") == ["a.txt", "odd[1].txt"]
        assert found("**/*.md") == ["b.md", "news/1.md"]
        assert found("news/*") == ["news/1.md", "news/2.txt", "news/deep/x.markdown"]
        assert found("*.rst") == ["note.rst"]
        assert found("n*/?.[tm]*") == ["news/1.md", "news/2.txt"]
        assert found("news/**") == ["news/1.md", "news/2.txt", "news/deep/x.markdown"]

    def test_a_file_whose_name_looks_like_a_pattern(self) -> None:
        assert found("odd[1].txt") == ["odd[1].txt"]

    def test_absolute_patterns(self, tree: Path) -> None:
        assert found(f"{tree}/n*/*.txt") == [str(tree / "news/2.txt")]

    @pytest.mark.parametrize(
        ("path", "message"),
        [("empty", "no text in this folder"), ("*.docx", "no file matches"), ("a**b/x", "pattern"), ("", "empty path")],
    )
    def test_what_cannot_be_used_is_told_and_the_rest_goes_on(self, path: str, message: str) -> None:
        assert found(path, "a.txt") == ["a.txt"]
        (error,) = errors(path, "a.txt")
        assert message in error.reason
        assert error.path in (path, "''")

    def test_links_in_circles(self, tree: Path) -> None:
        (tree / "news/deep/up").symlink_to(tree / "news", target_is_directory=True)
        (tree / "news/self.txt").symlink_to(tree / "news/self.txt")
        assert found("news")[:3] == ["news/1.md", "news/2.txt", "news/deep/x.markdown"]
        assert set(found("news/**/*.md")) == {"news/1.md"}

    def test_a_folder_that_cannot_be_listed(self, monkeypatch: pytest.MonkeyPatch) -> None:
        listing = os.scandir

        def refuse(path: str) -> object:
            if Path(path).name == "deep":
                raise PermissionError(13, "Permission denied")
            return listing(path)

        monkeypatch.setattr(os, "scandir", refuse)
        assert found("news") == ["news/1.md", "news/2.txt"]
        (error,) = errors("news")
        assert error.path == "news/deep"
        assert "Permission denied" in error.reason
