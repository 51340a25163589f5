/** Digests typed messages and recovers their signers: one JSON object a line in, one out. */
import { createInterface } from "node:readline";
import { domainSeparator, recover, typedDigest } from "../../../service/web/verify/src/eip712.js";
import { fromHex, toHex } from "../../../service/web/verify/src/bytes.js";

for await (const line of createInterface({ input: process.stdin })) {
  const { chainId, registry, type, members, signature } = JSON.parse(line);
  const values = members.map(([kind, value]) => (kind === "string" ? value : kind === "bytes32" ? fromHex(value) : BigInt(value)));
  const digest = typedDigest(domainSeparator(chainId, registry), type, values);
  process.stdout.write(JSON.stringify({ digest: toHex(digest), address: recover(digest, fromHex(signature, 65)) }) + "\n");
}
