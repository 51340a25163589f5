// SPDX-License-Identifier: Apache-2.0
pragma solidity 0.8.37;

/// @title The Tallystick registry: append-only anchors and lasting faults of signed Merkle logs
/// @notice A log is an RFC 9162 Merkle tree (SHA-256) whose operator signs checkpoints (size, root). The registry records a
/// checkpoint only if it extends the previous one, and lets anybody prove, for ever, that a log broke what it signed.
/// Nobody is privileged: no proxy, no administrator, no pause. Anybody may anchor a *signed* checkpoint of any log.
/// @dev A checkpoint is signed as the EIP-712 message `Checkpoint(bytes32 log,uint64 size,bytes32 root,uint64 signedAt,
/// uint64 anchorBy,bytes32 via)` in the domain `{name: "Tallystick", version: "1", chainId, verifyingContract}`. A signature is
/// 65 bytes r || s || v, v 27 or 28, s in the lower half. Times are Unix seconds. Sizes are 1 to 2^53 - 1.
interface IAuditRegistry {
    /// @notice What a log signs.
    /// @param log The log's id, see `logId`.
    /// @param size Number of leaves.
    /// @param root RFC 9162 tree hash of these leaves.
    /// @param signedAt When it was signed, by the signer's clock.
    /// @param anchorBy By when a checkpoint of at least this size will be anchored; 0 promises nothing.
    /// @param via 0: anchored in this log directly; else the directory log through which it is anchored.
    struct Checkpoint {
        bytes32 log;
        uint64 size;
        bytes32 root;
        uint64 signedAt;
        uint64 anchorBy;
        bytes32 via;
    }

    /// @notice The newest anchored checkpoint of a log; all members are 0 before the first anchor.
    /// @param size Number of leaves.
    /// @param timestamp Time of the block that anchored it.
    /// @param blockNumber Number of that block.
    /// @param signedAt When it was signed, by the signer's clock.
    /// @param anchors How many checkpoints of this log have been anchored.
    /// @param root RFC 9162 tree hash.
    struct Head {
        uint64 size;
        uint40 timestamp;
        uint48 blockNumber;
        uint40 signedAt;
        uint32 anchors;
        bytes32 root;
    }

    /// @notice A checkpoint key of a log; a time of 0 means never.
    /// @param addedAt When it was added; 0 for a key the log never had.
    /// @param retiredAt From when it signs no new anchors. It answers for what it signed for ever.
    /// @param compromisedAt When the owner said that somebody else may hold it. Faults note it; readers judge.
    struct Key {
        uint64 addedAt;
        uint64 retiredAt;
        uint64 compromisedAt;
    }

    /// @notice An inclusion proof, RFC 9162 section 2.1.3.
    /// @param index Zero-based index of the leaf.
    /// @param leaf Leaf hash, SHA-256(0x00 || entry).
    /// @param proof Audit path from the leaf's sibling upwards.
    struct Path {
        uint64 index;
        bytes32 leaf;
        bytes32[] proof;
    }

    /// @notice A proven broken promise.
    /// @param kind 1 missed anchor, 2 late anchor, 3 fork, 4 leaf conflict, 5 unanswered challenge.
    /// @param key The key whose signature proves it. Of two, the one declared compromised; if that does not decide, the one
    /// under the lower digest.
    /// @param reportedAt Time of the block that recorded it.
    /// @param signedAt `signedAt` of the checkpoint signed by `key`.
    /// @param compromisedAt The key's `compromisedAt` when the fault was recorded.
    /// @param digest EIP-712 digest of the checkpoint; with two signatures, keccak256 of both digests in ascending order.
    struct Fault {
        uint8 kind;
        address key;
        uint64 reportedAt;
        uint64 signedAt;
        uint64 compromisedAt;
        bytes32 digest;
    }

    /// @notice What the registry keeps of a log beside its head.
    /// @param owner May manage keys, seal and hand over the log; receives the deposits of answered challenges.
    /// @param challengeDeposit Exact value, in wei, that a challenge must bring.
    /// @param pendingOwner May accept ownership; 0 when none is offered.
    /// @param maxDelay Longest time, in seconds, from `signedAt` to `anchorBy`. Never changes.
    /// @param isSealed No checkpoint will be anchored any more.
    /// @param successor The log that continues a sealed one, by its owner's word; 0 for none.
    struct LogInfo {
        address owner;
        uint96 challengeDeposit;
        address pendingOwner;
        uint32 maxDelay;
        bool isSealed;
        bytes32 successor;
    }

