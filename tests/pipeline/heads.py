"""Stand-ins for the heads that read the states of a model, and a story for them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tqcheck.detector.joint import Joint
from tqcheck.detector.origin import OfStates

STORY = (
    "The council said on Monday that the talks would go on. Nobody expected a quick end to the strike. "
    "The port has been closed since Friday, and the ferries stay away.\n\n"
) * 4


class Origin:
    """Reads as much off the states as it is told to."""

    sha256 = "2" * 64
    layers = (1,)
    joint = Joint(0.0, 2.0, 0.0, 1.0, 0.0, 0.0, 0.0, 1.0, 0.4, 4.0)
    tokens = 0

    def __init__(self, each: float) -> None:
        self.each = each
        # Kept with the scores of windows, which another reader must not find.
        self.sha256 = f"{each:064}"

    def read(self, sentences: Sequence[tuple[Any, Any]]) -> list[Any]:
        import torch

        return [torch.full((len(states), 2), self.each) for states, _ in sentences]

    def score(self, read: Sequence[Sequence[float]]) -> OfStates | None:
        flat = [value for one in read for value in one]
        self.tokens += len(flat) // 2
        return OfStates(*flat[:2]) if flat else None


class Pointer:
    """Says that the seventh and eighth token of each sentence are wrong."""

    sha256 = "1" * 64
    layers = (1,)
    calls = 0

    def __init__(self, model: str) -> None:
        self.model = model
        self.bounds = {"shown": 0.6}

    def load(self) -> None:
        """Nothing to load."""

    def right(self, probability: float) -> float:
        return probability - 0.2

    def read(self, sentences: Sequence[tuple[Any, Any]]) -> list[Any]:
        import torch

        Pointer.calls += 1
        found = []
        for states, scores in sentences:
            assert states.shape == (len(scores), 1, 64)
            one = torch.zeros((len(scores), 2))
            one[6:8, 1] = 0.7
            one[7:8, 0] = 0.1
            found.append(one)
        return found
