from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_SPEC = importlib.util.spec_from_file_location("split", Path(__file__).parents[2] / "benchmarks" / "split.py")
assert _SPEC is not None
assert _SPEC.loader is not None
split = importlib.util.module_from_spec(_SPEC)
import sys  # noqa: E402

sys.modules["split"] = split
_SPEC.loader.exec_module(split)


@pytest.mark.parametrize(
    "versions",
    [
        [("wmt21-cs-en-refA-000", "refA"), ("wmt21-cs-en-Online-G-000", "Online-G")],
        [
            ("org_de-wmt09-deepl-003", "deepl"),
            ("org_de-wmt09-google-003", "google"),
            ("trans_en-wmt09-refA-003", "refA"),
        ],
        [("trans_de-wmt09-deepl-003", "deepl"), ("org_en-wmt09-source-003", "source")],
    ],
)
def test_versions_of_an_article_share_its_key(versions: list[tuple[str, str]]) -> None:
    assert len({split.article_key(*version) for version in versions}) == 1


def test_different_articles_differ() -> None:
    assert split.article_key("org_de-wmt09-deepl-003", "deepl") != split.article_key(
        "trans_de-wmt09-deepl-003", "deepl"
    )


def test_parts_are_about_equal() -> None:
    parts = [split.part_of(f"bbc-business-{number:03d}", "source") for number in range(1000)]
    assert 400 < parts.count("train") < 600
