/** Steps 7 and 8: anchors, their slots proven from a block header, and that header against the caller's view. */
import { concat, same, toHex, uint } from "./bytes.js";
import { ZERO, parseSigned } from "./checkpoint.js";
import { TallyError } from "./errors.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { checkByTrustedKey, checkSelfConsistent, trustedLog } from "./promise.js";
import { anchorSlot, parseHeader, unpackAnchor, verifyAccount, verifyStorage } from "./state_proof.js";
import { chainOf } from "./trust.js";
import { NodeUnreachable, NodesDisagree, StepFailed, undecided } from "./verdict.js";

/** Run `check`; a TallyError of its becomes a failed step with this reason. */
export function attempt(reason, check) {
  try {
    return check();
  } catch (error) {
    if (error instanceof StepFailed || !(error instanceof TallyError)) throw error;
    throw new StepFailed(reason, error.message);
  }
}

/** Step 7 for one anchor, as far as the file and the caller's trust reach. */
export function checkAnchor(context, anchor) {
  const { receipt, identity } = context;
  if (anchor.via === null && (anchor.chain_id !== identity.chainId || anchor.registry !== identity.registry))
    throw new StepFailed("anchor_in_other_registry", `${anchor.registry} on chain ${anchor.chain_id}`);
  checkIncluded(context.leaf, receipt.index, anchor.size, anchor.inclusion, anchor.root);
  if (anchor.size === context.checkpoint.size && !same(anchor.root, context.checkpoint.root))
    throw new StepFailed("fork", `two roots at size ${anchor.size}: one signed at the POST, another anchored`);
  const note = checkNote(context, anchor);
  const [log, size, root] = registered(context, anchor);
  let slot = null;
  let header = null;
  let codeHash = null;
  if (anchor.stateProof !== null) {
    [slot, header, codeHash] = proveSlot(anchor, anchorSlot(log, size, root));
    if (!isPossible(slot, size, header)) throw new StepFailed("slot_impossible");
  }
  const trusted = trustedLog(context.trust, identity);
  if (note !== null) checkByTrustedKey(note.signed, note.address, trusted);
  const chain = chainOf(context.trust, anchor.chain_id, anchor.registry);
  if (chain === undefined) throw undecided("log_not_trusted", "unknown_registry", `the directory's ${anchor.registry}`);
  if (codeHash !== null && !same(codeHash, chain.codeHash))
    throw new StepFailed("other_code", `the proven account runs code ${toHex(codeHash)}`);
  return { anchor, log, size, root, chain, slot, header, basis: "" };
}

/** Step 8 for one anchor: its header is of the chain that the caller named, and final. */
export async function confirm(context, evidence) {
  try {
    if (evidence.header === null) return await askForSlot(context, evidence);
    return { ...evidence, basis: await confirmHeader(context, evidence.anchor.chain_id, evidence.header) };
  } catch (error) {
    if (error instanceof NodeUnreachable) throw undecided("cannot_reach_node", "node_unreachable", error.message);
    if (error instanceof NodesDisagree) throw undecided("anchor_not_checked", "nodes_disagree", error.message);
    throw error;
  }
}

/** The facts of a confirmed anchor. */
export function anchorFact(context, { anchor, slot, header, basis }) {
  const bounded = anchor.via === null && slot.prevSize > 0n && slot.prevSize <= BigInt(context.receipt.index);
  const trusted = trustedLog(context.trust, context.identity);
  return {
    chain_id: anchor.chain_id,
    registry: anchor.registry,
    size: anchor.size,
    root: anchor.root,
    via: anchor.via === null ? null : anchor.via.log,
    timestamp: Number(slot.timestamp),
    block_number: Number(slot.blockNumber),
    not_before: bounded ? Number(slot.prevSignedAt) : null,
    not_before_at_least: bounded ? Number(slot.prevTimestamp) - trusted.max_delay : null,
    header_number: header === null ? null : Number(header.number),
    header_hash: header === null ? null : header.hash,
    basis,
  };
}

