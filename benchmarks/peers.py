"""Other tools beside tqcheck: tokens per second on the same sentences, and whether sentences keep their order.

Sentences of the development part, half of them machine-translated, each scored
by itself after the beginning token; every tool gets them in the same order,
counts the same tokens and has the same threads, in a process of its own: where
two libraries bring their own pools of threads, passes of many small products
take twice the time (tqcheck's beside CTranslate2). Rounds are interleaved, so that
whatever else the machine does meets all alike; the best round counts. Each
round also multiplies large matrices of 8-bit integers, and a tool's share of
the fastest such product is the arithmetic that its tokens need, 2 operations
for each parameter in a matrix, over what the machine can do.

    pip install -e '.[test,peers]'                            minicons and CTranslate2
    pip install llama-cpp-python                              builds for some minutes with a C++ compiler
    pip install openai && pip install --no-deps lmppl         it pins an old protobuf that it does not need here

What is not installed has a row that says so.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import multiprocessing
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import redirect_stderr, suppress
from dataclasses import dataclass
from functools import partial
from importlib import metadata
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np
from engines import stories
from peak import Int8Peak
from ranks import Values, spearman
from reporting import heading, save, table

import tqcheck
from tqcheck.config.settings import ENGINES
from tqcheck.lm import models
from tqcheck.lm.scoring import load_scorer
from tqcheck.lm.silence import silenced

SIZE = 32
"""Sentences that a tool is given at once where its user chooses."""
_BATCH_TOKENS = 2048  # the same as tqcheck's
_PAUSE = 0.5  # seconds in which the threads of the tool before stop spinning


@dataclass(frozen=True, slots=True)
class Peer:
    """A tool with its model loaded.

    ``run`` gives the natural log-probability of each text by itself, after the
    beginning token; ``version`` is that of the package.
    """

    name: str
    version: str
    run: Callable[[Sequence[str]], list[float]]


@dataclass(frozen=True, slots=True)
class Site:
    """What all tools are loaded with: the model's folder, threads, and a folder for what they convert it to."""

    folder: Path
    threads: int
    scratch: Path

    def tokenizer(self) -> Any:
        """The tokenizer of transformers; pads with the beginning token, which masks then hide."""
        from transformers import PreTrainedTokenizerFast

        settings = json.loads((self.folder / "tokenizer_config.json").read_text("utf-8"))
        marker = settings["bos_token"]
        file = str(self.folder / "tokenizer.json")
        return PreTrainedTokenizerFast(tokenizer_file=file, bos_token=marker, pad_token=marker)

    def model(self) -> Any:
        """The model of transformers in float32."""
        import torch
        from transformers import AutoModelForCausalLM

        torch.set_num_threads(self.threads)
        with silenced():
            return AutoModelForCausalLM.from_pretrained(self.folder, dtype=torch.float32).eval()


def open_transformers(site: Site) -> Peer:
    """transformers as its users call it: batches in the order given, scores over the whole vocabulary."""
    import torch

    tokenizer, model = site.tokenizer(), site.model()

    def run(texts: Sequence[str]) -> list[float]:
        found: list[float] = []
        with torch.inference_mode():
            for some in _batches(texts):
                marked = [tokenizer.bos_token + text for text in some]
                inputs = tokenizer(marked, return_tensors="pt", padding=True, return_token_type_ids=False)
                scores = torch.log_softmax(model(**inputs).logits[:, :-1], dim=-1)
                each = scores.gather(2, inputs["input_ids"][:, 1:, None])[..., 0]
                found.extend((each * inputs["attention_mask"][:, 1:]).sum(dim=1).tolist())
        return found

    return Peer(f"transformers float32, by {SIZE}", metadata.version("transformers"), run)


def open_tqcheck(site: Site, engine: str) -> Peer:
    """One of tqcheck's own engines, each sentence a document of its own."""
    scorer = load_scorer(str(site.folder), cache=site.scratch, threads=site.threads, engine=engine, prefix_cache=False)

    def run(texts: Sequence[str]) -> list[float]:
        documents = [(text, [(0, len(text))]) for text in texts]
        return [-one.bits * math.log(2) for (one,) in scorer.score(documents)]

    return Peer(f"tqcheck {engine}", tqcheck.__version__, run)


def open_minicons(site: Site) -> Peer:
    """minicons in batches, in the order given."""
    from minicons.scorer import IncrementalLMScorer

    scorer = IncrementalLMScorer(site.model(), "cpu", tokenizer=site.tokenizer())

    def run(texts: Sequence[str]) -> list[float]:
        return [
            score
            for some in _batches(texts)
            for score in scorer.sequence_score(list(some), reduction=lambda each: each.sum().item(), bos_token=True)
        ]

    return Peer(f"minicons, by {SIZE}", metadata.version("minicons"), run)


