// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditRegistry} from "../../../contracts/interfaces/IAuditRegistry.sol";
import {HonestOperator} from "./HonestOperator.sol";
import {NaiveLog} from "./NaiveLog.sol";
import {Signed, Tree} from "./RegistryTest.sol";

/// @notice Everybody else: calls everything in any order with whatever an honest log ever signed, here or elsewhere.
contract Strangers is Tree {
    IAuditRegistry public immutable registry = deployRegistry();
    HonestOperator public immutable operator;

    constructor() {
        vm.warp(START);
        operator = new HonestOperator(registry, deployRegistry());
    }

    receive() external payable {}

    // ---- the operator's life, driven by the fuzzer

    function live(uint8 count, uint8 how) external {
        operator.append(count);
        operator.sign(how);
    }

    function liveOn(uint8 count, uint8 how) external {
        operator.append(count);
        operator.sign(how);
        operator.sign(~how);
    }

    function work() external {
        operator.work();
    }

    function rotate(uint8 how) external {
        operator.rotate(how);
    }

    function finish(uint8 chance) external {
        if (chance < 8) operator.finish();
    }

    function pass(uint32 time) external {
        operator.pass(1 + time % 2 days);
    }

    // ---- attacks

    function anchorOld(uint8 i, uint8 oldSeed, uint256 spoil) external {
        if (operator.signedCount() == 0) return;
        Signed memory s = operator.signedAt(i);
        uint64 oldSize = oldSeed % 4 == 0 ? oldSeed : registry.head(s.c.log).size;
        bytes32[] memory proof = proofOf(operator.leavesOf(s.c.log), oldSize, s.c.size, spoil);
        (bool done,) = address(registry).call(abi.encodeCall(registry.anchor, (s.c, s.signature, oldSize, proof)));
        if (done) operator.noteAnchor(s.c);
    }

    function reportMissed(uint8 i) external {
        if (operator.signedCount() == 0) return;
        Signed memory s = operator.signedAt(i);
        _try(abi.encodeCall(registry.reportMissedAnchor, (s.c, s.signature)));
    }

    function reportLate(uint8 i, uint8 a) external {
        if (operator.signedCount() == 0) return;
        Signed memory s = operator.signedAt(i);
        (uint64 size, bytes32 root) = operator.anchorAt(s.c.log, a);
        _try(abi.encodeCall(registry.reportLateAnchor, (s.c, s.signature, size, root)));
    }

    function reportFork(uint8 i, uint8 j, uint8 how, bytes32 prefixRoot, uint256 spoil) external {
        if (operator.signedCount() == 0) return;
        Signed memory a = operator.signedAt(i);
        Signed memory b = operator.signedAt(j);
        if (how % 3 == 0) {
            (b.c.size, b.c.root) = operator.anchorAt(b.c.log, j);
            (b.c.signedAt, b.c.anchorBy, b.c.via, b.signature) = (0, 0, 0, "");
        }
        (uint64 small, uint64 large) = a.c.size < b.c.size ? (a.c.size, b.c.size) : (b.c.size, a.c.size);
        bytes32[] memory leaves = operator.leavesOf(b.c.log);
        bytes32[] memory proof = proofOf(leaves, small, large, spoil);
        if (how % 5 == 0 && small > 0 && small <= leaves.length) prefixRoot = rootAt(leaves, small);
        if (how % 5 == 1) prefixRoot = 0;
        _try(abi.encodeCall(registry.reportFork, (a.c, a.signature, b.c, b.signature, prefixRoot, proof)));
    }

    function reportLeafConflict(uint8 i, uint8 j, uint8 index, bytes32 other, uint256 spoil) external {
        if (operator.signedCount() == 0) return;
        Signed memory a = operator.signedAt(i);
        Signed memory b = operator.signedAt(j);
        IAuditRegistry.Path memory inA = _path(a.c, index, spoil);
        IAuditRegistry.Path memory inB = _path(b.c, index, spoil >> 32);
        if (spoil % 3 == 0) inB.leaf = other;
        // an inner node passed off as a leaf
        if (spoil % 3 == 1 && inB.proof.length > 0) inB.leaf = NaiveLog.node(inB.leaf, inB.proof[0]);
        _try(abi.encodeCall(registry.reportLeafConflict, (a.c, a.signature, inA, b.c, b.signature, inB)));
    }

    function challenge(uint8 i) external {
        if (operator.signedCount() == 0) return;
        Signed memory s = operator.signedAt(i);
        vm.deal(address(this), 1 ether);
        (bool opened,) = address(registry).call{value: DEPOSIT}(abi.encodeCall(registry.challenge, (s.c, s.signature)));
        if (opened) operator.noteChallenge(s);
    }

    function reportUnanswered(uint8 i) external {
        if (operator.signedCount() == 0) return;
        _try(abi.encodeCall(registry.reportUnanswered, (operator.signedAt(i).c)));
    }

    /// @dev A stranger's answer, right or wrong: at worst it does the operator's work.
    function answer(uint8 i, uint8 a, uint256 spoil) external {
        if (operator.signedCount() == 0) return;
        IAuditRegistry.Checkpoint memory c = operator.signedAt(i).c;
        (uint64 size, bytes32 root) = operator.anchorAt(c.log, a);
        bytes32[] memory proof = proofOf(operator.leavesOf(c.log), c.size, size, spoil);
        _try(abi.encodeCall(registry.answer, (c, size, root, proof)));
    }

    /// @dev Management by somebody who is not the owner.
    function manage(uint8 how, address key) external {
        bytes32 log = operator.log();
        if (how % 5 == 0) _try(abi.encodeCall(registry.addKey, (log, key, 0)));
        if (how % 5 == 1) _try(abi.encodeCall(registry.retireKey, (log, key)));
        if (how % 5 == 2) _try(abi.encodeCall(registry.seal, (log, 0)));
        if (how % 5 == 3) _try(abi.encodeCall(registry.transferOwnership, (log, address(this))));
        if (how % 5 == 4) _try(abi.encodeCall(registry.acceptOwnership, (log)));
    }

    function _path(IAuditRegistry.Checkpoint memory c, uint8 index, uint256 spoil)
        private
        view
        returns (IAuditRegistry.Path memory path)
    {
        bytes32[] memory leaves = operator.leavesOf(c.log);
        if (c.size == 0 || c.size > leaves.length) return path;
        path.index = index % c.size;
        path.leaf = leaves[path.index];
        path.proof = NaiveLog.inclusion(leaves, path.index, c.size);
        if (spoil % 4 == 3 && path.proof.length > 0) path.proof[0] = bytes32(spoil);
    }

    function _try(bytes memory data) private {
        (bool done,) = address(registry).call(data);
        done; // mostly refused, and that is right
    }

    // ---- what must hold

    function check() external view {
        assertEq(registry.faults(operator.log()), 0);
        assertEq(registry.faults(operator.directory()), 0);
        assertEq(address(registry).balance, operator.openDeposits());
        assertEq(registry.logInfo(operator.log()).owner, address(operator));
    }
}

/// @notice A log whose anchors are included before anchorBy, and which answers within three days, is never convicted.
contract HonestLogInvariants is Tree {
    Strangers private strangers;

    function setUp() public {
        strangers = new Strangers();
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(strangers);
    }

    function invariant_honestIsNeverConvicted() public view {
        strangers.check();
    }
}
