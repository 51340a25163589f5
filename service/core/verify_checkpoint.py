"""Step 6: a checkpoint note, checked as far as the caller's trust reaches.

What the note itself disproves comes first (no trust needed: the key id of its EIP-712 line commits to the
signer's address and to the registry), then the caller's trust.
"""

from __future__ import annotations

from service.core import ed25519, eip712
from service.core.checkpoint import Checkpoint, LogIdentity, SignedCheckpoint, eip712_key_id
from service.core.checkpoint import format as format_checkpoint
from service.core.errors import TallyError
from service.core.note import parse_vkey
from service.core.trust import Trust, TrustedKey, TrustedLog
from service.core.verdict import StepFailed, StepUndecided, Verdict

TOLERANCE = 120
"""Seconds by which clocks of log, sequencer and verifier may differ."""


def check_received(checkpoint: SignedCheckpoint, received: int) -> None:
    """The checkpoint of the POST was signed when the entry was received (ms), give or take the tolerance."""
    if abs(checkpoint.signed_at * 1000 - received) > TOLERANCE * 1000:
        raise StepFailed(
            "signed_at_other_time", f"signed at {checkpoint.signed_at}, received at {received} ms"
        )


def check_self_consistent(checkpoint: SignedCheckpoint, identity: LogIdentity, now: int) -> str:
    """What can be refuted without trust; the address that made the EIP-712 signature. `now` in ms."""
    if checkpoint.origin != identity.origin:
        raise StepFailed("checkpoint_of_other_log", f"the checkpoint's origin is {checkpoint.origin}")
    try:
        address = eip712.recover(checkpoint.digest(identity), checkpoint.signature)
    except TallyError as error:
        raise StepFailed("checkpoint_signature_wrong", str(error)) from None
    if checkpoint.key_id != eip712_key_id(identity.origin, identity.domain(), address):
        raise StepFailed("checkpoint_signature_wrong", "the EIP-712 signature does not belong to its key id")
    if checkpoint.signed_at * 1000 > now + TOLERANCE * 1000:
        raise StepFailed("signed_in_the_future", f"signed at {checkpoint.signed_at}")
    if checkpoint.anchor_by < checkpoint.signed_at:
        raise StepFailed("promise_out_of_bounds", "anchorBy is before signedAt")
    return address


def trusted_log(trust: Trust | None, identity: LogIdentity) -> TrustedLog:
    """The log as the caller trusts it, in a registry that the caller trusts; else undecided."""
    if trust is None:
        raise _not_trusted("no_trust", "no trust file was given")
    log = trust.log(identity.log_id)
    if log is None:
        raise _not_trusted("unknown_log", f"the trust file does not name the log {identity.log_id.hex()}")
    if log.origin != identity.origin:
        raise StepFailed("checkpoint_of_other_log", f"the log of this id has the origin {log.origin}")
    if log.chain_id != identity.chain_id or trust.chain(identity.chain_id, identity.registry) is None:
        raise _not_trusted("unknown_registry", f"registry {identity.registry} on chain {identity.chain_id}")
    return log


def check_by_trusted_key(checkpoint: SignedCheckpoint, address: str, log: TrustedLog) -> TrustedKey:
    """Both signatures are by one key pair of the log, active when it signed, within the log's maxDelay."""
    by_address = [key for key in log.keys if key.address == address]
    by_ed25519 = [key for key in log.keys if parse_vkey(key.ed25519).key_id == checkpoint.ed25519_key_id]
    if not by_address and not by_ed25519:
        raise _not_trusted("unknown_key", f"signed by {address}, which the trust file does not list")
    key = next((key for key in by_address if key in by_ed25519), None)
    if key is None:
        # The registry knows one Ed25519 key for each address, so a mixture is no rotation.
        raise StepFailed(
            "checkpoint_signature_wrong", "the two signatures are not by one key pair of the log"
        )
    body = format_checkpoint(Checkpoint(checkpoint.origin, checkpoint.size, checkpoint.root))
    try:
        ed25519.verify(parse_vkey(key.ed25519).public_key, body.encode(), checkpoint.ed25519_signature)
    except TallyError as error:
        raise StepFailed("checkpoint_signature_wrong", f"Ed25519: {error}") from None
    if checkpoint.anchor_by > checkpoint.signed_at + log.max_delay:
        raise StepFailed("promise_out_of_bounds", f"anchorBy is more than {log.max_delay} s after signedAt")
    _check_active(key, checkpoint.signed_at)
    return key


def in_use_at(key: TrustedKey, taken: int) -> bool:
    """Whether the key was in use when evidence was taken (ms, by the word of whoever took it), give or take
    the tolerance at either end.
    """
    margin = TOLERANCE * 1000
    return key.added - margin <= taken and (key.retired is None or taken <= key.retired + margin)


def _check_active(key: TrustedKey, signed_at: int) -> None:
    if signed_at * 1000 < key.added - TOLERANCE * 1000:
        raise _not_trusted("key_not_active", f"{key.address} signed before it was added")
    if key.retired is not None and signed_at * 1000 > key.retired:
        raise _not_trusted("key_not_active", f"{key.address} signed after it was retired")


def _not_trusted(reason: str, detail: str) -> StepUndecided:
    return StepUndecided(Verdict.LOG_NOT_TRUSTED, reason, detail)