function registered({ identity }, { via, size, root }) {
  if (via === null) return [identity.logId, size, root];
  checkIncluded(leafHash(concat(identity.logId, uint(size, 32), root)), via.index, via.size, via.inclusion, via.root);
  return [via.log, via.size, via.root];
}

function checkNote(context, anchor) {
  if (anchor.checkpoint === null) {
    if (anchor.via !== null) throw new StepFailed("anchor_note_missing", "an anchor through a directory log needs the platform's note");
    return null;
  }
  const signed = attempt("anchor_note_malformed", () => parseSigned(anchor.checkpoint));
  if (signed.size !== anchor.size || !same(signed.root, anchor.root))
    throw new StepFailed("anchor_note_differs", "the anchor's note is of another size or root");
  if (!same(signed.via, anchor.via === null ? ZERO : anchor.via.log))
    throw new StepFailed("anchor_note_differs", "the anchor's note is to be anchored elsewhere");
  return { signed, address: checkSelfConsistent(signed, context.identity, context.now) };
}

function checkIncluded(leaf, index, size, proof, root) {
  attempt("not_anchored_there", () => verifyInclusion(leaf, index, size, proof, root));
}

function proveSlot({ registry, stateProof }, slot) {
  return attempt("state_proof_wrong", () => {
    const header = parseHeader(stateProof.header);
    const account = verifyAccount(header.stateRoot, registry, stateProof.account);
    return [unpackAnchor(verifyStorage(account.storageRoot, slot, stateProof.storage)), header, account.codeHash];
  });
}

/** What the registry's code can have written, and the header can know. */
function isPossible(slot, size, header) {
  if (slot.prevSize >= BigInt(size) || slot.prevTimestamp > slot.timestamp) return false;
  if (header === null) return true;
  if (slot.blockNumber > header.number || slot.timestamp > header.timestamp) return false;
  return slot.blockNumber !== header.number || slot.timestamp === header.timestamp;
}

async function confirmHeader({ blockHashes, view }, chainId, header) {
  const named = blockHashes[chainId] ?? [];
  if (named.some((each) => same(each, header.hash))) return "block_hash";
  const told = `block ${header.number} ${toHex(header.hash)}`;
  if (view === null) throw undecided("anchor_not_checked", named.length ? "block_not_named" : "no_view", told);
  const final = await view.finalized(chainId);
  if (header.number > final.number)
    throw undecided("anchor_not_checked", "block_not_final", `block ${header.number}, final is ${final.number}`);
  const block = await view.block(chainId, header.number);
  if (block === null || !same(block.hash, header.hash))
    throw undecided("anchor_not_checked", "block_not_canonical", `block ${header.number} of the node is ${block ? toHex(block.hash) : "absent"}`);
  return "node";
}

/** Without a state proof: only the node's word, at its final block. */
async function askForSlot({ view }, evidence) {
  if (view === null) throw undecided("anchor_not_checked", "no_state_proof", "the anchor brings no state proof");
  const { chain_id: chainId, registry, codeHash } = evidence.chain;
  const final = (await view.finalized(chainId)).number;
  const found = await view.codeHash(chainId, registry, final);
  if (!same(found, codeHash))
    throw undecided("anchor_not_checked", "node_has_other_code", `the node has code ${toHex(found)} at ${registry}`);
  const key = [chainId, registry, evidence.log, evidence.size, evidence.root];
  const slot = await view.anchoredAt(...key, final);
  if (slot === null) {
    const reason = (await view.anchoredAt(...key, null)) === null ? "anchor_unknown_to_node" : "block_not_final";
    throw undecided("not_anchored_yet", reason, `size ${evidence.size} at block ${final}`);
  }
  if (!isPossible(slot, evidence.size, null)) throw undecided("anchor_not_checked", "node_answer_impossible");
  return { ...evidence, slot, basis: "node_word" };
}