def open_lmppl(site: Site) -> Peer:
    """lmppl in batches, in the order given; it gives perplexities, which are taken back to sums."""
    import lmppl
    import torch

    tokenizer = site.tokenizer()
    # Its constructor hands transformers an argument that version 5 refuses, so what it would set is set here.
    scorer = lmppl.LM.__new__(lmppl.LM)
    scorer.tokenizer, scorer.model, scorer.device = tokenizer, site.model(), torch.device("cpu")
    scorer.max_length, scorer.pad_token_initialized = None, False
    scorer.loss_fct = torch.nn.CrossEntropyLoss(reduction="none")

    def run(texts: Sequence[str]) -> list[float]:
        # It draws a bar for every call.
        with redirect_stderr(io.StringIO()):
            found = scorer.get_perplexity([tokenizer.bos_token + text for text in texts], batch_size=SIZE)
        counts = [len(tokenizer(text)["input_ids"]) for text in texts]
        return [-math.log(one) * count for one, count in zip(found, counts, strict=True)]

    return Peer(f"lmppl, by {SIZE}", metadata.version("lmppl"), run)


def open_ctranslate2(site: Site, precision: str) -> Peer:
    """CTranslate2, which sorts the sentences by length itself."""
    import ctranslate2
    from ctranslate2.converters import TransformersConverter

    converted = site.scratch / "ctranslate2"
    if not converted.is_dir():
        with silenced():
            TransformersConverter(str(site.folder)).convert(str(converted))
    tokenizer = site.tokenizer()
    generator = ctranslate2.Generator(str(converted), compute_type=precision, intra_threads=site.threads)

    def run(texts: Sequence[str]) -> list[float]:
        rows = [[tokenizer.bos_token, *tokenizer.tokenize(text)] for text in texts]
        results = generator.score_batch(rows, max_batch_size=_BATCH_TOKENS, batch_type="tokens", max_input_length=0)
        return [math.fsum(one.log_probs) for one in results]

    return Peer(f"CTranslate2 {precision}", metadata.version("ctranslate2"), run)


def open_llama_cpp(site: Site) -> Peer:
    """llama.cpp through llama-cpp-python on the GGUF file beside the model, one sentence after the other."""
    import llama_cpp

    files = sorted(site.folder.glob("*.gguf"))
    if not files:
        raise FileNotFoundError("no GGUF file beside the model")
    tokenizer = site.tokenizer()
    model = llama_cpp.Llama(
        str(files[0]), n_ctx=1024, n_threads=site.threads, n_threads_batch=site.threads, logits_all=True, verbose=False
    )

    def run(texts: Sequence[str]) -> list[float]:
        found = []
        for text in texts:
            ids = tokenizer(text)["input_ids"]
            model.reset()
            model.eval([tokenizer.bos_token_id, *ids])
            logits = np.asarray(model.scores[: len(ids)])
            top = logits.max(axis=1)
            normalizer = np.log(np.exp(logits - top[:, None]).sum(axis=1)) + top
            found.append(float((logits[np.arange(len(ids)), ids] - normalizer).sum()))
        return found

    kind = files[0].stem.rpartition(".")[2]
    return Peer(f"llama.cpp {kind}, one by one", metadata.version("llama-cpp-python"), run)


REFERENCE = "transformers"
OPENERS: dict[str, Callable[[Site], Peer]] = {
    REFERENCE: open_transformers,
    **{
        f"tqcheck {name}": partial(open_tqcheck, engine=name)
        for name in ENGINES
        if name not in ("auto", "transformers")
    },
    "minicons": open_minicons,
    "lmppl": open_lmppl,
    "CTranslate2 float32": partial(open_ctranslate2, precision="float32"),
    "CTranslate2 int8": partial(open_ctranslate2, precision="int8"),
    "llama.cpp": open_llama_cpp,
}


def open_all(site: Site, names: Sequence[str] = tuple(OPENERS)) -> dict[str, Peer | str]:
    """Each peer by its name in :data:`OPENERS`, or why it has no figures."""
    found: dict[str, Peer | str] = {}
    for name in names:
        try:
            found[name] = OPENERS[name](site)
        except ModuleNotFoundError as error:
            found[name] = f"not installed ({error.name})"
        except FileNotFoundError as error:
            found[name] = str(error)
        # The others are measured also where one does not get on with the versions installed here.
        except Exception as error:
            found[name] = f"does not load: {type(error).__name__}: {str(error).partition(chr(10))[0]}"
    return found


