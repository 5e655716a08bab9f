"""Whether a folder holds a causal model that can be used: looked at before anything is loaded.

The libraries would load some of these without a word: an encoder reads to both
sides and gives plausible figures that mean nothing, and a folder without a
tokenizer gets an empty one.
"""

from __future__ import annotations

import json
import re
import zipfile
from pathlib import Path
from typing import Any

from tqcheck.errors import MissingExtra, ModelError

_VOCABULARIES = ("tokenizer.json", "vocab.json", "vocab.txt", "*.model", "*.tiktoken")
_OTHER_HEAD = re.compile(r"For(?!CausalLM|ConditionalGeneration)[A-Z]")
_LONGEST_HEADER = 100_000_000  # bytes, as the safetensors library has it


def need_causal_folder(folder: Path) -> list[Path]:
    """The weight files of a folder with a causal model, its tokenizer and whole weights.

    Raises :class:`ModelError` with folder and reason for anything else.
    """
    if not folder.is_dir():
        raise ModelError(f"{folder}: a file; --model takes the folder of a causal model")
    if not any(folder.iterdir()):
        raise ModelError(f"{folder}: the folder is empty, there is no config.json; --model takes a causal model")
    config = read_config(folder)
    _need_causal(folder, config)
    weights = _weights(folder)
    if not any(next(folder.glob(pattern), None) for pattern in _VOCABULARIES):
        raise ModelError(f"{folder}: no tokenizer (tokenizer.json or a vocabulary); copy it beside the weights")
    return weights


def read_config(folder: Path) -> dict[str, Any]:
    """``config.json`` of a folder; raises :class:`ModelError` if it is missing or damaged."""
    path = folder / "config.json"
    if not path.is_file():
        raise ModelError(f"{folder}: no config.json, so this is not the folder of a transformers model")
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError) as error:
        raise ModelError(f"{path}: cannot be read ({error}); copy or fetch the model again") from error
    if not isinstance(config, dict) or not isinstance(config.get("model_type"), str):
        raise ModelError(f"{path}: names no model_type, so this is not the folder of a transformers model")
    return config


def vocabulary_size(config: dict[str, Any]) -> int | None:
    """Rows of the model's embedding, as its configuration says."""
    inner = config.get("text_config")
    found = (inner if isinstance(inner, dict) else {}).get("vocab_size") or config.get("vocab_size")
    return found if isinstance(found, int) else None


def not_numbers(model: object) -> ModelError:
    """The error for a model, by its name or folder, whose scores are infinite or not a number."""
    return ModelError(
        f"{model}: the model gives scores that are infinite or not a number; its weights are damaged, or meant for "
        "another configuration: fetch it again"
    )


def _need_causal(folder: Path, config: dict[str, Any]) -> None:
    kind = config["model_type"]
    heads = config.get("architectures") or []
    heads = [head for head in heads if isinstance(head, str)] if isinstance(heads, list) else []
    if heads and all(_OTHER_HEAD.search(head) for head in heads):
        raise _not_causal(folder, heads[0])
    if config.get("is_encoder_decoder"):
        raise _not_causal(folder, f"{kind} with is_encoder_decoder")
    if kind == "llama":
        return  # Known without the library, whose import takes longer than a check.
    try:
        from transformers.models.auto import modeling_auto
    except ImportError:
        raise MissingExtra("the language model", "lm") from None
    if kind not in modeling_auto.MODEL_FOR_CAUSAL_LM_MAPPING_NAMES:
        if "auto_map" in config:
            raise ModelError(f"{folder}: {kind} brings code of its own, which is not run; use another model")
        raise _not_causal(folder, kind)
    two_sided = kind in modeling_auto.MODEL_FOR_MASKED_LM_MAPPING_NAMES
    if two_sided and not (config.get("is_decoder") or config.get("causal")):
        raise _not_causal(folder, f"{kind} without is_decoder, an encoder,")


def _not_causal(folder: Path, what: str) -> ModelError:
    return ModelError(
        f"{folder}: {what} is no causal model: surprisal needs one that predicts each word from those before it "
        "(gpt2, llama, qwen …); use another model"
    )


def _weights(folder: Path) -> list[Path]:
    weights = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("pytorch_model*.bin"))
    if not weights:
        raise ModelError(f"{folder}: no weights (*.safetensors) in this folder")
    names = {path.name for path in weights}
    for index in sorted(folder.glob("*.index.json")):
        missing = sorted(_named_in(index) - names)
        # Another index may speak of weights in the form that is not used here.
        if missing and any(name.endswith(weights[0].suffix) for name in missing):
            raise ModelError(f"{folder}: {missing[0]} is missing, which {index.name} names; copy or fetch it again")
    for path in weights:
        problem = _safetensors_problem(path) if path.suffix == ".safetensors" else _pickle_problem(path)
        if problem is not None:
            raise ModelError(f"{folder}: the model cannot be loaded: {path.name} {problem}; copy or fetch it again")
    return weights


def _named_in(index: Path) -> set[str]:
    try:
        return {str(name) for name in json.loads(index.read_text(encoding="utf-8"))["weight_map"].values()}
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ModelError(f"{index}: cannot be read ({error!r}); copy or fetch the model again") from error


def _safetensors_problem(path: Path) -> str | None:
    """What is wrong with the frame of a safetensors file: a length, a JSON header, and as many bytes as that says."""
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            if size < 8 or length > min(size - 8, _LONGEST_HEADER):
                return "is cut short or is no safetensors file"
            header = json.loads(file.read(length))
        ends = [int(facts["data_offsets"][1]) for name, facts in header.items() if name != "__metadata__"]
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    except (ValueError, KeyError, TypeError, AttributeError, IndexError, RecursionError):
        return "has a damaged header"
    expected = 8 + length + max(ends, default=0)
    return None if size == expected else f"has {size:,} bytes instead of {expected:,}"


def _pickle_problem(path: Path) -> str | None:
    try:
        with path.open("rb") as file:
            zipped = file.read(2) == b"PK"
    except OSError as error:
        return f"cannot be read ({error.strerror or error})"
    return "is cut short" if zipped and not zipfile.is_zipfile(path) else None
