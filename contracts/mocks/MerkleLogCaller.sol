// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleLog} from "../libraries/MerkleLog.sol";

/// @title The proof library's functions, callable
/// @notice For tests. Each also checks that the hash loops give back the memory they borrow.
contract MerkleLogCaller {
    error MemoryChanged();

    /// @notice Reverts unless the proof holds.
    function verifyInclusion(bytes32 leaf, uint256 index, uint256 size, bytes32[] calldata proof, bytes32 root)
        external
        view
    {
        bytes memory before = abi.encode(leaf, index, size, root);
        MerkleLog.verifyInclusion(leaf, index, size, proof, root);
        _checkMemory(before, abi.encode(leaf, index, size, root));
    }

    /// @notice Reverts unless the proof holds.
    function verifyConsistency(
        uint256 oldSize,
        uint256 newSize,
        bytes32 oldRoot,
        bytes32 newRoot,
        bytes32[] calldata proof
    ) external view {
        bytes memory before = abi.encode(oldSize, newSize, oldRoot, newRoot);
        MerkleLog.verifyConsistency(oldSize, newSize, oldRoot, newRoot, proof);
        _checkMemory(before, abi.encode(oldSize, newSize, oldRoot, newRoot));
    }

    /// @notice Leaf hash of an entry.
    function leafHash(bytes calldata entry) external pure returns (bytes32) {
        return MerkleLog.leafHash(entry);
    }

    function _checkMemory(bytes memory before, bytes memory later) private pure {
        bytes memory empty;
        if (keccak256(before) != keccak256(later) || empty.length != 0) revert MemoryChanged();
    }
}
