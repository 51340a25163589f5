/** Runs the project's vectors through the JavaScript verifier; prints each failure, and a line with the count. */
import { readFileSync } from "node:fs";
import { canonicalize, parse } from "../../../service/web/verify/src/canonical.js";
import * as checkpoints from "../../../service/web/verify/src/checkpoint.js";
import * as eip712 from "../../../service/web/verify/src/eip712.js";
import { TallyError } from "../../../service/web/verify/src/errors.js";
import { fromHex, parseTrust, toHex, verifyEvidence, verifyReceipt } from "../../../service/web/verify/src/index.js";
import * as merkle from "../../../service/web/verify/src/merkle.js";

const bytes = (text) => new TextEncoder().encode(text);
const load = (name) => JSON.parse(readFileSync(new URL(`../../vectors/${name}.json`, import.meta.url)));
let checked = 0;
let failed = 0;

function check(name, holds) {
  checked++;
  if (!holds) console.log(`FAILED ${name}`, ++failed);
}

/** The TallyError that `action` throws, or null; anything else thrown is a bug and ends the run. */
function refusal(action) {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof TallyError) return error;
    throw error;
  }
}

const canonical = load("canonical");
for (const { text, canonical: expected } of canonical.accepted) check(text, canonicalize(parse(bytes(text))) === expected);
for (const { text, pointer } of canonical.refused) check(text, refusal(() => parse(bytes(text)))?.pointer === pointer);
check("a long text", parse(bytes(`"${"x".repeat(17_000_000)}"`), 32 * 1024 * 1024).length === 17_000_000);
for (const { hex } of canonical.refused_bytes) check(hex, refusal(() => parse(fromHex(hex, null))) !== null);

for (const row of load("merkle").inclusion) {
  const given = [fromHex(row.leaf), row.index, row.size, row.proof.map((each) => fromHex(each)), fromHex(row.root)];
  check(`inclusion ${row.index} ${row.size}`, (refusal(() => merkle.verifyInclusion(...given)) === null) === row.valid);
}
for (const row of load("merkle").consistency) {
  const roots = [fromHex(row.old_root), fromHex(row.new_root)];
  const given = [row.old_size, row.new_size, ...roots, row.proof.map((each) => fromHex(each))];
  check(`consistency ${row.old_size} ${row.new_size}`, (refusal(() => merkle.verifyConsistency(...given)) === null) === row.valid);
}

const { log, keys, accepted, refused } = load("checkpoint");
const identity = checkpoints.identityOf({ ...log, id: fromHex(log.id) });
const open = ({ note }) => checkpoints.verifySigned(note, identity, keys.ed25519, keys.address);
for (const row of accepted) {
  const signed = open(row);
  const told = [signed.size, toHex(signed.root), String(signed.signedAt), String(signed.anchorBy), toHex(signed.via)];
  check(row.note, told.join() === [row.size, row.root, row.signed_at, row.anchor_by, row.via].join());
  check(row.digest, toHex(checkpoints.checkpointDigest(signed, identity)) === row.digest);
}
for (const row of refused) check(`note: ${row.name}`, refusal(() => open(row)) !== null);

const NUMBERS = ["size", "signedAt", "anchorBy", "amount", "validUntil", "count"];
const TEXTS = ["platform", "trade", "currency", "channel", "role"];
const member = ([name, value]) => (NUMBERS.includes(name) ? BigInt(value) : TEXTS.includes(name) ? value : fromHex(value));
const typed = load("eip712");
for (const row of typed.domains) check("domain", toHex(eip712.domainSeparator(row.chain_id, row.registry)) === row.separator);
for (const row of typed.digests) {
  const domain = eip712.domainSeparator(row.chain_id, row.registry);
  check(row.type, toHex(eip712.typedDigest(domain, row.type, Object.entries(row.message).map(member))) === row.digest);
}
for (const row of typed.signatures) check("signature", eip712.recover(fromHex(row.digest), fromHex(row.signature, 65)) === row.address);
for (const row of typed.refused_signatures)
  check(`signature: ${row.name}`, refusal(() => eip712.recover(fromHex(row.digest), fromHex(row.signature, null))) !== null);
for (const row of typed.log_ids) check("log id", toHex(eip712.logId(row.opener, row.origin)) === row.log);

const receipts = load("receipts");
const trust = parseTrust(bytes(JSON.stringify(receipts.trust)));
for (const row of receipts.cases) {
  const hashes = Object.entries(row.block_hashes).map(([chain, each]) => [chain, each.map((hash) => fromHex(hash))]);
  const options = { trust, blockHashes: Object.fromEntries(hashes), now: receipts.now };
  const report = await verifyReceipt(bytes(JSON.stringify(row.receipt)), options);
  const step = row.step ? report.steps[row.step - 1].reason : row.reason;
  check(`receipt: ${row.name}`, [report.verdict, report.exitCode, report.reason, step].join() === [row.verdict, row.exit_code, row.reason, row.reason].join());
}

const evidence = load("evidence");
const evidenceTrust = parseTrust(bytes(JSON.stringify(evidence.trust)));
for (const row of evidence.cases) {
  const hashes = Object.entries(row.block_hashes).map(([chain, each]) => [chain, each.map((hash) => fromHex(hash))]);
  const options = { trust: evidenceTrust, blockHashes: Object.fromEntries(hashes), now: evidence.now };
  const report = await verifyEvidence(bytes(JSON.stringify(row.evidence)), options);
  const told = [report.verdict, report.exitCode, report.reason, ...report.problems.map((each) => each.reason)];
  check(`evidence: ${row.name}: ${told}`, told.join() === [row.verdict, row.exit_code, row.reason, ...row.problems].join());
}

console.log(JSON.stringify({ checked, failed }));
