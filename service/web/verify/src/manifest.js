/** `manifest.json`: every file of a bundle by SHA-256 and SM3, signed by the log's key. */
import { sha256 } from "@noble/hashes/sha2.js";
import { fromHex, fromUtf8, same, toHex, utf8 } from "./bytes.js";
import { parse as parseJson } from "./canonical.js";
import { parseNote } from "./checkpoint.js";
import * as ed25519 from "./ed25519.js";
import { FormatError, VerificationError } from "./errors.js";
import { readLog } from "./receipt.js";
import * as shape from "./shape.js";
import { sm3 } from "./sm3.js";
import { parseTime } from "./times.js";

export const MANIFEST = "manifest.json";
export const SIGNATURE = "manifest.note";
const MAX_BYTES = 8 * 1024 * 1024;
const PATH = /^(?:[A-Za-z0-9_-][A-Za-z0-9._-]*\/)*[A-Za-z0-9_-][A-Za-z0-9._-]*$/;

/** Whether a path stays inside a folder on every system. */
export const safePath = (path) => path.length <= 200 && PATH.test(path);

/** Read a manifest: {log, trade, taken, takenText, files}. */
export function parse(bytes) {
  const m = shape.members(parseJson(bytes, MAX_BYTES), ["format", "log", "trade", "taken", "files"], "");
  shape.literal(m.format, "tallystick-manifest/1", "/format");
  return {
    files: shape.elements(m.files, "/files", 8192).map((each, n) => readFile(each, `/files/${n}`)),
    log: readLog(m.log),
    trade: shape.text(m.trade, "/trade"),
    taken: parseTime(m.taken, "/taken"),
    takenText: m.taken,
  };
}

function readFile(value, at) {
  const m = shape.members(value, ["path", "bytes", "sha256", "sm3"], at);
  if (!safePath(shape.text(m.path, `${at}/path`))) throw new FormatError("a path of plain ASCII names below the folder", `${at}/path`);
  shape.integer(m.bytes, `${at}/bytes`);
  return { path: m.path, size: m.bytes, sha256: fromHex(m.sha256, 32, `${at}/sha256`), sm3: fromHex(m.sm3, 32, `${at}/sm3`) };
}

/** Whether a file is the one that a line of the manifest names. */
export const isOf = (line, content) =>
  content.length === line.size && same(sha256(content), line.sha256) && same(sm3(content), line.sm3);

/** Which of the keys signed exactly this manifest: none, or several when pairs share their Ed25519 key. */
export function signersOf(note, manifest, bytes, keys) {
  const opened = parseNote(fromUtf8(note));
  const { log, trade, takenText } = manifest;
  const lines = ["tallystick evidence manifest 1", log.origin, trade, takenText, toHex(sha256(bytes)).slice(2)];
  if (opened.body !== lines.map((line) => `${line}\n`).join("")) throw new VerificationError("the note is not over this manifest");
  if (opened.signatures.length !== 1) throw new VerificationError("the manifest's note has exactly one signature");
  const [line] = opened.signatures;
  const named = keys.filter((each) => same(each.vkey.keyId, line.keyId));
  if (named.length === 0 || line.name !== log.origin) return [];
  const signers = named.filter(({ vkey }) => holds(vkey.key, utf8(opened.body), line.signature));
  if (signers.length === 0) throw new VerificationError("the signature of the manifest's note does not hold");
  return signers;
}

function holds(key, message, signature) {
  try {
    ed25519.verify(key, message, signature);
    return true;
  } catch (error) {
    if (!(error instanceof VerificationError)) throw error;
    return false;
  }
}
