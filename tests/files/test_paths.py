from __future__ import annotations

from urllib.parse import unquote_to_bytes

import pytest

from tqcheck.files.paths import Uri, relative_path, uri_of


@pytest.mark.parametrize(
    ("path", "relative", "uri"),
    [
        ("draft.txt", "draft.txt", Uri("draft.txt", True)),
        ("./a/../draft.txt", "draft.txt", Uri("draft.txt", True)),
        ("/drafts/a b.txt", "a b.txt", Uri("a%20b.txt", True)),
        ("/drafts/", ".", Uri(".", True)),
        ("/draftsmen/a.txt", "/draftsmen/a.txt", Uri("file:///draftsmen/a.txt", False)),
        ("//host/a.txt", "/host/a.txt", Uri("file:///host/a.txt", False)),
        ("../a.txt", "../a.txt", Uri("file:///a.txt", False)),
        ("http://x.txt", "http:/x.txt", Uri("http%3A/x.txt", True)),
        ("50%.txt", "50%.txt", Uri("50%25.txt", True)),
        ("é\n.txt", "é\n.txt", Uri("%C3%A9%0A.txt", True)),
        ("-", "-", Uri("-", True)),
        ("-x.txt", "-x.txt", Uri("-x.txt", True)),
    ],
)
def test_paths_from_a_folder(path: str, relative: str, uri: Uri) -> None:
    assert relative_path(path, "/drafts") == relative
    assert uri_of(path, "/drafts") == uri


def test_without_a_folder_paths_stay() -> None:
    assert relative_path("/drafts/a.txt", None) == "/drafts/a.txt"
    assert uri_of("../a.txt", None) == Uri("../a.txt", True)


def test_names_that_are_not_unicode() -> None:
    name = b"caf\xe9.txt".decode("utf-8", "surrogateescape")
    assert relative_path(name, None) == "caf\ufffd.txt"
    assert unquote_to_bytes(uri_of(name, None).text) == b"caf\xe9.txt"
    assert uri_of("\ud800.txt", None).text == "%3F.txt"
