"""Engines side by side: speed on the same tokens, and whether sentences keep their scores.

Stories of the development part, original English and machine translation, are
scored by each engine in turn, round after round, so that whatever else the
machine does meets all alike; the best round counts. Beside them stands
transformers called as its users call it: sentences in batches of 32, float32,
scores over the whole vocabulary.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from ranks import spearman
from reporting import heading, save, table
from split import read_documents

from tqcheck.config.settings import ENGINES
from tqcheck.lm import models
from tqcheck.lm.scoring import Scorer, load_scorer
from tqcheck.lm.silence import silenced
from tqcheck.text.sentences import split_sentences

Story = tuple[str, list[tuple[int, int]]]


def stories(words: int) -> list[Story]:
    """About ``words`` words of stories with the spans of their sentences, half of them machine-translated."""
    chosen: list[Story] = []
    for label in ("original", "machine"):
        count = 0
        for document in read_documents("development", frozenset({label})):
            spans = [(one.start, one.end) for one in split_sentences(document.text, 0, len(document.text))]
            chosen.append((document.text, spans))
            count += len(document.text.split())
            if count >= words // 2:
                break
    return chosen


def plain_transformers(texts: Sequence[Story]) -> Callable[[], None]:
    """A pass over the sentences in batches of 32 with transformers alone."""
    import torch
    from transformers import AutoModelForCausalLM, AutoTokenizer

    folder = models.resolve().folder
    with silenced():
        tokenizer = AutoTokenizer.from_pretrained(folder)
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    tokenizer.pad_token = tokenizer.eos_token
    sentences = [text[start:end] for text, spans in texts for start, end in spans]

    def run() -> None:
        with torch.inference_mode():
            for start in range(0, len(sentences), 32):
                inputs = tokenizer(sentences[start : start + 32], return_tensors="pt", padding=True)
                logits = model(**inputs).logits
                torch.log_softmax(logits, dim=-1).gather(2, inputs["input_ids"][..., None])

    return run


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--words", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--report", default="engines.md", help="file in reports/")
    arguments = parser.parse_args()
    texts = stories(arguments.words)
    scorers: dict[str, Scorer] = {
        name: load_scorer(engine=name, prefix_cache=False) for name in ENGINES if name != "auto"
    }
    scores = {
        name: [one.bits / one.tokens for document in scorer.score(texts) for one in document if one.tokens]
        for name, scorer in scorers.items()
    }
    passes: dict[str, Callable[[], object]] = {
        name: lambda scorer=scorer: scorer.score(texts) for name, scorer in scorers.items()
    }
    passes["transformers, sentences by 32"] = plain_transformers(texts)
    best = dict.fromkeys(passes, float("inf"))
    for _ in range(arguments.rounds):
        for name, run in passes.items():
            begun = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - begun)
    tokens = sum(one.tokens for document in scorers["float32"].score(texts) for one in document)
    slowest = best["transformers, sentences by 32"]
    rows = []
    for name, seconds in best.items():
        mine = scores.get(name)
        apart = [] if mine is None else [abs(a - b) for a, b in zip(mine, scores["transformers"], strict=True)]
        rows.append(
            [
                name,
                f"{tokens / seconds:,.0f}",
                f"{slowest / seconds:.2f}×",
                "" if mine is None else f"{spearman(np.array(mine), np.array(scores['transformers'])):.4f}",
                f"{max(apart):.4f}" if apart else "",
            ]
        )
    report = heading("Engines of the language model", ("torch", "transformers")) + (
        f"{len(texts)} stories, {tokens:,} tokens, {len(scores['float32'])} sentences; best of {arguments.rounds} "
        "rounds. Spearman and the largest difference (bits per token) are those of sentences against transformers in "
        "float32.\n\n"
    )
    report += table(["engine", "tokens/s", "speed", "Spearman", "largest difference"], rows)
    save(arguments.report, report)


if __name__ == "__main__":
    main()
