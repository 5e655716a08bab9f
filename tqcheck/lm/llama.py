"""A llama decoder in plain torch, for scoring only.

Importing the model classes of transformers takes 2 s and 120 MB, more than
scoring a news story does. The default model and most small ones are of this
architecture, so their forward pass is written out here; tests compare it with
transformers. Other architectures go through :mod:`tqcheck.lm.causal`.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor

from tqcheck.lm import llama_weights
from tqcheck.lm.engine import TokenTree
from tqcheck.lm.llama_weights import ATTENTION, EMBEDDING, FEED, HEAD, OUTPUT, joined_name
from tqcheck.lm.matrices import FloatMatrix, IntMatrix, Matrix, integers_are_exact
from tqcheck.lm.output_layer import STEP, FloatOutput, IntOutput, OutputLayer


class Llama:
    """The weights of one folder.

    :param precision: ``float32``, ``bfloat16`` or ``int8``: what the matrices are multiplied in. Sums, norms and the
        states given out are float32 in any case.
    :param prepared: file in the user's cache for the weights in ``bfloat16`` or ``int8``, made when it is not there:
        it loads in no time and in half of the memory or less.

    Raises ``KeyError``, ``OSError``, ``ValueError`` or ``SafetensorError`` if
    the folder is damaged, ``ValueError`` for ``int8`` where the processor's products of integers are wrong.
    """

    def __init__(
        self,
        folder: Path,
        device: torch.device,
        precision: str = "float32",
        prepared: Path | None = None,
    ) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.device = device
        # As many queries as attention on a processor takes together: cut elsewhere, its sums come out in another order.
        self.cut = STEP if device.type == "cpu" else None
        self._precision = torch.bfloat16 if precision == "bfloat16" else torch.float32
        self._heads: int = config["num_attention_heads"]
        self._kv_heads: int = config.get("num_key_value_heads") or self._heads
        self._head_size: int = config.get("head_dim") or config["hidden_size"] // self._heads
        self._epsilon: float = config["rms_norm_eps"]
        rope = config.get("rope_parameters") or {}
        theta = float(rope.get("rope_theta", config.get("rope_theta", 10000.0)))
        exponents = torch.arange(0, self._head_size, 2, dtype=torch.float32) / self._head_size
        self._frequencies = (1.0 / theta**exponents).to(device)
        weights = _weights(folder, device, config, precision, prepared)
        embedding = weights[f"{EMBEDDING}.weight"]
        width = config["hidden_size"]
        if len(embedding) != config["vocab_size"] or embedding.shape[1] < width:
            raise ValueError(f"embedding of shape {tuple(embedding.shape)}")
        self._norm = weights["model.norm.weight"].float()
        self._basis = weights.get("basis")
        turn = llama_weights.neighbourhood(config["intermediate_size"]).to(device) if precision == "int8" else None
        self._layers = [
            _Layer.of(weights, index, self._precision, turn) for index in range(config["num_hidden_layers"])
        ]
        self._embedding = embedding[:, :width].to(self._precision)
        self._output = self._output_layer(weights, EMBEDDING if config.get("tie_word_embeddings") else HEAD, width)

    def _output_layer(self, weights: dict[str, Tensor], name: str, width: int) -> OutputLayer:
        whole = weights[f"{name}.weight"]
        if self._basis is None:
            return FloatOutput(whole.to(self._precision), width)
        return IntOutput(weights[f"{OUTPUT}.weight"], weights[f"{OUTPUT}.steps"], whole, self._basis)

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

    def prefill(
        self, ids: Tensor, lengths: Tensor | None, layers: Sequence[int]
    ) -> tuple[Tensor, list[Tensor], KeysAndValues]:
        """:meth:`hidden_at`, and keys and values of the tokens."""
        past = KeysAndValues([], [])
        return *self._run(ids, layers, past), past

    def tree_states(self, rows: Sequence[TokenTree]) -> list[list[Tensor]]:
        """States [tokens, width] of each branch of each row; only attention is computed row by row."""
        sizes = [[len(ids) for _, ids in row.branches] for row in rows]
        ids = [token for row in rows for _, own in row.branches for token in own]
        positions = [count + at for row in rows for count, own in row.branches for at in range(len(own))]
        more = -len(ids) % STEP
        trunks = [_Trunk.of(row, self.device, more if row is rows[-1] else 0) for row in rows]
        places = torch.tensor(positions + [0] * more, device=self.device)
        states, _ = self._forward(torch.tensor([ids + [0] * more], device=self.device), places, trunks=trunks)
        of_rows = torch.split(states[0, : len(ids)], [sum(own) for own in sizes])
        return [list(torch.split(one, own)) for one, own in zip(of_rows, sizes, strict=True)]

    def extend(
        self, past: KeysAndValues, count: int, ids: Sequence[int], layers: Sequence[int]
    ) -> tuple[Tensor, list[Tensor], KeysAndValues]:
        """See :meth:`tqcheck.lm.engine.Engine.extend`."""
        length, more = len(ids), -len(ids) % STEP
        trunk = _Trunk.of(TokenTree(past, 0, [(count, ids)]), self.device, more)
        own = KeysAndValues([], [])
        places = torch.arange(count, count + length + more, device=self.device)
        row = torch.tensor([[*ids, *[0] * more]], device=self.device)
        final, inner = self._forward(row, places, layers, past=own, trunks=[trunk])
        keys, values = (
            [torch.cat((before, after), dim=2) for before, after in zip(first, rest, strict=True)]
            for first, rest in zip((trunk.keys, trunk.values), own, strict=True)
        )
        return final[:, :length], [states[:, :length] for states in inner], KeysAndValues(keys, values)

    def _run(self, ids: Tensor, layers: Sequence[int], past: KeysAndValues | None) -> tuple[Tensor, list[Tensor]]:
        length = ids.shape[1]
        ids = F.pad(ids, (0, -length % STEP))
        positions = torch.arange(ids.shape[1], device=self.device)
        final, inner = self._forward(ids, positions, layers, past=past)
        return final[:, :length], [states[:, :length] for states in inner]

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores over the vocabulary [rows, vocabulary] for hidden states [rows, width]."""
        return self._output.logits(hidden)

    def log_probabilities(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Natural log-probability [rows] of the tokens ``targets`` [rows] after hidden states [rows, width]."""
        return self._output.log_probabilities(hidden, targets)

    def _forward(
        self,
        ids: Tensor,
        positions: Tensor,
        at: Sequence[int] = (),
        *,
        past: KeysAndValues | None = None,
        trunks: Sequence[_Trunk] = (),
    ) -> tuple[Tensor, list[Tensor]]:
        """States of ids [batch, length] at ``positions`` [length], and those after so many layers as ``at`` says.

        ``past`` is given keys and values. With ``trunks`` the ids are
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
            if past is not None:
                # Copies, since these are parts of larger tensors.
                past.keys.append(key.contiguous())
                past.values.append(value.contiguous())
            state += layer.out(self._mixed(number - 1, query, key, value, trunks))
            normed = self._normed(state, layer.after).to(self._precision)
            gate, up = layer.gate_and_up(normed)
            state += layer.down(F.silu(gate).mul_(up))
            if number in at:
                inner[number] = self._in_the_model_s_basis(state).clone()
        return self._normed(self._in_the_model_s_basis(state), self._norm), [inner[number] for number in at]

    def _in_the_model_s_basis(self, state: Tensor) -> Tensor:
        return state if self._basis is None else state @ self._basis.T

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

    def _normed(self, state: Tensor, weight: Tensor | None) -> Tensor:
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
    def of(cls, row: TokenTree, device: torch.device, more: int) -> _Trunk:
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
        past: KeysAndValues = row.past
        keys, values = (
            [one[row.row : row.row + 1, :, :length] for one in layers] for layers in (past.keys, past.values)
        )
        return cls(keys, values, mask.to(device, keys[0].dtype))


class _Layer(NamedTuple):
    """What one layer does; ``attention`` and ``feed`` are one matrix each, or one for each part.

    ``before`` and ``after`` are the weights of its norms, ``None`` where the matrices hold them.
    """

    before: Tensor | None
    attention: tuple[Matrix, ...]
    out: Matrix
    after: Tensor | None
    feed: tuple[Matrix, ...]
    down: Matrix

    @classmethod
    def of(cls, weights: dict[str, Tensor], index: int, precision: torch.dtype, turn: Tensor | None) -> _Layer:
        """``turn`` is that of the last matrix in integers."""

        def one(part: str, turn: Tensor | None = None) -> Matrix:
            name = f"model.layers.{index}.{part}"
            steps = weights.get(f"{name}.steps")
            if steps is None:
                return FloatMatrix(weights[f"{name}.weight"].to(precision))
            return IntMatrix(weights[f"{name}.weight"], steps, turn)

        def together(parts: Sequence[str]) -> tuple[Matrix, ...]:
            joined = joined_name(parts)
            whole = f"model.layers.{index}.{joined}.weight" in weights
            return (one(joined),) if whole else tuple(one(part) for part in parts)

        def norm(part: str) -> Tensor | None:
            found = weights.get(f"model.layers.{index}.{part}.weight")
            return None if found is None else found.float()

        return cls(
            norm("input_layernorm"),
            together(ATTENTION),
            one("self_attn.o_proj"),
            norm("post_attention_layernorm"),
            together(FEED),
            one("mlp.down_proj", turn),
        )

    def query_key_value(self, inner: Tensor) -> Tensor:
        """Queries, keys and values side by side."""
        found = [matrix(inner) for matrix in self.attention]
        return found[0] if len(found) == 1 else torch.cat(found, dim=-1)

    def gate_and_up(self, inner: Tensor) -> tuple[Tensor, Tensor]:
        """The gate before its activation, and what it gates."""
        found = [matrix(inner) for matrix in self.feed]
        gate, up = found[0].chunk(2, dim=-1) if len(found) == 1 else found
        return gate, up


def _weights(
    folder: Path, device: torch.device, config: dict[str, Any], precision: str, prepared: Path | None
) -> dict[str, Tensor]:
    if precision == "float32":
        weights = llama_weights.load(folder, device)
        llama_weights.need_shapes(lambda name: weights[name].shape, config)
        return weights
    if precision == "int8" and not integers_are_exact():
        raise ValueError("this processor's products of 8-bit integers are not exact; use another engine")
    prepare = llama_weights.in_bfloat16 if precision == "bfloat16" else llama_weights.in_integers

    def made() -> dict[str, Tensor]:
        # Not again at every start: what was prepared is kept by this configuration.
        stored = llama_weights.Stored(folder, device)
        llama_weights.need_shapes(stored.shape, config)
        return prepare(stored, config)

    return llama_weights.kept(prepared, device, made)
