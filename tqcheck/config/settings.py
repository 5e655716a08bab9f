"""What a check can be told, with its defaults."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from tqcheck.cache.folder import cache_folder
from tqcheck.errors import SettingsError
from tqcheck.text.document import Kind

ModelUse = Literal["auto", "off", "require"]
ENGINES = ("auto", "float32", "bfloat16", "int8", "transformers")
"""What the language model can be run by.

``float32``, ``bfloat16`` and ``int8`` (llama models alone) are what matrices are
multiplied in; ``transformers`` is the reference, that library's own code in
float32; ``auto`` takes the fastest that the processor has instructions for
(:func:`tqcheck.lm.engine_choice.engine_for`).
"""


@dataclass(frozen=True, slots=True)
class Settings:
    """Settings of a check.

    :param lm: ``auto`` uses the language model when it can be had, ``off``
        never, ``require`` raises :class:`~tqcheck.errors.ModelError` without it.
    :param model: folder or hub name of a causal model; ``None`` is the embedded default.
    :param engine: one of :data:`ENGINES`.
    :param calibration: file from ``tqcheck models calibrate`` for that model; ``None`` is the one that it has.
    :param packs: further rule packs (TOML files).
    :param encoding: of the files; ``None`` is UTF-8, or UTF-16/32 by their byte-order mark.
    :param kind: ``plain``, ``markdown`` or ``html``; ``None`` goes by the file's suffix.
    :param max_bytes: files over this size are an error.
    :param lm_words: of a longer document only so many words are scored by the model; a note says so.
    :param preview: whether rules in preview run.
    :param enable: rules (id or name), categories or packs to run although a wider selector turns them off.
    :param disable: rules, categories or packs not to run.
    :param severity: pairs of such a selector and ``error``, ``warning``, ``suggestion`` or ``off``; of two that name
        one rule the later holds.
    :param accept: names and terms that are right as they are: findings on them are left out.
    :param words: whether sentences scored by the model have their single words, the odd ones marked.
    :param keep_scores: whether scores of the model are kept in the cache folder and taken from there.
    :param layers: selectors of ``enable`` and ``disable``, in lower case, by the place that gives them, the last place
        last; of two that name one rule that of the later place holds, while in one place they are a mistake.
    :param places: where a selector comes from, for messages: by ``enable``, ``disable`` or ``severity`` and the
        selector in lower case. Settings that differ in nothing else are equal.
    :param cache: folder for compiled rules, models and scores; ``None`` is the user's cache folder.
    """

    lm: ModelUse = "auto"
    model: str | None = None
    engine: str = "auto"
    calibration: Path | None = None
    packs: tuple[str, ...] = ()
    encoding: str | None = None
    kind: Kind | None = None
    max_bytes: int = 50_000_000
    lm_words: int = 20_000
    preview: bool = False
    enable: tuple[str, ...] = ()
    disable: tuple[str, ...] = ()
    severity: tuple[tuple[str, str], ...] = ()
    accept: tuple[str, ...] = ()
    words: bool = False
    keep_scores: bool = True
    cache: Path | None = None
    layers: tuple[tuple[str, ...], ...] = ()
    places: Mapping[tuple[str, str], str] = field(default_factory=dict, compare=False, repr=False)

    def __post_init__(self) -> None:
        if self.lm not in ("auto", "off", "require"):
            raise SettingsError(f"lm is auto, off or require, not {self.lm!r}")
        if self.engine not in ENGINES:
            raise SettingsError(f"the engine is one of {', '.join(ENGINES)}, not {self.engine!r}")
        if self.kind not in (None, "plain", "markdown", "html"):
            raise SettingsError(f"the kind of a file is plain, markdown or html, not {self.kind!r}")
        if self.max_bytes <= 0 or self.lm_words <= 0:
            raise SettingsError("max_bytes and lm_words must be positive")

    @property
    def cache_folder(self) -> Path:
        """The cache folder: as set, else ``TQCHECK_CACHE``, else the user's cache folder of the system."""
        return self.cache or cache_folder()

    def sha256(self) -> str:
        """Hash of the settings that change results beyond rules and model (which are hashed themselves)."""
        telling: dict[str, object] = {
            "lm": self.lm != "off",
            "kind": self.kind,
            "encoding": self.encoding,
            "lm_words": self.lm_words,
            "preview": self.preview,
            "enable": sorted(self.enable),
            "disable": sorted(self.disable),
            "severity": self.severity,
            "accept": sorted(self.accept),
        }
        if self.layers:
            telling["layers"] = self.layers
        if self.words:
            telling["words"] = True
        if self.engine != "auto":
            telling["engine"] = self.engine
        return hashlib.sha256(json.dumps(telling, sort_keys=True).encode()).hexdigest()
