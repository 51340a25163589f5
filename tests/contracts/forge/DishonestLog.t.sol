// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditRegistry} from "../../../contracts/interfaces/IAuditRegistry.sol";
import {DishonestOperator} from "./DishonestOperator.sol";
import {NaiveLog} from "./NaiveLog.sol";
import {Anchor, Signed, Tree} from "./RegistryTest.sol";

/// @notice Whatever a dishonest operator did before, in whatever order: who holds two contradicting signed checkpoints, or one
/// past its promise, convicts it.
contract DishonestLogInvariants is Tree {
    DishonestOperator private operator;
    IAuditRegistry private registry;
    bytes32 private log;

    function setUp() public {
        operator = new DishonestOperator();
        registry = operator.registry();
        log = operator.log();
    }

    receive() external payable {}

    struct FuzzSelector {
        address addr;
        bytes4[] selectors;
    }

    function targetContracts() public view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(operator);
    }

    function targetSelectors() public view returns (FuzzSelector[] memory targets) {
        bytes4[] memory selectors = new bytes4[](9);
        selectors[0] = operator.sign.selector;
        selectors[1] = operator.anchor.selector;
        selectors[2] = operator.direct.selector;
        selectors[3] = operator.pass.selector;
        selectors[4] = operator.manage.selector;
        selectors[5] = operator.challengeItself.selector;
        selectors[6] = operator.reportItself.selector;
        selectors[7] = operator.answerOne.selector;
        selectors[8] = operator.answerAll.selector;
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(operator), selectors);
    }

    /// @dev Costs little; the victims come once, when the operator has done all it does in a run.
    function invariant_dishonestIsConvicted() public view {
        assertEq(registry.faults(operator.directory()), 0);
    }

    function afterInvariant() public {
        brokenPromisesConvict();
        contradictionsConvict();
        unanswerableConvicts();
    }

    /// @dev One past its promise, direct: missed or late, unless it was kept.
    function brokenPromisesConvict() private {
        for (uint256 i = 0; i < operator.signedCount(); i++) {
            this.oneBrokenPromise(i);
        }
    }

    function oneBrokenPromise(uint256 i) external {
        (Signed memory s,) = operator.signedAt(i);
        if (s.c.via != 0 || s.c.anchorBy == 0 || block.timestamp <= s.c.anchorBy) return;
        Anchor memory a = operator.firstCovering(s.c.size);
        if (a.size == 0) {
            _convicts(1, s.c, abi.encodeCall(registry.reportMissedAnchor, (s.c, s.signature)));
        } else if (a.timestamp > s.c.anchorBy) {
            _convicts(2, s.c, abi.encodeCall(registry.reportLateAnchor, (s.c, s.signature, a.size, a.root)));
        } else {
            _refuses(abi.encodeCall(registry.reportMissedAnchor, (s.c, s.signature)));
            _refuses(abi.encodeCall(registry.reportLateAnchor, (s.c, s.signature, a.size, a.root)));
        }
    }

    /// @dev Two that contradict each other, with the data that show it: by fork and by leaf.
    function contradictionsConvict() private {
        uint256 count = operator.signedCount();
        for (uint256 i = 0; i + 1 < count && i < 4; i++) {
            this.onePair(i, count - 1 - i);
        }
    }

    function onePair(uint256 i, uint256 j) external {
        (Signed memory a, uint8 treeA) = operator.signedAt(i);
        (Signed memory b, uint8 treeB) = operator.signedAt(j);
        bool contradict = treeA != treeB && a.c.size > operator.FORK() && b.c.size > operator.FORK();
        _checkPair(a, treeA, b, treeB, contradict);
    }

    /// @dev One that contradicts the anchored tree, without any data: it cannot be answered. Nor can a broken promise by
    /// directory.
    function unanswerableConvicts() private {
        uint256 snapshot = vm.snapshotState();
        uint256 count = operator.signedCount();
        for (uint256 i = 0; i < count && i < 6; i++) {
            this.oneChallenge(count - 1 - i);
            vm.revertToState(snapshot);
            snapshot = vm.snapshotState();
        }
    }

    function oneChallenge(uint256 i) external {
        (Signed memory s,) = operator.signedAt(i);
        bool pastDirectory = s.c.via != 0 && s.c.anchorBy != 0 && s.c.anchorBy < block.timestamp;
        bool broken = !operator.isPrefixOfAnchored(i) || (pastDirectory && !operator.isDirectoryPromiseKept(i));
        _challengeToTheEnd(s, broken);
    }

    // ---- the victim

    function _challengeToTheEnd(Signed memory s, bool broken) private {
        if (_isReported(5, _digest(s.c))) return;
        vm.deal(address(this), DEPOSIT);
        (bool opened,) = address(registry).call{value: DEPOSIT}(abi.encodeCall(registry.challenge, (s.c, s.signature)));
        bool open = registry.challengeInfo(_digest(s.c)).pending != 0;
        if (broken) assertTrue(open, "a broken checkpoint is under challenge");
        operator.tryEverything(s.c);
        vm.warp(block.timestamp + 3 days);
        operator.tryEverything(s.c);
        (bool convicted,) = address(registry).call(abi.encodeCall(registry.reportUnanswered, (s.c)));
        assertTrue(convicted == broken, "convicted exactly when broken");
        if (broken && opened) assertEq(address(this).balance, DEPOSIT);
    }

    function _checkPair(Signed memory a, uint8 treeA, Signed memory b, uint8 treeB, bool contradict) private {
        bytes memory fork = _forkReport(a, b, a.c.size < b.c.size ? treeB : treeA);
        bytes memory leaf = abi.encodeCall(
            registry.reportLeafConflict,
            (a.c, a.signature, _path(treeA, a.c.size), b.c, b.signature, _path(treeB, b.c.size))
        );
        if (contradict) {
            _convictsPair(3, a.c, b.c, fork);
            _convictsPair(4, a.c, b.c, leaf);
        } else {
            _refuses(fork);
            _refuses(leaf);
        }
    }

    function _forkReport(Signed memory a, Signed memory b, uint8 largeTree) private view returns (bytes memory) {
        (uint64 small, uint64 large) = a.c.size < b.c.size ? (a.c.size, b.c.size) : (b.c.size, a.c.size);
        bytes32[] memory leaves = operator.leavesOf(largeTree);
        bytes32[] memory proof = NaiveLog.consistency(leaves, small, large);
        return abi.encodeCall(registry.reportFork, (a.c, a.signature, b.c, b.signature, rootAt(leaves, small), proof));
    }

    function _path(uint8 tree, uint64 size) private view returns (IAuditRegistry.Path memory path) {
        bytes32[] memory leaves = operator.leavesOf(tree);
        path.index = uint64(size > operator.FORK() ? operator.FORK() : 0);
        path.leaf = leaves[path.index];
        path.proof = NaiveLog.inclusion(leaves, path.index, size);
    }

    function _convicts(uint8 kind, IAuditRegistry.Checkpoint memory c, bytes memory report) private {
        _mustConvict(kind, _digest(c), report);
    }

    function _convictsPair(
        uint8 kind,
        IAuditRegistry.Checkpoint memory a,
        IAuditRegistry.Checkpoint memory b,
        bytes memory report
    ) private {
        (bytes32 low, bytes32 high) = (_digest(a), _digest(b));
        if (high < low) (low, high) = (high, low);
        _mustConvict(kind, keccak256(abi.encode(low, high)), report);
    }

    /// @dev The fault is on record already, or this report puts it there; and a second report is refused.
    function _mustConvict(uint8 kind, bytes32 digest, bytes memory report) private {
        if (!_isReported(kind, digest)) {
            uint64 n = registry.faults(log);
            (bool done,) = address(registry).call(report);
            assertTrue(done, "a dishonest log is convicted");
            IAuditRegistry.Fault memory fault = registry.faultAt(log, n);
            assertEq(fault.kind, kind);
            assertEq(fault.digest, digest);
            assertEq(fault.reportedAt, block.timestamp);
        }
        _refuses(report);
    }

    function _refuses(bytes memory report) private {
        (bool done,) = address(registry).call(report);
        assertTrue(!done, "no conviction without cause, and none twice");
    }

    function _isReported(uint8 kind, bytes32 digest) private view returns (bool) {
        uint64 count = registry.faults(log);
        for (uint64 n = 0; n < count; n++) {
            IAuditRegistry.Fault memory fault = registry.faultAt(log, n);
            if (fault.kind == kind && fault.digest == digest) return true;
        }
        return false;
    }

    function _digest(IAuditRegistry.Checkpoint memory c) private view returns (bytes32) {
        return digestOf(address(registry), block.chainid, c);
    }
}
