/** Ed25519 exactly as RFC 8032 §5.1: one encoding a point, s below the order, R compared byte for byte. */
import * as ed from "@noble/ed25519";
import { sha512 } from "@noble/hashes/sha2.js";
import { concat, same } from "./bytes.js";
import { VerificationError } from "./errors.js";

const FIELD = 2n ** 255n - 19n;
const ORDER = 2n ** 252n + 27742317777372353535851937790883648493n;

const littleEndian = (bytes) => bytes.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
const yOf = (bytes) => littleEndian(bytes) & (2n ** 255n - 1n);

/** The point of a public key that is its one encoding and not of small order. */
export function publicKey(bytes) {
  if (bytes.length !== 32) throw new VerificationError("an Ed25519 public key is 32 bytes");
  if (yOf(bytes) >= FIELD) throw new VerificationError("an Ed25519 public key that is not canonical");
  let point;
  try {
    point = ed.Point.fromBytes(bytes, false);
  } catch {
    throw new VerificationError("an Ed25519 public key that is no point of the curve");
  }
  if (point.isSmallOrder()) throw new VerificationError("an Ed25519 public key of small order");
  return point;
}

/** Check R ‖ s without a key. */
export function checkSignature(signature) {
  if (signature.length !== 64) throw new VerificationError("an Ed25519 signature is 64 bytes");
  if (yOf(signature.slice(0, 32)) >= FIELD) throw new VerificationError("an Ed25519 signature whose R is not reduced");
  if (littleEndian(signature.slice(32)) >= ORDER) throw new VerificationError("an Ed25519 signature whose s is not reduced");
}

/** Throws unless `signature` is by this key over this message. */
export function verify(key, message, signature) {
  const point = publicKey(key);
  checkSignature(signature);
  const r = signature.slice(0, 32);
  const s = littleEndian(signature.slice(32));
  const k = littleEndian(sha512(concat(r, key, message))) % ORDER;
  // Public values all of them: the faster multiplication that leaks timing is right here, and takes zero.
  const ours = times(ed.Point.BASE, s).add(times(point, k).negate());
  if (!same(ours.toBytes(), r)) throw new VerificationError("the Ed25519 signature is not by this key over this text");
}

const times = (point, scalar) => (scalar === 0n ? ed.Point.ZERO : point.multiply(scalar, false));
