// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditRegistry} from "../../../contracts/interfaces/IAuditRegistry.sol";
import {NaiveLog} from "./NaiveLog.sol";
import {Test} from "./Vm.sol";

/// @notice A signed checkpoint, as somebody may hold it.
struct Signed {
    IAuditRegistry.Checkpoint c;
    bytes signature;
}

/// @notice An anchor that the registry accepted.
struct Anchor {
    uint64 size;
    bytes32 root;
    uint40 timestamp;
    uint48 blockNumber;
    uint40 signedAt;
}

/// @notice Deploys the committed bytecode and signs checkpoints. The EIP-712 digest is computed here anew.
abstract contract RegistryTest is Test {
    uint64 internal constant MAX_DELAY = 3600;
    uint96 internal constant DEPOSIT = 0.01 ether;
    uint256 internal constant START = 1_800_000_000;
    uint8 internal constant PREFIX = 1;
    uint8 internal constant PROMISE = 2;

    function deployRegistry() internal returns (IAuditRegistry registry) {
        bytes memory code = vm.parseJsonBytes(vm.readFile("service/chain/artifacts/AuditRegistry.json"), ".bytecode");
        assembly {
            registry := create(0, add(code, 32), mload(code))
        }
        assertTrue(address(registry) != address(0), "the registry deploys");
    }

    function digestOf(address registry, uint256 chainId, IAuditRegistry.Checkpoint memory c)
        internal
        pure
        returns (bytes32)
    {
        bytes32 domain = keccak256(
            abi.encode(
                keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
                keccak256("Tallystick"),
                keccak256("1"),
                chainId,
                registry
            )
        );
        bytes32 message = keccak256(
            abi.encode(
                keccak256(
                    "Checkpoint(bytes32 log,uint64 size,bytes32 root,uint64 signedAt,uint64 anchorBy,bytes32 via)"
                ),
                c
            )
        );
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }

    function signFor(address registry, uint256 chainId, uint256 privateKey, IAuditRegistry.Checkpoint memory c)
        internal
        pure
        returns (Signed memory)
    {
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(privateKey, digestOf(registry, chainId, c));
        return Signed(c, abi.encodePacked(r, s, v));
    }

    function checkpoint(bytes32 log, uint64 size, bytes32 root, uint64 anchorBy, bytes32 via)
        internal
        view
        returns (IAuditRegistry.Checkpoint memory)
    {
        return IAuditRegistry.Checkpoint({
            log: log, size: size, root: root, signedAt: uint64(block.timestamp), anchorBy: anchorBy, via: via
        });
    }
}

/// @notice A log's leaves, its anchors and the arithmetic on them.
abstract contract Tree is RegistryTest {
    function rootAt(bytes32[] memory leaves, uint256 size) internal pure returns (bytes32) {
        return NaiveLog.root(leaves, size);
    }

    /// @dev Leaves are hashes that depend on the tree's seed and the index only.
    function leafAt(bytes32 seed, uint256 index) internal pure returns (bytes32) {
        return sha256(abi.encodePacked(bytes1(0), seed, index));
    }

    /// @dev The proof the RFC makes, or, at times, a wrong one.
    function proofOf(bytes32[] memory leaves, uint256 oldSize, uint256 newSize, uint256 spoil)
        internal
        pure
        returns (bytes32[] memory proof)
    {
        if (oldSize == 0 || oldSize > newSize || newSize > leaves.length) {
            proof = new bytes32[](spoil % 4);
        } else {
            proof = NaiveLog.consistency(leaves, oldSize, newSize);
        }
        if (spoil % 5 == 4 && proof.length > 0) {
            proof[(spoil >> 8) % proof.length] ^= bytes32(uint256(1) << ((spoil >> 16) % 256));
        }
    }
}
