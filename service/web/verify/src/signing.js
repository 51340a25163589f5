/** Keys kept on a device: secp256k1 signatures over digests, deterministic (RFC 6979), low s. No verifier needs this. */
import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import * as secp256k1 from "@noble/secp256k1";
import { concat, toHex } from "./bytes.js";
import { keccak256 } from "./eip712.js";
import { FormatError } from "./errors.js";

secp256k1.hashes.sha256 = sha256;
secp256k1.hashes.hmacSha256 = (key, message) => hmac(sha256, key, message);

/** Whether 32 bytes may serve as a private key: neither zero nor beyond the curve's order. */
export const isKey = (key) => key instanceof Uint8Array && secp256k1.utils.isValidSecretKey(key);

/** A new private key; `random(n)` gives n random bytes. */
export function newKey(random) {
  for (;;) {
    const key = random(32);
    if (isKey(key)) return key;
  }
}

/** The address of a private key, `0x` and 40 lower-case digits. */
export function addressOf(key) {
  if (!isKey(key)) throw new FormatError("not a secp256k1 private key");
  return toHex(keccak256(secp256k1.getPublicKey(key, false).slice(1)).slice(12));
}

/** r ‖ s ‖ v (65 bytes, v 27 or 28) over a digest of 32 bytes: the same digest gives the same signature. */
export function sign(key, digest) {
  if (!isKey(key)) throw new FormatError("not a secp256k1 private key");
  if (!(digest instanceof Uint8Array) || digest.length !== 32) throw new FormatError("a digest is 32 bytes");
  const signed = secp256k1.sign(digest, key, { prehash: false, lowS: true, format: "recovered" });
  return concat(signed.slice(1), Uint8Array.of(27 + signed[0]));
}
