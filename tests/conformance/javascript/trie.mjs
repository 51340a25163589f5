/** Tries, proofs and RLP against another implementation (@ethereumjs/mpt and rlp), with random keys and changed bytes. */
import { createMPT, createMerkleProof } from "@ethereumjs/mpt";
import { RLP } from "@ethereumjs/rlp";
import { same } from "../../../service/web/verify/src/bytes.js";
import { keccak256 } from "../../../service/web/verify/src/eip712.js";
import { TallyError } from "../../../service/web/verify/src/errors.js";
import { rlpDecode, rlpEncode, walk } from "../../../service/web/verify/src/state_proof.js";

const rounds = Number(process.argv[2] ?? 40);
let state = 20261122n;
/** A number below `limit`, the same in every run. */
function chance(limit) {
  state = (state * 6364136223846793005n + 1442695040888963407n) & ((1n << 64n) - 1n);
  return Number((state >> 33n) % BigInt(limit));
}
const bytes = (size) => Uint8Array.from({ length: size }, () => chance(256));
const refusal = (action) => {
  try {
    action();
    return null;
  } catch (error) {
    if (error instanceof TallyError) return error;
    throw error;
  }
};
let checked = 0;
function check(name, holds) {
  checked++;
  if (!holds) console.log(`FAILED ${name}`);
}

for (let round = 0; round < rounds; round++) {
  const trie = await createMPT({ useKeyHashing: true });
  const values = new Map();
  for (let n = chance(60) + 1; n > 0; n--) {
    const key = bytes(32);
    const value = bytes(chance(3) === 0 ? chance(80) + 1 : chance(33) + 1);
    values.set(key, value);
    await trie.put(key, value);
  }
  for (const key of [...values.keys()].slice(0, 6).concat([bytes(32), bytes(32)])) {
    const proof = await createMerkleProof(trie, key);
    const found = walk(trie.root(), keccak256(key), proof);
    const expected = values.get(key) ?? null;
    check("value", expected === null ? found === null : found !== null && same(found, expected));
    const node = chance(proof.length);
    const changed = proof.map((each) => each.slice());
    changed[node][chance(changed[node].length)] ^= 1 << chance(8);
    check("changed byte", refusal(() => walk(trie.root(), keccak256(key), changed)) !== null);
    check("left over", refusal(() => walk(trie.root(), keccak256(key), [...proof, bytes(40)])) !== null);
    check("cut short", refusal(() => walk(trie.root(), keccak256(key), proof.slice(0, -1))) !== null);
  }
}

/** A random item of nested lists. */
const item = (depth) => (depth > 0 && chance(3) === 0 ? Array.from({ length: chance(5) }, () => item(depth - 1)) : bytes(chance(4) === 0 ? chance(300) : chance(60)));
for (let round = 0; round < rounds * 10; round++) {
  const made = item(4);
  const encoded = RLP.encode(made);
  check("encode", same(rlpEncode(made), encoded));
  check("decode", same(rlpEncode(rlpDecode(encoded)), encoded));
  const noise = bytes(chance(12) + 1);
  let theirs = null;
  try {
    theirs = RLP.encode(RLP.decode(noise));
  } catch {
    theirs = null;
  }
  // Theirs reads some encodings that are not canonical: whatever we read has to come out as it went in.
  const ours = refusal(() => rlpDecode(noise)) === null ? rlpEncode(rlpDecode(noise)) : null;
  check("noise", ours === null || (same(ours, noise) && theirs !== null && same(theirs, noise)));
}
console.log(JSON.stringify({ checked }));
