from __future__ import annotations

import importlib
import math
import shutil
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

# Last, so that an installed tqcheck still comes before the source tree; the second folder for the script's neighbours.
sys.path.extend([str(Path(__file__).parents[2]), str(Path(__file__).parents[2] / "benchmarks")])
peers = importlib.import_module("benchmarks.peers")
peak = importlib.import_module("benchmarks.peak")

TEXTS = ["The talks failed, she said.", "x", "Café 👍🏽: “3 plants” by 2026.", "Nobody had expected that after a vote."]
NEAR = {"int8": 0.2, "bfloat16": 0.05, "float32": 1e-4}
"""Nats a token, by the precision that a name ends in; a token of the random model costs about 9."""
PACKAGES = {"minicons": "minicons", "lmppl": "lmppl", "CTranslate2 float32": "ctranslate2"}


@pytest.fixture(scope="module")
def site(tiny_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    # CTranslate2 wants an end token too.
    folder = tmp_path_factory.mktemp("peers") / "model"
    shutil.copytree(tiny_folder, folder)
    (folder / "tokenizer_config.json").write_text('{"bos_token": "<start>", "eos_token": "<start>"}', "utf-8")
    return peers.Site(folder, 1, tmp_path_factory.mktemp("scratch"))


@pytest.fixture(scope="module")
def expected(site: Any) -> list[float]:
    found: list[float] = peers.OPENERS[peers.REFERENCE](site).run(TEXTS)
    return found


def per_token(site: Any, scores: Sequence[float]) -> list[float]:
    counts = [len(ids) for ids in site.tokenizer()(TEXTS)["input_ids"]]
    return [score / count for score, count in zip(scores, counts, strict=True)]


@pytest.mark.parametrize("name", [name for name in peers.OPENERS if name not in (peers.REFERENCE, "llama.cpp")])
def test_every_peer_gives_the_scores_of_the_reference(site: Any, expected: list[float], name: str) -> None:
    pytest.importorskip(PACKAGES.get(name.replace("int8", "float32"), "torch"))
    peer = peers.open_all(site, [name])[name]
    assert isinstance(peer, peers.Peer), peer
    near = NEAR.get(name.rpartition(" ")[2], NEAR["float32"])
    assert per_token(site, peer.run(TEXTS)) == pytest.approx(per_token(site, expected), abs=near, rel=0)


@pytest.mark.slow
def test_a_peer_in_a_process_of_its_own_gives_the_same(site: Any, expected: list[float]) -> None:
    opened = peers.open_apart(site, [peers.REFERENCE])
    peer = opened[peers.REFERENCE]
    assert isinstance(peer, peers.Peer), peer
    assert peer.version
    for _ in range(2):
        assert peer.run(TEXTS) == pytest.approx(expected, abs=1e-4)


def test_llama_cpp_is_asked_for_the_right_rows(
    site: Any, expected: list[float], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    import torch

    model = site.model()

    class Llama:
        """What the benchmark uses of the real class; only these rows are ever filled."""

        def __init__(self, path: str, *, n_ctx: int, **_: object) -> None:
            assert path.endswith("tiny.Q4_1.gguf")
            self.scores = np.full((n_ctx, model.config.vocab_size), np.nan, dtype=np.single)
            self._tokens = 0

        def reset(self) -> None:
            self._tokens = 0

        def eval(self, tokens: Sequence[int]) -> None:
            assert self._tokens == 0
            self._tokens = len(tokens)
            with torch.inference_mode():
                self.scores[: len(tokens)] = model(torch.tensor([tokens])).logits[0].numpy()

    module = ModuleType("llama_cpp")
    module.Llama = Llama  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "llama_cpp", module)
    monkeypatch.setattr(peers.metadata, "version", lambda _: "1.0")
    folder = tmp_path / "model"
    shutil.copytree(site.folder, folder)
    elsewhere = peers.Site(folder, 1, tmp_path)
    assert peers.open_all(elsewhere, ["llama.cpp"]) == {"llama.cpp": "no GGUF file beside the model"}
    (folder / "tiny.Q4_1.gguf").touch()
    peer = peers.open_all(elsewhere, ["llama.cpp"])["llama.cpp"]
    assert peer.name == "llama.cpp Q4_1, one by one"
    assert per_token(site, peer.run(TEXTS)) == pytest.approx(per_token(site, expected), abs=NEAR["float32"], rel=0)


def test_what_cannot_be_opened_says_why(site: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    def absent(_: object) -> None:
        importlib.import_module("no_such_tool")

    def unfit(_: object) -> None:
        raise TypeError("unexpected argument\nand more")

    monkeypatch.setattr(peers, "OPENERS", {"one": absent, "other": unfit})
    assert peers.open_all(site, ["one", "other"]) == {
        "one": "not installed (no_such_tool)",
        "other": "does not load: TypeError: unexpected argument",
    }


def test_rows_say_how_fast_how_near_and_what_share_of_the_peak() -> None:
    def run(texts: Sequence[str]) -> list[float]:
        return [0.0 for _ in texts]

    opened = {peers.REFERENCE: peers.Peer("it", "5", run), "a": peers.Peer("tool a", "1", run), "b": "not installed"}
    scores = {peers.REFERENCE: np.array([-1.0, -2, -3]), "a": np.array([-1.0, -2.5, -2])}
    rows = peers.rows_of(opened, {peers.REFERENCE: 4.0, "a": 2.0}, scores, np.array([500, 300, 200]), 2e8, 400.0)
    assert rows == [
        ["it", "5", "250", "1.00×", "12.5%", "1.0000", "0.0000"],
        ["tool a", "1", "500", "2.00×", "25.0%", "0.5000", "1.0000"],
        ["b: not installed", "", "", "", "", "", ""],
    ]


def test_rounds_are_interleaved_and_the_best_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    clock, order = [0.0], []
    takes = {"a": [3.0, 1.0, 2.0], "b": [5.0, 6.0, 4.0]}

    def peer(name: str) -> Any:
        def run(texts: Sequence[str]) -> list[float]:
            clock[0] += takes[name][order.count(name)]
            order.append(name)
            return []

        return peers.Peer(name, "1", run)

    monkeypatch.setattr(peers.time, "perf_counter", lambda: clock[0])
    monkeypatch.setattr(peers.time, "sleep", lambda _: None)
    best = peers.best_seconds([peer("a"), peer("b")], [], 3, lambda: order.append("peak"))
    assert best == [1.0, 4.0]
    assert order == ["a", "b", "peak"] * 3


def test_parameters_in_matrices(site: Any) -> None:
    layer = 64 * 64 * 2 + 64 * 32 * 2 + 3 * 64 * 96
    assert peers.parameters_in_matrices(site.model()) == 2 * layer + 64 * site.model().config.vocab_size


def test_the_peak_multiplies_what_it_counts() -> None:
    torch = pytest.importorskip("torch")
    for run in peak._products(8, 64, 32):
        product = run()
        assert product.shape == (8, 32)
        assert product.abs().max() > 1000
        assert torch.isfinite(product).all()


def test_the_peak_only_rises() -> None:
    pytest.importorskip("torch")
    found = peak.Int8Peak(1, ((64, 64, 64),))
    first = found.gops
    found.round()
    assert 0 < first <= found.gops < math.inf
