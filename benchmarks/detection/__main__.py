"""Verdicts and spans of the shipped weights against a file of judged documents or sentences.

    python -m benchmarks.detection documents FILE --report NAME    writes reports/NAME.md
    python -m benchmarks.detection spans FILE --report NAME

The files have the fields of ``documents.jsonl.gz`` and ``error_spans.jsonl.gz`` of the development data; plain or
gzip. Figures on documents that the weights were trained on say nothing: for those see
``python -m models.detector.train verdict --evaluate group``.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks.detection.documents import Judged, tables
from benchmarks.detection.marked import Edited, Marked, is_marked, read_edited, read_marked
from benchmarks.detection.spans import Tagged
from benchmarks.detection.spans import tables as span_tables
from benchmarks.reporting import heading, save
from benchmarks.split import BBC, NewsDocument, read_documents
from tqcheck.config.settings import Settings
from tqcheck.detector.ngrams import FRAMES
from tqcheck.detector.tagger import Tagger
from tqcheck.detector.verdict import VerdictModel
from tqcheck.pipeline.checker import Checker

EVERY = 10**9


def judge(documents: Iterator[NewsDocument], model: VerdictModel, checker: Checker) -> Iterator[Judged]:
    """Documents with the verdict of the shipped weights; documents that are not checked are left out.

    Where the language model has read the document, the verdict is that of the check, and its score the log-odds of
    the probability that the check shows, which is never under 0.01 or over 0.99.
    """
    for document in documents:
        result = checker.check_text(document.text, path="document.txt")
        if not result.checked or not result.words:
            continue
        if checker.settings.lm != "off" and result.verdict is not None:
            verdict = result.verdict
            odds = math.log(verdict.probability / (1 - verdict.probability))
        else:
            verdict = model.judge(document.text, result.findings, result.words)
            odds = model.log_odds(document.text, result.findings, result.words)
        masked = model.log_odds(document.text, (), result.words, kinds=(FRAMES,))
        source = verdict.sources[0].language if verdict.sources else None
        yield Judged(document, verdict.probability, odds, masked, source)


def tag(file: Path, cache: Path) -> tuple[list[Tagged], Tagger]:
    """The sentences of a file of marked or post-edited sentences with the tags of the shipped weights."""
    import torch

    from benchmarks.detection.states import states

    rows: list[Marked | Edited] = [*read_marked(file)] if is_marked(file) else [*read_edited(EVERY, file)]
    # By themselves: a file of sentences need not be in the order of a story.
    found = states([(row.text, "") for row in rows], cache, "judged")
    tagger = Tagger.open()
    tagged = []
    for index, row in enumerate(rows):
        part = slice(found.bounds[index], found.bounds[index + 1])
        scores = torch.from_numpy(found.scores[part])
        if not len(scores):
            continue
        ((errors, edits),) = tagger.tag([(torch.from_numpy(found.vectors[part]).float(), scores)])
        tagged.append(
            Tagged(row, found.places[part], found.ends[part], -found.scores[part], errors.numpy(), edits.numpy(), 0)
        )
    return tagged, tagger


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("documents", "spans"))
    parser.add_argument("file", type=Path)
    parser.add_argument("--report", required=True, help="name of the report in reports/, without .md")
    parser.add_argument("--lm", action="store_true", help="with all that the language model says of a text (slow)")
    parser.add_argument("--bbc", action="store_true", help="with the BBC's stories, whose house style tells them apart")
    parser.add_argument("--cache", type=Path, help="folder that keeps the states of the language model (spans)")
    arguments = parser.parse_args()
    if arguments.what == "spans":
        with tempfile.TemporaryDirectory() as folder:
            rows, tagger = tag(arguments.file, arguments.cache or Path(folder))
        title = f"Error spans on {arguments.file.name}"
        save(f"{arguments.report}.md", heading(title, ("torch", "numpy")) + span_tables(rows, tagger.bounds))
        return
    chosen = (one for one in read_documents(file=arguments.file) if arguments.bbc or one.year != BBC)
    checker = Checker(Settings(lm="require" if arguments.lm else "off"))
    judged = list(judge(chosen, VerdictModel.open(), checker))
    save(f"{arguments.report}.md", heading(f"Verdicts on {arguments.file.name}", ("numpy",)) + tables(judged))


if __name__ == "__main__":
    main()
