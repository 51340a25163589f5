/** Step 6 and the promise: checkpoint notes as far as the caller's trust reaches, and whether they were kept. */
import { same, toHex, utf8 } from "./bytes.js";
import { ZERO, body, checkpointDigest, eip712KeyId } from "./checkpoint.js";
import * as ed25519 from "./ed25519.js";
import { recover } from "./eip712.js";
import { TallyError } from "./errors.js";
import { chainOf, logOf } from "./trust.js";
import { NodeUnreachable, NodesDisagree, StepFailed, promiseBroken, undecided } from "./verdict.js";

const TOLERANCE = 120n;

/** What can be refuted without trust; the address that made the EIP-712 signature. */
export function checkSelfConsistent(checkpoint, identity, now) {
  if (checkpoint.origin !== identity.origin)
    throw new StepFailed("checkpoint_of_other_log", `the checkpoint's origin is ${checkpoint.origin}`);
  let address;
  try {
    address = recover(checkpointDigest(checkpoint, identity), checkpoint.signature);
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    throw new StepFailed("checkpoint_signature_wrong", error.message);
  }
  if (!same(checkpoint.keyId, eip712KeyId(identity.origin, identity.domain, address)))
    throw new StepFailed("checkpoint_signature_wrong", "the EIP-712 signature does not belong to its key id");
  if (checkpoint.signedAt * 1000n > BigInt(now) + TOLERANCE * 1000n)
    throw new StepFailed("signed_in_the_future", `signed at ${checkpoint.signedAt}`);
  if (checkpoint.anchorBy < checkpoint.signedAt) throw new StepFailed("promise_out_of_bounds", "anchorBy is before signedAt");
  return address;
}

/** The checkpoint of the POST was signed when the entry was received (ms), give or take the tolerance. */
export function checkReceived(checkpoint, received) {
  const apart = checkpoint.signedAt * 1000n - BigInt(received);
  if (apart > TOLERANCE * 1000n || -apart > TOLERANCE * 1000n)
    throw new StepFailed("signed_at_other_time", `signed at ${checkpoint.signedAt}, received at ${received} ms`);
}

/** The log as the caller trusts it, in a registry that the caller trusts; else undecided. */
export function trustedLog(trust, identity) {
  if (trust === null) throw notTrusted("no_trust", "no trust file was given");
  const log = logOf(trust, identity.logId);
  if (log === undefined) throw notTrusted("unknown_log", `the trust file does not name the log ${toHex(identity.logId)}`);
  if (log.origin !== identity.origin)
    throw new StepFailed("checkpoint_of_other_log", `the log of this id has the origin ${log.origin}`);
  if (log.chain_id !== identity.chainId || chainOf(trust, identity.chainId, identity.registry) === undefined)
    throw notTrusted("unknown_registry", `registry ${identity.registry} on chain ${identity.chainId}`);
  return log;
}

/** Both signatures are by one key pair of the log, active when it signed, within the log's maxDelay. */
export function checkByTrustedKey(checkpoint, address, log) {
  const byAddress = log.keys.filter((each) => each.address === address);
  const byEd25519 = log.keys.filter((each) => same(each.vkey.keyId, checkpoint.ed25519KeyId));
  if (byAddress.length === 0 && byEd25519.length === 0)
    throw notTrusted("unknown_key", `signed by ${address}, which the trust file does not list`);
  const key = byAddress.find((each) => byEd25519.includes(each));
  if (key === undefined)
    throw new StepFailed("checkpoint_signature_wrong", "the two signatures are not by one key pair of the log");
  try {
    ed25519.verify(key.vkey.key, utf8(body(checkpoint)), checkpoint.ed25519Signature);
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    throw new StepFailed("checkpoint_signature_wrong", `Ed25519: ${error.message}`);
  }
  if (checkpoint.anchorBy > checkpoint.signedAt + BigInt(log.max_delay))
    throw new StepFailed("promise_out_of_bounds", `anchorBy is more than ${log.max_delay} s after signedAt`);
  const signed = checkpoint.signedAt * 1000n;
  if (signed < BigInt(key.added) - TOLERANCE * 1000n) throw notTrusted("key_not_active", `${key.address} signed before it was added`);
  if (key.retired !== null && signed > BigInt(key.retired)) throw notTrusted("key_not_active", `${key.address} signed after it was retired`);
}

/** Whether a key was in use when evidence was taken (ms), give or take the tolerance at either end. */
export function inUseAt({ added, retired }, taken) {
  const margin = Number(TOLERANCE) * 1000;
  return added - margin <= taken && (retired === null || taken <= retired + margin);
}

const notTrusted = (reason, detail) => undecided("log_not_trusted", reason, detail);

/** `kept`, `open` or `unknown`; throws promiseBroken under the registry's own conditions for a fault. */
export async function judgePromise(context, confirmed) {
  const promised = context.checkpoint;
  if (!same(promised.via, ZERO)) return "unknown";
  for (const { slot, anchor, size } of confirmed) {
    if (anchor.via !== null || size < promised.size) continue;
    if (slot.timestamp <= promised.anchorBy) return "kept";
    if (slot.prevSize < BigInt(promised.size))
      throw promiseBroken("anchored_late", `promised by ${promised.anchorBy}, first anchored at ${slot.timestamp}`);
    if (slot.prevTimestamp <= promised.anchorBy) return "kept"; // by the anchor before, which covered it already
  }
  return askForHead(context);
}

async function askForHead({ checkpoint: promised, identity, view, now }) {
  const overdue = BigInt(now) <= promised.anchorBy * 1000n ? "open" : "unknown";
  if (view === null) return overdue;
  let final, size;
  try {
    final = await view.finalized(identity.chainId);
    size = await view.headSize(identity.chainId, identity.registry, identity.logId, final.number);
  } catch (error) {
    if (error instanceof NodeUnreachable || error instanceof NodesDisagree) return overdue;
    throw error;
  }
  if (final.timestamp <= promised.anchorBy) return size >= BigInt(promised.size) ? "kept" : overdue;
  if (size < BigInt(promised.size))
    throw promiseBroken("never_anchored", `promised ${promised.size} by ${promised.anchorBy}; at ${final.timestamp} the head is ${size}`);
  return "unknown";
}
