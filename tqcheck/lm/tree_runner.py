"""What the branches of a token tree gain: several at once, each on from its place in a row that was run."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, groupby
from operator import attrgetter
from typing import TYPE_CHECKING, Any, NamedTuple

from tqcheck.lm.engine import Engine, TokenTree
from tqcheck.lm.token_tree import Branch, batches
from tqcheck.lm.windows import Window

if TYPE_CHECKING:
    from torch import Tensor

_BRANCHES = 512  # tokens of branches run at once, unless one has more; their mask grows with the square


@dataclass(frozen=True, slots=True, eq=False)
class Trunk:
    """A window that was run as a row, its branches, and what they go on from.

    ``scores`` are natural log-probabilities of its scored tokens, ``states`` [scored, width] those from which they are
    predicted; ``past`` is what the engine gave out for the run, ``row`` the number of the window's row in it; ``key``
    is what is to be kept of the branches.
    """

    key: bytes
    window: Window
    branches: Sequence[Branch]
    scores: Sequence[float]
    states: Tensor
    past: Any
    row: int


class _Grown(NamedTuple):
    """A branch with its trunk and its number there."""

    trunk: Trunk
    at: int
    branch: Branch

    def written(self) -> float:
        """Natural log-probability of the tokens whose place the branch takes."""
        first = self.trunk.window.first
        return math.fsum(self.trunk.scores[self.branch.start - first : self.branch.stop - first])


class TreeRunner:
    """Runs the branches of windows that were run as rows."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def gains(self, trunks: Sequence[Trunk]) -> dict[bytes, list[float]]:
        """Nats that each branch of each trunk gains, by the trunks' keys; of one that exits early as far as was asked.

        That is its natural log-probability minus that of the tokens whose place it takes.
        """
        found = {trunk.key: [0.0] * len(trunk.branches) for trunk in trunks}
        every = [_Grown(trunk, at, branch) for trunk in trunks for at, branch in enumerate(trunk.branches)]
        shortened = [(one, short) for one in every if (short := one.branch.shortened()) is not None]
        early = self._gains([one._replace(branch=short) for one, short in shortened])
        settled = set()
        for (one, _), gain in zip(shortened, early, strict=True):
            if one.branch.exits_early(gain):
                found[one.trunk.key][one.at] = gain
                settled.add((one.trunk.key, one.at))
        rest = [one for one in every if (one.trunk.key, one.at) not in settled]
        for one, gain in zip(rest, self._gains(rest), strict=True):
            found[one.trunk.key][one.at] = gain
        return found

    def _gains(self, branches: Sequence[_Grown]) -> list[float]:
        # A branch that only leaves words out has no tokens.
        running = [index for index, one in enumerate(branches) if one.branch.ids]
        scores = [0.0] * len(branches)
        for some in batches([len(branches[index].branch.ids) for index in running], _BRANCHES):
            chosen = [running[at] for at in some]
            for index, score in zip(
                chosen, self._log_probabilities([branches[index] for index in chosen]), strict=True
            ):
                scores[index] = score
        return [score - one.written() for score, one in zip(scores, branches, strict=True)]

    def _log_probabilities(self, branches: Sequence[_Grown]) -> list[float]:
        import torch

        # The last token of a branch predicts nothing that is asked for.
        longer = [one for one in branches if len(one.branch.ids) > 1]
        trees = [
            TokenTree(trunk.past, trunk.row, [(branch.start, branch.ids[:-1]) for *_, branch in own])
            for trunk, own in groupby(longer, key=attrgetter("trunk"))
        ]
        with torch.inference_mode():
            states = chain.from_iterable(self._engine.tree_states(trees) if trees else ())
            predicting = []
            for trunk, _, branch in branches:
                before = branch.start - trunk.window.first
                predicting.append(trunk.states[before : before + 1])
                if len(branch.ids) > 1:
                    predicting.append(next(states))
            targets = torch.tensor([token for *_, branch in branches for token in branch.ids])
            scores = self._engine.log_probabilities(torch.cat(predicting), targets.to(self._engine.device))
        each = torch.split(scores, [len(branch.ids) for *_, branch in branches])
        return [math.fsum(one.tolist()) for one in each]
