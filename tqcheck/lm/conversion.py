"""GGUF weights to what loads fast: float32 safetensors, ``tokenizer.json``, ``config.json``.

The ``gguf`` package dequantizes each tensor exactly as transformers does when it
reads such a file, one tensor at a time: about 3 s and 0.3 GB for the default
model, where loading all of it through transformers takes 15 s and 1.2 GB.
The folder made is an ordinary transformers folder.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqcheck.errors import MissingExtra, ModelError

if TYPE_CHECKING:
    import numpy as np

    from tqcheck.lm.manifest import Manifest
    from tqcheck.lm.progress import Progress

    Array = np.ndarray[Any, np.dtype[Any]]

WEIGHTS = "model.safetensors"
CONVERTER = 1
"""Raised whenever the same GGUF would give other files; cached models of another number are made anew."""

_TOP = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}
_LAYER = {
    "attn_norm": "input_layernorm",
    "ffn_norm": "post_attention_layernorm",
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}


def convert(gguf_file: Path, into: Path, manifest: Manifest, progress: Progress | None = None) -> None:
    """Write the three files into the existing folder ``into``.

    The same input gives the same bytes. Raises :class:`ModelError` if the file
    is not a llama model in GGUF, :class:`MissingExtra` without the ``lm``
    extra, and ``OSError`` if the folder cannot be written.
    """
    try:
        from gguf import GGUFReader
    except ImportError:
        raise MissingExtra("the language model", "lm") from None
    try:
        reader = GGUFReader(gguf_file)
        fields = {name: field.contents() for name, field in reader.fields.items()}
        if fields["general.architecture"] != "llama":
            raise ModelError(f"{gguf_file}: architecture {fields['general.architecture']!r} is not llama")
        _write_tokenizer(fields, into, manifest)
        tied = all(tensor.name != "output.weight" for tensor in reader.tensors)
        _write_config(fields, into, manifest, tied=tied)
        _write_weights(reader, fields, into / WEIGHTS, progress)
    except (KeyError, ValueError, IndexError) as error:
        raise ModelError(f"{gguf_file}: not a usable GGUF model ({error!r})") from error


def _write_config(fields: dict[str, Any], into: Path, manifest: Manifest, *, tied: bool) -> None:
    tokens = fields["tokenizer.ggml.tokens"]
    config = {
        "architectures": ["LlamaForCausalLM"],
        "model_type": "llama",
        "dtype": "float32",
        "vocab_size": len(tokens),
        "hidden_size": fields["llama.embedding_length"],
        "intermediate_size": fields["llama.feed_forward_length"],
        "num_hidden_layers": fields["llama.block_count"],
        "num_attention_heads": fields["llama.attention.head_count"],
        "num_key_value_heads": fields["llama.attention.head_count_kv"],
        "head_dim": fields["llama.rope.dimension_count"],
        "max_position_embeddings": fields["llama.context_length"],
        "rms_norm_eps": fields["llama.attention.layer_norm_rms_epsilon"],
        "rope_parameters": {"rope_type": "default", "rope_theta": fields["llama.rope.freq_base"]},
        "hidden_act": "silu",
        "attention_bias": False,
        "mlp_bias": False,
        "tie_word_embeddings": tied,
        "bos_token_id": tokens.index(manifest.beginning),
        "eos_token_id": fields["tokenizer.ggml.eos_token_id"],
    }
    _write_json(into / "config.json", config)


def _write_tokenizer(fields: dict[str, Any], into: Path, manifest: Manifest) -> None:
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers

    tokens, kinds = fields["tokenizer.ggml.tokens"], fields["tokenizer.ggml.token_type"]
    merges = [(left, right) for left, _, right in (merge.partition(" ") for merge in fields["tokenizer.ggml.merges"])]
    tokenizer = Tokenizer(models.BPE(vocab={token: index for index, token in enumerate(tokens)}, merges=merges))
    byte_level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=True)
    if manifest.individual_digits:
        # The file only names its pre-tokenizer; transformers ignores the name and joins digits to the blank before.
        digits = pre_tokenizers.Digits(individual_digits=True)
        tokenizer.pre_tokenizer = pre_tokenizers.Sequence([digits, byte_level])
    else:
        tokenizer.pre_tokenizer = byte_level
    tokenizer.decoder = decoders.ByteLevel()
    control = 3
    special = [token for token, kind in zip(tokens, kinds, strict=True) if kind == control]
    tokenizer.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    (into / "tokenizer.json").write_text(tokenizer.to_str(), encoding="utf-8")
    settings = {
        "tokenizer_class": "PreTrainedTokenizerFast",
        "bos_token": manifest.beginning,
        "eos_token": tokens[fields["tokenizer.ggml.eos_token_id"]],
        "add_bos_token": False,
        "clean_up_tokenization_spaces": False,
    }
    _write_json(into / "tokenizer_config.json", settings)


def _write_json(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, sort_keys=True) + "\n", encoding="utf-8")


def _write_weights(reader: Any, fields: dict[str, Any], path: Path, progress: Progress | None) -> None:
    """safetensors by hand: its own writer wants all tensors in memory at once (0.5 GB here)."""
    entries = sorted((_name(tensor.name), tensor) for tensor in reader.tensors)
    header: dict[str, Any] = {"__metadata__": {"format": "pt"}}
    offset = 0
    for name, tensor in entries:
        shape = [int(size) for size in reversed(tensor.shape)]
        size = 4 * int(tensor.n_elements)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [offset, offset + size]}
        offset += size
    packed = json.dumps(header, separators=(",", ":")).encode()
    packed += b" " * (-len(packed) % 8)
    with path.open("wb") as file:
        file.write(len(packed).to_bytes(8, "little"))
        file.write(packed)
        for done, array in enumerate(_arrays(entries, fields), 1):
            file.write(array.data)
            if progress is not None:
                progress("convert", done, len(entries))
        file.flush()
        os.fsync(file.fileno())


def _arrays(entries: list[tuple[str, Any]], fields: dict[str, Any]) -> Iterator[Array]:
    import numpy as np
    from gguf import dequantize

    heads, kv_heads = fields["llama.attention.head_count"], fields["llama.attention.head_count_kv"]
    for name, tensor in entries:
        array = np.asarray(dequantize(tensor.data, tensor.tensor_type), dtype="<f4")
        if name.endswith("q_proj.weight"):
            array = _unpermute(array, heads)
        elif name.endswith("k_proj.weight"):
            array = _unpermute(array, kv_heads)
        yield np.ascontiguousarray(array)


def _unpermute(array: Array, heads: int) -> Array:
    """Rows of a query or key matrix from the interleaved rotary order of GGUF to halves, as transformers has them."""
    rows, columns = array.shape
    result: Array = array.reshape(heads, rows // heads // 2, 2, columns).swapaxes(1, 2).reshape(rows, columns)
    return result


def _name(name: str) -> str:
    if name in _TOP:
        return _TOP[name]
    _, layer, part, kind = name.split(".")
    return f"model.layers.{layer}.{_LAYER[part]}.{kind}"
