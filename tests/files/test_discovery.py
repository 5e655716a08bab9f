from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tqcheck.errors import UnreadableError
from tqcheck.files.discovery import Discovery, find_files


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


@pytest.mark.usefixtures("tree")
class TestPathsThatCannotBeLookedAt:
    LONG = "a" * 300

    @pytest.fixture
    def loop(self, tree: Path) -> Path:
        (tree / "loop").symlink_to("loop")
        return tree / "loop"

    @pytest.fixture
    def locked(self, tree: Path) -> Iterator[Path]:
        """A folder that can be listed, and nothing in it looked at."""
        folder = tree / "news"
        folder.chmod(0o444)
        if os.access(folder / "1.md", os.F_OK):
            folder.chmod(0o755)
            pytest.skip("root may look at everything")
        yield folder
        folder.chmod(0o755)

    @pytest.mark.usefixtures("loop")
    def test_they_are_given_back_for_reading_to_say_so(self) -> None:
        for force in (False, True):
            discovery = Discovery(force=force)
            assert [str(one) for one in discovery.find(["loop/x.txt", f"{self.LONG}/b.txt", "a.txt"])] == [
                "loop/x.txt",
                f"{self.LONG}/b.txt",
                "a.txt",
            ]

    @pytest.mark.usefixtures("loop")
    def test_they_are_missing_among_changed_files(self) -> None:
        among = Discovery().among(["loop/x.txt", self.LONG, "a.txt"])
        assert [one.path for one in among.missing] == ["loop/x.txt", self.LONG]
        assert "a.txt" in among

    @pytest.mark.usefixtures("locked")
    def test_a_folder_that_cannot_be_searched(self) -> None:
        given = found("news", "n*/*", "news/1.md", "news/deep/**", "a.txt")
        assert given[0] == "news/1.md"
        assert given[-1] == "a.txt"