    /// @notice State of the challenge of one checkpoint. Obligations are bits: 1, its tree is a prefix of the anchored
    /// tree; 2, its promise to be anchored through a directory was kept in time.
    /// @param challenger Brought the deposit of the open challenge and gets it back if nobody answers.
    /// @param challengedAt Time of the block of the challenge.
    /// @param pending Obligations that the open challenge still demands; 0 when none is open.
    /// @param settled Obligations that can be demanded no more.
    /// @param key Key whose signature opened the challenge.
    struct Challenge {
        address challenger;
        uint64 challengedAt;
        uint8 pending;
        uint8 settled;
        address key;
    }

    /// @notice A log was opened; its first key follows in `KeyAdded`.
    event LogOpened(
        bytes32 indexed log, address indexed owner, string origin, uint32 maxDelay, uint96 challengeDeposit
    );
    /// @notice A checkpoint key was added, with the Ed25519 key used beside it in checkpoint notes.
    event KeyAdded(bytes32 indexed log, address indexed key, bytes32 ed25519Key);
    /// @notice A key was retired: it signs no new anchors.
    event KeyRetired(bytes32 indexed log, address indexed key);
    /// @notice A key was declared compromised.
    event KeyCompromised(bytes32 indexed log, address indexed key);
    /// @notice A log was sealed: no checkpoint of it will be anchored any more.
    event LogSealed(bytes32 indexed log, bytes32 indexed successor);
    /// @notice Ownership was offered; 0 withdraws the offer.
    event OwnershipOffered(bytes32 indexed log, address indexed owner, address indexed pendingOwner);
    /// @notice Ownership was accepted.
    event OwnershipTransferred(bytes32 indexed log, address indexed previousOwner, address indexed owner);
    /// @notice A checkpoint was anchored.
    event Anchored(bytes32 indexed log, uint64 size, bytes32 root, uint64 signedAt, address key);
    /// @notice A fault was recorded as `faultAt(log, n)`.
    event FaultReported(bytes32 indexed log, uint8 indexed kind, address indexed key, uint64 n, bytes32 digest);
    /// @notice A checkpoint was challenged; `pending` as in `Challenge`.
    event Challenged(bytes32 indexed log, bytes32 indexed digest, address indexed challenger, uint8 pending);
    /// @notice Obligations of an open challenge were met; it is closed when `pending` is 0.
    event Answered(bytes32 indexed log, bytes32 indexed digest, uint8 pending);
    /// @notice A deposit could not be delivered within 30,000 gas and is forfeited.
    event DepositForfeited(bytes32 indexed log, address indexed recipient, uint96 deposit);

    /// @notice Nobody opened this log.
    error UnknownLog(bytes32 log);
    /// @notice This opener has already opened a log of this origin.
    error LogAlreadyOpen(bytes32 log);
    /// @notice A sealed log takes no new keys and no new anchors.
    error LogIsSealed(bytes32 log);
    /// @notice An origin is 1 to 255 bytes of 0x21 to 0x7e without `+`.
    error InvalidOrigin(string origin);
    /// @notice The deposit is above the greatest a log may ask for.
    error DepositTooLarge(uint96 deposit, uint96 greatest);
    /// @notice Only the log's owner may do this.
    error NotOwner(bytes32 log, address caller);
    /// @notice Ownership of this log was not offered to the caller.
    error NotPendingOwner(bytes32 log, address caller);
    /// @notice The zero address cannot be a key: failed recoveries yield it.
    error ZeroKey(bytes32 log);
    /// @notice The log has or had this key. A retired key never comes back.
    error KeyAlreadyKnown(bytes32 log, address key);
    /// @notice The log never had this key.
    error UnknownKey(bytes32 log, address key);
    /// @notice The key has been retired.
    error KeyIsRetired(bytes32 log, address key, uint64 retiredAt);
    /// @notice The key has already been declared compromised.
    error KeyAlreadyCompromised(bytes32 log, address key, uint64 compromisedAt);
    /// @notice A successor must be another log that is open here.
    error InvalidSuccessor(bytes32 log, bytes32 successor);

