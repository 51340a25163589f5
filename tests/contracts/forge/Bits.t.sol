// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {MerkleLog} from "../../../contracts/libraries/MerkleLog.sol";
import {Test} from "./Vm.sol";

/// @notice The bit tricks that give a proof its shape, for every 64-bit value: fuzzed by forge, proven by halmos (`check_`).
contract BitsTest is Test {
    function testFuzz_ones(uint64 x) public pure {
        uint256 count = 0;
        for (uint256 i = 0; i < 64; i++) {
            count += (uint256(x) >> i) & 1;
        }
        assertEq(MerkleLog._ones(x), count);
    }

    function testFuzz_smear(uint64 x) public pure {
        check_smear(x);
    }

    function testFuzz_lengths(uint64 index, uint64 size) public pure {
        check_inclusionLength(index % 2 ** 53, size % 2 ** 53);
    }

    /// @dev Halves recursively, so that the solver sees small steps: ones(x) = ones(high half) + ones(low half).
    function check_ones(uint64 x) public pure {
        assert(MerkleLog._ones(x) == MerkleLog._ones(x >> 32) + MerkleLog._ones(uint32(x)));
        assert(MerkleLog._ones(uint32(x)) == MerkleLog._ones(uint32(x) >> 16) + MerkleLog._ones(uint16(x)));
        assert(MerkleLog._ones(uint16(x)) == MerkleLog._ones(uint16(x) >> 8) + MerkleLog._ones(uint8(x)));
        assert(MerkleLog._ones(uint8(x)) == MerkleLog._ones(uint8(x) >> 4) + MerkleLog._ones(uint8(x) & 15));
        uint256 low = uint8(x) & 15;
        assert(MerkleLog._ones(low) == (low & 1) + ((low >> 1) & 1) + ((low >> 2) & 1) + ((low >> 3) & 1));
    }

    /// @dev 2^n - 1 with n the bit length: all ones, not below x, and its half is below x.
    function check_smear(uint64 x) public pure {
        uint256 all = MerkleLog._smear(x);
        assert(all & (all + 1) == 0);
        assert(all >= x);
        assert(x == 0 ? all == 0 : all >> 1 < x);
    }

    /// @dev One level of RFC 9162 section 2.1.3.2: a node's path is its parent's and, unless it is the last of an odd level, its
    /// sibling.
    function check_inclusionLength(uint64 index, uint64 size) public pure {
        if (size < 2 || size > 2 ** 53 - 1 || index >= size) return;
        uint256 above = (uint256(size) + 1) / 2;
        bool alone = index == size - 1 && size % 2 == 1;
        assert(_length(index, size) == _length(index / 2, above) + (alone ? 0 : 1));
    }

    function _length(uint256 index, uint256 size) private pure returns (uint256) {
        return MerkleLog._ones(MerkleLog._smear(index ^ (size - 1)) | index);
    }
}
