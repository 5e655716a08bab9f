"""A llama decoder in plain torch, for scoring only.

Importing the model classes of transformers takes 2 s and 120 MB, more than
scoring a news story does. The default model and most small ones are of this
architecture, so their forward pass is written out here; tests compare it with
transformers. Other architectures go through :mod:`tqcheck.lm.causal`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from tqcheck.cache import whole_file

if TYPE_CHECKING:
    from tqcheck.lm.causal import Offshoots


def is_plain_llama(config: dict[str, Any]) -> bool:
    """Whether a ``config.json`` describes a model that :class:`Llama` computes exactly."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    return (
        config.get("model_type") == "llama"
        and config.get("hidden_act", "silu") == "silu"
        and rope.get("rope_type", rope.get("type", "default")) == "default"
        and not config.get("attention_bias")
        and not config.get("mlp_bias")
        and not config.get("quantization_config")
    )


_STEP = 32
"""Lengths are filled up to a multiple of this: for each new one the libraries below first make the kernels."""


class Llama:
    """The weights of one folder.

    :param precision: what the matrices are multiplied in, ``torch.float32`` or
        ``torch.bfloat16``. Sums, norms and the states given out are float32 in any case.
    :param prepared: file in the user's cache for the weights in ``bfloat16``, made when it is not there:
        it loads in no time and in half of the memory.

    Raises ``KeyError``, ``OSError``, ``ValueError`` or ``SafetensorError`` if
    the folder is damaged.
    """

    def __init__(
        self,
        folder: Path,
        device: torch.device,
        precision: torch.dtype = torch.float32,
        prepared: Path | None = None,
    ) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.device = device
        self._precision = precision
        self._heads: int = config["num_attention_heads"]
        self._kv_heads: int = config.get("num_key_value_heads") or self._heads
        self._head_size: int = config.get("head_dim") or config["hidden_size"] // self._heads
        self._epsilon: float = config["rms_norm_eps"]
        rope = config.get("rope_parameters") or {}
        theta = float(rope.get("rope_theta", config.get("rope_theta", 10000.0)))
        exponents = torch.arange(0, self._head_size, 2, dtype=torch.float32) / self._head_size
        self._frequencies = (1.0 / theta**exponents).to(device)
        joined = precision != torch.float32
        weights = _joined(folder, device, config, precision, prepared) if joined else _load(folder, device)
        embedding = weights["model.embed_tokens.weight"]
        head = embedding if config.get("tie_word_embeddings") else weights["lm_head.weight"]
        width = config["hidden_size"]
        if len(embedding) != config["vocab_size"] or embedding.shape[1] < width:
            raise ValueError(f"embedding of shape {tuple(embedding.shape)}")
        self._norm = weights["model.norm.weight"].float()
        self._layers = [_Layer.of(weights, index, precision) for index in range(config["num_hidden_layers"])]
        self._head = _Head(head.to(precision), width)
        self._embedding = embedding[:, :width].to(precision)

    def hidden(self, ids: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Final hidden states [batch, length, width] of token ids [batch, length], padded on the right.

        ``lengths`` is not needed: attention looks only to the left, so padding
        on the right changes nothing that is read.
        """
        return self.hidden_at(ids, lengths, ())[0]

    def hidden_at(self, ids: Tensor, lengths: Tensor | None, layers: Sequence[int]) -> tuple[Tensor, list[Tensor]]:
        """:meth:`hidden`, and the states [batch, length, width] after each of ``layers`` layers, not yet normed.

        ``lengths`` is not needed.
        """
        return self._run(ids, layers, None)

    def remembered(
        self, ids: Tensor, lengths: Tensor | None, layers: Sequence[int]
    ) -> tuple[Tensor, list[Tensor], KeysAndValues]:
        """:meth:`hidden_at`, and keys and values of the tokens."""
        memory = KeysAndValues([], [])
        return *self._run(ids, layers, memory), memory

    def offshoots(self, rows: Sequence[Offshoots]) -> list[list[Tensor]]:
        """States [tokens, width] of each branch of each row; only attention is computed row by row."""
        sizes = [[len(ids) for _, ids in row.branches] for row in rows]
        ids = [token for row in rows for _, own in row.branches for token in own]
        positions = [count + at for row in rows for count, own in row.branches for at in range(len(own))]
        more = -len(ids) % _STEP
        trunks = [_Trunk.of(row, self.device, more if row is rows[-1] else 0) for row in rows]
        places = torch.tensor(positions + [0] * more, device=self.device)
        states, _ = self._forward(torch.tensor([ids + [0] * more], device=self.device), places, trunks=trunks)
        of_rows = torch.split(states[0, : len(ids)], [sum(own) for own in sizes])
        return [list(torch.split(one, own)) for one, own in zip(of_rows, sizes, strict=True)]

    def _run(self, ids: Tensor, layers: Sequence[int], memory: KeysAndValues | None) -> tuple[Tensor, list[Tensor]]:
        length = ids.shape[1]
        ids = F.pad(ids, (0, -length % _STEP))
        positions = torch.arange(ids.shape[1], device=self.device)
        final, inner = self._forward(ids, positions, layers, memory=memory)
        return final[:, :length], [states[:, :length] for states in inner]

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores over the vocabulary [rows, vocabulary] for hidden states [rows, width]."""
        return self._head.logits(hidden)

    def log_probabilities(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Natural log-probability [rows] of the tokens ``targets`` [rows] after hidden states [rows, width]."""
        return self._head.log_probabilities(hidden, targets)

    def _forward(
        self,
        ids: Tensor,
        positions: Tensor,
        at: Sequence[int] = (),
        *,
        memory: KeysAndValues | None = None,
        trunks: Sequence[_Trunk] = (),
    ) -> tuple[Tensor, list[Tensor]]:
        """States of ids [batch, length] at ``positions`` [length], and those after so many layers as ``at`` says.

        ``memory`` is given keys and values. With ``trunks`` the ids are
        those of their branches, one trunk after the other.
        """
        inner: dict[int, Tensor] = {}
        angles = positions[:, None, None].float() * self._frequencies
        cosine = torch.cat((angles.cos(), angles.cos()), dim=-1).to(self._precision)
        sine = torch.cat((-angles.sin(), angles.sin()), dim=-1).to(self._precision)
        state = F.embedding(ids, self._embedding).float()
        for number, layer in enumerate(self._layers, 1):
            normed = self._normed(state, layer.before).to(self._precision)
            query, key, value = self._turned(layer, normed, cosine, sine)
            if memory is not None:
                # Copies, since these are parts of larger tensors.
                memory.keys.append(key.contiguous())
                memory.values.append(value.contiguous())
            state += F.linear(self._mixed(number - 1, query, key, value, trunks), layer.out)
            normed = self._normed(state, layer.after).to(self._precision)
            gate, up = layer.gate_and_up(normed)
            state += F.linear(F.silu(gate).mul_(up), layer.down)
            if number in at:
                inner[number] = state.clone()
        return self._normed(state, self._norm), [inner[number] for number in at]

    def _turned(self, layer: _Layer, inner: Tensor, cosine: Tensor, sine: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Queries, keys and values [batch, heads, length, head size], the first two turned by position."""
        batch, length, _ = inner.shape
        projected = layer.query_key_value(inner).view(batch, length, -1, self._head_size)
        turning = projected[:, :, : self._heads + self._kv_heads]
        half = self._head_size // 2
        # Rotary position embedding in halves, as in transformers.
        turned = torch.cat((turning[..., half:], turning[..., :half]), dim=-1).mul_(sine).addcmul_(turning, cosine)
        query, key = turned[:, :, : self._heads].transpose(1, 2), turned[:, :, self._heads :].transpose(1, 2)
        return query, key, projected[:, :, self._heads + self._kv_heads :].transpose(1, 2)

    def _mixed(self, layer: int, query: Tensor, key: Tensor, value: Tensor, trunks: Sequence[_Trunk]) -> Tensor:
        """Values mixed by attention [batch, length, width]."""
        batch, _, length, _ = query.shape
        if trunks:
            parts = []
            start = 0
            for trunk in trunks:
                own = slice(start, start + len(trunk.mask))
                keys = torch.cat((trunk.keys[layer], key[:, :, own]), dim=2)
                values = torch.cat((trunk.values[layer], value[:, :, own]), dim=2)
                parts.append(self._attention(query[:, :, own], keys, values, trunk.mask))
                start = own.stop
            mixed = torch.cat(parts, dim=2)
        else:
            mixed = self._attention(query, key, value, None)
        return mixed.transpose(1, 2).reshape(batch, length, -1)

    def _attention(self, query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
        return F.scaled_dot_product_attention(
            query, key, value, attn_mask=mask, is_causal=mask is None, enable_gqa=self._heads != self._kv_heads
        )

    def _normed(self, state: Tensor, weight: Tensor) -> Tensor:
        return F.rms_norm(state, (state.shape[-1],), weight, self._epsilon)


class KeysAndValues(NamedTuple):
    """Keys and values [batch, heads, length, head size] of tokens that a model has run, one entry for each layer."""

    keys: list[Tensor]
    values: list[Tensor]


class _Trunk(NamedTuple):
    """Keys and values [1, heads, length, head size] by layer of a row, and what the tokens of its branches look at.

    ``mask`` [tokens, length + tokens] is 0 where a token looks at one of the row, or of the branches' tokens, and
    -∞ elsewhere: attention turns a mask of bools into this one each time, which takes nearly as long as itself.
    """

    keys: list[Tensor]
    values: list[Tensor]
    mask: Tensor

    @classmethod
    def of(cls, row: Offshoots, device: torch.device, more: int) -> _Trunk:
        """``more`` tokens that nobody asks for are added to the branches."""
        sizes = [len(ids) for _, ids in row.branches]
        # Nothing looks at what stands behind the last one.
        length = max(count for count, _ in row.branches)
        tokens = sum(sizes) + more
        mask = torch.full((tokens, length + tokens), -torch.inf)
        start = 0
        for (count, _), size in zip(row.branches, sizes, strict=True):
            mask[start : start + size, :count] = 0
            own = mask[start : start + size, length + start : length + start + size]
            own[:] = torch.full((size, size), -torch.inf).triu_(1)
            start += size
        # A row that sees nothing would have no figure.
        mask[start:, -1] = 0
        memory: KeysAndValues = row.memory
        keys, values = (
            [one[row.row : row.row + 1, :, :length] for one in layers] for layers in (memory.keys, memory.values)
        )
        return cls(keys, values, mask.to(device, keys[0].dtype))


class _Layer(NamedTuple):
    """Matrices [out, in] of one layer; ``attention`` and ``feed`` are one matrix each, or one for each part."""

    before: Tensor
    attention: tuple[Tensor, ...]
    out: Tensor
    after: Tensor
    feed: tuple[Tensor, ...]
    down: Tensor

    @classmethod
    def of(cls, weights: dict[str, Tensor], index: int, precision: torch.dtype) -> _Layer:
        def one(part: str) -> Tensor:
            return weights[f"model.layers.{index}.{part}.weight"]

        def together(parts: Sequence[str]) -> tuple[Tensor, ...]:
            joined = weights.get(f"model.layers.{index}.{_name(parts)}.weight")
            return tuple(one(part).to(precision) for part in parts) if joined is None else (joined,)

        return cls(
            one("input_layernorm").float(),
            together(_ATTENTION),
            one("self_attn.o_proj").to(precision),
            one("post_attention_layernorm").float(),
            together(_FEED),
            one("mlp.down_proj").to(precision),
        )

    def query_key_value(self, inner: Tensor) -> Tensor:
        """Queries, keys and values side by side."""
        if len(self.attention) == 1:
            return F.linear(inner, self.attention[0])
        return torch.cat([F.linear(inner, matrix) for matrix in self.attention], dim=-1)

    def gate_and_up(self, inner: Tensor) -> tuple[Tensor, Tensor]:
        """The gate before its activation, and what it gates."""
        if len(self.feed) == 1:
            gate, up = F.linear(inner, self.feed[0]).chunk(2, dim=-1)
        else:
            gate, up = (F.linear(inner, matrix) for matrix in self.feed)
        return gate, up


class _Head:
    """The output layer over the vocabulary.

    Probabilities are summed a part of the vocabulary at a time: over all of it
    the scores of a window would take 50 MB and more, which cost more to write
    and read than to compute. In bfloat16 a score of 25 is rounded by up to
    0.06; so the score of the token itself, computed in float32, is subtracted
    *within* the product, by columns added to states and weights, and what is
    rounded are the differences: large errors fall on unlikely tokens only.
    """

    PART = 4096

    def __init__(self, weights: Tensor, width: int) -> None:
        self._precision = weights.dtype
        self._all = weights
        self.weights = weights[:, :width]

    @staticmethod
    def widened(weights: Tensor) -> Tensor:
        """Weights with the columns that subtract; products are fast for multiples of 32."""
        rows, width = weights.shape
        wide = torch.zeros((rows, (width + 2 + 31) // 32 * 32), dtype=weights.dtype, device=weights.device)
        wide[:, :width] = weights
        wide[:, width : width + 2] = -1
        return wide

    def logits(self, hidden: Tensor) -> Tensor:
        return F.linear(hidden.to(self._precision), self.weights).float()

    def log_probabilities(self, hidden: Tensor, targets: Tensor) -> Tensor:
        rows = len(targets)
        targets = F.pad(targets, (0, -rows % _STEP))
        states = F.pad(hidden, (0, 0, 0, -rows % _STEP)).to(self._precision)
        own = torch.linalg.vecdot(states.float(), self.weights[targets].float())
        width, columns = states.shape[1], self._all.shape[1]
        if columns > width:
            states = F.pad(states, (0, columns - width))
            states[:, width] = own
            states[:, width + 1] = own - states[:, width].float()
        total = torch.zeros_like(own)
        for start in range(0, len(self._all), self.PART):
            scores = F.linear(states, self._all[start : start + self.PART]).float()
            if columns == width:
                scores -= own[:, None]
            total += scores.exp_().sum(dim=-1)
        found = total.log_().neg_()[:rows]
        lost = ~torch.isfinite(found)
        if lost.any():
            # A token so unlikely that the others' weight beside it has no float32.
            rest = torch.log_softmax(self.logits(hidden[lost]), dim=-1)
            found[lost] = rest.gather(1, targets[:rows][lost, None])[:, 0]
        return found.clamp_(max=0.0)


_ATTENTION = ("self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj")
_FEED = ("mlp.gate_proj", "mlp.up_proj")


def _name(parts: Sequence[str]) -> str:
    return "+".join(parts)


def _joined(
    folder: Path, device: torch.device, config: dict[str, Any], precision: torch.dtype, prepared: Path | None
) -> dict[str, Tensor]:
    """The weights in ``precision``, matrices that read the same input joined, the output layer widened."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file, save_file

    if prepared is not None:
        try:
            return load_file(prepared, device=str(device))
        except (OSError, SafetensorError):
            # Not there yet, or damaged.
            pass
    weights = _load(folder, device)
    for index in range(config["num_hidden_layers"]):
        for parts in (_ATTENTION, _FEED):
            matrices = [weights.pop(f"model.layers.{index}.{part}.weight").to(precision) for part in parts]
            weights[f"model.layers.{index}.{_name(parts)}.weight"] = torch.cat(matrices)
    # The vectors are the norms' weights.
    weights = {name: tensor.to(precision) if tensor.ndim > 1 else tensor.float() for name, tensor in weights.items()}
    head = "model.embed_tokens.weight" if config.get("tie_word_embeddings") else "lm_head.weight"
    weights[head] = _Head.widened(weights[head])
    if prepared is not None:
        with suppress(OSError, SafetensorError):
            prepared.parent.mkdir(parents=True, exist_ok=True)
            with whole_file(prepared) as new:
                save_file(weights, new)
    return weights


def _load(folder: Path, device: torch.device) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise FileNotFoundError(f"no .safetensors file in {folder}")
    weights: dict[str, Tensor] = {}
    for file in files:
        weights.update(load_file(file, device=str(device)))
    return weights
