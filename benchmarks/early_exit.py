"""How often a few tokens after a change settle that a suggestion gains too little, and how often they are wrong.

Arbitration compares a suggestion over a few tokens after its change first
(``EARLY_TAIL`` of ``tqcheck.lm.token_tree``), and over all only if it does not fall
short of what it needs by so many nats (``EARLY_EXIT``). Both were chosen on the
sentences and the news that thresholds are learnt from (``thresholds.py``); the
sealed half and the development part show what that is worth.
"""

from __future__ import annotations

from collections.abc import Mapping
from unittest.mock import patch

from gains import suggestion_gains
from reporting import heading, save, table
from thresholds import collect

from tqcheck.config.settings import Settings
from tqcheck.lm.arbitration import Thresholds
from tqcheck.lm.manifest import DEFAULT_MODEL, model_data
from tqcheck.lm.scoring import Scorer, load_scorer
from tqcheck.lm.token_tree import EARLY_EXIT, EARLY_TAIL, TAIL
from tqcheck.rules.loader import load_rules

TAILS = (1, 2, 4, 6, 8, TAIL)
NATS = (4.0, 6.0, 8.0, 10.0)
PARTS = {
    "sentences": ("bad", "good", "open artifact", "open right"),
    "news": ("train",),
    "sealed sentences": ("sealed artifact", "sealed right"),
    "development news": ("development",),
}
"""The first two were learnt from. Of sentences about half are artifacts, in human-written news few matches are."""


def gains_by_tail(scorer: Scorer) -> dict[str, dict[int, list[float]]]:
    """For each part and number of tokens after the change what every suggestion gains beyond what it needs."""
    thresholds = Thresholds.load(model_data() / DEFAULT_MODEL)
    matches = collect(load_rules().rules)
    found: dict[str, dict[int, list[float]]] = {}
    for part, kinds in PARTS.items():
        own = [match for kind in kinds for match in matches.get(kind, ()) if match[1][0].rule.arbitrate is not None]
        found[part] = {}
        for tail in TAILS:
            with patch("tqcheck.lm.token_tree.TAIL", tail):
                told = suggestion_gains(scorer, [one for _, one in own])
            found[part][tail] = [
                gain - thresholds.needed(rule, candidate.rule.category, candidate.rule.arbitrate or 0.0)
                for (rule, (candidate, _)), gains in zip(own, told, strict=True)
                for gain in gains
            ]
    return found


def counted(beyond: Mapping[int, list[float]], tail: int, nats: float) -> tuple[str, str]:
    """The share of suggestions that ``tail`` tokens settle, and how many of these pass over all tokens."""
    settled = [whole for first, whole in zip(beyond[tail], beyond[TAIL], strict=True) if first < -nats]
    return f"{len(settled) / len(beyond[TAIL]):.0%}", str(sum(whole >= 0 for whole in settled))


def main() -> None:
    scorer = load_scorer(cache=Settings().cache_folder, engine="auto", keep_scores=True)
    found = gains_by_tail(scorer)
    rows = []
    for tail in TAILS[:-1]:
        for nats in NATS:
            chosen = " (in use)" if (tail, nats) == (EARLY_TAIL, EARLY_EXIT) else ""
            cells = [cell for part in PARTS for cell in counted(found[part], tail, nats)]
            rows.append([f"{tail}{chosen}", f"{nats:.0f}", *cells])
    numbers = {part: len(found[part][TAIL]) for part in PARTS}
    passing = {part: sum(one >= 0 for one in found[part][TAIL]) for part in PARTS}
    report = heading("Suggestions that a few tokens settle", ("torch", "transformers"))
    report += (
        f"Engine {scorer.engine}. A suggestion is settled where over so many tokens after its change it falls short\n"
        f"of what it needs by more than so many nats. It is wrong to settle one that passes over {TAIL} tokens. "
        + "; ".join(f"{part}: {numbers[part]} suggestions, {passing[part]} pass" for part in PARTS)
        + ".\n\n"
    )
    header = ["tokens after", "nats", *(f"{part}: {what}" for part in PARTS for what in ("settled", "wrongly"))]
    save("early-exit.md", report + table(header, rows))


if __name__ == "__main__":
    main()
