/** The paper receipt: a receipt's promise in at most four QR codes (docs/protocol.md, "Paper receipt"). */
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, fromUtf8, same, toBase64url, toHex } from "./bytes.js";
import { canonicalBytes } from "./canonical.js";
import { eip712KeyId, parseSigned } from "./checkpoint.js";
import { domainSeparator } from "./eip712.js";
import { FormatError, TallyError } from "./errors.js";
import { logOf } from "./trust.js";

const MAX_CODE = 666;
const HEADER = 9;
const MAX_FIELDS = 262_144;
const MAX_DISCLOSURES = 1024;
const MAX_PATH = 64;

/** Codes that do not make one receipt; `missing` are the numbers of codes that were not found. */
export class PaperError extends FormatError {
  constructor(message, { code = "paper_wrong", parts = 0, missing = [] } = {}) {
    super(message);
    Object.assign(this, { code, parts, missing });
  }
}

/** Whether bytes of a QR code are part of a paper receipt. */
export const isPart = (code) => code.length > HEADER && code[0] === 0x54 && code[1] === 0x53 && code[2] === 0x31;

/** {tag, part, parts} of one code. */
export function header(code) {
  if (code.length > MAX_CODE) throw new PaperError(`a code of ${code.length} bytes`);
  const [part, parts] = [code[3], code[4]];
  if (part < 1 || part > parts || parts > 4) throw new PaperError(`a code that says it is number ${part} of ${parts}`);
  return { part, parts, tag: toHex(code.slice(5, HEADER)) };
}

/** The receipt on one sheet, from all its codes in any order; other QR codes are passed over. */
export async function decode(codes) {
  const sheets = new Map();
  for (const code of codes.filter(isPart)) {
    const { part, parts, tag } = header(code);
    const sheet = sheets.get(tag) ?? { parts, found: new Map() };
    sheets.set(tag, sheet);
    const body = code.slice(HEADER);
    if (sheet.parts !== parts) throw new PaperError("codes of one receipt that count differently");
    if (!same(sheet.found.get(part) ?? body, body)) throw new PaperError(`two different codes with the number ${part}`);
    sheet.found.set(part, body);
  }
  if (sheets.size === 0) throw new PaperError("none of the QR codes is of a paper receipt", { code: "paper_none" });
  if (sheets.size > 1) throw new PaperError(`codes of ${sheets.size} receipts`, { code: "paper_mixed" });
  const [[tag, { parts, found }]] = sheets;
  const missing = Array.from({ length: parts }, (_, n) => n + 1).filter((n) => !found.has(n));
  if (missing.length > 0) throw new PaperError(`codes missing: ${missing.join()}`, { code: "paper_incomplete", parts, missing });
  const stream = concat(...Array.from({ length: parts }, (_, n) => found.get(n + 1)));
  if (toHex(sha256(stream).slice(0, 4)) !== tag) throw new PaperError("the codes do not fit together: one of them was changed");
  if (stream[0] !== 1) throw new PaperError("a paper receipt of another version");
  return read(await inflate(stream.slice(1)));
}

/** The receipt file's bytes as at the POST; chain and registry come from the trust file. */
export function toReceipt(printed, trust) {
  const log = trust === null ? undefined : logOf(trust, printed.logId);
  const chains = trust?.chains.filter((each) => each.chain_id === log?.chain_id) ?? [];
  if (log === undefined || chains.length === 0)
    throw new PaperError("the trust file does not know the log", { code: "paper_unknown_log" });
  const chain = chains.find((each) => isSignedFor(printed.checkpoint, log, each)) ?? chains[0];
  return canonicalBytes({
    format: "tallystick-receipt/1",
    log: { origin: log.origin, id: toHex(log.id), chain_id: log.chain_id, registry: chain.registry },
    entry: printed.entry,
    disclosures: printed.disclosures,
    index: printed.index,
    checkpoint: printed.checkpoint,
    inclusion: printed.inclusion.map(toHex),
    anchors: [],
    cosignatures: [],
    hints: {},
  });
}

function isSignedFor(note, log, chain) {
  try {
    const wanted = parseSigned(note).keyId;
    const domain = domainSeparator(chain.chain_id, chain.registry);
    return log.keys.some((key) => same(eip712KeyId(log.origin, domain, key.address), wanted));
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    return false; // step 6 of the verification says so
  }
}

async function inflate(packed) {
  const chunks = [];
  let size = 0;
  try {
    const stream = new Blob([packed]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    for (const reader = stream.getReader(); ; ) {
      const { done, value } = await reader.read();
      if (done) break;
      if ((size += value.length) > MAX_FIELDS) throw new PaperError("too many bytes when unpacked");
      chunks.push(value);
    }
  } catch (error) {
    if (error instanceof PaperError) throw error;
    throw new PaperError("not DEFLATE, or bytes follow it");
  }
  return concat(...chunks);
}

function read(plain) {
  const fields = new Fields(plain);
  const logId = fields.field();
  const index = fields.number();
  const entry = fields.field();
  const count = fields.number();
  if (count > MAX_DISCLOSURES) throw new PaperError(`${count} disclosures`);
  const opened = Array.from({ length: count }, () => fields.field());
  const path = fields.field();
  const note = fields.field();
  if (fields.at !== plain.length) throw new PaperError("bytes after the note");
  if (logId.length !== 32 || path.length % 32 || path.length > 32 * MAX_PATH || opened.some((each) => each.length === 0))
    throw new PaperError("a log id, path or disclosure of impossible length");
  return {
    logId,
    index,
    entry: fromUtf8(entry),
    disclosures: opened.map(toBase64url),
    inclusion: Array.from({ length: path.length / 32 }, (_, n) => path.slice(32 * n, 32 * n + 32)),
    checkpoint: fromUtf8(note),
  };
}

class Fields {
  constructor(plain) {
    this.plain = plain;
    this.at = 0;
  }

  number() {
    let value = 0n;
    for (let shift = 0n; shift < 56n; shift += 7n) {
      if (this.at === this.plain.length) throw new PaperError("the bytes end too early");
      const byte = this.plain[this.at++];
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) {
        if ((byte === 0 && shift > 0n) || value > BigInt(Number.MAX_SAFE_INTEGER)) break;
        return Number(value);
      }
    }
    throw new PaperError("not a LEB128 number in its shortest form");
  }

  field() {
    const length = this.number();
    if (length > this.plain.length - this.at) throw new PaperError("the bytes end too early");
    return this.plain.slice(this.at, (this.at += length));
  }
}
