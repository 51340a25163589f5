/** C2SP signed notes and tlog-checkpoints, with Tallystick's two signature lines. */
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, fromBase64, fromHex, same, toBase64, toBigInt, utf8 } from "./bytes.js";
import * as ed25519 from "./ed25519.js";
import * as eip712 from "./eip712.js";
import { FormatError, VerificationError } from "./errors.js";
import * as shape from "./shape.js";

export const ZERO = new Uint8Array(32);
const MAX_NOTE = 1_000_000;
const ED25519 = 0x01;
const EIP712 = 0xff;
const LABEL = utf8("tallystick/eip712-checkpoint-v1");
// eslint-disable-next-line no-control-regex
const CONTROL = /[\x00-\x09\x0b-\x1f\x7f]/;
// eslint-disable-next-line no-control-regex
const NAME = /^[^\s\x1c-\x1f\x85+\x00-\x1f\x7f]+$/;
const SIZE = /^(?:0|[1-9][0-9]{0,15})$/;

/** SHA-256(name ‖ 0x0A ‖ algorithm ‖ key)[:4]. */
export const keyId = (name, algorithm, key) => sha256(concat(utf8(name), Uint8Array.of(0x0a, algorithm), key)).slice(0, 4);

/** The key id of the EIP-712 line: it commits to the registry and to the signer's address. */
export const eip712KeyId = (origin, domain, address) => keyId(origin, EIP712, concat(LABEL, domain, fromHex(address, 20)));

/** Read `<name>+<key id>+<base64>`; only Ed25519 keys are of use here. */
export function parseVkey(text) {
  const [name, id, ...rest] = text.split("+");
  if (rest.length === 0 || !/^[0-9a-f]{8}$/.test(id)) throw new FormatError("a verifier key is <name>+<8 hex digits>+<base64>");
  checkName(name);
  const decoded = fromBase64(rest.join("+"));
  if (decoded[0] !== ED25519) throw new FormatError("a verifier key of unknown type");
  const key = decoded.slice(1);
  try {
    ed25519.publicKey(key);
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    throw new FormatError(error.message);
  }
  const given = fromHex("0x" + id, 4);
  if (!same(given, keyId(name, ED25519, key))) throw new FormatError("a verifier key whose key id belongs to another key");
  return { name, keyId: given, key };
}

/** A note's text and signature lines {name, keyId, signature}, not judged. */
export function parseNote(note) {
  if (utf8(note).length > MAX_NOTE) throw new FormatError(`a note of more than ${MAX_NOTE} bytes`);
  if (CONTROL.test(note)) throw new FormatError("a note has no control characters but newlines");
  const separator = note.lastIndexOf("\n\n");
  if (separator < 0 || !note.endsWith("\n")) throw new FormatError("a note is a text, a blank line and signature lines");
  const lines = note.slice(separator + 2).split("\n").slice(0, -1);
  if (lines.length < 1 || lines.length > 16) throw new FormatError("a note has 1 to 16 signatures");
  return { body: note.slice(0, separator + 1), signatures: lines.map(parseLine) };
}

function parseLine(line) {
  const [dash, name, ...rest] = line.split(" ");
  if (dash !== "\u2014" || name === undefined) throw new FormatError("a signature line is an em dash, a name and base64");
  const decoded = fromBase64(rest.join(" "));
  if (decoded.length <= 4) throw new FormatError("a signature line holds a key id and a signature");
  return { name: checkName(name), keyId: decoded.slice(0, 4), signature: decoded.slice(4) };
}

function checkName(name) {
  if (!NAME.test(name)) throw new FormatError("a key name has no white space, plus or control characters");
  return name;
}

/** The checkpoint's body as it is signed. */
export const body = ({ origin, size, root }) => `${origin}\n${size}\n${toBase64(root)}\n`;

function parseBody(text) {
  const lines = text.split("\n");
  if (lines.length !== 4 || lines[3] !== "") throw new FormatError("a checkpoint is origin, size and root, a line each");
  const [origin, size, root] = lines;
  shape.origin(origin);
  if (!SIZE.test(size) || !Number.isSafeInteger(Number(size))) throw new FormatError("a size is a decimal number");
  const hash = fromBase64(root);
  if (hash.length !== 32) throw new FormatError("a root is 32 bytes");
  return { origin, size: Number(size), root: hash };
}

/** A signed checkpoint taken apart: exactly two lines, Ed25519 first, EIP-712 second; not yet verified. */
export function parseSigned(note) {
  const parsed = parseNote(note);
  const checkpoint = parseBody(parsed.body);
  if (parsed.signatures.length !== 2) throw new FormatError("a signed checkpoint has exactly two signature lines");
  const [plain, promise] = parsed.signatures;
  if (plain.name !== checkpoint.origin || promise.name !== checkpoint.origin)
    throw new FormatError("a signature line of another name than the origin");
  if (plain.signature.length !== 64) throw new FormatError("the first line is an Ed25519 signature");
  if (promise.signature.length !== 113) throw new FormatError("the second line is a promise and an EIP-712 signature");
  const signature = promise.signature.slice(48);
  try {
    ed25519.checkSignature(plain.signature);
    eip712.checkSignature(signature);
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    throw new FormatError(error.message);
  }
  return {
    ...checkpoint,
    ed25519KeyId: plain.keyId,
    ed25519Signature: plain.signature,
    signedAt: toBigInt(promise.signature.slice(0, 8)),
    anchorBy: toBigInt(promise.signature.slice(8, 16)),
    via: promise.signature.slice(16, 48),
    keyId: promise.keyId,
    signature,
  };
}

/** The EIP-712 digest that a signed checkpoint's second line is over. */
export function checkpointDigest(checkpoint, identity) {
  const { size, root, signedAt, anchorBy, via } = checkpoint;
  return eip712.typedDigest(identity.domain, "Checkpoint", [identity.logId, size, root, signedAt, anchorBy, via]);
}

/** A log and its registry, with the EIP-712 domain of everything signed for it. */
export function identityOf({ origin, id, chain_id: chainId, registry }) {
  return { origin, logId: id, chainId, registry, domain: eip712.domainSeparator(chainId, registry) };
}

/** Both signatures by these keys of this log in this registry, or an error. */
export function verifySigned(note, identity, vkey, address) {
  const parsed = parseSigned(note);
  const key = parseVkey(vkey);
  if (parsed.origin !== identity.origin || key.name !== identity.origin)
    throw new VerificationError("a checkpoint or key of another origin");
  if (!same(parsed.ed25519KeyId, key.keyId)) throw new VerificationError("the first line is not by the trusted Ed25519 key");
  if (!same(parsed.keyId, eip712KeyId(identity.origin, identity.domain, address)))
    throw new VerificationError("the second line is not by the trusted address for this registry");
  ed25519.verify(key.key, utf8(body(parsed)), parsed.ed25519Signature);
  if (eip712.recover(checkpointDigest(parsed, identity), parsed.signature) !== address)
    throw new VerificationError("the EIP-712 signature is not by the trusted address for this log");
  return parsed;
}

