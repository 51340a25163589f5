// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditRegistry} from "../../../contracts/interfaces/IAuditRegistry.sol";
import {NaiveLog} from "./NaiveLog.sol";
import {Anchor, Signed, Tree} from "./RegistryTest.sol";

/// @notice An operator who holds the key and anchors whatever it likes: extensions, forks, stale trees, wrong proofs.
contract Grower is Tree {
    IAuditRegistry public immutable registry = deployRegistry();
    uint256 private constant KEY = 0xA11CE;
    bytes32 public immutable log;
    bytes32[] private tree;
    bytes32[] private anchoredTree;
    Anchor[] private anchors;

    constructor() {
        vm.warp(START);
        log = registry.openLog("grower", vm.addr(KEY), 0, uint32(MAX_DELAY), DEPOSIT);
    }

    function append(uint8 count) external {
        for (uint256 i = 0; i < 1 + count % 7 && tree.length < 48; i++) {
            tree.push(leafAt(keccak256("tree"), tree.length));
        }
    }

    /// @dev Rewrites history from one leaf on.
    function fork(uint8 index, bytes32 other) external {
        if (index < 64 && tree.length > 0) tree[index % tree.length] = sha256(abi.encode(other));
    }

    /// @dev Goes back to the tree of the last anchor.
    function restore() external {
        tree = anchoredTree;
    }

    function pass(uint16 time) external {
        vm.warp(block.timestamp + time);
        vm.roll(block.number + 1);
    }

    /// @dev Anchors (size, root) of the tree at hand. Accepted exactly when everything is as it must be.
    function anchor(uint8 sizeSeed, uint8 oldSeed, uint256 spoil, address sender) external {
        uint64 size = uint64(bound(sizeSeed, 0, tree.length));
        uint64 headSize = registry.head(log).size;
        uint64 oldSize = oldSeed % 8 == 0 ? uint64(bound(oldSeed, 0, tree.length)) : headSize;
        bytes32[] memory proof = proofOf(tree, oldSize, size, spoil);
        IAuditRegistry.Checkpoint memory c =
            checkpoint(log, size, rootAt(tree, size), uint64(block.timestamp) + MAX_DELAY, 0);
        Signed memory signed = signFor(address(registry), block.chainid, KEY, c);
        bool right = oldSize == headSize && size > headSize && _extends(size, c.root, proof);
        vm.prank(sender);
        try registry.anchor(c, signed.signature, oldSize, proof) {
            assertTrue(right, "only an extension of the head is accepted");
            anchors.push(Anchor(size, c.root, uint40(block.timestamp), uint48(block.number), uint40(c.signedAt)));
            anchoredTree = tree;
        } catch {
            assertTrue(!right, "an extension of the head is accepted");
        }
    }

    /// @dev By leaves: the root recorded for the head is that of this tree's own prefix, and the proof is RFC 9162's.
    function _extends(uint64 size, bytes32 newRoot, bytes32[] memory proof) private view returns (bool) {
        if (anchors.length == 0) return proof.length == 0;
        Anchor memory last = anchors[anchors.length - 1];
        if (rootAt(tree, last.size) != last.root) return false;
        return NaiveLog.extends(last.size, size, last.root, newRoot, proof);
    }

    function check() external view {
        IAuditRegistry.Head memory head = registry.head(log);
        assertEq(head.anchors, anchors.length);
        Anchor memory previous;
        for (uint256 i = 0; i < anchors.length; i++) {
            Anchor memory a = anchors[i];
            assertTrue(a.size > previous.size, "size grows");
            (uint40 timestamp, uint48 blockNumber, uint64 prevSize, uint40 prevTimestamp, uint40 prevSignedAt) =
                registry.anchoredAt(log, a.size, a.root);
            assertEq(timestamp, a.timestamp);
            assertEq(blockNumber, a.blockNumber);
            assertEq(prevSize, previous.size);
            assertEq(prevTimestamp, previous.timestamp);
            assertEq(prevSignedAt, previous.signedAt);
            previous = a;
        }
        assertEq(head.size, previous.size);
        assertEq(head.root, previous.root);
        assertEq(head.timestamp, previous.timestamp);
        assertEq(head.blockNumber, previous.blockNumber);
        assertEq(head.signedAt, previous.signedAt);
        assertEq(registry.logInfo(log).maxDelay, MAX_DELAY);
    }

    /// @dev The slot of docs/protocol.md section 9: keccak256(keccak256(abi.encode(size, root)) || keccak256(log || 0)).
    function checkSlots() external view {
        for (uint256 i = 0; i < anchors.length; i++) {
            Anchor memory a = anchors[i];
            bytes32 slot =
                keccak256(abi.encode(keccak256(abi.encode(a.size, a.root)), keccak256(abi.encode(log, uint256(0)))));
            uint256 packed = uint256(vm.load(address(registry), slot));
            uint256 expected = a.timestamp | uint256(a.blockNumber) << 40;
            if (i > 0) {
                Anchor memory p = anchors[i - 1];
                expected |= uint256(p.size) << 88 | uint256(p.timestamp) << 152 | uint256(p.signedAt) << 192;
            }
            assertEq(packed, expected);
        }
    }
}

/// @notice Size only grows, history never changes, every accepted anchor extends the previous one.
contract AnchorsInvariants is Tree {
    Grower private grower;

    function setUp() public {
        grower = new Grower();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(grower);
    }

    function invariant_historyOnlyGrows() public view {
        grower.check();
        grower.checkSlots();
    }
}
