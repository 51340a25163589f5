"""Merkle proofs against the RFC 9162 transcription: the same verdict on good, changed and invented proofs."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.core.errors import VerificationError
from service.core.merkle import (
    EMPTY_ROOT,
    MAX_SIZE,
    root_from_inclusion,
    verify_consistency,
    verify_inclusion,
)
from tests.reference import rfc9162

LEAVES = [rfc9162.leaf_hash(b"leaf %d" % index) for index in range(600)]
HASHES = st.sampled_from([*LEAVES[:4], EMPTY_ROOT, bytes(32)]) | st.binary(min_size=32, max_size=32)
SIZES = st.integers(0, 40) | st.integers(0, 600)


def included(*arguments: Any) -> bool:
    try:
        verify_inclusion(*arguments)
    except VerificationError:
        return False
    return True


def consistent(*arguments: Any) -> bool:
    try:
        verify_consistency(*arguments)
    except VerificationError:
        return False
    return True


@given(SIZES.filter(bool), st.data())
def test_inclusion(size: int, data: st.DataObject) -> None:
    index = data.draw(st.integers(0, size - 1))
    proof, root = rfc9162.path(index, LEAVES[:size]), rfc9162.mth(LEAVES[:size])
    assert root_from_inclusion(LEAVES[index], index, size, proof) == root
    arguments = spoil(data, [LEAVES[index], index, size, proof, root])
    assert included(*arguments) == rfc9162.inclusion_holds(*arguments)


@given(SIZES, SIZES, st.data())
def test_consistency(one: int, other: int, data: st.DataObject) -> None:
    old, new = sorted((one, other))
    proof = rfc9162.proof(old, LEAVES[:new])
    roots = rfc9162.mth(LEAVES[:old]), rfc9162.mth(LEAVES[:new])
    assert consistent(old, new, *roots, proof)
    arguments = spoil(data, [old, new, *roots, proof])
    assert consistent(*arguments) == rfc9162.consistency_holds(*arguments)


def spoil(data: st.DataObject, arguments: list[Any]) -> list[Any]:
    """Change one argument, or the proof, in a way drawn from `data`."""
    at = data.draw(st.integers(0, len(arguments) - 1))
    spoilt = list(arguments)
    if isinstance(spoilt[at], int):
        spoilt[at] = data.draw(st.integers(0, 700))
    elif isinstance(spoilt[at], bytes):
        spoilt[at] = data.draw(HASHES)
    else:
        proof = list(spoilt[at])
        place = data.draw(st.integers(0, len(proof)))
        change = data.draw(st.sampled_from(["insert", "replace", "delete", "swap", "empty"]))
        if change == "insert":
            proof.insert(place, data.draw(HASHES))
        elif change == "empty":
            proof = []
        elif place < len(proof):
            if change == "replace":
                proof[place] = data.draw(HASHES)
            elif change == "delete":
                del proof[place]
            else:
                proof[place], proof[-1] = proof[-1], proof[place]
        spoilt[at] = proof
    return spoilt


@given(st.integers(0, 70), st.integers(0, 70), st.lists(HASHES, max_size=8), HASHES, HASHES)
@settings(max_examples=200)
def test_invented_proofs(a: int, b: int, proof: list[bytes], one: bytes, other: bytes) -> None:
    assert included(one, a, b, proof, other) == (b > 0 and rfc9162.inclusion_holds(one, a, b, proof, other))
    assert consistent(a, b, one, other, proof) == rfc9162.consistency_holds(a, b, one, other, proof)


ANYTHING = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(0, 9),
    st.floats(),
    st.text(max_size=3),
    st.binary(max_size=33),
    HASHES,
    st.lists(HASHES | st.none() | st.text(max_size=1), max_size=3),
    st.dictionaries(st.integers(), st.none(), max_size=1),
)


@given(st.lists(ANYTHING, min_size=5, max_size=5))
@settings(max_examples=300)
def test_any_arguments(arguments: list[Any]) -> None:
    """Nothing but VerificationError comes out."""
    included(*arguments)
    consistent(*arguments)


@given(st.integers(1, MAX_SIZE), st.data())
def test_proof_length_follows_from_the_sizes(size: int, data: st.DataObject) -> None:
    """At any size exactly one proof length is taken, that of the RFC's own recursion."""
    index = data.draw(st.integers(0, size - 1))
    expected, low, high = 0, 0, size
    while high - low > 1:
        middle = low + (1 << (high - low - 1).bit_length() - 1)
        low, high = (low, middle) if index < middle else (middle, high)
        expected += 1
    root_from_inclusion(LEAVES[0], index, size, [LEAVES[1]] * expected)
    for length in {abs(expected - 1), expected + 1}:
        with pytest.raises(VerificationError):
            root_from_inclusion(LEAVES[0], index, size, [LEAVES[1]] * length)
