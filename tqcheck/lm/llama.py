"""A llama decoder in plain torch, for scoring only.

Importing the model classes of transformers takes 2 s and 120 MB, more than
scoring a news story does. The default model and most small ones are of this
architecture, so their forward pass is written out here; tests compare it with
transformers. Other architectures go through :mod:`tqcheck.lm.causal`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F  # noqa: N812
from torch import Tensor


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


class Llama:
    """The weights of one folder.

    :param precision: what the matrices are multiplied in, ``torch.float32`` or
        ``torch.bfloat16``. Sums, norms and the states given out are float32 in any case.

    Raises ``KeyError``, ``OSError``, ``ValueError`` or ``SafetensorError`` if
    the folder is damaged.
    """

    takes_trees = True

    def __init__(self, folder: Path, device: torch.device, precision: torch.dtype = torch.float32) -> None:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        self.device = device
        self._precision = precision
        self.longest: int = config["max_position_embeddings"]
        self._heads: int = config["num_attention_heads"]
        self._kv_heads: int = config.get("num_key_value_heads") or self._heads
        self._head_size: int = config.get("head_dim") or config["hidden_size"] // self._heads
        self._epsilon: float = config["rms_norm_eps"]
        rope = config.get("rope_parameters") or {}
        theta = float(rope.get("rope_theta", config.get("rope_theta", 10000.0)))
        exponents = torch.arange(0, self._head_size, 2, dtype=torch.float32) / self._head_size
        self._frequencies = (1.0 / theta**exponents).to(device)
        weights = _load(folder, device, precision)
        self._embedding = weights.pop("model.embed_tokens.weight")
        self._norm = weights.pop("model.norm.weight")
        self._head = self._embedding if config.get("tie_word_embeddings") else weights.pop("lm_head.weight")
        self._layers = [
            {part: weights[f"model.layers.{index}.{part}.weight"] for part in _PARTS}
            for index in range(config["num_hidden_layers"])
        ]
        self._check(config)

    def _check(self, config: dict[str, Any]) -> None:
        expected = (config["vocab_size"], config["hidden_size"])
        if tuple(self._embedding.shape) != expected:
            raise ValueError(f"embedding of shape {tuple(self._embedding.shape)}, expected {expected}")

    def hidden(self, ids: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Final hidden states [batch, length, width] of token ids [batch, length], padded on the right.

        ``lengths`` is not needed: attention looks only to the left, so padding
        on the right changes nothing that is read.
        """
        positions = torch.arange(ids.shape[1], device=self.device)[None]
        return self._forward(ids, positions, None)

    def tree_hidden(self, ids: Tensor, positions: Tensor, visible: Tensor) -> Tensor:
        """Hidden states [nodes, width] of a tree of tokens.

        ``ids`` and ``positions`` (depth in the tree) have shape [nodes];
        ``visible`` [nodes, nodes] is true where the column is the row itself or
        an ancestor of it.
        """
        return self._forward(ids[None], positions[None], visible[None, None])[0]

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores over the vocabulary [rows, vocabulary] for hidden states [rows, width]."""
        return F.linear(hidden.to(self._precision), self._head).float()

    def _forward(self, ids: Tensor, positions: Tensor, visible: Tensor | None) -> Tensor:
        angles = positions[..., None].float() * self._frequencies
        angles = torch.cat((angles, angles), dim=-1)[:, None]
        cosine, sine = angles.cos().to(self._precision), angles.sin().to(self._precision)
        state = F.embedding(ids, self._embedding).float()
        for layer in self._layers:
            inner = self._normed(state, layer[_BEFORE]).to(self._precision)
            state = state + self._attention(layer, inner, cosine, sine, visible)
            inner = self._normed(state, layer[_AFTER]).to(self._precision)
            gate = F.silu(F.linear(inner, layer["mlp.gate_proj"]), inplace=True)
            gate *= F.linear(inner, layer["mlp.up_proj"])
            state = state + F.linear(gate, layer["mlp.down_proj"])
        return self._normed(state, self._norm)

    def _attention(
        self, layer: dict[str, Tensor], inner: Tensor, cosine: Tensor, sine: Tensor, visible: Tensor | None
    ) -> Tensor:
        batch, length, _ = inner.shape

        def split(part: str, heads: int) -> Tensor:
            return F.linear(inner, layer[part]).view(batch, length, heads, self._head_size).transpose(1, 2)

        query = _rotate(split("self_attn.q_proj", self._heads), cosine, sine)
        key = _rotate(split("self_attn.k_proj", self._kv_heads), cosine, sine)
        value = split("self_attn.v_proj", self._kv_heads)
        repeats = self._heads // self._kv_heads
        if repeats > 1:
            key, value = key.repeat_interleave(repeats, dim=1), value.repeat_interleave(repeats, dim=1)
        mixed = F.scaled_dot_product_attention(query, key, value, attn_mask=visible, is_causal=visible is None)
        return F.linear(mixed.transpose(1, 2).reshape(batch, length, -1), layer["self_attn.o_proj"])

    def _normed(self, state: Tensor, weight: Tensor) -> Tensor:
        scale = torch.rsqrt(state.square().mean(-1, keepdim=True) + self._epsilon)
        return state * scale * weight


_BEFORE, _AFTER = "input_layernorm", "post_attention_layernorm"
_PARTS = (
    _BEFORE,
    _AFTER,
    "self_attn.q_proj",
    "self_attn.k_proj",
    "self_attn.v_proj",
    "self_attn.o_proj",
    "mlp.gate_proj",
    "mlp.up_proj",
    "mlp.down_proj",
)


def _rotate(states: Tensor, cosine: Tensor, sine: Tensor) -> Tensor:
    """Rotary position embedding of [batch, heads, length, size] in halves, as in transformers."""
    half = states.shape[-1] // 2
    turned = torch.cat((-states[..., half:], states[..., :half]), dim=-1)
    return states * cosine + turned * sine


def _load(folder: Path, device: torch.device, precision: torch.dtype) -> dict[str, Tensor]:
    from safetensors.torch import load_file

    files = sorted(folder.glob("*.safetensors"))
    if not files:
        raise FileNotFoundError(f"no .safetensors file in {folder}")
    weights: dict[str, Tensor] = {}
    for file in files:
        weights.update(load_file(file, device=str(device)))
    # The vectors are the norms' weights.
    return {name: tensor.to(precision) if tensor.ndim > 1 else tensor.float() for name, tensor in weights.items()}
