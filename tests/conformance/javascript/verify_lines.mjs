/** Verifies the receipts and evidence that come on standard input, one JSON object a line, and answers a line each. */
import { createInterface } from "node:readline";
import { fromHex, parseTrust, verifyEvidence, verifyReceipt } from "../../../service/web/verify/src/index.js";

let trust = null;
let options = {};
for await (const line of createInterface({ input: process.stdin })) {
  const given = JSON.parse(line);
  if (given.trust !== undefined) {
    trust = parseTrust(Buffer.from(given.trust, "base64"));
    const hashes = Object.entries(given.block_hashes).map(([chain, each]) => [chain, each.map((hash) => fromHex(hash))]);
    options = { trust, blockHashes: Object.fromEntries(hashes), now: given.now };
    continue;
  }
  const verify = "receipt" in given ? verifyReceipt : verifyEvidence;
  const report = await verify(new Uint8Array(Buffer.from(given.receipt ?? given.evidence, "base64")), options);
  const steps = report.steps.map(({ number, status, reason }) => [number, status, reason]);
  const problems = report.problems?.map((each) => each.reason) ?? [];
  process.stdout.write(JSON.stringify({ verdict: report.verdict, reason: report.reason, steps, problems }) + "\n");
}
