"""The weights of a llama folder, as its engine multiplies them.

In bfloat16 and in 8 bits they are prepared once and kept in the user's cache.

Rounded to 8 bits, a row of states or weights loses most where a few of its
values are far larger than the others, as they are in language models. So the
whole model is written in another basis first, in which each value is spread
over many (QuaRot, Ashkboos et al. 2024): the width that the layers add to, the
values of each head, and neighbours within the feed-forward layers. That changes
nothing but what is rounded, and all but the last is paid for here.
"""

from __future__ import annotations

import math
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tqcheck.files.atomic import whole_file
from tqcheck.lm.cache import spots
from tqcheck.lm.matrices import rounded, turned
from tqcheck.lm.output_layer import FloatOutput

Weights = dict[str, Tensor]

ATTENTION = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
FEED = ("mlp.gate_proj", "mlp.up_proj")
"""Matrices of a layer that read the same states."""
EMBEDDING = "model.embed_tokens"
HEAD = "lm_head"
OUTPUT = "output"
"""The output layer in 8 bits, beside the same in float32 under its own name."""
_LAYOUT = "2"  # of prepared files: what their tensors are called and mean
NEIGHBOURS = 16
"""Values within a feed-forward layer that are spread over one another, at most."""


def joined_name(parts: Sequence[str]) -> str:
    """What matrices that read the same states are called when they are one."""
    return "+".join(parts)


def load(folder: Path, device: torch.device) -> Weights:
    """The tensors of a folder's safetensors files; raises ``FileNotFoundError`` where there is none."""
    from safetensors.torch import load_file

    weights: Weights = {}
    for file in _files(folder):
        weights.update(load_file(file, device=str(device)))
    return weights


class Stored:
    """The tensors of a folder's safetensors files, each read when it is asked for.

    The files are closed in between: as long as one is open, all that was read
    of it counts as this process's memory. Raises ``FileNotFoundError`` where
    there is no file, ``KeyError`` for a tensor that is in none.
    """

    def __init__(self, folder: Path, device: torch.device) -> None:
        from safetensors import safe_open

        self._device = str(device)
        self._file: dict[str, Path] = {}
        for file in _files(folder):
            with safe_open(file, framework="pt") as opened:
                self._file.update(dict.fromkeys(opened.keys(), file))

    def __iter__(self) -> Iterator[str]:
        return iter(self._file)

    def __getitem__(self, name: str) -> Tensor:
        from safetensors import safe_open

        with safe_open(self._file[name], framework="pt", device=self._device) as opened:
            found: Tensor = opened.get_tensor(name).clone()
        return found

    def shape(self, name: str) -> tuple[int, ...]:
        """That of a tensor, without reading it."""
        from safetensors import safe_open

        with safe_open(self._file[name], framework="pt") as opened:
            return tuple(opened.get_slice(name).get_shape())


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise FileNotFoundError(f"no .safetensors file in {folder}")
    return files


def kept(prepared: Path | None, device: torch.device, make: Callable[[], Weights]) -> Weights:
    """The tensors of a file in the user's cache; made, and kept there if that can be, where there is none whole."""
    from safetensors import SafetensorError, safe_open
    from safetensors.torch import load_file, save_file

    if prepared is not None:
        # Where it is not there yet, or damaged, it is made.
        with suppress(OSError, SafetensorError):
            with safe_open(prepared, framework="pt") as opened:
                current = (opened.metadata() or {}).get("layout") == _LAYOUT
            if current and spots(prepared) == _sum_of(prepared).read_text("ascii"):
                return load_file(prepared, device=str(device))
    weights = make()
    if prepared is not None:
        with suppress(OSError, SafetensorError):
            prepared.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(prepared) as new:
                save_file(weights, new, {"layout": _LAYOUT})
                # A crash may leave blocks of zeros behind that nobody would notice.
                with new.open("rb") as file:
                    os.fsync(file.fileno())
                told = spots(new)
            with whole_file(_sum_of(prepared)) as new:
                new.write_text(told, "ascii")
    return weights


def _sum_of(prepared: Path) -> Path:
    """The file beside a prepared one that holds its sum."""
    return prepared.with_suffix(".sum")


