"""The tree is RFC 9162's, and a proof shows what it should and nothing else."""

from __future__ import annotations

import random
from hashlib import sha256

import pytest

from service.evidence import merkle
from service.evidence.merkle import consistency_proof, inclusion_proof, is_consistent, is_included, joined

LEAVES = [merkle.leaf_hash(bytes([number])) for number in range(64)]


def root(leaves: list[bytes]) -> bytes:
    """The root as the standard defines it, and as slowly (RFC 9162, 2.1.1)."""
    if len(leaves) < 2:
        return leaves[0] if leaves else sha256().digest()
    left = 1
    while left * 2 < len(leaves):
        left *= 2
    return sha256(b"\x01" + root(leaves[:left]) + root(leaves[left:])).digest()


def subtree(start: int, stop: int) -> bytes:
    return root(LEAVES[start:stop])


ROOTS = [root(LEAVES[:size]) for size in range(65)]


def test_a_leaf_and_a_node_are_hashed_apart() -> None:
    assert merkle.leaf_hash(b"") == sha256(b"\x00").digest()
    assert merkle.node_hash(b"a", b"b") == sha256(b"\x01ab").digest()


@pytest.mark.parametrize("size", range(65))
def test_complete_subtrees_join_to_the_root(size: int) -> None:
    subtrees = merkle.complete_subtrees(size)
    assert joined(subtree(number << level, (number + 1) << level) for level, number in subtrees) == ROOTS[size]


@pytest.mark.parametrize("size", range(1, 65))
def test_every_leaf_is_proven_to_be_in_every_tree_that_has_it_and_no_other_is(size: int) -> None:
    for index in range(size):
        path = inclusion_proof(index, size, subtree)
        for other in range(size + 1):
            assert is_included(LEAVES[index], other, size, path, ROOTS[size]) == (other == index)
        assert not is_included(LEAVES[index - 1 if index else -1], index, size, path, ROOTS[size])
        assert not is_included(LEAVES[index], index, size, path, ROOTS[size - 1])
        assert not is_included(LEAVES[index], index, size, [*path, LEAVES[0]], ROOTS[size])
        for place in range(len(path)):
            assert not is_included(LEAVES[index], index, size, path[:place] + path[place + 1 :], ROOTS[size])


@pytest.mark.parametrize("new", range(1, 65))
def test_every_tree_is_proven_to_begin_with_every_smaller_one_and_with_no_other(new: int) -> None:
    for old in range(1, new + 1):
        path = consistency_proof(old, new, subtree)
        assert is_consistent(old, new, path, ROOTS[old], ROOTS[new])
        assert not is_consistent(old, new, path, ROOTS[old - 1], ROOTS[new])
        assert not is_consistent(old, new, path, ROOTS[old], ROOTS[new - 1])
        assert not is_consistent(old, new, [*path, LEAVES[0]], ROOTS[old], ROOTS[new])
        for place in range(len(path)):
            bent = [*path[:place], bytes(32), *path[place + 1 :]]
            assert not is_consistent(old, new, bent, ROOTS[old], ROOTS[new])
            assert not is_consistent(old, new, path[:place] + path[place + 1 :], ROOTS[old], ROOTS[new])


def test_proofs_hold_in_trees_of_up_to_a_million_leaves() -> None:
    chance = random.Random(20261124)

    def like(start: int, stop: int) -> bytes:
        """A subtree over leaves that are all alike, so that its root depends on its size only."""
        size = stop - start
        if size not in known:
            left = merkle.split(size)
            known[size] = merkle.node_hash(like(0, left), like(left, size))
        return known[size]

    known = {1: merkle.leaf_hash(b"like all others")}
    for _ in range(300):
        new = chance.randint(1, 1_000_000)
        old, index = chance.randint(1, new), chance.randrange(new)
        assert is_consistent(old, new, consistency_proof(old, new, like), like(0, old), like(0, new))
        assert is_included(known[1], index, new, inclusion_proof(index, new, like), like(0, new))
        assert not is_included(b"another leaf".ljust(32), index, new, inclusion_proof(index, new, like), like(0, new))


@pytest.mark.parametrize(("index", "size"), [(-1, 3), (3, 3), (0, 0)])
def test_there_is_no_proof_of_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="no such leaf"):
        inclusion_proof(index, size, subtree)
    assert not is_included(LEAVES[0], index, size, [], ROOTS[size])


@pytest.mark.parametrize(("old", "new"), [(0, 3), (4, 3)])
def test_there_is_no_proof_from_nothing_or_backwards(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="a proof leads"):
        consistency_proof(old, new, subtree)
    assert not is_consistent(old, new, [], ROOTS[old], ROOTS[new])