    /// @notice A signature has 65 bytes.
    error InvalidSignatureLength(uint256 length);
    /// @notice s must be in the lower half of the group order.
    error InvalidSignatureS(bytes32 s);
    /// @notice v must be 27 or 28.
    error InvalidSignatureV(uint8 v);
    /// @notice The signature recovers to no address.
    error InvalidSignature(bytes32 digest);

    /// @notice The size is not in 1 to 2^53 - 1.
    error SizeOutOfRange(uint64 size);
    /// @notice Another checkpoint was anchored meanwhile: prove from the head's size.
    error HeadMoved(uint64 headSize, uint64 oldSize);
    /// @notice The head is at least as large.
    error SizeNotGreater(uint64 size, uint64 headSize);
    /// @notice The checkpoint was signed for a directory, not to be anchored directly.
    error AnchoredVia(bytes32 via);
    /// @notice The head was signed later.
    error SignedBeforeHead(uint64 signedAt, uint40 headSignedAt);
    /// @notice The checkpoint was signed more than 60 s ahead of the block's time.
    error SignedInFuture(uint64 signedAt, uint256 latest);
    /// @notice `anchorBy` is not in `signedAt` to `signedAt` + maxDelay.
    error AnchorByOutOfRange(uint64 anchorBy, uint256 earliest, uint256 latest);
    /// @notice The chain's time or block number does not fit the packed words.
    error ClockOutOfRange(uint256 timestamp, uint256 blockNumber);
    /// @notice (size, root) is not anchored in this log.
    error NotAnchored(bytes32 log, uint64 size, bytes32 root);

    /// @notice A fault of this kind is already recorded for this digest.
    error FaultAlreadyReported(bytes32 digest, uint8 kind);
    /// @notice There are only `count` faults.
    error FaultOutOfRange(uint64 n, uint256 count);
    /// @notice `anchorBy` is 0: nothing was promised.
    error NothingPromised(bytes32 digest);
    /// @notice The promise is not yet past.
    error PromiseNotDue(uint64 anchorBy, uint256 timestamp);
    /// @notice The head covers the checkpoint. If it came late, report the late anchor.
    error HeadCovers(uint64 headSize, uint64 size);
    /// @notice The anchor is not the first to cover the promised size: prevSize < promised <= size does not hold.
    error NotFirstCovering(uint64 prevSize, uint64 size, uint64 promised);
    /// @notice The promise was kept.
    error AnchoredInTime(uint40 timestamp, uint64 anchorBy);
    /// @notice Both checkpoints must be of one log.
    error DifferentLogs(bytes32 logA, bytes32 logB);
    /// @notice `signedAt`, `anchorBy` and `via` of an anchored, unsigned checkpoint must be 0.
    error UnsignedMembersNotZero();
    /// @notice The roots do not contradict each other.
    error RootsAgree(bytes32 root);
    /// @notice The leaves do not contradict each other.
    error LeavesAgree(bytes32 leaf);
    /// @notice The paths speak of different indexes.
    error DifferentIndexes(uint64 indexA, uint64 indexB);

    /// @notice Neither does the head cover the checkpoint, nor is a promise to anchor it through a directory past.
    error NothingToAnswer(bytes32 digest);
    /// @notice The checkpoint is challenged, or has been.
    error AlreadyChallenged(bytes32 digest);
    /// @notice A challenge must bring exactly the log's deposit.
    error WrongDeposit(uint256 value, uint96 deposit);
    /// @notice The checkpoint is not under challenge.
    error NotChallenged(bytes32 digest);
    /// @notice The proof holds, but meets nothing that the challenge still demands.
    error AnswersNothing(bytes32 digest, uint8 pending);
    /// @notice The directory anchored it after the promise.
    error AnchoredTooLate(uint40 timestamp, uint64 anchorBy);
    /// @notice Three days have not yet passed since the challenge.
    error AnswerNotOverdue(uint256 answerBy, uint256 timestamp);
    /// @notice Too little gas is left to offer the recipient its 30,000.
    error TooLittleGas(uint256 gasLeft, uint256 needed);