def open_apart(site: Site, names: Sequence[str]) -> dict[str, Peer | str]:
    """As :func:`open_all`, each in a process of its own, which ends with this one."""
    context = multiprocessing.get_context("spawn")
    found: dict[str, Peer | str] = {}
    for name in names:
        here, there = context.Pipe()
        context.Process(target=_serve, args=(there, site, name), daemon=True).start()
        told = here.recv()
        found[name] = told if isinstance(told, str) else Peer(*told, partial(_asked, here))
    return found


def _asked(pipe: Connection, texts: Sequence[str]) -> list[float]:
    pipe.send(list(texts))
    found: list[float] = pipe.recv()
    return found


def _serve(pipe: Connection, site: Site, name: str) -> None:
    """Open one peer, say what it is or why it is not, and run it on what is asked."""
    peer = open_all(site, [name])[name]
    pipe.send(peer if isinstance(peer, str) else (peer.name, peer.version))
    # Until the other end is closed.
    with suppress(EOFError):
        while isinstance(peer, Peer):
            pipe.send(peer.run(pipe.recv()))


def parameters_in_matrices(model: Any) -> int:
    """Parameters that each token is multiplied by: linear layers with the output layer, not the rows it looks up."""
    from torch.nn import Linear

    return sum(layer.weight.numel() for layer in model.modules() if isinstance(layer, Linear))


def best_seconds(peers: Sequence[Peer], texts: Sequence[str], rounds: int, between: Callable[[], None]) -> list[float]:
    """Seconds of each peer's best pass, one round after another; ``between`` is called once a round."""
    best = [math.inf] * len(peers)
    for _ in range(rounds):
        for index, peer in enumerate(peers):
            time.sleep(_PAUSE)
            begun = time.perf_counter()
            peer.run(texts)
            best[index] = min(best[index], time.perf_counter() - begun)
        time.sleep(_PAUSE)
        between()
    return best


def rows_of(
    opened: dict[str, Peer | str],
    seconds: dict[str, float],
    scores: dict[str, Values],
    counts: Values,
    operations: float,
    peak: float,
) -> list[list[str]]:
    """The report's rows. ``operations`` are those of one token, ``peak`` is in 10⁹ a second, scores in nats a token."""
    tokens = int(counts.sum())
    slowest = seconds[REFERENCE]
    rows = []
    for name, peer in opened.items():
        if isinstance(peer, str):
            rows.append([f"{name}: {peer}", *[""] * 6])
            continue
        rate = tokens / seconds[name]
        rows.append(
            [
                peer.name,
                peer.version,
                f"{rate:,.0f}",
                f"{slowest / seconds[name]:.2f}×",
                f"{operations * rate / (peak * 1e9):.1%}",
                f"{spearman(scores[name], scores[REFERENCE]):.4f}",
                f"{np.abs(scores[name] - scores[REFERENCE]).max():.4f}",
            ]
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--words", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=4)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", nargs="+", choices=[one for one in OPENERS if one != REFERENCE], metavar="PEER")
    parser.add_argument("--report", default="peers.md", help="file in reports/")
    arguments = parser.parse_args()
    texts = [text[start:end] for text, spans in stories(arguments.words) for start, end in spans]
    names = [REFERENCE, *(arguments.only or [one for one in OPENERS if one != REFERENCE])]
    with tempfile.TemporaryDirectory() as scratch:
        site = Site(models.resolve().folder, arguments.threads, Path(scratch))
        opened = open_apart(site, names)
        ready = {name: peer for name, peer in opened.items() if isinstance(peer, Peer)}
        counts = np.array([len(ids) for ids in site.tokenizer()(texts)["input_ids"]])
        parameters = parameters_in_matrices(site.model())
        # The first pass also makes everything warm.
        scores = {name: np.array(peer.run(texts)) / counts for name, peer in ready.items()}
        peak = Int8Peak(arguments.threads)
        best = best_seconds(list(ready.values()), texts, arguments.rounds, peak.round)
    rows = rows_of(opened, dict(zip(ready, best, strict=True)), scores, counts, 2.0 * parameters, peak.gops)
    report = heading("Other tools beside the language model's engines", ("torch", "transformers")) + (
        f"{len(texts)} sentences, {counts.sum():,} tokens, {arguments.threads} threads; best of {arguments.rounds} "
        "interleaved rounds. Each sentence is scored by itself after the beginning token. Spearman and the largest "
        "difference (nats per token) are those of sentences against transformers in float32. The largest product of "
        f"8-bit integers through torch's oneDNN made {peak.gops:,.0f} × 10⁹ operations a second; the share of it is "
        f"2 × {parameters:,} parameters in matrices × tokens/s.\n\n"
    )
    header = ["tool", "version", "tokens/s", "speed", "share of int8 peak", "Spearman", "largest difference"]
    save(arguments.report, report + table(header, rows))


def _batches(texts: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(texts), SIZE):
        yield texts[start : start + SIZE]


if __name__ == "__main__":
    main()
