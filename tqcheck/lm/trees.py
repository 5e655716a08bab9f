"""Token sequences laid out as a tree, so that what they share is computed once.

A sentence and its corrected versions differ in a few words: as a tree they
cost little more than one sentence.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class TokenTree:
    """Nodes in an order where parents come first; node 0 is the beginning token.

    ``ids``, ``depths`` and ``parents`` have one entry for each node (the root's
    parent is -1); ``leaves[i]`` is the last node of sequence ``i`` of ``members``.
    """

    ids: list[int]
    depths: list[int] = field(default_factory=lambda: [0])
    parents: list[int] = field(default_factory=lambda: [-1])
    members: list[int] = field(default_factory=list)
    leaves: list[int] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.ids)

    def path(self, node: int) -> tuple[int, ...]:
        """The ids from the beginning token to this node."""
        found: list[int] = []
        while node >= 0:
            found.append(self.ids[node])
            node = self.parents[node]
        return tuple(reversed(found))


def grow(sequences: Sequence[Sequence[int]], beginning: int, size: int) -> list[TokenTree]:
    """Trees that together hold every sequence once, each of at most ``size`` nodes unless one sequence is longer."""
    trees: list[TokenTree] = []
    tree = TokenTree([beginning])
    path: list[int] = []
    previous: Sequence[int] = ()
    for member in sorted(range(len(sequences)), key=lambda index: tuple(sequences[index])):
        sequence = sequences[member]
        shared = _shared(previous, sequence)
        if tree.members and len(tree) + len(sequence) - shared > size:
            trees.append(tree)
            tree, path, shared = TokenTree([beginning]), [], 0
        del path[shared:]
        for token in sequence[shared:]:
            parent = path[-1] if path else 0
            tree.ids.append(token)
            tree.depths.append(tree.depths[parent] + 1)
            tree.parents.append(parent)
            path.append(len(tree) - 1)
        tree.members.append(member)
        tree.leaves.append(path[-1] if path else 0)
        previous = sequence
    if tree.members:
        trees.append(tree)
    return trees


def _shared(one: Sequence[int], other: Sequence[int]) -> int:
    count = 0
    for left, right in zip(one, other, strict=False):
        if left != right:
            break
        count += 1
    return count
