"""The language model: fetched once, kept in the user's cache, used for surprisal and for judging fixes.

``models`` brings a model onto the machine, ``scoring`` gives surprisal and
log-probability, ``calibration`` turns surprisal into fluency, ``arbitration``
compares a sentence with its fix. torch and the like are imported only where
they are used, so importing these modules needs no extra.
"""

from __future__ import annotations