def need_shapes(shape_of: Callable[[str], Sequence[int]], config: dict[str, Any]) -> None:
    """Raise ``ValueError`` where the weights are not of the sizes that the configuration names.

    Some wrong sizes could be multiplied, and would give wrong figures.
    """
    width, inner = config["hidden_size"], config["intermediate_size"]
    heads: int = config["num_attention_heads"]
    size: int = config.get("head_dim") or width // heads
    kept_heads: int = config.get("num_key_value_heads") or heads
    expected = {
        "input_layernorm": (width,),
        "post_attention_layernorm": (width,),
        **dict(zip(ATTENTION, ((one * size, width) for one in (heads, kept_heads, kept_heads)), strict=True)),
        "self_attn.o_proj": (width, heads * size),
        **dict.fromkeys(FEED, (inner, width)),
        "mlp.down_proj": (width, inner),
    }
    names = {
        f"model.layers.{index}.{part}": shape
        for index in range(config["num_hidden_layers"])
        for part, shape in expected.items()
    }
    names |= {
        "model.norm": (width,),
        EMBEDDING: (config["vocab_size"], width),
        _head(config): (config["vocab_size"], width),
    }
    for name, shape in names.items():
        found = tuple(shape_of(f"{name}.weight"))
        if found != shape:
            raise ValueError(f"{name}.weight is of shape {found}, and config.json says {shape}")


def in_bfloat16(stored: Stored, config: dict[str, Any]) -> Weights:
    """Matrices that read the same states joined, the output layer widened; norms stay in float32."""
    found: Weights = {}
    joined: set[str] = set()
    for index in range(config["num_hidden_layers"]):
        for parts in (ATTENTION, FEED):
            names = [f"model.layers.{index}.{part}.weight" for part in parts]
            joined.update(names)
            found[f"model.layers.{index}.{joined_name(parts)}.weight"] = torch.cat(
                [stored[name].bfloat16() for name in names]
            )
    for name in stored:
        if name not in joined:
            tensor = stored[name]
            # The vectors are the norms' weights.
            found[name] = tensor.bfloat16() if tensor.ndim > 1 else tensor.float()
    head = f"{_head(config)}.weight"
    found[head] = FloatOutput.widened(found[head])
    return found


def in_integers(stored: Stored, config: dict[str, Any]) -> Weights:
    """Matrices in 8 bits (``.weight``, ``.steps``) in a basis of their own (``basis``), norms multiplied into them.

    The rows of the embedding, which are looked up and not multiplied, are float32 in that basis.
    """
    heads: int = config["num_attention_heads"]
    size: int = config.get("head_dim") or config["hidden_size"] // heads
    basis, of_head = orthogonal(config["hidden_size"]), orthogonal(size)
    neighbours = neighbourhood(config["intermediate_size"])
    found: Weights = {"basis": basis, "model.norm.weight": stored["model.norm.weight"].float()}

    def store(name: str, matrix: Tensor) -> None:
        found[f"{name}.weight"], steps = rounded(matrix)
        found[f"{name}.steps"] = steps[:, 0]

    for index in range(config["num_hidden_layers"]):
        layer = f"model.layers.{index}"

        def one(part: str, layer: str = layer) -> Tensor:
            return stored[f"{layer}.{part}.weight"].float()

        norm = one("input_layernorm")
        query, key, value = (one(part) * norm for part in ATTENTION)
        value = turned(value.T, of_head).T
        store(f"{layer}.{joined_name(ATTENTION)}", torch.cat((query, key, value)) @ basis)
        store(f"{layer}.self_attn.o_proj", basis.T @ turned(one("self_attn.o_proj"), of_head))
        feed = torch.cat([one(part) for part in FEED]) * one("post_attention_layernorm")
        store(f"{layer}.{joined_name(FEED)}", feed @ basis)
        store(f"{layer}.mlp.down_proj", basis.T @ turned(one("mlp.down_proj"), neighbours))
    for name in dict.fromkeys((EMBEDDING, _head(config))):
        found[f"{name}.weight"] = stored[f"{name}.weight"].float() @ basis
    store(OUTPUT, found[f"{_head(config)}.weight"])
    return found


def _head(config: dict[str, Any]) -> str:
    return EMBEDDING if config.get("tie_word_embeddings") else HEAD


def orthogonal(size: int) -> Tensor:
    """An orthogonal matrix [size, size] that spreads every value over all.

    It is the product of a Hadamard matrix, for the power of 2 in ``size``, and of a cosine transform for the rest.
    """
    power = size & -size
    rest = size // power
    steps = torch.arange(rest, dtype=torch.float64)
    cosine = torch.cos(math.pi / rest * (steps[None] + 0.5) * steps[:, None]) * math.sqrt(2 / rest)
    cosine[0] /= math.sqrt(2)
    return torch.kron(cosine, _hadamard(power)).float()


def neighbourhood(width: int) -> Tensor:
    """The orthogonal matrix that spreads neighbours of a feed-forward layer of ``width`` over one another."""
    return _hadamard(math.gcd(width, NEIGHBOURS)).float()


def _hadamard(size: int) -> Tensor:
    found = torch.ones((1, 1), dtype=torch.float64)
    while len(found) < size:
        found = torch.cat((torch.cat((found, found), dim=1), torch.cat((found, -found), dim=1)))
    return found / math.sqrt(size)
