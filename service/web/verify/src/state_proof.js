/**
 * Ethereum state proofs: RLP, block headers, Merkle-Patricia proofs, the registry's anchor slots (Yellow Paper
 * appendices B, C, D and §4.3; EIP-1186). Canonical RLP only; nodes in order from the root, each one used.
 */
import { concat, fromHex, same, toBigInt, toHex, uint } from "./bytes.js";
import { keccak256 } from "./eip712.js";
import { VerificationError } from "./errors.js";

const EMPTY_TRIE = fromHex("0x56e81f171bcc55a6ff8345e692c0f86e5b48e01b996cadc001622fb5e363b421");
const EMPTY_CODE = fromHex("0xc5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470");
const MAX_HEADER = 16 * 1024;
// Lengths of header fields in RLP order: a number is exact, null an integer, undefined any string.
const HEADER = [32, 32, 20, 32, 32, 32, 256, null, null, null, null, null, undefined, 32, 8, null, 32, null, null, 32, 32, 32];

/** The one item that bytes encode canonically: a Uint8Array, or an array of items. */
export function rlpDecode(data) {
  const [item, end] = readItem(data, 0, data.length, 0);
  if (end !== data.length) throw new VerificationError("RLP: bytes left over");
  return item;
}

/** Canonical RLP. */
export function rlpEncode(item) {
  if (item instanceof Uint8Array) {
    if (item.length === 1 && item[0] < 0x80) return item;
    return concat(rlpLength(item.length, 0x80), item);
  }
  const payload = concat(...item.map(rlpEncode));
  return concat(rlpLength(payload.length, 0xc0), payload);
}

function rlpLength(length, offset) {
  if (length < 56) return Uint8Array.of(offset + length);
  const bytes = uint(length, 8).slice(uint(length, 8).findIndex((byte) => byte !== 0));
  return concat(Uint8Array.of(offset + 55 + bytes.length), bytes);
}

function readItem(data, start, end, depth) {
  if (start >= end || depth > 32) throw new VerificationError("RLP: truncated, or nested too deeply");
  const prefix = data[start];
  if (prefix < 0x80) return [data.slice(start, start + 1), start + 1];
  const [body, stop] = readBody(data, start, end, prefix >= 0xc0 ? prefix & 0x3f : prefix - 0x80);
  if (prefix < 0xc0) {
    if (stop - body === 1 && data[body] < 0x80) throw new VerificationError("RLP: a single byte below 0x80 stands for itself");
    return [data.slice(body, stop), stop];
  }
  const items = [];
  for (let at = body; at < stop; ) {
    const [item, next] = readItem(data, at, stop, depth + 1);
    items.push(item);
    at = next;
  }
  return [items, stop];
}

function readBody(data, start, end, length) {
  let body = start + 1;
  if (length >= 56) {
    const size = length - 55;
    const encoded = data.slice(body, Math.min(body + size, end));
    body += size;
    const long = toBigInt(encoded);
    if (encoded.length !== size || encoded[0] === 0 || long < 56n)
      throw new VerificationError("RLP: a length is not in its shortest form");
    if (long > BigInt(end)) throw new VerificationError("RLP: truncated");
    length = Number(long);
  }
  if (body + length > end) throw new VerificationError("RLP: truncated");
  return [body, body + length];
}

function string(item) {
  if (!(item instanceof Uint8Array)) throw new VerificationError("RLP: a string is expected, not a list");
  return item;
}

function scalar(bytes, what, size = 32) {
  if (bytes.length > size || bytes[0] === 0) throw new VerificationError(`${what} is not an integer in its shortest form`);
  return toBigInt(bytes);
}

/** {number, timestamp, stateRoot, hash} of a header of any fork. */
export function parseHeader(rlp) {
  if (rlp.length > MAX_HEADER) throw new VerificationError("the block header is too large");
  const fields = rlpDecode(rlp);
  if (!Array.isArray(fields) || fields.length < 15 || fields.length > 32)
    throw new VerificationError("a block header is a list of at least 15 fields");
  fields.forEach((field, n) => {
    string(field);
    if (typeof HEADER[n] === "number" && field.length !== HEADER[n]) throw new VerificationError(`block header: field ${n} has another length`);
    if (HEADER[n] === null) scalar(field, `block header: field ${n}`);
  });
  return { number: scalar(fields[8], "block number", 8), timestamp: scalar(fields[11], "block timestamp", 8), stateRoot: fields[3], hash: keccak256(rlp) };
}

/** {storageRoot, codeHash} of the account that nodes show under a state root; the empty account if absent. */
export function verifyAccount(stateRoot, address, nodes) {
  const value = walk(stateRoot, keccak256(fromHex(address, 20)), nodes);
  if (value === null) return { storageRoot: EMPTY_TRIE, codeHash: EMPTY_CODE };
  const members = rlpDecode(value);
  if (!Array.isArray(members) || members.length !== 4) throw new VerificationError("an account is a list of four");
  const [nonce, balance, storageRoot, codeHash] = members.map(string);
  scalar(nonce, "nonce", 8);
  scalar(balance, "balance");
  if (storageRoot.length !== 32 || codeHash.length !== 32) throw new VerificationError("an account's hashes must have 32 bytes");
  return { storageRoot, codeHash };
}

