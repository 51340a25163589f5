from __future__ import annotations

from typing import Any

import pytest

from service.core.errors import VerificationError
from service.core.merkle import (
    EMPTY_ROOT,
    MAX_SIZE,
    leaf_hash,
    node_hash,
    root_from_inclusion,
    verify_consistency,
    verify_inclusion,
)
from tests.reference import rfc9162

LEAVES = [leaf_hash(b"%d" % index) for index in range(7)]
ROOT = rfc9162.mth(LEAVES)
PROOF = rfc9162.path(2, LEAVES)
CONSISTENCY = rfc9162.proof(3, LEAVES)
OLD_ROOT = rfc9162.mth(LEAVES[:3])

NOT_HASHES: list[Any] = [b"", bytes(31), bytes(33), bytearray(32), "0" * 32, None, 0, [0] * 32]
NOT_SIZES: list[Any] = [-1, MAX_SIZE + 1, 2**64, 10**5000, 7.0, "7", None, True, b"\x07"]
NOT_PROOFS: list[Any] = [None, 0, "", b"", {}, set(), iter([]), bytes(96), "abc"]


def test_constants() -> None:
    assert EMPTY_ROOT.hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert leaf_hash(b"").hex() == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"
    assert node_hash(EMPTY_ROOT, EMPTY_ROOT) == rfc9162.node_hash(EMPTY_ROOT, EMPTY_ROOT)


def test_good_ones() -> None:
    verify_inclusion(LEAVES[2], 2, 7, PROOF, ROOT)
    verify_inclusion(LEAVES[2], 2, 7, tuple(PROOF), ROOT)
    verify_consistency(3, 7, OLD_ROOT, ROOT, CONSISTENCY)
    verify_consistency(0, 7, EMPTY_ROOT, ROOT, [])
    verify_consistency(7, 7, ROOT, ROOT, ())
    verify_consistency(0, 0, EMPTY_ROOT, EMPTY_ROOT, [])


@pytest.mark.parametrize("value", NOT_HASHES, ids=repr)
def test_what_is_no_hash(value: Any) -> None:
    for call in (
        lambda: verify_inclusion(value, 2, 7, PROOF, ROOT),
        lambda: verify_inclusion(LEAVES[2], 2, 7, PROOF, value),
        lambda: root_from_inclusion(value, 2, 7, PROOF),
        lambda: root_from_inclusion(value, 0, 1, []),
        lambda: root_from_inclusion(LEAVES[2], 2, 7, [value, *PROOF[1:]]),
        lambda: root_from_inclusion(LEAVES[2], 2, 7, [*PROOF[:-1], value]),
        lambda: verify_consistency(3, 7, value, ROOT, CONSISTENCY),
        lambda: verify_consistency(3, 7, OLD_ROOT, value, CONSISTENCY),
        lambda: verify_consistency(3, 7, OLD_ROOT, ROOT, [value, *CONSISTENCY[1:]]),
        lambda: verify_consistency(0, 7, EMPTY_ROOT, value, []),
        lambda: verify_consistency(0, 7, value, ROOT, []),
        lambda: verify_consistency(7, 7, value, value, []),
    ):
        with pytest.raises(VerificationError):
            call()


@pytest.mark.parametrize("value", NOT_SIZES, ids=lambda value: repr(value) if value != 10**5000 else "huge")
def test_what_is_no_size(value: Any) -> None:
    for call in (
        lambda: verify_inclusion(LEAVES[2], value, 7, PROOF, ROOT),
        lambda: verify_inclusion(LEAVES[2], 2, value, PROOF, ROOT),
        lambda: verify_consistency(value, 7, OLD_ROOT, ROOT, CONSISTENCY),
        lambda: verify_consistency(3, value, OLD_ROOT, ROOT, CONSISTENCY),
        lambda: verify_consistency(value, value, ROOT, ROOT, []),
        lambda: verify_consistency(0, value, EMPTY_ROOT, ROOT, []),
    ):
        with pytest.raises(VerificationError):
            call()


@pytest.mark.parametrize("value", NOT_PROOFS, ids=lambda value: type(value).__name__)
def test_what_is_no_proof(value: Any) -> None:
    for call in (
        lambda: verify_inclusion(LEAVES[2], 2, 7, value, ROOT),
        lambda: verify_inclusion(LEAVES[0], 0, 1, value, LEAVES[0]),
        lambda: verify_consistency(3, 7, OLD_ROOT, ROOT, value),
        lambda: verify_consistency(0, 7, EMPTY_ROOT, ROOT, value),
        lambda: verify_consistency(7, 7, ROOT, ROOT, value),
    ):
        with pytest.raises(VerificationError):
            call()


def test_one_and_true_are_not_the_same_index() -> None:
    proof = rfc9162.path(1, LEAVES[:2])
    verify_inclusion(LEAVES[1], 1, 2, proof, rfc9162.mth(LEAVES[:2]))
    with pytest.raises(VerificationError):
        verify_inclusion(LEAVES[1], True, 2, proof, rfc9162.mth(LEAVES[:2]))


def test_a_negative_index_has_no_proof_of_any_length() -> None:
    """Python's bit arithmetic takes negative numbers: some length would fit them."""
    for index in range(-20, 0):
        for size in range(1, 20):
            for length in range(10):
                with pytest.raises(VerificationError):
                    root_from_inclusion(LEAVES[0], index, size, [LEAVES[1]] * length)


def test_a_tree_never_shrinks() -> None:
    for old in range(1, 20):
        for new in range(old):
            for length in range(8):
                with pytest.raises(VerificationError):
                    verify_consistency(old, new, ROOT, ROOT, [ROOT] * length)


def test_equal_bytes_of_another_type_are_no_hash() -> None:
    with pytest.raises(VerificationError):
        verify_inclusion(LEAVES[2], 2, 7, PROOF, bytearray(ROOT))  # type: ignore[arg-type]
    with pytest.raises(VerificationError):
        verify_consistency(3, 7, bytearray(OLD_ROOT), ROOT, CONSISTENCY)  # type: ignore[arg-type]
    with pytest.raises(VerificationError):
        verify_consistency(3, 7, OLD_ROOT, bytearray(ROOT), CONSISTENCY)  # type: ignore[arg-type]


def test_the_old_root_of_an_empty_tree_is_fixed() -> None:
    with pytest.raises(VerificationError):
        verify_consistency(0, 7, OLD_ROOT, ROOT, [])
    with pytest.raises(VerificationError):
        verify_consistency(0, 0, EMPTY_ROOT, ROOT, [])


def test_length_is_checked_before_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: object) -> bytes:
        raise AssertionError("hashed")

    monkeypatch.setattr("service.core.merkle.node_hash", never)
    for length in set(range(60)) - {len(PROOF)}:
        with pytest.raises(VerificationError):
            root_from_inclusion(LEAVES[2], 2, 7, [EMPTY_ROOT] * length)
        if length != len(CONSISTENCY):
            with pytest.raises(VerificationError):
                verify_consistency(3, 7, OLD_ROOT, ROOT, [EMPTY_ROOT] * length)


@pytest.mark.parametrize("size", [2**32 + 1, 2**52, MAX_SIZE])
def test_largest_trees(size: int) -> None:
    for index in (0, size // 2, size - 1):
        depths = [length for length in range(60) if _accepts(index, size, length)]
        assert len(depths) == 1


def _accepts(index: int, size: int, length: int) -> bool:
    try:
        root_from_inclusion(EMPTY_ROOT, index, size, [EMPTY_ROOT] * length)
    except VerificationError:
        return False
    return True