    /// @notice Opens a log. The caller owns it; open it directly, not through a multicall.
    /// @param origin The log's name in its checkpoint notes: 1 to 255 bytes of 0x21 to 0x7e without `+`.
    /// @param key Address of the first checkpoint key.
    /// @param ed25519Key Ed25519 public key of the checkpoint notes.
    /// @param maxDelay Longest time, in seconds, from `signedAt` to `anchorBy`, for ever.
    /// @param challengeDeposit What a challenge must bring, in wei, at most 0.05 ether, for ever.
    /// @return log The log's id.
    function openLog(string calldata origin, address key, bytes32 ed25519Key, uint32 maxDelay, uint96 challengeDeposit)
        external
        returns (bytes32 log);

    /// @notice Id of the log of this origin opened by this account: keccak256(abi.encode(opener, origin)).
    function logId(address opener, string calldata origin) external view returns (bytes32);

    /// @notice Adds a checkpoint key. Keys overlap: add, switch, retire.
    function addKey(bytes32 log, address key, bytes32 ed25519Key) external;

    /// @notice Retires a key: it signs no new anchors and answers for its past for ever. Have everything it signed
    /// anchored, or signed again by another key, before.
    function retireKey(bytes32 log, address key) external;

    /// @notice Says that somebody else may hold this key. Faults reported later note it; readers judge. It stays active
    /// until retired.
    function declareCompromised(bytes32 log, address key) external;

    /// @notice Seals a log: nothing is anchored any more. Faults, challenges and answers stay possible. Have everything
    /// signed anchored before.
    /// @param successor Another open log that continues this one, or 0.
    function seal(bytes32 log, bytes32 successor) external;

    /// @notice Offers the log to another account, which must accept; 0 withdraws the offer.
    function transferOwnership(bytes32 log, address newOwner) external;

    /// @notice Accepts an offered log.
    function acceptOwnership(bytes32 log) external;

    /// @notice Records a checkpoint that extends the head, signed by an active key. Any sender.
    /// @dev Requires via 0; head.signedAt <= signedAt <= block time + 60; signedAt <= anchorBy <= signedAt + maxDelay.
    /// @param c The checkpoint.
    /// @param signature An active key's signature.
    /// @param oldSize The head's size (compare-and-swap: of two racing senders one reverts).
    /// @param consistency RFC 9162 section 2.1.4 proof from the head to the checkpoint; empty from size 0.
    function anchor(Checkpoint calldata c, bytes calldata signature, uint64 oldSize, bytes32[] calldata consistency)
        external;

    /// @notice The newest anchored checkpoint; zeros before the first.
    function head(bytes32 log) external view returns (Head memory);

    /// @notice What the registry recorded when it anchored (size, root); zeros if it did not.
    /// @dev Storage slot keccak256(keccak256(abi.encode(size, root)) || keccak256(log || uint256(0))) holds
    /// timestamp | blockNumber << 40 | prevSize << 88 | prevTimestamp << 152 | prevSignedAt << 192.
    /// @return timestamp Time of the anchoring block: every entry below `size` existed by then.
    /// @return blockNumber Its number.
    /// @return prevSize Size of the head before.
    /// @return prevTimestamp Time of the block that anchored the head before.
    /// @return prevSignedAt When the head before was signed: entries from `prevSize` on were not yet in that tree.
    function anchoredAt(bytes32 log, uint64 size, bytes32 root)
        external
        view
        returns (uint40 timestamp, uint48 blockNumber, uint64 prevSize, uint40 prevTimestamp, uint40 prevSignedAt);

    /// @notice Reverts unless (size, root) is anchored and has this leaf hash at this index.
    /// @return timestamp Time of the anchoring block.
    /// @return blockNumber Its number.
    function verifyInclusion(
        bytes32 log,
        uint64 size,
        bytes32 root,
        uint64 index,
        bytes32 leaf,
        bytes32[] calldata proof
    ) external view returns (uint64 timestamp, uint64 blockNumber);

    /// @notice As `verifyInclusion`, for the bytes of an entry.
    function verifyEntry(
        bytes32 log,
        uint64 size,
        bytes32 root,
        uint64 index,
        bytes calldata entry,
        bytes32[] calldata proof
    ) external view returns (uint64 timestamp, uint64 blockNumber);