/** The word that nodes show at a 32-byte slot; 0 if absent. */
export function verifyStorage(storageRoot, slot, nodes) {
  const value = walk(storageRoot, keccak256(slot), nodes);
  if (value === null) return 0n;
  const word = scalar(string(rlpDecode(value)), "storage word");
  if (word === 0n) throw new VerificationError("a trie holds no zero words");
  return word;
}

/** Storage slot of anchors[log][keccak256(abi.encode(size, root))]; the mapping is at slot 0. */
export function anchorSlot(log, size, root) {
  return keccak256(concat(keccak256(concat(uint(size, 32), root)), keccak256(concat(log, new Uint8Array(32)))));
}

/** The registry's word, taken apart; 0 and anything it never writes are refused. Times in seconds (numbers). */
export function unpackAnchor(word) {
  let rest = word;
  const [timestamp, blockNumber, prevSize, prevTimestamp, prevSignedAt] = [40n, 48n, 64n, 40n, 40n].map((bits) => {
    const value = rest & ((1n << bits) - 1n);
    rest >>= bits;
    return value;
  });
  if (rest !== 0n || timestamp === 0n) throw new VerificationError("the slot does not hold an anchor");
  return { timestamp, blockNumber, prevSize, prevTimestamp, prevSignedAt };
}

/** Follow a hashed key from the root: the leaf's value, or null if the trie proves it absent. */
export function walk(root, key, nodes) {
  if (same(root, EMPTY_TRIE) && nodes.length === 0) return null;
  let path = toHex(key).slice(2);
  let reference = root;
  let used = 0;
  for (;;) {
    let node = reference;
    if (reference instanceof Uint8Array && reference.length === 32) {
      if (used === nodes.length) throw new VerificationError("the proof ends before its key");
      node = openNode(nodes[used], reference, used === 0);
      used++;
    }
    const step = follow(node, path);
    if (step.child === null) {
      if (used !== nodes.length) throw new VerificationError("the proof has nodes that nothing refers to");
      return step.value;
    }
    ({ child: reference, rest: path } = step);
  }
}

function openNode(node, expected, isRoot) {
  if (!same(keccak256(node), expected)) throw new VerificationError("a proof node's hash differs from the reference to it");
  if (node.length < 32 && !isRoot) throw new VerificationError("a node shorter than 32 bytes must be embedded");
  return rlpDecode(node);
}

const ABSENT = { value: null, child: null };

/** One node: {value, child: null} at the end of the path (value null: absent), {child, rest} on the way. */
function follow(node, path) {
  if (node instanceof Uint8Array) {
    if (node.length === 0) return ABSENT;
    throw new VerificationError("a trie node must be a list");
  }
  if (node.length === 17) {
    if (!(node[16] instanceof Uint8Array) || node[16].length !== 0 || path === "")
      throw new VerificationError("a trie of hashed keys holds no values in branches");
    node.slice(0, 16).forEach(checkChild);
    return onward(node[parseInt(path[0], 16)], path.slice(1));
  }
  if (node.length !== 2) throw new VerificationError("a trie node has 2 or 17 members");
  const [isLeaf, shared] = hexPrefix(string(node[0]));
  if (isLeaf) {
    const value = string(node[1]);
    if (value.length === 0 || shared.length !== path.length) throw new VerificationError("a trie leaf must end its key and hold a value");
    return shared === path ? { value, child: null } : ABSENT;
  }
  checkChild(node[1]);
  if (shared === "" || node[1].length === 0 || shared.length >= path.length)
    throw new VerificationError("a trie extension must have a path and a child");
  return path.startsWith(shared) ? onward(node[1], path.slice(shared.length)) : ABSENT;
}

const onward = (child, rest) => (child instanceof Uint8Array && child.length === 0 ? ABSENT : { child, rest });

function checkChild(child) {
  if (child instanceof Uint8Array) {
    if (child.length !== 0 && child.length !== 32) throw new VerificationError("a reference to a trie node has 32 bytes");
  } else if (rlpEncode(child).length >= 32) throw new VerificationError("only nodes shorter than 32 bytes are embedded");
}

function hexPrefix(encoded) {
  const nibbles = toHex(encoded).slice(2);
  if (nibbles === "" || !"0123".includes(nibbles[0])) throw new VerificationError("malformed hex prefix");
  const flag = Number(nibbles[0]);
  if (flag & 1) return [flag >= 2, nibbles.slice(1)];
  if (nibbles[1] !== "0") throw new VerificationError("malformed hex prefix");
  return [flag >= 2, nibbles.slice(2)];
}
