// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title RFC 9162 transcribed: recursive tree hashes and proofs, and the verification algorithms step by step
/// @notice The oracle. Shares nothing with MerkleLog, has no assembly and is slow.
library NaiveLog {
    function node(bytes32 left, bytes32 right) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0x01), left, right));
    }

    /// @dev Largest power of two smaller than n.
    function split(uint256 n) internal pure returns (uint256 k) {
        k = 1;
        while (k * 2 < n) k *= 2;
    }

    /// @dev MTH of leaves[begin:end], section 2.1.1.
    function root(bytes32[] memory leaves, uint256 begin, uint256 end) internal pure returns (bytes32) {
        if (begin == end) return sha256("");
        if (end - begin == 1) return leaves[begin];
        uint256 middle = begin + split(end - begin);
        return node(root(leaves, begin, middle), root(leaves, middle, end));
    }

    function root(bytes32[] memory leaves, uint256 size) internal pure returns (bytes32) {
        return root(leaves, 0, size);
    }

    /// @dev PATH(index, leaves[:size]), section 2.1.3.1.
    function inclusion(bytes32[] memory leaves, uint256 index, uint256 size) internal pure returns (bytes32[] memory) {
        bytes32[] memory proof = new bytes32[](0);
        uint256 begin = 0;
        uint256 end = size;
        // from the top down, so each sibling goes in front of those found before
        while (end - begin > 1) {
            uint256 middle = begin + split(end - begin);
            if (index < middle) {
                proof = _prepend(root(leaves, middle, end), proof);
                end = middle;
            } else {
                proof = _prepend(root(leaves, begin, middle), proof);
                begin = middle;
            }
        }
        return proof;
    }

    /// @dev PROOF(oldSize, leaves[:newSize]), section 2.1.4.1.
    function consistency(bytes32[] memory leaves, uint256 oldSize, uint256 newSize)
        internal
        pure
        returns (bytes32[] memory)
    {
        bytes32[] memory proof = new bytes32[](0);
        uint256 begin = 0;
        uint256 end = newSize;
        bool complete = true;
        while (oldSize != end) {
            uint256 middle = begin + split(end - begin);
            if (oldSize <= middle) {
                proof = _prepend(root(leaves, middle, end), proof);
                end = middle;
            } else {
                proof = _prepend(root(leaves, begin, middle), proof);
                begin = middle;
                complete = false;
            }
        }
        return complete ? proof : _prepend(root(leaves, begin, end), proof);
    }

    /// @dev Section 2.1.3.2.
    function includes(bytes32 leaf, uint256 index, uint256 size, bytes32[] memory proof, bytes32 expected)
        internal
        pure
        returns (bool)
    {
        if (index >= size) return false;
        uint256 fn = index;
        uint256 sn = size - 1;
        bytes32 r = leaf;
        for (uint256 i = 0; i < proof.length; i++) {
            if (sn == 0) return false;
            if (fn % 2 == 1 || fn == sn) {
                r = node(proof[i], r);
                if (fn % 2 == 0) {
                    while (fn % 2 == 0 && fn != 0) {
                        fn /= 2;
                        sn /= 2;
                    }
                }
            } else {
                r = node(r, proof[i]);
            }
            fn /= 2;
            sn /= 2;
        }
        return sn == 0 && r == expected;
    }

    /// @dev Section 2.1.4.2, for 0 < first <= second; between equal sizes only an empty proof of equal roots.
    function extends(uint256 first, uint256 second, bytes32 firstHash, bytes32 secondHash, bytes32[] memory given)
        internal
        pure
        returns (bool)
    {
        if (first == 0 || first > second) return false;
        if (first == second) return given.length == 0 && firstHash == secondHash;
        if (given.length == 0) return false;
        bytes32[] memory path = _isPowerOfTwo(first) ? _prepend(firstHash, given) : given;
        uint256 fn = first - 1;
        uint256 sn = second - 1;
        while (fn % 2 == 1) {
            fn /= 2;
            sn /= 2;
        }
        bytes32 fr = path[0];
        bytes32 sr = path[0];
        for (uint256 i = 1; i < path.length; i++) {
            if (sn == 0) return false;
            if (fn % 2 == 1 || fn == sn) {
                fr = node(path[i], fr);
                sr = node(path[i], sr);
                while (fn % 2 == 0 && fn != 0) {
                    fn /= 2;
                    sn /= 2;
                }
            } else {
                sr = node(sr, path[i]);
            }
            fn /= 2;
            sn /= 2;
        }
        return fr == firstHash && sr == secondHash && sn == 0;
    }

    function _isPowerOfTwo(uint256 n) private pure returns (bool) {
        while (n % 2 == 0) n /= 2;
        return n == 1;
    }

    function _prepend(bytes32 first, bytes32[] memory rest) private pure returns (bytes32[] memory all) {
        all = new bytes32[](rest.length + 1);
        all[0] = first;
        for (uint256 i = 0; i < rest.length; i++) {
            all[i + 1] = rest[i];
        }
    }
}
