from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tqcheck.lm.trees import TokenTree, grow


def path(tree: TokenTree, node: int) -> list[int]:
    found = []
    while node:
        assert tree.depths[node] == tree.depths[tree.parents[node]] + 1
        assert tree.parents[node] < node
        found.append(tree.ids[node])
        node = tree.parents[node]
    return found[::-1]


@given(st.lists(st.lists(st.integers(1, 3), max_size=8), max_size=12), st.integers(2, 30))
def test_every_sequence_is_the_path_to_its_leaf(sequences: list[list[int]], size: int) -> None:
    trees = grow(sequences, 0, size)
    seen = []
    for tree in trees:
        assert tree.ids[0] == 0
        assert len(tree) <= max(size, 1 + max(len(sequence) for sequence in sequences))
        for member, leaf in zip(tree.members, tree.leaves, strict=True):
            assert path(tree, leaf) == sequences[member]
            assert tree.path(leaf) == (0, *sequences[member])
            seen.append(member)
    assert sorted(seen) == list(range(len(sequences)))


def test_common_beginnings_are_kept_once() -> None:
    (tree,) = grow([[1, 2, 3, 4], [1, 2, 5], [1, 2, 3, 4], [1, 2]], 0, 100)
    assert len(tree) == 1 + 5
    assert len(tree.members) == 4
