// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleLog} from "../../../contracts/libraries/MerkleLog.sol";
import {MerkleLogCaller} from "../../../contracts/mocks/MerkleLogCaller.sol";
import {NaiveLog} from "./NaiveLog.sol";
import {Test} from "./Vm.sol";

/// @notice The assembly against plain Solidity: same verdict on every proof, right or wrong, of trees of any size.
contract MerkleLogTest is Test {
    MerkleLogCaller private immutable caller = new MerkleLogCaller();

    /// @dev Small trees with real leaves: every proof the RFC makes is accepted.
    function testFuzz_provesRealTrees(uint256 sizes, bytes32 seed) public view {
        uint256 newSize = bound(sizes >> 128, 1, 40);
        uint256 oldSize = bound(uint128(sizes), 1, newSize);
        bytes32[] memory leaves = _leaves(newSize, seed);
        bytes32 newRoot = NaiveLog.root(leaves, newSize);
        bytes32[] memory proof = NaiveLog.consistency(leaves, oldSize, newSize);
        caller.verifyConsistency(oldSize, newSize, NaiveLog.root(leaves, oldSize), newRoot, proof);
        uint256 index = oldSize - 1;
        proof = NaiveLog.inclusion(leaves, index, newSize);
        caller.verifyInclusion(leaves[index], index, newSize, proof, newRoot);
    }

    /// @dev Any sizes up to 2^53, right and wrong lengths, random hashes: as the transcription decides.
    function testFuzz_consistencyAgreesWithPlain(uint256 sizes, uint256 shape, bytes32 seed) public view {
        uint256 newSize = _size(uint128(sizes));
        uint256 oldSize = shape % 7 == 0 ? newSize : bound(sizes >> 128, 1, newSize);
        uint256 length = _consistencyLength(oldSize, newSize);
        bytes32[] memory proof = _leaves(_wrongAtTimes(length, shape >> 8), seed);
        (bytes32 oldRoot, bytes32 newRoot) = _plainRoots(oldSize, newSize, proof, seed);
        if (shape % 5 == 1) oldRoot = _flip(oldRoot, shape);
        if (shape % 5 == 2) newRoot = _flip(newRoot, shape);
        if (shape % 5 == 3 && proof.length != 0) {
            uint256 i = (shape >> 16) % proof.length;
            proof[i] = _flip(proof[i], shape);
        }
        bool plain = NaiveLog.extends(oldSize, newSize, oldRoot, newRoot, proof);
        assertEq(_accepts(oldSize, newSize, oldRoot, newRoot, proof) ? 1 : 0, plain ? 1 : 0);
        if (shape % 5 == 0 && proof.length == length) assertTrue(plain, "the right proof is accepted");
        if (proof.length != length) assertTrue(!plain, "another length is refused");
    }

    /// @dev As above, for inclusion.
    function testFuzz_inclusionAgreesWithPlain(uint256 sizes, uint256 shape, bytes32 seed) public view {
        uint256 size = _size(uint128(sizes));
        uint256 index = shape % 11 == 0 ? size + (shape >> 16) % 3 : bound(sizes >> 128, 0, size - 1);
        uint256 length = index < size ? _inclusionLength(index, size) : 3;
        bytes32[] memory proof = _leaves(_wrongAtTimes(length, shape >> 8), seed);
        bytes32 root = _plainInclusionRoot(seed, index, size, proof);
        if (shape % 3 == 1) root = _flip(root, shape);
        if (shape % 3 == 2 && proof.length != 0) {
            uint256 i = (shape >> 16) % proof.length;
            proof[i] = _flip(proof[i], shape);
        }
        bool plain = NaiveLog.includes(seed, index, size, proof, root);
        bool accepted = true;
        try caller.verifyInclusion(seed, index, size, proof, root) {}
        catch (bytes memory reason) {
            assertTrue(bytes4(reason) != MerkleLogCaller.MemoryChanged.selector, "memory is given back");
            accepted = false;
        }
        assertEq(accepted ? 1 : 0, plain ? 1 : 0);
        if (shape % 3 == 0 && proof.length == length && index < size) assertTrue(plain, "the right proof is accepted");
    }

    function test_sizesOutOfOrder() public {
        bytes32[] memory none = new bytes32[](0);
        vm.expectRevert(abi.encodeWithSelector(MerkleLog.SizesOutOfOrder.selector, 0, 1));
        caller.verifyConsistency(0, 1, 0, 0, none);
        vm.expectRevert(abi.encodeWithSelector(MerkleLog.SizesOutOfOrder.selector, 2, 1));
        caller.verifyConsistency(2, 1, 0, 0, none);
    }

    function test_equalSizesNeedEqualRoots() public {
        bytes32[] memory none = new bytes32[](0);
        caller.verifyConsistency(5, 5, bytes32(uint256(7)), bytes32(uint256(7)), none);
        vm.expectRevert(
            abi.encodeWithSelector(MerkleLog.RootMismatch.selector, bytes32(uint256(7)), bytes32(uint256(8)))
        );
        caller.verifyConsistency(5, 5, bytes32(uint256(7)), bytes32(uint256(8)), none);
    }

    /// @dev A zero hash is a hash like any other: it must not switch the smaller tree's hashing off.
    function test_zeroHashesAreHashed() public {
        bytes32[] memory proof = new bytes32[](3);
        (, bytes32 newRoot) = _plainRoots(3, 4, proof, 0);
        vm.expectRevert(abi.encodeWithSelector(MerkleLog.RootMismatch.selector, NaiveLog.node(0, 0), bytes32(0)));
        caller.verifyConsistency(3, 4, 0, newRoot, proof);
    }

    /// @dev On a chain without the SHA-256 precompile its address has no code, so calls to it succeed and return nothing.
    function test_withoutPrecompileNothingVerifies() public {
        bytes32[] memory proof = new bytes32[](1);
        bytes32 root = NaiveLog.node(0, 0);
        caller.verifyConsistency(1, 2, 0, root, proof);
        caller.verifyInclusion(0, 0, 2, proof, root);
        vm.mockCall(address(2), "", "");
        vm.expectRevert(MerkleLog.HashFailed.selector);
        caller.verifyConsistency(1, 2, 0, root, proof);
        vm.expectRevert(MerkleLog.HashFailed.selector);
        caller.verifyInclusion(0, 0, 2, proof, root);
    }

    function testFuzz_leafHash(bytes calldata entry) public view {
        assertEq(caller.leafHash(entry), sha256(abi.encodePacked(bytes1(0x00), entry)));
    }

    // ---- oracles' own parts

    function _accepts(uint256 oldSize, uint256 newSize, bytes32 oldRoot, bytes32 newRoot, bytes32[] memory proof)
        private
        view
        returns (bool)
    {
        try caller.verifyConsistency(oldSize, newSize, oldRoot, newRoot, proof) {
            return true;
        } catch (bytes memory reason) {
            assertTrue(bytes4(reason) != MerkleLogCaller.MemoryChanged.selector, "memory is given back");
            return false;
        }
    }

    function _leaves(uint256 count, bytes32 seed) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; i++) {
            leaves[i] = keccak256(abi.encode(seed, i));
        }
    }

    /// @dev 1 to 2^53 - 1, all magnitudes alike, often just beside a power of two.
    function _size(uint256 x) private pure returns (uint256) {
        uint256 top = 1 << bound(x, 0, 53);
        uint256 near = (x >> 8) % 4;
        uint256 size = near == 0 ? top + 1 : near == 1 ? top - 1 : top + (x >> 16) % top;
        return bound(size, 1, 2 ** 53 - 1);
    }

    function _wrongAtTimes(uint256 length, uint256 x) private pure returns (uint256) {
        if (x % 8 == 0) return length + 1;
        if (x % 8 == 1 && length > 0) return length - 1;
        return length;
    }

    function _flip(bytes32 hash, uint256 x) private pure returns (bytes32) {
        return bytes32(uint256(hash) ^ (1 << (x >> 24) % 256));
    }

    /// @dev Lengths by walking down as the RFC's recursion does.
    function _consistencyLength(uint256 oldSize, uint256 newSize) private pure returns (uint256 length) {
        bool complete = true;
        while (oldSize != newSize) {
            uint256 k = NaiveLog.split(newSize);
            length++;
            if (oldSize <= k) {
                newSize = k;
            } else {
                oldSize -= k;
                newSize -= k;
                complete = false;
            }
        }
        if (!complete) length++;
    }

    function _inclusionLength(uint256 index, uint256 size) private pure returns (uint256 length) {
        while (size > 1) {
            uint256 k = NaiveLog.split(size);
            length++;
            if (index < k) {
                size = k;
            } else {
                index -= k;
                size -= k;
            }
        }
    }

    /// @dev The roots that a proof of random hashes proves, computed from the top down as PROOF is made. The last hash of the
    /// proof stands highest.
    function _plainRoots(uint256 oldSize, uint256 newSize, bytes32[] memory proof, bytes32 seed)
        private
        pure
        returns (bytes32, bytes32)
    {
        return _grow(oldSize, newSize, proof, proof.length, seed, true);
    }

    function _grow(uint256 m, uint256 n, bytes32[] memory proof, uint256 left, bytes32 seed, bool complete)
        private
        pure
        returns (bytes32 oldRoot, bytes32 newRoot)
    {
        if (m == n || left == 0) {
            bytes32 same = complete || left == 0 ? seed : proof[left - 1];
            return (same, same);
        }
        uint256 k = NaiveLog.split(n);
        bytes32 sibling = proof[left - 1];
        if (m <= k) {
            (oldRoot, newRoot) = _grow(m, k, proof, left - 1, seed, complete);
            return (oldRoot, NaiveLog.node(newRoot, sibling));
        }
        (oldRoot, newRoot) = _grow(m - k, n - k, proof, left - 1, seed, false);
        return (NaiveLog.node(sibling, oldRoot), NaiveLog.node(sibling, newRoot));
    }

    function _plainInclusionRoot(bytes32 leaf, uint256 index, uint256 size, bytes32[] memory proof)
        private
        pure
        returns (bytes32)
    {
        return _climb(leaf, index, size, proof, proof.length);
    }

    function _climb(bytes32 leaf, uint256 index, uint256 size, bytes32[] memory proof, uint256 left)
        private
        pure
        returns (bytes32)
    {
        if (size <= 1 || left == 0) return leaf;
        uint256 k = NaiveLog.split(size);
        bytes32 sibling = proof[left - 1];
        if (index < k) return NaiveLog.node(_climb(leaf, index, k, proof, left - 1), sibling);
        return NaiveLog.node(sibling, _climb(leaf, index - k, size - k, proof, left - 1));
    }
}
