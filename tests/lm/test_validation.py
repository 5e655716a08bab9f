from __future__ import annotations

import json
import shutil
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tqcheck.errors import ModelError
from tqcheck.lm.scoring import load_scorer
from tqcheck.lm.validation import need_causal_folder


@pytest.fixture(params=["llama", "gpt2"])
def folder(request: pytest.FixtureRequest, tiny_folder: Path, tiny_gpt2: Path, tmp_path: Path) -> Path:
    """A whole model to be damaged."""
    copy = tmp_path / "model"
    shutil.copytree(tiny_folder if request.param == "llama" else tiny_gpt2, copy)
    return copy


def configure(folder: Path, **changes: Any) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text(encoding="utf-8")), **changes}), encoding="utf-8")


def refused(folder: Path, told: str) -> None:
    """Loading says folder and reason, before any scoring."""
    with pytest.raises(ModelError, match=told) as caught:
        load_scorer(str(folder), cache=folder.parent / "cache")
    assert str(folder) in str(caught.value)


def test_whole_folders(folder: Path) -> None:
    assert [path.name for path in need_causal_folder(folder)] == ["model.safetensors"]
    load_scorer(str(folder), cache=folder.parent / "cache").score([("A b.", [(0, 4)])])


def test_a_file_and_an_empty_folder(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    refused(tmp_path / "empty", "the folder is empty")
    (tmp_path / "file").write_text("x", encoding="utf-8")
    refused(tmp_path / "file", "a file; --model takes the folder")


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"model_type": 3}', "\udcff"])
def test_a_config_that_is_none(folder: Path, text: str) -> None:
    (folder / "config.json").write_bytes(text.encode("utf-8", "surrogateescape"))
    refused(folder, r"config\.json: (cannot be read|names no model_type)")


@pytest.mark.parametrize("kind", ["masked", "causal head"])
def test_an_encoder(kind: str, tiny_folder: Path, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    config = transformers.BertConfig(
        vocab_size=330, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16
    )
    model = transformers.BertForMaskedLM if kind == "masked" else transformers.BertLMHeadModel
    model(config).save_pretrained(tmp_path / "bert")
    shutil.copy(tiny_folder / "tokenizer.json", tmp_path / "bert")
    refused(
        tmp_path / "bert", "Bert.* is no causal model" if kind == "masked" else "bert without is_decoder.* no causal"
    )


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"architectures": ["LlamaForSequenceClassification"]}, "ForSequenceClassification is no causal model"),
        ({"model_type": "t5", "architectures": ["T5ForConditionalGeneration"]}, "t5 is no causal model"),
        (
            {"model_type": "own", "architectures": None, "auto_map": {"AutoModelForCausalLM": "own.M"}},
            "code of its own",
        ),
        ({"model_type": "vit", "architectures": "x"}, "vit is no causal model"),
    ],
)
def test_other_architectures(folder: Path, changes: dict[str, Any], told: str) -> None:
    configure(folder, **changes)
    refused(folder, told)


def test_an_encoder_with_its_decoder(folder: Path) -> None:
    configure(folder, model_type="marian", is_encoder_decoder=True, architectures=["MarianForCausalLM"])
    refused(folder, "marian with is_encoder_decoder is no causal model")


def test_a_decoder_of_a_two_sided_kind(folder: Path) -> None:
    configure(folder, model_type="bert", is_decoder=True, architectures=["BertLMHeadModel"])
    assert need_causal_folder(folder)


def test_no_tokenizer(folder: Path) -> None:
    (folder / "tokenizer.json").unlink()
    refused(folder, "no tokenizer")


def test_no_beginning_token(folder: Path) -> None:
    (folder / "tokenizer_config.json").unlink()
    (folder / "generation_config.json").unlink(missing_ok=True)
    configure(folder, bos_token_id=None, eos_token_id=None)
    refused(folder, "names neither a beginning nor an end token")


def test_a_beginning_token_that_the_model_has_not(folder: Path) -> None:
    (folder / "tokenizer_config.json").write_text("{}", encoding="utf-8")
    configure(folder, bos_token_id=100_000)
    refused(folder, "the beginning token is 100000, but the model has")


def add_tokens(folder: Path, *, special: bool) -> None:
    from tokenizers import AddedToken, Tokenizer

    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    tokens = [AddedToken(f"<{number}>", special=special) for number in range(40)]
    _ = tokenizer.add_special_tokens(tokens) if special else tokenizer.add_tokens(tokens)
    tokenizer.save(str(folder / "tokenizer.json"))


def test_a_vocabulary_larger_than_the_embedding(folder: Path) -> None:
    add_tokens(folder, special=False)
    refused(folder, r"the tokenizer has tokens up to \d+, but the model's embedding \d+ rows")


def test_markers_without_a_row_are_no_harm(folder: Path) -> None:
    add_tokens(folder, special=True)
    scorer = load_scorer(str(folder), cache=folder.parent / "cache")
    assert scorer.score([("A <7> b.", [(0, 8)])])[0][0].tokens > 3


@pytest.mark.parametrize("part", ["nothing", "header", "half", "one byte less", "more", "noise"])
def test_damaged_weights(folder: Path, part: str) -> None:
    path = folder / "model.safetensors"
    whole = path.read_bytes()
    damaged = {
        "nothing": b"",
        "header": whole[:100],
        "half": whole[: len(whole) // 2],
        "one byte less": whole[:-1],
        "more": whole + b"\0",
        "noise": whole[:8] + b"\0" * (len(whole) - 8),
    }
    path.write_bytes(damaged[part])
    refused(folder, r"the model cannot be loaded: model\.safetensors .*; copy or fetch it again")


def test_a_part_that_is_missing(folder: Path) -> None:
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index), encoding="utf-8")
    refused(folder, "model-00002-of-00002.safetensors is missing")
    (folder / "model.safetensors.index.json").write_text("[]", encoding="utf-8")
    refused(folder, "index.json: cannot be read")


def test_an_index_of_another_form_is_left_alone(folder: Path) -> None:
    (folder / "pytorch_model.bin.index.json").write_text('{"weight_map": {"a": "pytorch_model-1.bin"}}', "utf-8")
    assert need_causal_folder(folder)


def test_pickled_weights_cut_short(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    path = folder / "pytorch_model.bin"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("data.pkl", bytes(5000))
    assert need_causal_folder(folder) == [path]
    path.write_bytes(path.read_bytes()[:-100])
    refused(folder, r"pytorch_model\.bin is cut short")
