/** EIP-712: the messages that Tallystick signs, and secp256k1 signatures over their digests (low s only). */
import { sha256 } from "@noble/hashes/sha2.js";
import { keccak_256 } from "@noble/hashes/sha3.js";
import * as secp256k1 from "@noble/secp256k1";
import { concat, fromHex, toBigInt, toHex, uint, utf8 } from "./bytes.js";
import { FormatError, VerificationError } from "./errors.js";

secp256k1.hashes.sha256 = sha256;

export const keccak256 = keccak_256;

const ORDER = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141n;
const hashed = (text) => keccak256(utf8(text));

const TYPES = {
  Checkpoint: "bytes32 log,uint64 size,bytes32 root,uint64 signedAt,uint64 anchorBy,bytes32 via",
  Statement: "bytes32 log,bytes32 digest",
  Acceptance:
    "bytes32 log,string platform,string trade,bytes32 quote,uint256 amount,string currency,string channel,uint64 validUntil,bytes32 salt",
  Acknowledgement: "bytes32 log,string trade,bytes32 payout,uint256 amount,string currency,bytes32 salt",
  Endorsement: "bytes32 log,string role,bytes32 digest,bytes32 salt",
  TradeHead: "bytes32 log,string trade,uint64 count,bytes32 leaf,uint64 size,bytes32 root",
};

const WORDS = {
  bytes32: (value) => {
    if (!(value instanceof Uint8Array) || value.length !== 32) throw new FormatError("a bytes32 is 32 bytes");
    return value;
  },
  string: (value) => {
    if (typeof value !== "string") throw new FormatError("a string is a string");
    return hashed(value);
  },
  uint64: (value) => bounded(value, 64),
  uint256: (value) => bounded(value, 256),
};

function bounded(value, bits) {
  if (typeof value !== "bigint" && !Number.isSafeInteger(value)) throw new FormatError(`not a uint${bits}`);
  if (BigInt(value) < 0n || BigInt(value) >> BigInt(bits) !== 0n) throw new FormatError(`not a uint${bits}`);
  return uint(value, 32);
}

/** hashStruct of the domain {name: "Tallystick", version: "1", chainId, verifyingContract: registry}. */
export function domainSeparator(chainId, registry) {
  return keccak256(
    concat(
      hashed("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"),
      hashed("Tallystick"),
      hashed("1"),
      uint(chainId, 32),
      new Uint8Array(12),
      fromHex(registry, 20),
    ),
  );
}

/** The digest of a message, its members in the order of its type. */
export function typedDigest(domain, type, members) {
  const fields = TYPES[type].split(",").map((field) => field.split(" ")[0]);
  const struct = keccak256(concat(hashed(`${type}(${TYPES[type]})`), ...fields.map((kind, n) => WORDS[kind](members[n]))));
  return keccak256(concat(Uint8Array.of(0x19, 0x01), domain, struct));
}

/** keccak256(abi.encode(address opener, string origin)): the registry's id of a log. */
export function logId(opener, origin) {
  const text = utf8(origin);
  const padding = new Uint8Array((32 - (text.length % 32)) % 32);
  return keccak256(concat(new Uint8Array(12), fromHex(opener, 20), uint(64, 32), uint(text.length, 32), text, padding));
}

/** Check the form of r ‖ s ‖ v: 65 bytes, v 27 or 28, 0 < r < n, 0 < s <= n/2 (every signature has a high-s twin). */
export function checkSignature(signature) {
  if (signature.length !== 65) throw new VerificationError("a signature is 65 bytes: r, s, v");
  if (signature[64] !== 27 && signature[64] !== 28) throw new VerificationError("a signature's v is 27 or 28");
  const r = toBigInt(signature.slice(0, 32));
  const s = toBigInt(signature.slice(32, 64));
  if (r <= 0n || r >= ORDER) throw new VerificationError("a signature's r is out of range");
  if (s <= 0n || s > ORDER / 2n) throw new VerificationError("a signature's s is zero or in the upper half");
}

/** The address whose key made a signature over a digest. */
export function recover(digest, signature) {
  checkSignature(signature);
  const recoverable = concat(Uint8Array.of(signature[64] - 27), signature.slice(0, 64));
  let key;
  try {
    key = secp256k1.recoverPublicKey(recoverable, digest, { prehash: false, isCompressed: false });
    if (key.length !== 65) key = secp256k1.Point.fromBytes(key).toBytes(false);
  } catch {
    throw new VerificationError("no key can have made this signature");
  }
  return toHex(keccak256(key.slice(1)).slice(12));
}
