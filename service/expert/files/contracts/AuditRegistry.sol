// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

import {IAuditRegistry} from "./interfaces/IAuditRegistry.sol";
import {MerkleLog} from "./libraries/MerkleLog.sol";

/// @title Tallystick registry
/// @notice See IAuditRegistry. No immutables and no constructor: one runtime code on every chain.
/// @dev Storage is part of the protocol (state proofs): mapping slots 0 anchors, 1 heads, 2 keys, 3 faults.
contract AuditRegistry is IAuditRegistry {
    /// @dev `word` packs size | sealed << 63 | timestamp << 64 | blockNumber << 104 | signedAt << 152 | maxDelay << 192 |
    /// anchors << 224, so that an anchor reads and writes one word beside the root.
    struct StoredHead {
        uint256 word;
        bytes32 root;
    }

    struct Log {
        address owner;
        uint96 challengeDeposit;
        address pendingOwner;
        bytes32 successor;
    }

    mapping(bytes32 log => mapping(bytes32 sizeAndRoot => uint256 packed)) private _anchors;
    mapping(bytes32 log => StoredHead) private _heads;
    mapping(bytes32 log => mapping(address key => Key)) private _keys;
    mapping(bytes32 log => Fault[]) private _faults;
    mapping(bytes32 log => Log) private _logs;
    mapping(bytes32 digest => Challenge) private _challenges;
    mapping(bytes32 digestAndKind => bool) private _reported;

    bytes32 private constant _DOMAIN_TYPE =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant _CHECKPOINT_TYPE =
        keccak256("Checkpoint(bytes32 log,uint64 size,bytes32 root,uint64 signedAt,uint64 anchorBy,bytes32 via)");
    bytes32 private constant _NAME = keccak256("Tallystick");
    bytes32 private constant _VERSION = keccak256("1");

    uint256 private constant _HALF_ORDER = 0x7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0;
    uint64 private constant _MAX_SIZE = 2 ** 53 - 1;
    uint256 private constant _SEALED = 1 << 63;
    uint256 private constant _CLOCK_TOLERANCE = 60 seconds;
    uint256 private constant _ANSWER_TIME = 3 days;
    uint96 private constant _MAX_DEPOSIT = 0.05 ether;

    /// @dev What a recipient gets in all, the 2,300 of the call stipend included.
    uint256 private constant _TRANSFER_GAS = 30_000;
    /// @dev 64/63 of that, and a call's own price: 2,600 cold, 9,000 value, 25,000 new account. Below it a caller could starve
    /// the recipient and so have its deposit forfeited.
    uint256 private constant _TRANSFER_RESERVE = 70_000;

    uint8 private constant _MISSED = 1;
    uint8 private constant _LATE = 2;
    uint8 private constant _FORK = 3;
    uint8 private constant _LEAF = 4;
    uint8 private constant _UNANSWERED = 5;

    /// @dev Obligations of a challenge.
    uint8 private constant _PREFIX = 1;
    uint8 private constant _PROMISE = 2;

    modifier onlyOwner(bytes32 log) {
        _checkOwner(log);
        _;
    }

    // ---- logs and keys

    /// @inheritdoc IAuditRegistry
    function openLog(string calldata origin, address key, bytes32 ed25519Key, uint32 maxDelay, uint96 challengeDeposit)
        external
        returns (bytes32 log)
    {
        _checkOrigin(origin);
        if (challengeDeposit > _MAX_DEPOSIT) revert DepositTooLarge(challengeDeposit, _MAX_DEPOSIT);
        log = logId(msg.sender, origin);
        if (_logs[log].owner != address(0)) revert LogAlreadyOpen(log);
        _logs[log].owner = msg.sender;
        _logs[log].challengeDeposit = challengeDeposit;
        _heads[log].word = uint256(maxDelay) << 192;
        emit LogOpened(log, msg.sender, origin, maxDelay, challengeDeposit);
        _addKey(log, key, ed25519Key);
    }

    /// @inheritdoc IAuditRegistry
    function logId(address opener, string calldata origin) public view returns (bytes32) {
        return keccak256(abi.encode(opener, origin));
    }

    /// @inheritdoc IAuditRegistry
    function addKey(bytes32 log, address key, bytes32 ed25519Key) external onlyOwner(log) {
        if (_heads[log].word & _SEALED != 0) revert LogIsSealed(log);
        _addKey(log, key, ed25519Key);
    }

    /// @inheritdoc IAuditRegistry
    function retireKey(bytes32 log, address key) external onlyOwner(log) {
        Key storage known = _knownKey(log, key);
        if (known.retiredAt != 0) revert KeyIsRetired(log, key, known.retiredAt);
        known.retiredAt = uint64(block.timestamp);
        emit KeyRetired(log, key);
    }

    /// @inheritdoc IAuditRegistry
    function declareCompromised(bytes32 log, address key) external onlyOwner(log) {
        Key storage known = _knownKey(log, key);
        if (known.compromisedAt != 0) revert KeyAlreadyCompromised(log, key, known.compromisedAt);
        known.compromisedAt = uint64(block.timestamp);
        emit KeyCompromised(log, key);
    }

    /// @inheritdoc IAuditRegistry
    function seal(bytes32 log, bytes32 successor) external onlyOwner(log) {
        uint256 word = _heads[log].word;
        if (word & _SEALED != 0) revert LogIsSealed(log);
        if (successor != 0 && (successor == log || _logs[successor].owner == address(0))) {
            revert InvalidSuccessor(log, successor);
        }
        _heads[log].word = word | _SEALED;
        _logs[log].successor = successor;
        emit LogSealed(log, successor);
    }

    /// @inheritdoc IAuditRegistry
    function transferOwnership(bytes32 log, address newOwner) external onlyOwner(log) {
        _logs[log].pendingOwner = newOwner;
        emit OwnershipOffered(log, msg.sender, newOwner);
    }

    /// @inheritdoc IAuditRegistry
    function acceptOwnership(bytes32 log) external {
        Log storage entry = _logs[log];
        if (entry.pendingOwner != msg.sender) revert NotPendingOwner(log, msg.sender);
        address previous = entry.owner;
        entry.owner = msg.sender;
        entry.pendingOwner = address(0);
        emit OwnershipTransferred(log, previous, msg.sender);
    }

    // ---- anchors

    /// @inheritdoc IAuditRegistry
    function anchor(Checkpoint calldata c, bytes calldata signature, uint64 oldSize, bytes32[] calldata consistency)
        external
    {
        (bytes32 log, uint64 size, bytes32 root, uint64 signedAt, uint64 anchorBy, bytes32 via) =
            (c.log, c.size, c.root, c.signedAt, c.anchorBy, c.via);
        address key = _recover(_digestOf(log, size, root, signedAt, anchorBy, via), signature);
        _checkActive(log, key);
        if (via != 0) revert AnchoredVia(via);
        StoredHead storage stored = _heads[log];
        uint256 word = stored.word;
        if (word & _SEALED != 0) revert LogIsSealed(log);
        _checkTimes(word, signedAt, anchorBy);
        uint64 headSize = _sizeOf(word);
        if (oldSize != headSize) revert HeadMoved(headSize, oldSize);
        if (size <= headSize) revert SizeNotGreater(size, headSize);
        _checkSize(size);
        if (headSize != 0) {
            MerkleLog.verifyConsistency(headSize, size, stored.root, root, consistency);
        } else if (consistency.length != 0) {
            revert MerkleLog.InvalidProofLength(consistency.length, 0);
        }
        uint256 nowAt = block.timestamp | (block.number << 40);
        // prevTimestamp and prevSignedAt
        _anchors[log][_anchorKey(size, root)] = nowAt | (uint256(headSize) << 88) | (uint256(uint40(word >> 64)) << 152)
            | (uint256(uint40(word >> 152)) << 192);
        unchecked {
            // maxDelay stays; the count of anchors is on top, where it overflows into nothing
            stored.word = size | (nowAt << 64) | (uint256(signedAt) << 152) | (((word >> 192) << 192) + (1 << 224));
        }
        stored.root = root;
        emit Anchored(log, size, root, signedAt, key);
    }

    /// @inheritdoc IAuditRegistry
    function head(bytes32 log) external view returns (Head memory) {
        uint256 word = _heads[log].word;
        return Head({
            size: _sizeOf(word),
            timestamp: uint40(word >> 64),
            blockNumber: uint48(word >> 104),
            signedAt: uint40(word >> 152),
            anchors: uint32(word >> 224),
            root: _heads[log].root
        });
    }

    /// @inheritdoc IAuditRegistry
    function anchoredAt(bytes32 log, uint64 size, bytes32 root)
        external
        view
        returns (uint40 timestamp, uint48 blockNumber, uint64 prevSize, uint40 prevTimestamp, uint40 prevSignedAt)
    {
        uint256 packed = _anchors[log][_anchorKey(size, root)];
        return
            (uint40(packed), uint48(packed >> 40), uint64(packed >> 88), uint40(packed >> 152), uint40(packed >> 192));
    }

    /// @inheritdoc IAuditRegistry
    function verifyInclusion(
        bytes32 log,
        uint64 size,
        bytes32 root,
        uint64 index,
        bytes32 leaf,
        bytes32[] calldata proof
    ) public view returns (uint64 timestamp, uint64 blockNumber) {
        uint256 packed = _anchored(log, size, root);
        MerkleLog.verifyInclusion(leaf, index, size, proof, root);
        return (uint40(packed), uint48(packed >> 40));
    }

    /// @inheritdoc IAuditRegistry
    function verifyEntry(
        bytes32 log,
        uint64 size,
        bytes32 root,
        uint64 index,
        bytes calldata entry,
        bytes32[] calldata proof
    ) external view returns (uint64 timestamp, uint64 blockNumber) {
        return verifyInclusion(log, size, root, index, MerkleLog.leafHash(entry), proof);
    }

    // ---- faults

    /// @inheritdoc IAuditRegistry
    function reportMissedAnchor(Checkpoint calldata c, bytes calldata signature) external {
        (bytes32 digest, address key) = _signed(c, signature);
        _checkPromise(c, digest);
        if (block.timestamp <= c.anchorBy) revert PromiseNotDue(c.anchorBy, block.timestamp);
        uint64 headSize = _sizeOf(_heads[c.log].word);
        if (headSize >= c.size) revert HeadCovers(headSize, c.size);
        _record(c.log, _MISSED, digest, key, c.signedAt);
    }

    /// @inheritdoc IAuditRegistry
    function reportLateAnchor(Checkpoint calldata c, bytes calldata signature, uint64 size, bytes32 root) external {
        (bytes32 digest, address key) = _signed(c, signature);
        _checkPromise(c, digest);
        uint256 packed = _anchored(c.log, size, root);
        uint64 prevSize = uint64(packed >> 88);
        if (prevSize >= c.size || c.size > size) revert NotFirstCovering(prevSize, size, c.size);
        if (uint40(packed) <= c.anchorBy) revert AnchoredInTime(uint40(packed), c.anchorBy);
        _record(c.log, _LATE, digest, key, c.signedAt);
    }

    /// @inheritdoc IAuditRegistry
    function reportFork(
        Checkpoint calldata a,
        bytes calldata sigA,
        Checkpoint calldata b,
        bytes calldata sigB,
        bytes32 prefixRoot,
        bytes32[] calldata consistency
    ) external {
        if (a.log != b.log) revert DifferentLogs(a.log, b.log);
        (bytes32 digestA, address keyA) = _signed(a, sigA);
        if (sigB.length == 0) {
            if (b.signedAt != 0 || b.anchorBy != 0 || b.via != 0) revert UnsignedMembersNotZero();
            _anchored(b.log, b.size, b.root);
            _checkForked(a, b, prefixRoot, consistency);
            _record(a.log, _FORK, digestA, keyA, a.signedAt);
        } else {
            (bytes32 digestB, address keyB) = _signed(b, sigB);
            _checkForked(a, b, prefixRoot, consistency);
            _recordPair(_FORK, a, digestA, keyA, b, digestB, keyB);
        }
    }

    /// @inheritdoc IAuditRegistry
    function reportLeafConflict(
        Checkpoint calldata a,
        bytes calldata sigA,
        Path calldata inA,
        Checkpoint calldata b,
        bytes calldata sigB,
        Path calldata inB
    ) external {
        if (a.log != b.log) revert DifferentLogs(a.log, b.log);
        if (inA.index != inB.index) revert DifferentIndexes(inA.index, inB.index);
        if (inA.leaf == inB.leaf) revert LeavesAgree(inA.leaf);
        (bytes32 digestA, address keyA) = _signed(a, sigA);
        (bytes32 digestB, address keyB) = _signed(b, sigB);
        MerkleLog.verifyInclusion(inA.leaf, inA.index, a.size, inA.proof, a.root);
        MerkleLog.verifyInclusion(inB.leaf, inB.index, b.size, inB.proof, b.root);
        _recordPair(_LEAF, a, digestA, keyA, b, digestB, keyB);
    }

    // ---- challenges

    /// @inheritdoc IAuditRegistry
    function challenge(Checkpoint calldata c, bytes calldata signature) external payable {
        (bytes32 digest, address key) = _signed(c, signature);
        uint8 due = 0;
        if (c.size <= _sizeOf(_heads[c.log].word)) due = _PREFIX;
        if (c.via != 0 && c.anchorBy != 0 && c.anchorBy < block.timestamp) due |= _PROMISE;
        if (due == 0) revert NothingToAnswer(digest);
        Challenge storage entry = _challenges[digest];
        uint8 settled = entry.settled;
        due &= ~settled;
        if (entry.pending != 0 || due == 0) revert AlreadyChallenged(digest);
        uint96 deposit = _logs[c.log].challengeDeposit;
        if (msg.value != deposit) revert WrongDeposit(msg.value, deposit);
        _challenges[digest] = Challenge({
            challenger: msg.sender, challengedAt: uint64(block.timestamp), pending: due, settled: settled, key: key
        });
        emit Challenged(c.log, digest, msg.sender, due);
    }

    /// @inheritdoc IAuditRegistry
    function answer(Checkpoint calldata c, uint64 size, bytes32 root, bytes32[] calldata consistency) external {
        bytes32 digest = _digest(c);
        _openChallenge(digest);
        uint256 packed = _anchored(c.log, size, root);
        MerkleLog.verifyConsistency(c.size, size, c.root, root, consistency);
        // An anchor that covers it in time keeps the promise as well as a directory would.
        _meet(c.log, digest, uint40(packed) <= c.anchorBy ? _PREFIX | _PROMISE : _PREFIX);
    }

    /// @inheritdoc IAuditRegistry
    function answerVia(
        Checkpoint calldata c,
        bytes32 logRoot,
        uint64 logSize,
        bytes32[] calldata consistency,
        uint64 viaSize,
        bytes32 viaRoot,
        Path calldata leaf
    ) external {
        bytes32 digest = _digest(c);
        _openChallenge(digest);
        uint40 timestamp = uint40(_anchored(c.via, viaSize, viaRoot));
        if (timestamp > c.anchorBy) revert AnchoredTooLate(timestamp, c.anchorBy);
        bytes32 directoryLeaf = MerkleLog.leafHash(abi.encode(c.log, logSize, logRoot));
        if (leaf.leaf != directoryLeaf) revert MerkleLog.RootMismatch(leaf.leaf, directoryLeaf);
        MerkleLog.verifyInclusion(directoryLeaf, leaf.index, viaSize, leaf.proof, viaRoot);
        MerkleLog.verifyConsistency(c.size, logSize, c.root, logRoot, consistency);
        _meet(c.log, digest, _PROMISE);
    }

    /// @inheritdoc IAuditRegistry
    function reportUnanswered(Checkpoint calldata c) external {
        bytes32 digest = _digest(c);
        Challenge storage entry = _openChallenge(digest);
        uint256 answerBy = entry.challengedAt + _ANSWER_TIME;
        if (block.timestamp < answerBy) revert AnswerNotOverdue(answerBy, block.timestamp);
        address challenger = entry.challenger;
        entry.pending = 0;
        entry.settled = _PREFIX | _PROMISE;
        _record(c.log, _UNANSWERED, digest, entry.key, c.signedAt);
        _pay(c.log, challenger);
    }

    // ---- views

    /// @inheritdoc IAuditRegistry
    function faults(bytes32 log) external view returns (uint64) {
        return uint64(_faults[log].length);
    }

    /// @inheritdoc IAuditRegistry
    function faultAt(bytes32 log, uint64 n) external view returns (Fault memory) {
        uint256 count = _faults[log].length;
        if (n >= count) revert FaultOutOfRange(n, count);
        return _faults[log][n];
    }

    /// @inheritdoc IAuditRegistry
    function logInfo(bytes32 log) external view returns (LogInfo memory) {
        Log storage entry = _logs[log];
        uint256 word = _heads[log].word;
        return LogInfo({
            owner: entry.owner,
            challengeDeposit: entry.challengeDeposit,
            pendingOwner: entry.pendingOwner,
            maxDelay: uint32(word >> 192),
            isSealed: word & _SEALED != 0,
            successor: entry.successor
        });
    }

    /// @inheritdoc IAuditRegistry
    function keyInfo(bytes32 log, address key) external view returns (Key memory) {
        return _keys[log][key];
    }

    /// @inheritdoc IAuditRegistry
    function challengeInfo(bytes32 digest) external view returns (Challenge memory) {
        return _challenges[digest];
    }

    // ---- logs and keys, inside

    function _checkOwner(bytes32 log) private view {
        address owner = _logs[log].owner;
        if (owner == address(0)) revert UnknownLog(log);
        if (owner != msg.sender) revert NotOwner(log, msg.sender);
    }

    function _checkOrigin(string calldata origin) private pure {
        bytes calldata text = bytes(origin);
        if (text.length == 0 || text.length > 255) revert InvalidOrigin(origin);
        for (uint256 i = 0; i < text.length; i++) {
            bytes1 char = text[i];
            if (char < 0x21 || char > 0x7e || char == "+") revert InvalidOrigin(origin);
        }
    }

    function _addKey(bytes32 log, address key, bytes32 ed25519Key) private {
        if (key == address(0)) revert ZeroKey(log);
        if (_keys[log][key].addedAt != 0) revert KeyAlreadyKnown(log, key);
        _keys[log][key].addedAt = uint64(block.timestamp);
        emit KeyAdded(log, key, ed25519Key);
    }

    function _knownKey(bytes32 log, address key) private view returns (Key storage known) {
        known = _keys[log][key];
        if (known.addedAt == 0) revert UnknownKey(log, key);
    }

    function _checkActive(bytes32 log, address key) private view {
        uint64 retiredAt = _knownKey(log, key).retiredAt;
        if (retiredAt != 0) revert KeyIsRetired(log, key, retiredAt);
    }

    // ---- signatures

    /// @dev EIP-712. The separator is computed each time: an immutable would give each chain other code.
    function _digest(Checkpoint calldata c) private view returns (bytes32) {
        return _digestOf(c.log, c.size, c.root, c.signedAt, c.anchorBy, c.via);
    }

    function _digestOf(bytes32 log, uint64 size, bytes32 root, uint64 signedAt, uint64 anchorBy, bytes32 via)
        private
        view
        returns (bytes32)
    {
        bytes32 domain = keccak256(abi.encode(_DOMAIN_TYPE, _NAME, _VERSION, block.chainid, address(this)));
        bytes32 message = keccak256(abi.encode(_CHECKPOINT_TYPE, log, size, root, signedAt, anchorBy, via));
        return keccak256(abi.encodePacked(hex"1901", domain, message));
    }

    function _recover(bytes32 digest, bytes calldata signature) private pure returns (address key) {
        if (signature.length != 65) revert InvalidSignatureLength(signature.length);
        bytes32 s = bytes32(signature[32:64]);
        uint8 v = uint8(signature[64]);
        if (uint256(s) > _HALF_ORDER) revert InvalidSignatureS(s);
        if (v != 27 && v != 28) revert InvalidSignatureV(v);
        key = ecrecover(digest, v, bytes32(signature[0:32]), s);
        if (key == address(0)) revert InvalidSignature(digest);
    }

    /// @dev A checkpoint signed by a key the log has or had: a retired key answers for its past.
    function _signed(Checkpoint calldata c, bytes calldata signature)
        private
        view
        returns (bytes32 digest, address key)
    {
        _checkSize(c.size);
        digest = _digest(c);
        key = _recover(digest, signature);
        _knownKey(c.log, key);
    }

    function _checkSize(uint64 size) private pure {
        if (size == 0 || size > _MAX_SIZE) revert SizeOutOfRange(size);
    }

    // ---- anchors, inside

    function _checkTimes(uint256 word, uint64 signedAt, uint64 anchorBy) private view {
        unchecked {
            uint40 headSignedAt = uint40(word >> 152);
            if (signedAt < headSignedAt) revert SignedBeforeHead(signedAt, headSignedAt);
            // signedAt is stored in 40 bits and at most a minute ahead
            uint256 latest = block.timestamp + _CLOCK_TOLERANCE;
            if (latest >= 1 << 40 || block.number >= 1 << 48) revert ClockOutOfRange(block.timestamp, block.number);
            if (signedAt > latest) revert SignedInFuture(signedAt, latest);
            latest = uint256(signedAt) + uint32(word >> 192);
            if (anchorBy < signedAt || anchorBy > latest) revert AnchorByOutOfRange(anchorBy, signedAt, latest);
        }
    }

    function _sizeOf(uint256 word) private pure returns (uint64) {
        return uint64(word) & _MAX_SIZE;
    }

    function _anchorKey(uint64 size, bytes32 root) private pure returns (bytes32) {
        return keccak256(abi.encode(size, root));
    }

    function _anchored(bytes32 log, uint64 size, bytes32 root) private view returns (uint256 packed) {
        packed = _anchors[log][_anchorKey(size, root)];
        if (packed == 0) revert NotAnchored(log, size, root);
    }

    // ---- faults, inside

    function _checkPromise(Checkpoint calldata c, bytes32 digest) private pure {
        if (c.via != 0) revert AnchoredVia(c.via);
        if (c.anchorBy == 0) revert NothingPromised(digest);
    }

    /// @dev Reverts unless the smaller of the two is no prefix of the larger.
    function _checkForked(
        Checkpoint calldata a,
        Checkpoint calldata b,
        bytes32 prefixRoot,
        bytes32[] calldata consistency
    ) private view {
        (Checkpoint calldata small, Checkpoint calldata large) = a.size < b.size ? (a, b) : (b, a);
        if (small.size == large.size) {
            if (consistency.length != 0) revert MerkleLog.InvalidProofLength(consistency.length, 0);
            if (small.root == large.root) revert RootsAgree(small.root);
            return;
        }
        if (prefixRoot == small.root) revert RootsAgree(prefixRoot);
        MerkleLog.verifyConsistency(small.size, large.size, prefixRoot, large.root, consistency);
    }

    /// @dev One fault for two signatures, the same whichever comes first. It names the key that may excuse the log: otherwise who
    /// reports first would choose which one is noted.
    function _recordPair(
        uint8 kind,
        Checkpoint calldata a,
        bytes32 digestA,
        address keyA,
        Checkpoint calldata b,
        bytes32 digestB,
        address keyB
    ) private {
        bool excusedA = _keys[a.log][keyA].compromisedAt != 0;
        bool excusedB = _keys[b.log][keyB].compromisedAt != 0;
        bool ascending = digestA < digestB;
        bool useA = excusedA == excusedB ? ascending : excusedA;
        bytes32 digest = keccak256(ascending ? abi.encode(digestA, digestB) : abi.encode(digestB, digestA));
        _record(a.log, kind, digest, useA ? keyA : keyB, useA ? a.signedAt : b.signedAt);
    }

    function _record(bytes32 log, uint8 kind, bytes32 digest, address key, uint64 signedAt) private {
        bytes32 id = keccak256(abi.encode(digest, kind));
        if (_reported[id]) revert FaultAlreadyReported(digest, kind);
        _reported[id] = true;
        uint64 n = uint64(_faults[log].length);
        _faults[log].push(
            Fault({
                kind: kind,
                key: key,
                reportedAt: uint64(block.timestamp),
                signedAt: signedAt,
                compromisedAt: _keys[log][key].compromisedAt,
                digest: digest
            })
        );
        emit FaultReported(log, kind, key, n, digest);
    }

    // ---- challenges, inside

    function _openChallenge(bytes32 digest) private view returns (Challenge storage entry) {
        entry = _challenges[digest];
        if (entry.pending == 0) revert NotChallenged(digest);
    }

    function _meet(bytes32 log, bytes32 digest, uint8 met) private {
        Challenge storage entry = _challenges[digest];
        uint8 pending = entry.pending;
        if (pending & met == 0) revert AnswersNothing(digest, pending);
        entry.settled |= met;
        pending &= ~met;
        entry.pending = pending;
        emit Answered(log, digest, pending);
        if (pending == 0) _pay(log, _logs[log].owner);
    }

    /// @dev Last in its transaction's effects. A recipient that refuses, or needs more gas, loses the deposit: neither the log nor
    /// the challenger can stop the other's call by it.
    function _pay(bytes32 log, address recipient) private {
        uint96 deposit = _logs[log].challengeDeposit;
        if (deposit == 0) return;
        if (gasleft() < _TRANSFER_RESERVE) revert TooLittleGas(gasleft(), _TRANSFER_RESERVE);
        // slither-disable-next-line arbitrary-send-eth,return-bomb,reentrancy-events
        (bool delivered,) = recipient.call{value: deposit, gas: _TRANSFER_GAS - 2300}("");
        if (!delivered) emit DepositForfeited(log, recipient, deposit);
    }
}
