/** The evidence of one trade, `evidence.json`: its shape only. What the members prove is verify_evidence's business. */
import { fromBase64, fromHex } from "./bytes.js";
import { parse as parseJson } from "./canonical.js";
import { FormatError } from "./errors.js";
import * as receipts from "./receipt.js";
import * as shape from "./shape.js";
import { parseTime } from "./times.js";

export const FORMAT = "tallystick-evidence/1";
export const MAX_BYTES = 32 * 1024 * 1024;
const MOST = 4096;
const NAMES = [
  "format", "log", "trade", "taken", "checkpoint", "head", "entries", "context", "keys", "final", "audience", "findings", "attachments",
  "timestamps", "generator", "hints",
];

/** The file is not evidence at all. */
export class NotEvidence extends FormatError {}

/** Read evidence; entries are {receipt (its JSON: value) | sealed: {seq, index, leaf}, inclusion}. */
export function parse(bytes) {
  const m = outer(bytes);
  const list = (name, read, most = MOST) => shape.elements(m[name], `/${name}`, most).map((each, n) => read(each, `/${name}/${n}`));
  return {
    entries: list("entries", readElement),
    context: list("context", readReceipt),
    keys: m.keys === null ? null : list("keys", readKey),
    final: list("final", readFinal),
    audience: list("audience", shape.text, 16),
    attachments: list("attachments", readAttachment),
    timestamps: list("timestamps", readStamp),
    log: receipts.readLog(m.log),
    trade: shape.text(m.trade, "/trade"),
    taken: parseTime(m.taken, "/taken"),
    checkpoint: shape.text(m.checkpoint, "/checkpoint"),
    head: readHead(m.head, "/head"),
    findings: m.findings === null ? null : object(m.findings, "/findings"),
    generator: shape.text(m.generator, "/generator"),
    hints: object(m.hints, "/hints"),
  };
}

function outer(bytes) {
  try {
    const value = parseJson(bytes, MAX_BYTES, 32);
    if (shape.isObject(value)) shape.literal(value.format, FORMAT, "/format");
    return shape.members(value, NAMES, "");
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new NotEvidence(error.message, error.pointer);
  }
}

function readElement(value, at) {
  if (shape.isObject(value) && "receipt" in value) {
    const m = shape.members(value, ["receipt", "inclusion"], at);
    return { receipt: readReceipt(m.receipt, `${at}/receipt`), value: m.receipt, sealed: null, inclusion: receipts.hashes(m.inclusion, `${at}/inclusion`) };
  }
  const m = shape.members(value, ["sealed", "inclusion"], at);
  const sealed = shape.members(m.sealed, ["seq", "index", "leaf"], `${at}/sealed`);
  return {
    receipt: null,
    sealed: {
      seq: shape.integer(sealed.seq, `${at}/sealed/seq`),
      index: shape.integer(sealed.index, `${at}/sealed/index`),
      leaf: fromHex(sealed.leaf, 32, `${at}/sealed/leaf`),
    },
    inclusion: receipts.hashes(m.inclusion, `${at}/inclusion`),
  };
}

function readReceipt(value, at) {
  try {
    return receipts.parseValue(value);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.message, at + error.pointer);
  }
}

function readHead(value, at) {
  const m = shape.members(value, ["log", "trade", "count", "leaf", "size", "root", "signature"], at);
  return {
    log: fromHex(m.log, 32, `${at}/log`),
    trade: shape.text(m.trade, `${at}/trade`),
    count: shape.integer(m.count, `${at}/count`, 1),
    leaf: fromHex(m.leaf, 32, `${at}/leaf`),
    size: shape.integer(m.size, `${at}/size`, 1),
    root: fromHex(m.root, 32, `${at}/root`),
    signature: fromHex(m.signature, 65, `${at}/signature`),
  };
}

function readKey(value, at) {
  const m = shape.members(value, ["address", "role", "valid_from", "valid_until"], at);
  shape.address(m.address, `${at}/address`);
  shape.text(m.role, `${at}/role`);
  parseTime(m.valid_from, `${at}/valid_from`);
  if (m.valid_until !== null) parseTime(m.valid_until, `${at}/valid_until`);
  return m;
}

function readFinal(value, at) {
  const m = shape.members(value, ["chain_id", "hash"], at);
  return { chain_id: shape.integer(m.chain_id, `${at}/chain_id`, 1), hash: fromHex(m.hash, 32, `${at}/hash`) };
}

function readAttachment(value, at) {
  const m = shape.members(value, ["digest", "media_type", "bytes", "label", "entries"], at);
  return {
    digest: fromHex(m.digest, 32, `${at}/digest`),
    media_type: shape.text(m.media_type, `${at}/media_type`),
    bytes: shape.integer(m.bytes, `${at}/bytes`),
    label: m.label === null ? null : shape.text(m.label, `${at}/label`),
    entries: shape.elements(m.entries, `${at}/entries`, MOST).map((each, n) => shape.integer(each, `${at}/entries/${n}`)),
  };
}

function readStamp(value, at) {
  const m = shape.members(value, ["size", "root", "checkpoint", "consistency", "token", "authority"], at);
  return {
    size: shape.integer(m.size, `${at}/size`, 1),
    root: fromHex(m.root, 32, `${at}/root`),
    checkpoint: shape.text(m.checkpoint, `${at}/checkpoint`),
    consistency: receipts.hashes(m.consistency, `${at}/consistency`),
    token: fromBase64(shape.text(m.token, `${at}/token`)),
    authority: shape.text(m.authority, `${at}/authority`),
  };
}

function object(value, at) {
  if (!shape.isObject(value)) throw new FormatError("expected an object", at);
  return value;
}
