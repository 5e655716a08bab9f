from __future__ import annotations

import functools
import gc
import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from tqcheck.cache.folder import cache_folder
from tqcheck.rules import collection, loader
from tqcheck.rules.schema import Rule

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


# Many tests read the built-in packs, and many keep them compiled, which takes seconds each. They get what stands in the
# copy that is kept of them, and the expressions as they are compiled there: the copy belongs to the packs and to the
# code that reads and compiles them, and where there is none yet, it is made here, before there are workers.
# Packs of one's own are read anew each time.
ANEW = {(loader, "parse_pack"): loader.parse_pack, (collection, "compiled"): collection.compiled}
BUILTIN = dict(loader.builtin_packs())
READ: dict[str, list[Rule]] = {}
CODES: dict[str, Any] = {}
for rule in loader.load_rules(cache=cache_folder()).rules:
    READ.setdefault(rule.file, []).append(rule)
    CODES |= {pattern.regex: pattern.code for pattern in rule.patterns}


def parse_pack(content: str, file: str, *, pack: str | None = None) -> list[Rule]:
    if pack is not None and BUILTIN.get(file) == content:
        return list(READ[file])
    read: Callable[..., list[Rule]] = ANEW[loader, "parse_pack"]
    return read(content, file, pack=pack)


@functools.cache
def compiled(regex: str) -> Any:
    return CODES.get(regex) or ANEW[collection, "compiled"](regex)


loader.parse_pack = parse_pack
collection.compiled = compiled

if "PYTEST_XDIST_WORKER" in os.environ:
    # The workers fill the cores; more threads in each of them would wait for one another. Read when torch is imported.
    os.environ.setdefault("OMP_NUM_THREADS", "1")

hypothesis.settings.register_profile("quick", max_examples=60, deadline=None)
hypothesis.settings.register_profile("deep", max_examples=400, deadline=None)


def pytest_configure(config: pytest.Config) -> None:
    hypothesis.settings.load_profile("deep" if asks_for_slow(config) else "quick")


def asks_for_slow(config: pytest.Config) -> bool:
    return "slow" in config.option.markexpr.replace("not slow", "")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Among the slow tests, those that draw their examples run again, with many more of them."""
    if asks_for_slow(config):
        for item in items:
            if getattr(getattr(item, "obj", None), "is_hypothesis_test", False):
                item.add_marker(pytest.mark.slow)


@pytest.hookimpl(trylast=True)
def pytest_collection_finish() -> None:
    """What is there now stays to the end: the garbage collector need not look through it again and again."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the built-in packs read and their expressions compiled each time, as outside the tests."""
    for (module, name), function in ANEW.items():
        monkeypatch.setattr(module, name, function)


@pytest.fixture(scope="session")
def seconds() -> Callable[..., float]:
    """Measures a call: processor seconds of the better of two runs, or of the first that takes less than ``enough``.

    Without the garbage collector, which would add the time of every object of the whole test session.
    """

    def measure(call: Callable[[], object], enough: float = 0.0) -> float:
        taken = []
        gc.collect()
        gc.disable()
        try:
            for _ in range(2):
                start = time.process_time()
                call()
                taken.append(time.process_time() - start)
                if taken[-1] < enough:
                    break
        finally:
            gc.enable()
        return min(taken)

    return measure


@pytest.fixture(scope="session")
def growth(seconds: Callable[..., float]) -> Callable[..., float]:
    """How many times the processor time of ``small`` does ``large`` take, in the best of five pairs.

    Stops at the first pair under ``bound``: a busy machine spoils some pairs, a bad complexity all of them. What takes
    less than 20 ms is taken as 20, since it cannot be compared.
    """

    def measure(small: Callable[[], object], large: Callable[[], object], bound: float) -> float:
        ratios = []
        for _ in range(5):
            least = max(seconds(small), 0.02)
            ratios.append(seconds(large, bound * least) / least)
            if ratios[-1] < bound:
                break
        return min(ratios)

    return measure


@pytest.fixture(scope="session")
def seed() -> Path:
    folder = SHARED / "seed"
    if not folder.is_dir():
        pytest.skip("the seed article is not beside this checkout (../shared/seed)")
    return folder


TRAINING = [
    "The minister said on Monday that the talks had failed, and the markets fell by 3 percent.",
    "She told reporters that nobody had expected the vote to be so close after a long campaign.",
    "The company, which employs 1,200 people, will close two of its plants in the north by 2026.",
]


def save_tokenizer(folder: Path) -> None:
    """A byte-level tokenizer with few merges, special token 0 at the beginning."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    tokenizer.decoder = decoders.ByteLevel()
    start = AddedToken("<start>", special=True, normalized=False)
    trainer = trainers.BpeTrainer(
        vocab_size=330,
        special_tokens=[start],
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator(TRAINING * 4, trainer)
    tokenizer.save(str(folder / "tokenizer.json"))
    (folder / "tokenizer_config.json").write_text(json.dumps({"bos_token": "<start>"}), encoding="utf-8")


def tiny_model(folder: Path, seed: int, make: Callable[[Any, int], Any]) -> Path:
    """A random model in a folder with a tokenizer; ``make`` gets transformers and the number of tokens."""
    torch = pytest.importorskip("torch")
    transformers = pytest.importorskip("transformers")
    save_tokenizer(folder)
    vocabulary = len(json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"])
    torch.manual_seed(seed)
    make(transformers, vocabulary).save_pretrained(folder)
    return folder


def _llama(transformers: Any, vocabulary: int) -> Any:
    config = transformers.LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=64,
        intermediate_size=96,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=65,
        initializer_range=0.3,
        tie_word_embeddings=True,
        bos_token_id=0,
        eos_token_id=0,
    )
    return transformers.LlamaForCausalLM(config)


def _gpt2(transformers: Any, vocabulary: int) -> Any:
    config = transformers.GPT2Config(
        vocab_size=vocabulary, n_positions=65, n_embd=32, n_layer=2, n_head=2, initializer_range=0.3, bos_token_id=0
    )
    return transformers.GPT2LMHeadModel(config)


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random llama of 2 layers that takes 65 tokens, as transformers saves it."""
    return tiny_model(tmp_path_factory.mktemp("tiny-llama"), 7, _llama)


@pytest.fixture(scope="session")
def tiny_gpt2(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random model of another architecture, which goes through transformers."""
    return tiny_model(tmp_path_factory.mktemp("tiny-gpt2"), 8, _gpt2)
