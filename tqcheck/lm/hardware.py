"""What this machine multiplies with, told without loading torch."""

from __future__ import annotations

import os
import re
from functools import cache
from importlib import metadata
from pathlib import Path


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
