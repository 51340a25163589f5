/** RFC 9162 §2.1 with SHA-256. The shape of a proof follows from the sizes alone and is checked before hashing. */
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, same } from "./bytes.js";
import { VerificationError } from "./errors.js";

const LEAF = Uint8Array.of(0);
const NODE = Uint8Array.of(1);
export const EMPTY_ROOT = sha256(new Uint8Array());

/** SHA-256(0x00 ‖ entry). */
export const leafHash = (entry) => sha256(concat(LEAF, entry));

/** SHA-256(0x01 ‖ left ‖ right). */
export const nodeHash = (left, right) => sha256(concat(NODE, left, right));

/** The root that a path computes for a leaf hash at `index` of `size` leaves (§2.1.3.2). */
export function rootFromInclusion(leaf, index, size, proof) {
  checkSize(size);
  if (!Number.isSafeInteger(index) || index < 0 || index >= size)
    throw new VerificationError(`not an index in a tree of ${size} leaves`);
  checkHash(leaf);
  const place = BigInt(index);
  const inner = bitLength(place ^ BigInt(size - 1));
  checkProof(proof, inner + bitCount(place >> BigInt(inner)));
  return climbBorder(climbInner(leaf, proof.slice(0, inner), place), proof.slice(inner));
}

/** Throws unless the leaf stands at `index` under `root`. */
export function verifyInclusion(leaf, index, size, proof, root) {
  checkHash(root);
  if (!same(rootFromInclusion(leaf, index, size, proof), root))
    throw new VerificationError(`the inclusion proof of index ${index} misses the root at size ${size}`);
}

/** Throws unless (newSize, newRoot) extends (oldSize, oldRoot) by appending only (§2.1.4.2). */
export function verifyConsistency(oldSize, newSize, oldRoot, newRoot, proof) {
  checkSize(oldSize);
  checkSize(newSize);
  checkHash(oldRoot);
  checkHash(newRoot);
  if (oldSize > newSize) throw new VerificationError(`a tree of ${newSize} leaves cannot extend one of ${oldSize}`);
  if (oldSize === newSize || oldSize === 0) {
    checkProof(proof, 0);
    if (oldSize === 0 && !same(oldRoot, EMPTY_ROOT))
      throw new VerificationError("the root of an empty tree is the hash of nothing");
    if (oldSize === newSize && !same(oldRoot, newRoot)) throw new VerificationError(`two roots at the same size ${newSize}`);
    return;
  }
  const old = BigInt(oldSize);
  const shift = bitLength(old & -old) - 1;
  const inner = bitLength((old - 1n) ^ BigInt(newSize - 1)) - shift;
  const border = bitCount((old - 1n) >> BigInt(inner + shift));
  const given = old === 1n << BigInt(shift) ? 0 : 1; // a perfect old tree is its own seed
  checkProof(proof, given + inner + border);
  const seed = given ? proof[0] : oldRoot;
  const path = proof.slice(given, given + inner);
  const borders = proof.slice(given + inner);
  const place = (old - 1n) >> BigInt(shift);
  const lefts = path.filter((_, level) => (place >> BigInt(level)) & 1n);
  if (!same(climbBorder(climbBorder(seed, lefts), borders), oldRoot))
    throw new VerificationError(`the consistency proof does not lead to the old root at size ${oldSize}`);
  if (!same(climbBorder(climbInner(seed, path, place), borders), newRoot))
    throw new VerificationError(`the consistency proof does not lead to the new root at size ${newSize}`);
}

function climbInner(node, siblings, index) {
  siblings.forEach((sibling, level) => {
    node = (index >> BigInt(level)) & 1n ? nodeHash(sibling, node) : nodeHash(node, sibling);
  });
  return node;
}

const climbBorder = (node, lefts) => lefts.reduce((climbed, left) => nodeHash(left, climbed), node);

const bitLength = (value) => (value === 0n ? 0 : value.toString(2).length);
const bitCount = (value) => value.toString(2).replace(/0/g, "").length;

function checkSize(size) {
  if (!Number.isSafeInteger(size) || size < 0) throw new VerificationError("a tree size is an integer from 0 to 2^53-1");
}

function checkHash(hash) {
  if (!(hash instanceof Uint8Array) || hash.length !== 32) throw new VerificationError("a hash is 32 bytes");
}

function checkProof(proof, length) {
  if (!Array.isArray(proof)) throw new VerificationError("a proof is a list of hashes");
  if (proof.length !== length)
    throw new VerificationError(`the proof has ${proof.length} hashes, such trees need ${length}`);
  proof.forEach(checkHash);
}
