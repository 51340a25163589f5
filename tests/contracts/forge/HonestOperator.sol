// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditRegistry} from "../../../contracts/interfaces/IAuditRegistry.sol";
import {NaiveLog} from "./NaiveLog.sol";
import {Anchor, Signed, Tree} from "./RegistryTest.sol";

/// @notice Runs a log and a directory honestly, doing each duty at the last second allowed. The same keys sign the same log on
/// another registry and another chain, where the tree is a different one: those signatures are loose in the world too.
contract HonestOperator is Tree {
    uint256 private constant FIRST_KEY = 0xB0B;
    uint256 private constant LIMIT = 40;

    IAuditRegistry private immutable registry;
    IAuditRegistry private immutable otherRegistry;
    bytes32 public immutable log;
    bytes32 public immutable directory;

    mapping(bytes32 log => bytes32[]) private leaves;
    mapping(bytes32 log => Anchor[]) private anchors;
    Signed[] private signed;
    Signed[] private challenged;
    uint64[] private entrySizes; // of the log's checkpoints in the directory, by index
    uint256 private key = FIRST_KEY;
    bool private closed;

    constructor(IAuditRegistry registry_, IAuditRegistry otherRegistry_) {
        (registry, otherRegistry) = (registry_, otherRegistry_);
        log = _open(registry_, "honest");
        directory = _open(registry_, "directory");
        _open(otherRegistry_, "honest");
        leaves[directory].push(leafAt("directory", 0));
    }

    receive() external payable {}

    function _open(IAuditRegistry where, string memory origin) private returns (bytes32) {
        return where.openLog(origin, vm.addr(key), 0, uint32(MAX_DELAY), DEPOSIT);
    }

    // ---- life

    function append(uint8 count) external {
        for (uint256 i = 0; i < 1 + count % 5 && leaves[log].length < LIMIT; i++) {
            leaves[log].push(leafAt("honest", leaves[log].length));
        }
    }

    /// @dev Signs the tree of now: promised directly or through the directory, with or without a deadline.
    function sign(uint8 how) external {
        uint64 size = uint64(leaves[log].length);
        if (closed || size == 0) return;
        uint64 anchorBy = how % 8 == 0 ? 0 : uint64(block.timestamp) + how % (MAX_DELAY + 1);
        bytes32 via = how % 3 == 0 ? directory : bytes32(0);
        IAuditRegistry.Checkpoint memory c = checkpoint(log, size, rootAt(leaves[log], size), anchorBy, via);
        signed.push(signFor(address(registry), block.chainid, key, c));
        if (how % 4 == 0) {
            // elsewhere the same log id has another tree
            c.root = keccak256(abi.encode(c.root, how));
            signed.push(signFor(address(otherRegistry), block.chainid, key, c));
            signed.push(signFor(address(registry), block.chainid + 1, key, c));
        }
    }

    /// @dev Some time goes by; whatever falls due is done in the last second in which it counts.
    function pass(uint256 time) external {
        uint256 until = block.timestamp + time;
        for (uint256 due = _nextDuty(); due <= until; due = _nextDuty()) {
            vm.warp(due > block.timestamp ? due : block.timestamp);
            _doDuties();
        }
        vm.warp(until);
        vm.roll(block.number + 1 + time / 12);
    }

    function work() external {
        _doDuties();
    }

    /// @dev Owner's business: rotate the key (everything signed is anchored first), or say that it is compromised.
    function rotate(uint8 how) external {
        if (closed) return;
        if (how % 4 == 0) {
            if (registry.keyInfo(log, vm.addr(key)).compromisedAt == 0) {
                registry.declareCompromised(log, vm.addr(key));
            }
            return;
        }
        _settleAll();
        uint256 old = key++;
        for (uint256 i = 0; i < 2; i++) {
            bytes32 each = i == 0 ? log : directory;
            registry.addKey(each, vm.addr(key), 0);
            registry.retireKey(each, vm.addr(old));
        }
    }

    /// @dev Anchors everything signed and seals.
    function finish() external {
        if (closed) return;
        _settleAll();
        closed = true;
        registry.seal(log, 0);
        registry.seal(directory, 0);
    }

    function noteAnchor(IAuditRegistry.Checkpoint memory c) public {
        anchors[c.log].push(Anchor(c.size, c.root, uint40(block.timestamp), uint48(block.number), uint40(c.signedAt)));
    }

    function noteChallenge(Signed memory s) external {
        challenged.push(s);
    }

    // ---- duties

    function _nextDuty() private view returns (uint256 due) {
        due = type(uint256).max;
        for (uint256 i = 0; i < signed.length; i++) {
            IAuditRegistry.Checkpoint memory c = signed[i].c;
            if (_isPromiseOpen(c) && c.anchorBy < due) due = c.anchorBy;
        }
        for (uint256 i = 0; i < challenged.length; i++) {
            IAuditRegistry.Challenge memory open = _challenge(challenged[i].c);
            // the last second that is still within three days
            if (open.pending != 0 && open.challengedAt + 3 days - 1 < due) due = open.challengedAt + 3 days - 1;
        }
    }

    function _isPromiseOpen(IAuditRegistry.Checkpoint memory c) private view returns (bool) {
        if (c.anchorBy == 0 || c.size <= registry.head(c.log).size) return false;
        return c.via == 0 || !_isInDirectory(c);
    }

    /// @dev Whether an anchored directory holds a checkpoint of at least this size.
    function _isInDirectory(IAuditRegistry.Checkpoint memory c) private view returns (bool) {
        uint64 anchored = registry.head(directory).size;
        for (uint256 i = 0; i < entrySizes.length && i + 1 < anchored; i++) {
            if (entrySizes[i] >= c.size) return true;
        }
        return false;
    }

    function _doDuties() private {
        if (!closed) {
            bool direct = false;
            bool byDirectory = false;
            for (uint256 i = 0; i < signed.length; i++) {
                if (!_isPromiseOpen(signed[i].c)) continue;
                if (signed[i].c.via == 0) direct = true;
                else byDirectory = true;
            }
            if (direct) _anchor(log);
            if (byDirectory) {
                uint64 size = uint64(leaves[log].length);
                bytes memory entry = abi.encode(log, size, rootAt(leaves[log], size));
                leaves[directory].push(sha256(abi.encodePacked(bytes1(0), entry)));
                entrySizes.push(size);
                _anchor(directory);
            }
        }
        for (uint256 i = 0; i < challenged.length; i++) {
            _answer(challenged[i].c);
        }
    }

    /// @dev Before a key is retired or the log sealed: what was promised directly is anchored, the rest is in the directory.
    function _settleAll() private {
        _doDuties();
        if (leaves[log].length > registry.head(log).size) _anchor(log);
    }

    function _anchor(bytes32 which) private {
        uint64 size = uint64(leaves[which].length);
        uint64 oldSize = registry.head(which).size;
        bytes32[] memory proof = new bytes32[](0);
        if (oldSize > 0) proof = NaiveLog.consistency(leaves[which], oldSize, size);
        IAuditRegistry.Checkpoint memory c =
            checkpoint(which, size, rootAt(leaves[which], size), uint64(block.timestamp), 0);
        Signed memory s = signFor(address(registry), block.chainid, key, c);
        signed.push(s);
        registry.anchor(c, s.signature, oldSize, proof);
        noteAnchor(c);
    }

    function _answer(IAuditRegistry.Checkpoint memory c) private {
        uint8 pending = _challenge(c).pending;
        if (pending & PREFIX != 0) {
            IAuditRegistry.Head memory head = registry.head(c.log);
            registry.answer(c, head.size, head.root, NaiveLog.consistency(leaves[c.log], c.size, head.size));
            pending = _challenge(c).pending;
        }
        if (pending & PROMISE != 0) _answerPromise(c);
    }

    function _answerPromise(IAuditRegistry.Checkpoint memory c) private {
        for (uint256 e = 0; e < entrySizes.length; e++) {
            if (entrySizes[e] < c.size) continue;
            // the directory is anchored each time it grows: this anchor is the first that holds entry e
            Anchor memory a = anchors[directory][e];
            if (a.timestamp > c.anchorBy) break;
            bytes32[] memory proof = NaiveLog.consistency(leaves[log], c.size, entrySizes[e]);
            bytes32[] memory path = NaiveLog.inclusion(leaves[directory], e + 1, a.size);
            registry.answerVia(
                c,
                rootAt(leaves[log], entrySizes[e]),
                entrySizes[e],
                proof,
                a.size,
                a.root,
                IAuditRegistry.Path(uint64(e + 1), leaves[directory][e + 1], path)
            );
            return;
        }
        // not through the directory, so it was anchored directly in time
        for (uint256 i = 0; i < anchors[log].length; i++) {
            Anchor memory a = anchors[log][i];
            if (a.size < c.size) continue;
            registry.answer(c, a.size, a.root, NaiveLog.consistency(leaves[log], c.size, a.size));
            return;
        }
    }

    function _challenge(IAuditRegistry.Checkpoint memory c) private view returns (IAuditRegistry.Challenge memory) {
        return registry.challengeInfo(digestOf(address(registry), block.chainid, c));
    }

    // ---- what the world knows

    function signedCount() external view returns (uint256) {
        return signed.length;
    }

    function signedAt(uint256 i) external view returns (Signed memory) {
        return signed[i % signed.length];
    }

    function leavesOf(bytes32 which) external view returns (bytes32[] memory) {
        return leaves[which];
    }

    /// @dev An anchor of the log, or made-up figures when there is none yet.
    function anchorAt(bytes32 which, uint256 i) external view returns (uint64, bytes32) {
        uint256 count = anchors[which].length;
        if (count == 0) return (uint64(i), keccak256(abi.encode(i)));
        Anchor memory a = anchors[which][i % count];
        return (a.size, a.root);
    }

    function openDeposits() external view returns (uint256 sum) {
        for (uint256 i = 0; i < challenged.length; i++) {
            // challenged again for its other obligation, it is listed twice
            if (!_listedBefore(i) && _challenge(challenged[i].c).pending != 0) sum += DEPOSIT;
        }
    }

    function _listedBefore(uint256 i) private view returns (bool) {
        bytes32 id = keccak256(abi.encode(challenged[i].c));
        for (uint256 j = 0; j < i; j++) {
            if (keccak256(abi.encode(challenged[j].c)) == id) return true;
        }
        return false;
    }
}
