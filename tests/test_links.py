"""What README, CONTRIBUTING, CHANGELOG, docs and cards link to or name is there, and light."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from markdown_it import MarkdownIt

ROOT = Path(__file__).resolve().parents[1]
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "CHANGELOG.md")),
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "models").glob("*/card.md")),
]
HEAVIEST_PICTURE = 300_000
FOLDERS = "benchmarks|docs|examples|models|reports|tests|tqcheck"
"""A name in code that begins with one of these, or is one, is a file's or folder's of the repository."""


def targets(page: Path) -> list[str]:
    """Where the links and pictures of a page lead, as written."""
    tokens = MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8"))
    inside = [child for token in tokens for child in token.children or ()]
    found = [str(one.attrs.get("href", one.attrs.get("src", ""))) for one in inside]
    return [one for one in found if one]


def names(page: Path) -> list[str]:
    """Files and folders that a page names in code."""
    tokens = MarkdownIt("commonmark").enable("table").parse(page.read_text("utf-8"))
    inside = [child.content for token in tokens for child in token.children or () if child.type == "code_inline"]
    return [one for one in inside if re.fullmatch(rf"(?:{FOLDERS})/[\w./*-]+", one)]


def anchors(page: Path) -> set[str]:
    """Anchors of the headings of a page, as GitHub makes them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_and_names_lead_somewhere(page: Path) -> None:
    wrong = []
    for target in targets(page):
        if re.match(r"[a-z]+:", target):
            continue
        place, _, anchor = target.partition("#")
        file = page.parent / place if place else page
        if not file.exists() or (anchor and anchor not in anchors(file)):
            wrong.append(target)
    wrong += [name for name in names(page) if not any(ROOT.glob(name.rstrip("/")))]
    assert wrong == []


def test_links_are_found(tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "[a](b.md#c) ![d](e.png) `docs/f.md` <https://g.example>\n\n| `h` |\n|---|\n| [i](j.md) |\n", "utf-8"
    )
    assert targets(page) == ["b.md#c", "e.png", "https://g.example", "j.md"]
    assert names(page) == ["docs/f.md"]


def test_pictures_are_light_and_shown() -> None:
    pictures = sorted((ROOT / "docs" / "pictures").iterdir())
    shown = {(ROOT / target).resolve() for target in targets(ROOT / "README.md") if target.endswith(".png")}
    assert set(pictures) == shown
    for picture in pictures:
        assert picture.read_bytes().startswith(b"\x89PNG")
        assert picture.stat().st_size < HEAVIEST_PICTURE
