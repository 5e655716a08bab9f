"""Any causal model of transformers as an engine."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tqcheck.errors import MissingExtra, ModelError
from tqcheck.lm.engine import TokenTree
from tqcheck.lm.silence import silenced
from tqcheck.lm.validation import not_numbers

if TYPE_CHECKING:
    import torch
    from torch import Tensor


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

    def prefill(self, ids: Tensor, lengths: Tensor | None, layers: Sequence[int]) -> tuple[Tensor, list[Tensor], _Past]:
        """See :meth:`Engine.prefill`."""
        output = self._output(ids, lengths, output_hidden_states=bool(layers), use_cache=True)
        final: Tensor = output.last_hidden_state
        inner = [output.hidden_states[layer].float() for layer in layers]
        return final.float(), inner, _Past(ids, getattr(output, self._cache, None))

    def extend(
        self, past: _Past, count: int, ids: Sequence[int], layers: Sequence[int]
    ) -> tuple[Tensor, list[Tensor], _Past]:
        """See :meth:`Engine.extend`; the whole row is run."""
        import torch

        whole = torch.cat((past.ids[:1, :count], torch.tensor([list(ids)], device=self.device)), dim=1)
        states, inner, past = self.prefill(whole, None, layers)
        return states[:, count:], [one[:, count:] for one in inner], past

    def tree_states(self, rows: Sequence[TokenTree]) -> list[list[Tensor]]:
        """See :meth:`Engine.tree_states`; one after the other.

        Where every layer keeps every token, a branch goes on after those before
        it; what other architectures keep cannot be cut there, so the tokens
        before the branch are run again.
        """
        return [[self._after(row.past, row.row, *branch) for branch in row.branches] for row in rows]

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
