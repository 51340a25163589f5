/** Entries: the exact bytes that a log commits to. */
import { sha256 } from "@noble/hashes/sha2.js";
import { fromHex, utf8 } from "./bytes.js";
import { canonicalize, parse as parseJson } from "./canonical.js";
import { isDigest } from "./disclosure.js";
import { FormatError } from "./errors.js";
import * as shape from "./shape.js";
import { parseTime } from "./times.js";

const MAX_BYTES = 512 * 1024;
const ID = /^[A-Za-z0-9._:-]{1,64}$/;
const ROLE = /^[a-z][a-z0-9_-]{0,31}$/;
const SIGNATURE = /^0x[0-9a-f]{130}$/;

/**
 * Read an entry, refusing any text that is not its canonical form:
 * {seq, prev, received, signatures, statement: {log, event, trade, type, occurred, digests}, digest}.
 */
export function parse(text) {
  const value = parseJson(utf8(text), MAX_BYTES);
  shape.members(value, ["prev", "received", "seq", "signatures", "statement", "v"], "");
  shape.literal(value.v, 1, "/v");
  const seq = shape.integer(value.seq, "/seq");
  const prev = value.prev === null ? null : fromHex(value.prev, 32, "/prev");
  if ((prev === null) !== (seq === 0)) throw new FormatError("only the first entry of a trade has no prev", "/prev");
  parseTime(value.received, "/received");
  const statement = readStatement(value.statement);
  const signatures = readSignatures(value.signatures);
  if (canonicalize(value) !== text) throw new FormatError("the entry is not in its canonical form");
  return { seq, prev, received: value.received, signatures, statement, digest: sha256(utf8(canonicalize(value.statement))) };
}

function readStatement(value) {
  shape.members(value, ["_sd", "_sd_alg", "event", "log", "occurred", "trade", "type", "v"], "/statement");
  shape.literal(value.v, 1, "/statement/v");
  shape.literal(value._sd_alg, "sha-256", "/statement/_sd_alg");
  for (const name of ["event", "trade", "type"])
    if (!ID.test(shape.text(value[name], `/statement/${name}`))) throw new FormatError("not an id", `/statement/${name}`);
  parseTime(value.occurred, "/statement/occurred");
  shape.origin(value.log, "/statement/log");
  const digests = value._sd;
  if (!Array.isArray(digests) || digests.length === 0 || !digests.every(isDigest))
    throw new FormatError("_sd must list digests of 43 base64url characters", "/statement/_sd");
  if (digests.some((each, n) => n > 0 && digests[n - 1] >= each))
    throw new FormatError("_sd must be sorted and without repetition", "/statement/_sd");
  return { log: value.log, event: value.event, trade: value.trade, type: value.type, occurred: value.occurred, digests };
}

function readSignatures(value) {
  if (!Array.isArray(value)) throw new FormatError("signatures must be a list", "/signatures");
  return value.map((each, n) => {
    const at = `/signatures/${n}`;
    shape.members(each, ["address", "role", "signature", "type"], at);
    shape.literal(each.type, "eip712", `${at}/type`);
    shape.address(each.address, `${at}/address`);
    if (!ROLE.test(each.role)) throw new FormatError("not a role", `${at}/role`);
    if (!SIGNATURE.test(each.signature)) throw new FormatError("not a signature", `${at}/signature`);
    return each;
  });
}

/** The bytes of the statement that commits to an event by the digests of its claims and a decoy. */
export function buildStatement(origin, { event, trade, type, occurred }, digests) {
  const statement = { _sd: [...digests].sort(), _sd_alg: "sha-256", event, log: origin, occurred, trade, type, v: 1 };
  readStatement(statement);
  return utf8(canonicalize(statement));
}

/** SHA-256 of a statement's bytes: what signatures and other events' references are over. */
export const statementDigest = (statement) => sha256(statement);
