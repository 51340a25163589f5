/** The receipt file's shape: exactly these members, every hash and number in its one spelling. */
import { fromHex } from "./bytes.js";
import { parse as parseJson } from "./canonical.js";
import { FormatError } from "./errors.js";
import * as shape from "./shape.js";

export const FORMAT = "tallystick-receipt/1";
export const MAX_BYTES = 1024 * 1024;

/** The file is not a receipt at all. */
export class NotAReceipt extends FormatError {}

/** Read a receipt file's bytes. NotAReceipt for another file, FormatError for a malformed receipt. */
export function parse(bytes) {
  return read(outer(() => parseJson(bytes, MAX_BYTES)));
}

/** A receipt that stands inside another document. */
export const parseValue = (value) => read(outer(() => value));

function read(m) {
  shape.elements(m.cosignatures, "/cosignatures", 0);
  if (!shape.isObject(m.hints)) throw new FormatError("expected an object", "/hints");
  return {
    log: readLog(m.log),
    entry: shape.text(m.entry, "/entry"),
    disclosures: shape.elements(m.disclosures, "/disclosures", 16384).map((each, n) => shape.text(each, `/disclosures/${n}`)),
    index: shape.integer(m.index, "/index"),
    checkpoint: shape.text(m.checkpoint, "/checkpoint"),
    inclusion: hashes(m.inclusion, "/inclusion"),
    anchors: shape.elements(m.anchors, "/anchors", 64).map((each, n) => readAnchor(each, `/anchors/${n}`)),
    hints: m.hints,
  };
}

function outer(parsed) {
  try {
    const value = parsed();
    if (shape.isObject(value)) {
      shape.literal(value.format, FORMAT, "/format");
      if (!("hints" in value)) value.hints = Object.create(null);
    }
    const names = ["format", "log", "entry", "disclosures", "index", "checkpoint", "inclusion", "anchors", "cosignatures", "hints"];
    return shape.members(value, names, "");
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new NotAReceipt(error.message, error.pointer);
  }
}

/** The log as receipts and evidence name it. */
export function readLog(value) {
  const m = shape.members(value, ["origin", "id", "chain_id", "registry"], "/log");
  return {
    origin: shape.origin(m.origin, "/log/origin"),
    id: fromHex(m.id, 32, "/log/id"),
    chain_id: shape.integer(m.chain_id, "/log/chain_id", 1),
    registry: shape.address(m.registry, "/log/registry"),
  };
}

function readAnchor(value, at) {
  const m = shape.members(value, ["chain_id", "registry", "size", "root", "inclusion", "checkpoint", "via", "state_proof"], at);
  return {
    chain_id: shape.integer(m.chain_id, `${at}/chain_id`, 1),
    registry: shape.address(m.registry, `${at}/registry`),
    size: shape.integer(m.size, `${at}/size`, 1),
    root: fromHex(m.root, 32, `${at}/root`),
    inclusion: hashes(m.inclusion, `${at}/inclusion`),
    checkpoint: m.checkpoint === null ? null : shape.text(m.checkpoint, `${at}/checkpoint`),
    via: m.via === null ? null : readVia(m.via, `${at}/via`),
    stateProof: m.state_proof === null ? null : readStateProof(m.state_proof, `${at}/state_proof`),
  };
}

function readVia(value, at) {
  const m = shape.members(value, ["log", "index", "size", "root", "inclusion"], at);
  return {
    log: fromHex(m.log, 32, `${at}/log`),
    index: shape.integer(m.index, `${at}/index`),
    size: shape.integer(m.size, `${at}/size`, 1),
    root: fromHex(m.root, 32, `${at}/root`),
    inclusion: hashes(m.inclusion, `${at}/inclusion`),
  };
}

function readStateProof(value, at) {
  const m = shape.members(value, ["header", "account", "storage"], at);
  const nodes = (name) => shape.elements(m[name], `${at}/${name}`, 65).map((each, n) => fromHex(each, null, `${at}/${name}/${n}`));
  return { header: fromHex(m.header, null, `${at}/header`), account: nodes("account"), storage: nodes("storage") };
}

/** A path of hashes. */
export const hashes = (value, at) => shape.elements(value, at, 64).map((each, n) => fromHex(each, 32, `${at}/${n}`));
