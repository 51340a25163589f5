/**
 * Events sealed on the device: own salts, own decoy, references by digest, signed. Byte for byte what
 * service/client/signing.py makes; a test compares the two.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { toBase64url, toHex } from "../../verify/src/bytes.js";
import { canonicalBytes, parse } from "../../verify/src/canonical.js";
import * as disclosure from "../../verify/src/disclosure.js";
import { typedDigest } from "../../verify/src/eip712.js";
import { buildStatement, statementDigest } from "../../verify/src/entry.js";
import { FormatError } from "../../verify/src/errors.js";
import { addressOf, sign } from "../../verify/src/signing.js";

/** The claims of a counter's events that are references; the service cannot fill in what is committed to already. */
export const REFERENCES = { acceptance: ["quote"], payout_ack: ["payout"], refund: ["cause"], cancellation: ["cause"] };

/** A reference to an event by the digest (hex) of its statement. */
export const ref = (event, digest) => ({ event, digest });

/**
 * Commit to an event's claims and sign the statement with `key` (null: salts only). `identity` names the log
 * ({origin, logId, chainId, registry, domain}); `random(n)` gives n random bytes: 16 a claim, 32 for the decoy.
 * {event, digest (hex)}; FormatError for what a service would refuse.
 */
export function seal(bare, identity, key, random, role = "platform") {
  const { event, trade, type, occurred, claims } = parse(canonicalBytes(bare));
  for (const name of REFERENCES[type] ?? [])
    if (name in claims && !("digest" in claims[name])) throw new FormatError("an event with own salts refers to others by digest", `/claims/${name}/digest`);
  const disclosures = Object.keys(claims).sort().map((name) => disclosure.make(disclosure.newSalt(random(16)), name, claims[name]));
  const decoy = toBase64url(random(32));
  const digest = statementDigest(buildStatement(identity.origin, { event, trade, type, occurred }, [...disclosures.map(disclosure.digest), decoy]));
  const sealed = { event, trade, type, occurred, claims, disclosures, decoy };
  if (key !== null) sealed.signatures = [signature(identity, key, digest, role)];
  return { event: sealed, digest: toHex(digest) };
}

function signature(identity, key, digest, role) {
  const signed = sign(key, typedDigest(identity.domain, "Statement", [identity.logId, digest]));
  return { type: "eip712", address: addressOf(key), role, signature: toHex(signed) };
}

/** Somebody in `role` stands by the statement with this digest: the claim `consent` of an event of that actor. */
export function endorsement(identity, key, { role, event, digest }, random) {
  const salt = random(32);
  const signed = sign(key, typedDigest(identity.domain, "Endorsement", [identity.logId, role, bytes32(digest), salt]));
  return {
    method: "eip712", type: "Endorsement", address: addressOf(key), signature: toHex(signed), salt: toHex(salt), ref: ref(event, digest),
  };
}

const bytes32 = (hex) => Uint8Array.from(hex.slice(2).match(/../g), (pair) => parseInt(pair, 16));

/** 0x SHA-256 of [the trade's salt, value…]: equal inside the trade, unlinkable outside. */
export const commitment = (salt, ...value) => toHex(sha256(canonicalBytes([salt, ...value])));
