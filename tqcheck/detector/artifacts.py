"""What the findings of rules add to a verdict."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

    Number = float | np.ndarray[Any, np.dtype[Any]]


class WithFindings:
    """What counts findings beside other evidence.

    ``rate`` is the number of findings in 1,000 words that people's copy has,
    ``each`` the log-odds of each finding beyond what ``rate`` lets expect,
    ``most`` the most that findings add.
    """

    __slots__ = ()
    rate: float
    each: float
    most: float

    def findings_add(self, findings: Number, words: Number) -> Any:
        """The log-odds that so many findings add, numbers or arrays; never less than 0: their absence says little."""
        import numpy as np

        beyond = findings - self.rate * np.maximum(words, 100) / 1000
        return np.minimum(np.maximum(beyond, 0.0) * self.each, self.most)
