from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tqcheck.errors import ModelError
from tqcheck.lm.tokens import TextTokenizer, pieces


@pytest.fixture(scope="module")
def tokenizer(tiny_folder: Path) -> TextTokenizer:
    return TextTokenizer(tiny_folder)


TRICKY = [
    "Café 👍🏽 naïve\u0301 — “quoted” text.",
    "Family 👩‍👩‍👧 emoji.\r\nNext\u00a0line.",
    "In 2024,  1,200 people; 12½ ②",
    "中文 and العربية in one line",
    "<start> is plain text here",
]


@pytest.mark.parametrize("text", TRICKY)
def test_every_word_character_is_covered_and_order_is_kept(text: str, tokenizer: TextTokenizer) -> None:
    tokens = list(tokenizer.tokens(text, [(0, len(text))]))
    assert [token.id for token in tokens] == tokenizer.ids(text)
    assert tokens[-1].end == len(text)
    assert [token.end for token in tokens] == sorted(token.end for token in tokens)
    assert {token.sentence for token in tokens} == {0}


def test_special_blanks_count_as_blanks_and_keep_their_place(tokenizer: TextTokenizer) -> None:
    plain, special = "a b c\nd e", "a\u00a0b\u2009c\nd\u202fe"
    assert list(tokenizer.tokens(special, [(0, 5), (6, 9)])) == list(tokenizer.tokens(plain, [(0, 5), (6, 9)]))


def test_what_nobody_sees_changes_no_token_and_keeps_its_place(tokenizer: TextTokenizer) -> None:
    plain, special = "the government of José left", "the go\u00advern\u00adment\u200b of Jose\u0301 left"
    found = list(tokenizer.tokens(special, [(0, len(special))]))
    expected = list(tokenizer.tokens(plain, [(0, len(plain))]))
    assert [token.id for token in found] == [token.id for token in expected] == tokenizer.ids(special)
    assert [token.end for token in found] == sorted(token.end for token in found)
    assert found[-1].end == len(special)
    for one, other in zip(found, expected, strict=True):
        assert special[one.place] == plain[other.place] or plain[other.place] == "é"


def test_markers_of_the_model_are_plain_text(tokenizer: TextTokenizer) -> None:
    assert tokenizer.beginning not in tokenizer.ids("<start>")


def test_tokens_belong_to_the_sentence_of_their_first_visible_character(tokenizer: TextTokenizer) -> None:
    text = "One 👍.  Two 👩‍👧 here.\n\nThree."
    spans = [(0, 6), (8, text.index("\n")), (text.index("Three"), len(text))]
    owners = [token.sentence for token in tokenizer.tokens(text, spans)]
    assert [owner for owner in owners if owner >= 0] == sorted(owner for owner in owners if owner >= 0)
    for index, (start, end) in enumerate(spans):
        own = owners.count(index)
        alone = len(tokenizer.ids(text[start:end]))
        # The blank before a word is part of its token, so a sentence may have a different first token.
        assert abs(own - alone) <= 1, text[start:end]
    # Two blanks and two line ends; the second blank joins an emoji only in vocabularies that have such a token.
    assert owners.count(-1) in (3, 4)


def test_emoji_bytes_stay_in_one_sentence(tokenizer: TextTokenizer) -> None:
    text = "A. 👍 B."
    owners = [token.sentence for token in tokenizer.tokens(text, [(0, 2), (3, len(text))])]
    emoji = len(tokenizer.ids("👍"))
    assert emoji > 1
    assert [owner for owner in owners if owner >= 0] == [0, 0] + [1] * (emoji + len(tokenizer.ids(" B.")))


@cache
def blank_joining_tokenizer() -> TextTokenizer:
    """Trained on text full of blanks and stops, so that it joins them where it may."""
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers

    tokenizer = Tokenizer(models.BPE())
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=400, initial_alphabet=alphabet, show_progress=False)
    tokenizer.train_from_iterator(["aa bb ab\n\n ba  ab. a’b aab  bb"] * 20, trainer)
    with tempfile.TemporaryDirectory() as name:
        tokenizer.save(str(Path(name) / "tokenizer.json"))
        (Path(name) / "config.json").write_text('{"bos_token_id": 0}', encoding="utf-8")
        return TextTokenizer(Path(name))


sentences = st.lists(
    st.text(alphabet="ab 1é👍.’\n", min_size=1, max_size=30).map(str.strip).filter(bool), min_size=1, max_size=30
)


@given(sentences, st.sampled_from([" ", "\n", "\n\n", "  "]), st.integers(1, 60))
@settings(max_examples=150, deadline=None)
def test_pieces_give_the_tokens_of_the_whole(parts: list[str], joint: str, size: int) -> None:
    text, ends = "", []
    for part in parts:
        text += (joint if text else "") + part
        ends.append(len(text))
    cut = list(pieces(text, ends, size))
    assert "".join(text[start:end] for start, end in cut) == text
    assert all(end - start <= 2 * size or end == len(text) for start, end in cut)
    inner = [end for _, end in cut[:-1]]
    if all(end in ends for end in inner):
        ids = blank_joining_tokenizer().ids
        assert [token for start, end in cut for token in ids(text[start:end])] == ids(text)


def test_a_stretch_without_sentences_is_cut_all_the_same() -> None:
    assert [end - start for start, end in pieces("x" * 1000, [1000], 100)] == [100] * 8 + [200]
    assert list(pieces("", [], 10)) == []


def test_beginning_falls_back_to_the_end_token(tiny_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_bytes((tiny_folder / "tokenizer.json").read_bytes())
    with pytest.raises(ModelError, match="neither a beginning nor an end token"):
        TextTokenizer(tmp_path)
    (tmp_path / "config.json").write_text('{"eos_token_id": [5, 6]}', encoding="utf-8")
    assert TextTokenizer(tmp_path).beginning == 5
    (tmp_path / "tokenizer_config.json").write_text('{"bos_token": {"content": "<start>"}}', encoding="utf-8")
    assert TextTokenizer(tmp_path).beginning == 0


def test_damaged_tokenizer(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{", encoding="utf-8")
    with pytest.raises(ModelError, match="the tokenizer cannot be loaded"):
        TextTokenizer(tmp_path)
