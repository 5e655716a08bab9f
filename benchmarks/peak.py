"""How many operations a second this machine does in products of 8-bit integers.

Through torch's oneDNN, whichever is fastest: linear layers with the weights
packed beforehand, sums in 32 bits given out in bfloat16 or float32, and plain
products. States are unsigned, since processors without AMX have no kernel for
signed ones in linear layers.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from functools import partial

SIZES = ((1024, 1024, 1024), (2048, 2048, 2048), (2048, 4096, 4096))
"""Rows, inner size and columns of the products."""
_TIMES = 3


class Int8Peak:
    """The fastest product so far, in 10⁹ operations a second; a multiplication and an addition are two."""

    def __init__(self, threads: int, sizes: tuple[tuple[int, int, int], ...] = SIZES) -> None:
        self._threads = threads
        self._products = [
            (2.0 * rows * inner * columns, run)
            for rows, inner, columns in sizes
            for run in _products(rows, inner, columns)
        ]
        self.gops = 0.0
        self.round()

    def round(self) -> None:
        """Run every product a few times and keep the best rate."""
        import torch

        before = torch.get_num_threads()
        torch.set_num_threads(self._threads)
        try:
            for operations, run in self._products:
                for _ in range(_TIMES):
                    begun = time.perf_counter()
                    run()
                    self.gops = max(self.gops, operations / (time.perf_counter() - begun) / 1e9)
        finally:
            torch.set_num_threads(before)


def _products(rows: int, inner: int, columns: int) -> list[Callable[[], object]]:
    import torch

    states = torch.randint(0, 256, (rows, inner), dtype=torch.uint8)
    weights = torch.randint(-128, 128, (columns, inner), dtype=torch.int8)
    packed = torch.ops.onednn.qlinear_prepack(weights, [rows, inner])
    scales, zeros = torch.ones(columns), torch.zeros(columns, dtype=torch.int64)

    def layer(given: torch.dtype) -> object:
        return torch.ops.onednn.qlinear_pointwise(
            states, 1.0, 128, packed, scales, zeros, None, 1.0, 0, given, "none", [], ""
        )

    plain = partial(torch._int_mm, states.view(torch.int8), weights.t())
    return [partial(layer, torch.bfloat16), partial(layer, torch.float32), plain]
