// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title RFC 9162 Merkle tree proofs (SHA-256)
/// @notice The shape of a proof comes from the sizes alone, and its exact length is checked before anything is hashed. Sizes
/// and indexes must be below 2^64.
library MerkleLog {
    /// @notice The index is not below the size.
    error IndexOutOfRange(uint256 index, uint256 size);
    /// @notice The old size is 0 or above the new size.
    error SizesOutOfOrder(uint256 oldSize, uint256 newSize);
    /// @notice A proof between these sizes has exactly `expected` hashes.
    error InvalidProofLength(uint256 length, uint256 expected);
    /// @notice The proof leads to another root.
    error RootMismatch(bytes32 computed, bytes32 expected);
    /// @notice This chain has no working SHA-256 precompile, or too little gas was left for it.
    error HashFailed();

    /// @notice Leaf hash of an entry, SHA-256(0x00 || entry). RFC 9162 section 2.1.1.
    function leafHash(bytes memory entry) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x00), entry));
    }

    /// @notice Reverts unless the tree of this size and root has this leaf hash at this index. RFC 9162 section 2.1.3.2.
    function verifyInclusion(bytes32 leaf, uint256 index, uint256 size, bytes32[] calldata proof, bytes32 root)
        internal
        view
    {
        if (index >= size) revert IndexOutOfRange(index, size);
        // Below the level where the paths of this and of the last leaf meet, each level has a sibling (left where the
        // index has a one); above it only the left ones exist: one for each further one in the index.
        uint256 below = _smear(index ^ (size - 1));
        uint256 expected = _ones(below | index);
        if (proof.length != expected) revert InvalidProofLength(proof.length, expected);
        bytes32 computed = _climb(leaf, index | ~below, proof);
        if (computed != root) revert RootMismatch(computed, root);
    }

    /// @notice Reverts unless the tree of the old size and root is a prefix of the tree of the new. RFC 9162 section 2.1.4.2.
    /// The old size must be at least 1.
    function verifyConsistency(
        uint256 oldSize,
        uint256 newSize,
        bytes32 oldRoot,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) internal view {
        if (oldSize == 0 || oldSize > newSize) revert SizesOutOfOrder(oldSize, newSize);
        bytes32 seed = oldRoot;
        uint256 first = 0;
        uint256 lefts = 0;
        uint256 expected = 0;
        if (oldSize != newSize) {
            unchecked {
                // The path is that of the old tree's last leaf in the new tree, from the top of the largest complete
                // subtree that ends with it: `full` has a one for each level below that top.
                uint256 last = oldSize - 1;
                uint256 full = (oldSize & (0 - oldSize)) - 1;
                uint256 below = _smear(last ^ (newSize - 1));
                expected = _ones((below | last) ^ full);
                lefts = (last | ~below) / (full + 1);
                // A complete old tree is itself that subtree; otherwise the proof begins with it.
                if (full != last) {
                    expected += 1;
                    first = 1;
                }
            }
        }
        if (proof.length != expected) revert InvalidProofLength(proof.length, expected);
        if (first == 1) seed = proof[0];
        (bytes32 computedOld, bytes32 computedNew) = _climbBoth(seed, lefts, proof, first);
        if (computedOld != oldRoot) revert RootMismatch(computedOld, oldRoot);
        if (computedNew != newRoot) revert RootMismatch(computedNew, newRoot);
    }

    /// @dev Hashes up the path of one tree. Bit i of `lefts` tells that the i-th hash is a left sibling. These two loops are the
    /// only assembly: with the compiler's own sha256() each node costs three times as much.
    function _climb(bytes32 node, uint256 lefts, bytes32[] calldata proof) private view returns (bytes32 root) {
        bool ok = true;
        assembly ("memory-safe") {
            // 0x01 || left || right, 65 bytes over the scratch space and the free memory pointer
            let free := mload(0x40)
            mstore8(0x1f, 1)
            root := node
            let end := add(proof.offset, shl(5, proof.length))
            for { let at := proof.offset } lt(at, end) { at := add(at, 32) } {
                let side := shl(5, and(lefts, 1))
                mstore(sub(0x40, side), calldataload(at))
                mstore(add(0x20, side), root)
                ok := and(ok, staticcall(gas(), 2, 0x1f, 65, 0x40, 32))
                root := mload(0x40)
                lefts := shr(1, lefts)
            }
            // without the precompile the call succeeds and returns nothing
            if proof.length { ok := and(ok, eq(returndatasize(), 32)) }
            mstore(0x40, free)
        }
        if (!ok) revert HashFailed();
    }

    /// @dev Hashes up the common path of two trees, from `proof[first]`. Bit i of `lefts` tells that the i-th hash used is a left
    /// sibling, which belongs to both; a right sibling belongs to the larger only.
    function _climbBoth(bytes32 seed, uint256 lefts, bytes32[] calldata proof, uint256 first)
        private
        view
        returns (bytes32 small, bytes32 large)
    {
        bool ok = true;
        assembly ("memory-safe") {
            // Two nodes 0x01 || left || right, whose right halves carry the results: the larger tree's over the scratch
            // space and the free memory pointer, the smaller's in free memory that is not kept.
            let free := mload(0x40)
            mstore8(0x1f, 1)
            mstore8(free, 1)
            mstore(0x40, seed)
            mstore(add(free, 33), seed)
            let at := add(proof.offset, shl(5, first))
            // a one above the last direction ends the loop
            // slither-disable-next-line incorrect-shift
            let top := shl(sub(proof.length, first), 1)
            lefts := or(and(lefts, sub(top, 1)), top)
            for {} gt(lefts, 1) { lefts := shr(1, lefts) } {
                switch and(lefts, 1)
                case 0 {
                    mstore(0x20, mload(0x40))
                    mstore(0x40, calldataload(at))
                }
                default {
                    let sibling := calldataload(at)
                    mstore(0x20, sibling)
                    mstore(add(free, 1), sibling)
                    ok := and(ok, staticcall(gas(), 2, free, 65, add(free, 33), 32))
                }
                ok := and(ok, staticcall(gas(), 2, 0x1f, 65, 0x40, 32))
                at := add(at, 32)
            }
            // without the precompile the call succeeds and returns nothing
            if lt(first, proof.length) { ok := and(ok, eq(returndatasize(), 32)) }
            small := mload(add(free, 33))
            large := mload(0x40)
            mstore(0x40, free)
        }
        if (!ok) revert HashFailed();
    }

    /// @dev Sets every bit below the highest one.
    function _smear(uint256 x) internal pure returns (uint256) {
        x |= x >> 1;
        x |= x >> 2;
        x |= x >> 4;
        x |= x >> 8;
        x |= x >> 16;
        return x | (x >> 32);
    }

    /// @dev Number of ones in a 64-bit value.
    function _ones(uint256 x) internal pure returns (uint256) {
        unchecked {
            x -= (x >> 1) & 0x5555555555555555;
            x = (x & 0x3333333333333333) + ((x >> 2) & 0x3333333333333333);
            x = (x + (x >> 4)) & 0x0f0f0f0f0f0f0f0f;
            return ((x * 0x0101010101010101) >> 56) & 0xff;
        }
    }
}
