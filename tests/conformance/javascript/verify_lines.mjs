/**
 * Verifies what comes on standard input, one JSON object a line, and answers a line each: `receipt`, `evidence` or `bundle`
 * in base64, or `files`, several that are given together, of which the last is answered for. A line with `trust` says by what those after it are judged,
 * and with `broken` that whatever is asked of a node ends in an error that is none of a node's.
 */
import { createInterface } from "node:readline";
import { FormatError } from "../../../service/web/verify/src/errors.js";
import { fromHex, parseTrust, verifyBundle, verifyEvidence, verifyFiles, verifyReceipt } from "../../../service/web/verify/src/index.js";

const decoded = (text) => new Uint8Array(Buffer.from(text, "base64"));
const VERIFY = { receipt: verifyReceipt, evidence: verifyEvidence, bundle: verifyBundle };
const BROKEN = new Proxy({}, { get: () => () => { throw new RangeError("broken"); } });
let options = {};

async function judged(given) {
  if (options.refused !== undefined) return { verdict: "tampered", reason: options.refused.pointer, steps: [] };
  const [kind] = Object.keys(given);
  if (kind !== "files") return VERIFY[kind](decoded(given[kind]), options);
  return (await verifyFiles(given.files.map(decoded), options)).at(-1).report;
}

function judgedBy({ trust, block_hashes: blocks, now, broken = false }) {
  const hashes = Object.entries(blocks).map(([chain, each]) => [chain, each.map((hash) => fromHex(hash))]);
  try {
    return { trust: parseTrust(Buffer.from(trust, "base64")), blockHashes: Object.fromEntries(hashes), now, view: broken ? BROKEN : null };
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    return { refused: error };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  if (given.trust !== undefined) {
    options = judgedBy(given);
    continue;
  }
  const report = await judged(given);
  const steps = report.steps.map(({ number, status, reason }) => [number, status, reason]);
  const problems = report.problems?.map((each) => each.reason) ?? [];
  process.stdout.write(JSON.stringify({ verdict: report.verdict, reason: report.reason, steps, problems }) + "\n");
}
