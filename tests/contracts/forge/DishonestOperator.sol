// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditRegistry} from "../../../contracts/interfaces/IAuditRegistry.sol";
import {NaiveLog} from "./NaiveLog.sol";
import {Anchor, Signed, Tree} from "./RegistryTest.sol";

/// @notice Owns a log and a directory, signs whatever it likes on two trees that part at one leaf, and uses every call it has to
/// escape: it challenges itself, answers what it can, retires, seals, declares keys compromised, gives the log away.
contract DishonestOperator is Tree {
    uint256 private constant KEY = 0xBAD;
    uint256 public constant LEAVES = 24;
    /// @dev Up to here both trees are one.
    uint256 public constant FORK = 9;

    IAuditRegistry public immutable registry = deployRegistry();
    bytes32 public immutable log;
    bytes32 public immutable directory;

    bytes32[][2] private trees;
    bytes32[] private directoryLeaves;
    Signed[] private signed;
    uint8[] private treeOf; // of each signed checkpoint
    Anchor[] private anchors;
    uint8 private anchoredTree = 2; // undecided
    Anchor[] private directoryAnchors;
    uint64[] private entrySizes;
    uint8[] private entryTrees;
    bool private closed;
    uint160 private keys = uint160(KEY);

    constructor() {
        vm.warp(START);
        log = registry.openLog("dishonest", vm.addr(KEY), 0, uint32(MAX_DELAY), DEPOSIT);
        directory = registry.openLog("accomplice", vm.addr(KEY), 0, uint32(MAX_DELAY), DEPOSIT);
        for (uint256 i = 0; i < LEAVES; i++) {
            trees[0].push(leafAt("one", i));
            trees[1].push(leafAt(i < FORK ? bytes32("one") : bytes32("other"), i));
        }
    }

    receive() external payable {}

    function pass(uint24 time) external {
        vm.warp(block.timestamp + 1 + time % 5 days);
        vm.roll(block.number + 1);
    }

    function sign(uint8 size, uint8 tree, uint16 promise_, uint8 how) external {
        uint64 n = uint64(bound(size, 1, LEAVES));
        uint8 t = tree % 2;
        uint64 anchorBy = how % 6 == 0 ? 0 : uint64(block.timestamp) + promise_ % (MAX_DELAY + 1);
        bytes32 via = how % 3 == 0 ? directory : bytes32(0);
        signed.push(
            signFor(address(registry), block.chainid, KEY, checkpoint(log, n, rootAt(trees[t], n), anchorBy, via))
        );
        treeOf.push(t);
    }

    function anchor(uint8 size, uint8 tree) external {
        if (closed) return;
        uint64 headSize = registry.head(log).size;
        uint64 n = uint64(bound(size, 1, LEAVES));
        uint8 t = tree % 2;
        bytes32[] memory proof = new bytes32[](0);
        if (headSize > 0 && headSize < n) proof = NaiveLog.consistency(trees[t], headSize, n);
        Signed memory s = signFor(
            address(registry), block.chainid, KEY, checkpoint(log, n, rootAt(trees[t], n), uint64(block.timestamp), 0)
        );
        try registry.anchor(s.c, s.signature, headSize, proof) {
            anchors.push(Anchor(n, s.c.root, uint40(block.timestamp), uint48(block.number), uint40(s.c.signedAt)));
            if (n > FORK) anchoredTree = t;
        } catch {}
    }

    /// @dev Puts a checkpoint of either tree into the directory and anchors that.
    function direct(uint8 size, uint8 tree) external {
        if (closed || directoryLeaves.length >= 12) return;
        uint64 n = uint64(bound(size, 1, LEAVES));
        bytes memory entry = abi.encode(log, n, rootAt(trees[tree % 2], n));
        directoryLeaves.push(sha256(abi.encodePacked(bytes1(0), entry)));
        entrySizes.push(n);
        entryTrees.push(tree % 2);
        uint64 oldSize = uint64(directoryLeaves.length - 1);
        bytes32[] memory proof = new bytes32[](0);
        if (oldSize > 0) proof = NaiveLog.consistency(directoryLeaves, oldSize, oldSize + 1);
        Signed memory s = signFor(
            address(registry),
            block.chainid,
            KEY,
            checkpoint(directory, oldSize + 1, rootAt(directoryLeaves, oldSize + 1), uint64(block.timestamp), 0)
        );
        registry.anchor(s.c, s.signature, oldSize, proof);
        directoryAnchors.push(Anchor(oldSize + 1, s.c.root, uint40(block.timestamp), 0, 0));
    }

    /// @dev Once everything there is to manage.
    function manage(uint8 how) external {
        if (how % 16 == 0) _try(abi.encodeCall(registry.retireKey, (log, vm.addr(KEY))));
        if (how % 16 == 1) _try(abi.encodeCall(registry.seal, (log, directory)));
        if (how % 16 <= 1) closed = true;
        if (how % 8 == 2) _try(abi.encodeCall(registry.declareCompromised, (log, vm.addr(KEY))));
        if (how % 8 == 3) _try(abi.encodeCall(registry.addKey, (log, address(++keys), 0)));
        if (how % 8 == 4) _try(abi.encodeCall(registry.transferOwnership, (log, address(0xdead))));
    }

    /// @dev Before its victim does, so as to spend the one challenge.
    function challengeItself(uint8 i) external {
        if (signed.length == 0) return;
        Signed memory s = signed[i % signed.length];
        vm.deal(address(this), DEPOSIT);
        (bool opened,) = address(registry).call{value: DEPOSIT}(abi.encodeCall(registry.challenge, (s.c, s.signature)));
        opened;
    }

    /// @dev Reports itself, in the hope of spending a fault or of having it recorded as another.
    function reportItself(uint8 i, uint8 j) external {
        if (signed.length == 0) return;
        Signed memory a = signed[i % signed.length];
        Signed memory b = signed[j % signed.length];
        bytes32[] memory none = new bytes32[](0);
        _try(abi.encodeCall(registry.reportFork, (a.c, a.signature, b.c, b.signature, 0, none)));
        _try(abi.encodeCall(registry.reportMissedAnchor, (a.c, a.signature)));
        _try(abi.encodeCall(registry.reportUnanswered, (a.c)));
    }

    function answerOne(uint8 i, uint8 a, uint256 spoil) external {
        if (signed.length == 0 || anchors.length == 0) return;
        IAuditRegistry.Checkpoint memory c = signed[i % signed.length].c;
        Anchor memory with = anchors[a % anchors.length];
        bytes32[] memory proof = proofOf(trees[spoil % 2], c.size, with.size, spoil >> 8);
        _try(abi.encodeCall(registry.answer, (c, with.size, with.root, proof)));
    }

    function answerAll(uint8 i) external {
        if (signed.length > 0) tryEverything(signed[i % signed.length].c);
    }

    /// @dev Every proof that either tree and the directory can give. Each in a call of its own: memory is dear.
    function tryEverything(IAuditRegistry.Checkpoint memory c) public {
        for (uint256 a = 0; a < anchors.length; a++) {
            if (anchors[a].size < c.size) continue;
            this.tryAnchor(c, a, 0);
            this.tryAnchor(c, a, 1);
        }
        for (uint256 e = 0; e < entrySizes.length; e++) {
            if (c.via != 0 && entrySizes[e] >= c.size) this.tryDirectory(c, e);
        }
    }

    function tryAnchor(IAuditRegistry.Checkpoint memory c, uint256 a, uint256 t) external {
        bytes32[] memory proof = NaiveLog.consistency(trees[t], c.size, anchors[a].size);
        _try(abi.encodeCall(registry.answer, (c, anchors[a].size, anchors[a].root, proof)));
    }

    function tryDirectory(IAuditRegistry.Checkpoint memory c, uint256 e) external {
        bytes32[] storage tree = trees[entryTrees[e]];
        bytes32[] memory proof = NaiveLog.consistency(tree, c.size, entrySizes[e]);
        Anchor memory a = directoryAnchors[e];
        IAuditRegistry.Path memory path =
            IAuditRegistry.Path(uint64(e), directoryLeaves[e], NaiveLog.inclusion(directoryLeaves, e, a.size));
        _try(
            abi.encodeCall(
                registry.answerVia, (c, rootAt(tree, entrySizes[e]), entrySizes[e], proof, a.size, a.root, path)
            )
        );
    }

    function _try(bytes memory data) private {
        (bool done,) = address(registry).call(data);
        done; // mostly refused
    }

    // ---- the truth, which the victim's evidence must bring out

    function signedCount() external view returns (uint256) {
        return signed.length;
    }

    function signedAt(uint256 i) external view returns (Signed memory s, uint8 tree) {
        return (signed[i], treeOf[i]);
    }

    function leavesOf(uint8 tree) external view returns (bytes32[] memory) {
        return trees[tree];
    }

    /// @dev Whether the checkpoint's tree is a prefix of the anchored one (true while that is too small to tell).
    function isPrefixOfAnchored(uint256 i) external view returns (bool) {
        uint64 size = signed[i].c.size;
        return size <= FORK || size > registry.head(log).size || treeOf[i] == anchoredTree;
    }

    /// @dev The first anchor that covers a size; all zero when there is none.
    function firstCovering(uint64 size) external view returns (Anchor memory none) {
        for (uint256 a = 0; a < anchors.length; a++) {
            if (anchors[a].size >= size) return anchors[a];
        }
        return none;
    }

    /// @dev Whether the promise of a checkpoint for the directory was kept, there or directly, on a tree that extends it.
    function isDirectoryPromiseKept(uint256 i) external view returns (bool) {
        IAuditRegistry.Checkpoint memory c = signed[i].c;
        for (uint256 e = 0; e < entrySizes.length; e++) {
            bool same = c.size <= FORK || entryTrees[e] == treeOf[i];
            if (entrySizes[e] >= c.size && same && directoryAnchors[e].timestamp <= c.anchorBy) return true;
        }
        for (uint256 a = 0; a < anchors.length; a++) {
            bool same = c.size <= FORK || anchoredTree == treeOf[i];
            if (anchors[a].size >= c.size && same && anchors[a].timestamp <= c.anchorBy) return true;
        }
        return false;
    }
}