    /// @notice Fault 1: `anchorBy` is past and the head is still smaller than the checkpoint.
    function reportMissedAnchor(Checkpoint calldata c, bytes calldata signature) external;

    /// @notice Fault 2: the first anchor to cover the checkpoint came after `anchorBy`.
    /// @param size Size of that anchor.
    /// @param root Root of that anchor.
    function reportLateAnchor(Checkpoint calldata c, bytes calldata signature, uint64 size, bytes32 root) external;

    /// @notice Fault 3: two checkpoints of a log of which the smaller is no prefix of the larger.
    /// @param a A signed checkpoint.
    /// @param sigA Its signature.
    /// @param b Another signed checkpoint; or, with empty `sigB`, an anchored (size, root) with 0 in `signedAt`, `anchorBy`
    /// and `via`.
    /// @param sigB Its signature, or empty.
    /// @param prefixRoot The true root of the larger tree at the smaller size, other than the one signed for it. Not read
    /// when the sizes are equal.
    /// @param consistency RFC 9162 section 2.1.4 proof from `prefixRoot` to the larger root; empty when the sizes are equal.
    function reportFork(
        Checkpoint calldata a,
        bytes calldata sigA,
        Checkpoint calldata b,
        bytes calldata sigB,
        bytes32 prefixRoot,
        bytes32[] calldata consistency
    ) external;

    /// @notice Fault 4: two signed checkpoints of a log with different leaves at one index.
    function reportLeafConflict(
        Checkpoint calldata a,
        bytes calldata sigA,
        Path calldata inA,
        Checkpoint calldata b,
        bytes calldata sigB,
        Path calldata inB
    ) external;

    /// @notice Demands, with the log's deposit, that a signed checkpoint be shown to fit what is anchored: that its tree is a
    /// prefix of the anchored tree, once the head covers it; that it was anchored in time through a directory, once
    /// such a promise (`via` and `anchorBy` not 0) is past. Each can be demanded once of a checkpoint.
    function challenge(Checkpoint calldata c, bytes calldata signature) external payable;

    /// @notice Answers a challenge from the log's own anchors. Anybody may, until `reportUnanswered`; the deposit goes to the
    /// log's owner once nothing is pending. Meets the promise too if that anchor came by `anchorBy`.
    /// @param size Size of an anchored checkpoint, at least the challenged size.
    /// @param root Its root.
    /// @param consistency RFC 9162 section 2.1.4 proof from the challenged checkpoint to it.
    function answer(Checkpoint calldata c, uint64 size, bytes32 root, bytes32[] calldata consistency) external;

    /// @notice Answers that a promise to anchor through a directory was kept. Anybody may, until `reportUnanswered`.
    /// @param c The challenged checkpoint.
    /// @param logRoot Root of the log's checkpoint in the directory.
    /// @param logSize Its size, at least the challenged size.
    /// @param consistency RFC 9162 section 2.1.4 proof from the challenged checkpoint to it.
    /// @param viaSize Size of a checkpoint of the directory `c.via` anchored by `c.anchorBy`.
    /// @param viaRoot Its root.
    /// @param leaf Path of SHA-256(0x00 || abi.encode(log, logSize, logRoot)) in the directory.
    function answerVia(
        Checkpoint calldata c,
        bytes32 logRoot,
        uint64 logSize,
        bytes32[] calldata consistency,
        uint64 viaSize,
        bytes32 viaRoot,
        Path calldata leaf
    ) external;

    /// @notice Fault 5: three days after the challenge (block times, from that second on) something is still pending. The
    /// deposit goes back to the challenger.
    function reportUnanswered(Checkpoint calldata c) external;

    /// @notice How many faults are recorded for a log.
    function faults(bytes32 log) external view returns (uint64);

    /// @notice The n-th fault of a log, from 0, in the order of recording.
    function faultAt(bytes32 log, uint64 n) external view returns (Fault memory);

    /// @notice Settings and state of a log; zeros if nobody opened it.
    function logInfo(bytes32 log) external view returns (LogInfo memory);

    /// @notice State of a key of a log; zeros if the log never had it.
    function keyInfo(bytes32 log, address key) external view returns (Key memory);

    /// @notice State of the challenge of the checkpoint with this EIP-712 digest; zeros if it was never challenged.
    function challengeInfo(bytes32 digest) external view returns (Challenge memory);
}
