"""One probability of unedited machine translation from what wording, states and findings say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Number = float | np.ndarray[Any, np.dtype[Any]]

_LEAST = 1e-4
_SHORT, _LONG, _USUAL = 50, 1500, 300


@dataclass(frozen=True, slots=True)
class Joint:
    """That a text was translated at all, times that a translation is a machine's; then the findings.

    The log-odds of a translation are ``wording · score + states · score + bias``
    of what the wording and the states of the language model say of it; those of
    a machine among translations ``(machine + per_length · ln(words / 300)) ·
    score + machine_states · score + machine_bias``. Findings beyond ``rate`` in
    1,000 words, which people's copy has too, add ``each``, and ``most`` at most.

    All methods take numbers or arrays of one shape; what the states say is ``None`` where nobody read them.
    """

    wording: float
    states: float
    bias: float
    machine: float
    per_length: float
    machine_states: float
    machine_bias: float
    rate: float
    each: float
    most: float

    def translated(self, wording: Number, states: Number | None) -> Any:
        """Log-odds of a translation, by a machine or a person."""
        return max(self.wording, 0.0) * wording + _weighed(self.states, states) + self.bias

    def by_machine(self, wording: Number, states: Number | None, words: Number) -> Any:
        """Log-odds of a machine's translation among translations of so many words."""
        import numpy as np

        length = np.log(np.clip(words, _SHORT, _LONG) / _USUAL)
        by_wording = np.maximum(self.machine + self.per_length * length, 0.0) * wording
        return by_wording + _weighed(self.machine_states, states) + self.machine_bias

    def log_odds(
        self,
        machine: Number,
        wording: Number,
        states: tuple[Number, Number] | None,
        words: Number,
        findings: Number = 0,
    ) -> Any:
        """Log-odds of machine translation.

        :param machine: what the wording says of a machine
        :param wording: what it says of a translation
        :param states: what the states say of a translation, and of a machine
        """
        import numpy as np

        of_translation, of_machine = (None, None) if states is None else states
        # log(p q / (1 - p q)) with p and q by their log-odds.
        both = -np.logaddexp(0, -self.by_machine(machine, of_machine, words))
        both = both - np.logaddexp(0, -self.translated(wording, of_translation))
        both = np.minimum(both, -_LEAST)
        return both - np.log(-np.expm1(both)) + self.findings_add(findings, words)

    def findings_add(self, findings: Number, words: Number) -> Any:
        """The log-odds that so many findings add; never less than 0: their absence says little."""
        import numpy as np

        beyond = findings - self.rate * np.maximum(words, 100) / 1000
        return np.minimum(np.maximum(beyond, 0.0) * self.each, self.most)


def _weighed(weight: float, states: Number | None) -> Number:
    return 0.0 if states is None else max(weight, 0.0) * states
