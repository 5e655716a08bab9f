"""Engines: what turns token ids into hidden states and scores over the vocabulary.

:class:`tqcheck.lm.llama.Llama` for plain llama folders; :class:`Causal` for any
other causal model of transformers.
"""

from __future__ import annotations

import copy
import inspect
import json
import logging
import os
import re
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import metadata
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from tqcheck.errors import MissingExtra, ModelError
from tqcheck.lm.soundness import not_numbers

if TYPE_CHECKING:
    import torch
    from torch import Tensor


class Offshoots(NamedTuple):
    """Tokens that could stand after the first so many of a row that was run: (how many, their ids), none of no ids.

    ``memory`` is what the engine gave out for the rows of that run.
    """

    memory: Any
    row: int
    branches: Sequence[tuple[int, Sequence[int]]]


class Engine(Protocol):
    """A causal language model on one device; all tensors are on it, states are float32."""

    device: torch.device
    cut: int | None
    """:meth:`continued` goes on with so many tokens of a row, or a multiple; ``None`` where that is no faster.

    The figures are those of the whole row to the last bit if both rows are as long, filled up to a multiple of it.
    """

    def hidden(self, ids: Tensor, lengths: Tensor | None = None) -> Tensor:
        """States [batch, length, width] of ids [batch, length] padded on the right after ``lengths`` [batch]."""
        ...

    def hidden_at(self, ids: Tensor, lengths: Tensor | None, layers: Sequence[int]) -> tuple[Tensor, list[Tensor]]:
        """:meth:`hidden`, and the states [batch, length, width] after each of ``layers`` layers, not yet normed."""
        ...

    def remembered(
        self, ids: Tensor, lengths: Tensor | None, layers: Sequence[int]
    ) -> tuple[Tensor, list[Tensor], Any]:
        """:meth:`hidden_at`, and what :meth:`offshoots` needs of these tokens."""
        ...

    def continued(
        self, memory: Any, count: int, ids: Sequence[int], layers: Sequence[int]
    ) -> tuple[Tensor, list[Tensor], Any]:
        """:meth:`remembered` of one row: the first ``count`` tokens of one that ran alone, and ``ids`` after them.

        The states [1, tokens, width] are those of ``ids``, ``memory`` is that of the other row.
        """
        ...

    def offshoots(self, rows: Sequence[Offshoots]) -> list[list[Tensor]]:
        """States [tokens, width] of each branch of each row, all computed together."""
        ...

    def logits(self, hidden: Tensor) -> Tensor:
        """Scores [rows, vocabulary] of states [rows, width]."""
        ...

    def log_probabilities(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """Natural log-probability [rows] of the tokens ``targets`` [rows] after states [rows, width]."""
        ...


def engine_for(name: str, folder: Path) -> str:
    """What ``auto`` of :data:`tqcheck.settings.ENGINES` stands for on this machine; any other name stands for itself.

    It is told without loading torch, from what Linux says of the machine:
    ``bfloat16`` with a GPU, or where the processor multiplies it in tiles
    (AMX); else ``int8`` where it multiplies integers four at a time (VNNI) and
    the folder's model can be run so, three times faster than ``float32``; else
    :func:`floating_engine`.
    """
    if name != "auto":
        return name
    if has_gpu():
        return "bfloat16"
    features = processor_features()
    if "amx_bf16" not in features and features & {"avx512_vnni", "avx_vnni"} and _runs_in_integers(folder):
        return "int8"
    return floating_engine()


def floating_engine() -> str:
    """``bfloat16`` where the processor multiplies it, in tiles (AMX) or vectors (AVX-512), else ``float32``.

    Processors without either take longer in bfloat16.
    """
    return "bfloat16" if processor_features() & {"amx_bf16", "avx512_bf16"} else "float32"


def has_gpu() -> bool:
    """Whether Linux shows a GPU that the installed torch may use."""
    if not any(map(os.path.exists, _GPU_DEVICES)):
        return False
    version = torch_version()
    return bool(version) and not version.endswith("+cpu")


def torch_version() -> str:
    """The version of the installed torch, told without loading it; empty without one."""
    try:
        return metadata.version("torch")
    except metadata.PackageNotFoundError:
        return ""


_GPU_DEVICES = ("/dev/nvidiactl", "/dev/kfd")


@cache
def processor_features() -> frozenset[str]:
    """What the processor can do, by the names that Linux gives it; none where that is not told."""
    try:
        found = re.search(r"^flags\s*:(.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except (OSError, ValueError):
        return frozenset()
    return frozenset(found[1].split()) if found else frozenset()


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


def padded(rows: Sequence[Sequence[int]], filler: int, device: torch.device) -> tuple[Tensor, Tensor]:
    """Token ids [rows, longest] padded on the right, and the length of each row [rows], for :meth:`Engine.hidden`."""
    import torch

    lengths = [len(row) for row in rows]
    ids = torch.full((len(rows), max(lengths)), filler, dtype=torch.long)
    for index, row in enumerate(rows):
        ids[index, : lengths[index]] = torch.tensor(row)
    return ids.to(device), torch.tensor(lengths, device=device)


class Causal:
    """Any causal model of transformers; the states given out are float32."""

    cut: int | None = None

    def __init__(self, folder: Path, device: torch.device, precision: torch.dtype | None = None) -> None:
        import torch

        precision = precision or torch.float32
        with silenced():
            try:
                from transformers import AutoModelForCausalLM
            except ImportError:
                raise MissingExtra("the language model", "lm") from None
            loaded: Any = AutoModelForCausalLM.from_pretrained(
                folder, dtype=precision, local_files_only=True, output_loading_info=True
            )
        model: Any
        model, told = loaded
        # What is missing the library fills with random numbers, other ones each time.
        if missing := sorted(told["missing_keys"]):
            raise ModelError(
                f"{folder}: the weights lack {missing[0]}{f' and {len(missing) - 1} more' if missing[1:] else ''}; "
                "copy or fetch the model again"
            )
        self.device = device
        self._model = model.to(device).eval()
        config = model.config.get_text_config()
        self._head = model.get_output_embeddings()
        scaled = any(getattr(config, name, None) not in (None, 1, 1.0) for name in _SCALES)
        if self._head is None or model.base_model is model or scaled:
            raise _no_plain_output(folder, model)

        self._try(folder)

    def _try(self, folder: Path) -> None:
        """Raise :class:`ModelError` for a model whose scores are not those of its output layer, or that looks ahead.

        Architectures differ in what they do before and after that layer, and their settings in whether they are
        decoders; a few tokens show it.
        """
        import torch

        count = int(self._model.get_input_embeddings().weight.shape[0])
        ids = torch.arange(_TRIED, device=self.device)[None] * max(1, count // _TRIED) % count
        with torch.inference_mode():
            found = self.logits(self.hidden(ids)[0])
            expected = self._model(input_ids=ids, use_cache=False).logits[0].float()
            half = ids.clone()
            half[0, _TRIED // 2 :] = ids[0, 0]
            before = self.logits(self.hidden(half)[0])[: _TRIED // 2]
        if not bool(expected.isfinite().all()):
            raise not_numbers(folder)
        least = _CLOSE * float(expected.max() - expected.min())
        if found.shape != expected.shape or float((found - expected).abs().max()) > least:
            raise _no_plain_output(folder, self._model)
        if float((found[: _TRIED // 2] - before).abs().max()) > least:
            raise ModelError(
                f"{folder}: {type(self._model).__name__} looks at the words to come, so its figures say nothing; "
                "use another model, or mend is_decoder in its config.json"
            )

    def hidden(self, ids: Tensor, lengths: Tensor | None = None) -> Tensor:
        """See :meth:`Engine.hidden`."""
        states: Tensor = self._output(ids, lengths).last_hidden_state
        return states.float()

    def hidden_at(self, ids: Tensor, lengths: Tensor | None, layers: Sequence[int]) -> tuple[Tensor, list[Tensor]]:
        """See :meth:`Engine.hidden_at`; some architectures norm the last layer's states before they give them out."""
        output = self._output(ids, lengths, output_hidden_states=True)
        final: Tensor = output.last_hidden_state
        return final.float(), [output.hidden_states[layer].float() for layer in layers]

    def _output(self, ids: Tensor, lengths: Tensor | None, *, use_cache: bool = False, **options: bool) -> Any:
        import torch

        mask = torch.ones_like(ids)
        if lengths is not None:
            mask = (torch.arange(ids.shape[1], device=ids.device)[None] < lengths[:, None]).long()
        return self._model.base_model(input_ids=ids, attention_mask=mask, use_cache=use_cache, **options)

    def remembered(
        self, ids: Tensor, lengths: Tensor | None, layers: Sequence[int]
    ) -> tuple[Tensor, list[Tensor], _Past]:
        """See :meth:`Engine.remembered`."""
        output = self._output(ids, lengths, output_hidden_states=bool(layers), use_cache=True)
        final: Tensor = output.last_hidden_state
        inner = [output.hidden_states[layer].float() for layer in layers]
        return final.float(), inner, _Past(ids, getattr(output, self._cache, None))

    def continued(
        self, memory: _Past, count: int, ids: Sequence[int], layers: Sequence[int]
    ) -> tuple[Tensor, list[Tensor], _Past]:
        """See :meth:`Engine.continued`; the whole row is run."""
        import torch

        whole = torch.cat((memory.ids[:1, :count], torch.tensor([list(ids)], device=self.device)), dim=1)
        states, inner, past = self.remembered(whole, None, layers)
        return states[:, count:], [one[:, count:] for one in inner], past

    def offshoots(self, rows: Sequence[Offshoots]) -> list[list[Tensor]]:
        """See :meth:`Engine.offshoots`; one after the other.

        Where every layer keeps every token, a branch goes on after those before
        it; what other architectures keep cannot be cut there, so the tokens
        before the branch are run again.
        """
        return [[self._after(row.memory, row.row, *branch) for branch in row.branches] for row in rows]

    def _after(self, past: _Past, row: int, count: int, ids: Sequence[int]) -> Tensor:
        import torch

        before = past.ids[row : row + 1, :count]
        more = torch.tensor([ids], device=self.device)
        kept = past.cut(row, count)
        if kept is None:
            return self.hidden(torch.cat((before, more), dim=1))[0, count:]
        options = {self._cache: kept}
        states: Tensor = self._model.base_model(input_ids=more, use_cache=True, **options).last_hidden_state
        return states[0].float()

    @cached_property
    def _cache(self) -> str:
        """What this version of transformers calls the cache that a model takes and gives back."""
        taken = inspect.signature(self._model.base_model.forward).parameters
        return "cache" if "cache" in taken else "past_key_values"

    def logits(self, hidden: Tensor) -> Tensor:
        """See :meth:`Engine.logits`."""
        scores: Tensor = self._head(hidden.to(self._model.dtype))
        return scores.float()

    def log_probabilities(self, hidden: Tensor, targets: Tensor) -> Tensor:
        """See :meth:`Engine.log_probabilities`; a slice of rows at a time."""
        import torch

        found: list[Tensor] = []
        for start in range(0, len(targets), _SLICE):
            logits = self.logits(hidden[start : start + _SLICE])
            chosen = logits.gather(1, targets[start : start + _SLICE, None])[:, 0]
            found.append(chosen - torch.logsumexp(logits, dim=-1))
        return torch.cat(found)


def _no_plain_output(folder: Path, model: object) -> ModelError:
    return ModelError(f"{folder}: {type(model).__name__} does not end in a plain output layer; use another model")


_TRIED = 12  # tokens
_CLOSE = 0.02  # of the range of scores: in bfloat16 sums differ by their order


@dataclass(frozen=True, slots=True)
class _Past:
    """Token ids [batch, length] that were run, and the cache of transformers that holds what their layers keep."""

    ids: Tensor
    kept: Any

    def cut(self, row: int, count: int) -> Any:
        """A copy of the cache for the first ``count`` tokens of a row; ``None`` where it cannot be cut there."""
        import torch
        from transformers.cache_utils import DynamicLayer

        layers = getattr(self.kept, "layers", ())
        if not layers or any(type(layer) is not DynamicLayer for layer in layers):
            return None
        kept = copy.deepcopy(self.kept)
        kept.batch_select_indices(torch.tensor([row], device=self.ids.device))
        if count < self.ids.shape[1]:
            kept.crop(count - self.ids.shape[1])
        return kept


_SLICE = 128  # rows of scores over the vocabulary held at once: 25 MB for 49,152 entries

# Settings by which an architecture changes its scores after the output layer.
_SCALES = ("final_logit_softcapping", "logit_scale", "logits_scaling")


@contextmanager
def silenced() -> Iterator[None]:
    """Keep transformers and the hub library from writing bars, notes and warnings, and restore their settings."""
    before = {name: os.environ.get(name) for name in _QUIET}
    os.environ.update(_QUIET)
    levels = {name: logging.getLogger(name).level for name in ("transformers", "huggingface_hub")}
    noise: Any
    try:
        from huggingface_hub.utils.tqdm import are_progress_bars_disabled, disable_progress_bars, enable_progress_bars
        from transformers.utils import logging as transformers_logging
    except ImportError:
        raise MissingExtra("the language model", "lm") from None
    noise = transformers_logging
    bars, hub_bars = noise.is_progress_bar_enabled(), not are_progress_bars_disabled()
    try:
        for name in levels:
            logging.getLogger(name).setLevel(logging.CRITICAL)
        noise.disable_progress_bar()
        disable_progress_bars()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        for name, level in levels.items():
            logging.getLogger(name).setLevel(level)
        if bars:
            noise.enable_progress_bar()
        if hub_bars:
            enable_progress_bars()
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


_QUIET = {"TOKENIZERS_PARALLELISM": "false", "TRANSFORMERS_NO_ADVISORY_WARNINGS": "1", "HF_HUB_DISABLE_TELEMETRY": "1"}
