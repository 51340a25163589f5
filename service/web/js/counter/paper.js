/** The paper receipt, written: the codes that docs/protocol.md, "Paper receipt", describes. Reading is verify/src/paper.js. */
import { sha256 } from "@noble/hashes/sha2.js";
import { concat, fromBase64url, utf8 } from "../../verify/src/bytes.js";
import { open } from "../../verify/src/disclosure.js";
import { FormatError } from "../../verify/src/errors.js";
import { parse } from "../../verify/src/receipt.js";

const MAX_CODES = 4;
const MAX_CODE = 666; // what a QR code of version 20-M holds in byte mode
const HEADER = 9;
export const MAX_STREAM = MAX_CODES * (MAX_CODE - HEADER);
const MAGIC = utf8("TS1");

/**
 * {codes: bytes of each code in order, dropped: claims that had no room, largest first} of a receipt file's bytes.
 * FormatError when it does not fit even without any claim.
 */
export async function encode(bytes) {
  const receipt = parse(bytes);
  const opened = receipt.disclosures.map((each) => fromBase64url(each));
  const order = opened.map((_, n) => n).sort((left, right) => opened[right].length - opened[left].length || left - right);
  for (let count = 0; count <= order.length; count++) {
    const left = new Set(order.slice(0, count));
    const stream = await compress(receipt, opened.filter((_, n) => !left.has(n)));
    if (stream.length > MAX_STREAM) continue;
    return { codes: cut(stream), dropped: order.slice(0, count).map((n) => open(receipt.disclosures[n]).name) };
  }
  throw new FormatError("the receipt does not fit four codes");
}

async function compress(receipt, opened) {
  const plain = concat(
    field(receipt.log.id), number(receipt.index), field(utf8(receipt.entry)), number(opened.length), ...opened.map(field),
    field(concat(...receipt.inclusion)), field(utf8(receipt.checkpoint)),
  );
  const packed = new Blob([plain]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  return concat(Uint8Array.of(1), new Uint8Array(await new Response(packed).arrayBuffer()));
}

/** As few codes as hold the stream, of equal length but for the last: codes of one size look best. */
function cut(stream) {
  const parts = Math.ceil(stream.length / (MAX_CODE - HEADER));
  const length = Math.ceil(stream.length / parts);
  const tag = sha256(stream).slice(0, 4);
  return Array.from({ length: parts }, (_, n) => concat(MAGIC, Uint8Array.of(n + 1, parts), tag, stream.slice(n * length, (n + 1) * length)));
}

/** LEB128, unsigned. */
function number(value) {
  const bytes = [];
  for (let rest = BigInt(value); ; rest >>= 7n) {
    if (rest < 128n) return Uint8Array.of(...bytes, Number(rest));
    bytes.push(Number(rest & 127n) | 128);
  }
}

const field = (data) => concat(number(data.length), data);
