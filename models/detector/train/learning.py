"""What the networks of the detector have in common when they learn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import nn


@dataclass(frozen=True)
class Trained:
    """A network with the mean and spread of surprisal (nats) that it was trained with."""

    net: nn.Module
    surprisal: tuple[float, float]


def learnt_once(network: nn.Module, file: Path, learn: Callable[[], None]) -> None:
    """Let a network learn, and keep what it knows then in a file; where that is there, it is taken from it."""
    if file.is_file():
        network.load_state_dict(torch.load(file, weights_only=True))
        return
    learn()
    part = file.with_suffix(".part")
    torch.save(network.state_dict(), part)
    part.replace(file)


def stepper(network: nn.Module, rate: float, decay: float, steps: int) -> Callable[[torch.Tensor], float]:
    """What takes a step down a loss and gives back its value; the rate rises over a tenth of the steps and falls."""
    optimizer = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=decay)
    steps = max(steps, 1)
    # Of ten steps a tenth would end before it begins.
    rise = 0.1 if steps != 10 else 0.2
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, rate, total_steps=steps, pct_start=rise)

    def step(loss: torch.Tensor) -> float:
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        return float(loss.detach())

    return step
