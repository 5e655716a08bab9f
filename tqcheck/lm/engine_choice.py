"""Which engine runs a folder that holds a model, and loading it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tqcheck.errors import MissingExtra, ModelError
from tqcheck.lm import hardware
from tqcheck.lm.causal import Causal
from tqcheck.lm.engine import Engine


def engine_for(name: str, folder: Path) -> str:
    """What ``auto`` stands for on this machine, of the names in :data:`tqcheck.config.settings.ENGINES`; else ``name``.

    It is told without loading torch, from what Linux says of the machine:
    ``bfloat16`` with a GPU, or where the processor multiplies it in tiles
    (AMX); else ``int8`` where it multiplies integers four at a time (VNNI) and
    the folder's model can be run so, three times faster than ``float32``; else
    :func:`floating_engine`.
    """
    if name != "auto":
        return name
    if hardware.has_gpu():
        return "bfloat16"
    features = hardware.processor_features()
    if "amx_bf16" not in features and features & {"avx512_vnni", "avx_vnni"} and _runs_in_integers(folder):
        return "int8"
    return hardware.floating_engine()


def _runs_in_integers(folder: Path) -> bool:
    try:
        return _is_llama_folder(folder)
    except (OSError, ValueError, TypeError, AttributeError):
        return False


def longest_sequence(folder: Path) -> int:
    """The most tokens that the model of a folder takes at once; 1,024 if its ``config.json`` does not say."""
    try:
        config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
        places = [config, config.get("text_config") or {}]
        return next(int(place[name]) for place in places for name in _LENGTHS if place.get(name))
    except (OSError, ValueError, TypeError, AttributeError, StopIteration):
        return 1024


_LENGTHS = ("max_position_embeddings", "n_positions", "n_ctx", "max_seq_len", "seq_length")


def load_engine(
    folder: Path, threads: int | None = None, engine: str = "float32", prepared: Path | None = None
) -> Engine:
    """The engine for a folder that holds a causal model, on the GPU if there is one.

    ``threads`` bounds the processor threads of this process; ``engine`` is
    ``float32``, ``bfloat16``, ``int8`` (on the processor, for the architecture of :class:`tqcheck.lm.llama.Llama`)
    or ``transformers``; ``prepared`` is a file in the user's cache for its weights in ``bfloat16`` or ``int8``.
    Raises :class:`ModelError` if the folder cannot be loaded, :class:`MissingExtra` without the ``lm`` extra.
    """
    try:
        import torch

        from tqcheck.lm.llama import Llama
    except ImportError:
        raise MissingExtra("the language model", "lm") from None
    except OSError as error:
        raise ModelError(
            f"torch cannot be loaded: {error}; install it again (pip install --force-reinstall torch)"
        ) from error
    if threads is not None:
        torch.set_num_threads(threads)
    device = torch.device("cuda" if torch.cuda.is_available() and engine != "int8" else "cpu")
    try:
        if _is_llama_folder(folder) and engine in ("float32", "bfloat16", "int8"):
            return Llama(folder, device, engine, prepared)
        if engine == "int8":
            raise ModelError(f"{folder}: --engine int8 runs llama models alone; take float32 for this one")
        return Causal(folder, device, torch.bfloat16 if engine == "bfloat16" else torch.float32)
    except (MissingExtra, ModelError):
        raise
    except ImportError as error:
        raise ModelError(f"{folder}: this model needs a package that is not installed: {error}") from error
    # The libraries below raise what they like for a damaged file: SafetensorError, KeyError, RuntimeError …
    except Exception as error:
        raise ModelError(f"{folder}: the model cannot be loaded: {error}") from error


def _is_llama_folder(folder: Path) -> bool:
    """Raises what reading its ``config.json`` does."""
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    return is_plain_llama(config) and any(folder.glob("*.safetensors"))


def is_plain_llama(config: dict[str, Any]) -> bool:
    """Whether a ``config.json`` describes a model that :class:`tqcheck.lm.llama.Llama` computes exactly."""
    rope = config.get("rope_parameters") or config.get("rope_scaling") or {}
    return (
        config.get("model_type") == "llama"
        and config.get("hidden_act", "silu") == "silu"
        and rope.get("rope_type", rope.get("type", "default")) == "default"
        and not config.get("attention_bias")
        and not config.get("mlp_bias")
        and not config.get("quantization_config")
    )
