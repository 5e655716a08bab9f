"""Keeping the libraries below quiet: a checker's output is its own."""

from __future__ import annotations

import logging
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tqcheck.errors import MissingExtra


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
