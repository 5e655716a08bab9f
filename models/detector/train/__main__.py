"""Trains the detector's weights from the development data, and tests them on held-out parts.

    python -m models.detector.train verdict                      writes models/detector/verdict.safetensors
    python -m models.detector.train verdict --evaluate group     writes reports/detection-group.md
    python -m models.detector.train origin --cache FOLDER        writes models/detector/origin.safetensors
    python -m models.detector.train spans --cache FOLDER         writes models/detector/tagger.safetensors
    python -m models.detector.train calques --cache FOLDER       writes models/detector/calques.safetensors
    python -m models.detector.train fluency --cache FOLDER       writes models/detector/fluency.safetensors

``origin`` also takes ``--evaluate`` and writes ``reports/detection-KIND-states.md``; ``spans`` tests by folds and
writes ``reports/detection-spans.md``, ``calques`` ``reports/detection-calques.md``. States of the language model are
kept in FOLDER. Needs the extra ``train``. On two cores the verdict takes five minutes, ``spans`` an hour and a half,
``origin`` an hour, ``calques`` half of one, ``fluency`` 25 minutes. After that the calibration must be made anew
(``benchmarks/calibrate.py``); ``benchmarks/fluency.py`` tests it.
"""

from __future__ import annotations

import argparse
from pathlib import Path

KINDS = ("group", "system", "article")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=("verdict", "spans", "calques", "origin", "fluency"))
    parser.add_argument("--evaluate", choices=KINDS, action="append", help="test on parts held out instead of training")
    parser.add_argument("--cache", type=Path, help="folder that keeps the states of the language model")
    parser.add_argument("--unread", type=Path, help="calques: file for what is shown in news and was not yet read")
    arguments = parser.parse_args()
    if arguments.part == "spans":
        from models.detector.train import spans

        if arguments.cache is None:
            parser.error("spans needs --cache, a folder with 1 GB of room")
        spans.run(arguments.cache)
        return
    if arguments.part == "calques":
        from models.detector.train import calques

        if arguments.cache is None:
            parser.error("calques needs --cache, a folder with 3 GB of room")
        calques.run(arguments.cache, unread=arguments.unread)
        return
    if arguments.part == "fluency":
        from models.detector.train import fluency

        if arguments.cache is None:
            parser.error("fluency needs --cache, a folder with 3 GB of room")
        fluency.run(arguments.cache)
        return
    if arguments.part == "origin":
        from models.detector.train import origin

        if arguments.cache is None:
            parser.error("origin needs --cache, a folder with 5 GB of room")
        origin.run(arguments.cache, arguments.evaluate or ())
        return
    from models.detector.train import verdict

    prepared = verdict.prepare()
    for kind in arguments.evaluate or ():
        verdict.evaluate(prepared, kind)
    if not arguments.evaluate:
        verdict.train(prepared)


if __name__ == "__main__":
    main()
