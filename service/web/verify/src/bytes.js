/** Bytes and their spellings: one spelling each, everything else is refused. */
import { FormatError } from "./errors.js";

const HEX = /^0x[0-9a-f]*$/;
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const PLAIN = ALPHABET + "+/";
const URL_SAFE = ALPHABET + "-_";

const encoder = new TextEncoder();
const strict = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** UTF-8 of a text without lone surrogates. */
export function utf8(text) {
  if (!text.isWellFormed?.() && /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/.test(text))
    throw new FormatError("a text with a lone surrogate");
  return encoder.encode(text);
}

/** The text of UTF-8 bytes. */
export function fromUtf8(bytes) {
  try {
    return strict.decode(bytes);
  } catch {
    throw new FormatError("not UTF-8");
  }
}

/** `0x` and two lower-case digits a byte. */
export function toHex(bytes) {
  let text = "0x";
  for (const byte of bytes) text += byte.toString(16).padStart(2, "0");
  return text;
}

/** The bytes of exactly what `toHex` writes for `length` bytes (null: any length). */
export function fromHex(text, length = 32, pointer = "") {
  if (typeof text !== "string" || !HEX.test(text) || text.length % 2 !== 0)
    throw new FormatError("expected 0x and an even number of lower-case hexadecimal digits", pointer);
  if (length !== null && text.length !== 2 + 2 * length)
    throw new FormatError(`expected ${length} bytes, got ${text.length / 2 - 1}`, pointer);
  const bytes = new Uint8Array(text.length / 2 - 1);
  for (let n = 0; n < bytes.length; n++) bytes[n] = parseInt(text.slice(2 + 2 * n, 4 + 2 * n), 16);
  return bytes;
}

function encode(bytes, alphabet) {
  let text = "";
  for (let n = 0; n < bytes.length; n += 3) {
    const word = (bytes[n] << 16) | ((bytes[n + 1] ?? 0) << 8) | (bytes[n + 2] ?? 0);
    for (let digit = 0; digit < Math.min(4, bytes.length - n + 1); digit++) text += alphabet[(word >> (18 - 6 * digit)) & 63];
  }
  return text;
}

function decode(text, alphabet) {
  const bytes = new Uint8Array(Math.floor((text.length * 3) / 4));
  let word = 0;
  let bits = 0;
  let at = 0;
  for (const character of text) {
    const digit = alphabet.indexOf(character);
    if (digit < 0) return null;
    word = ((word << 6) | digit) & 0xffff;
    bits += 6;
    if (bits >= 8) bytes[at++] = (word >> (bits -= 8)) & 255;
  }
  return bytes;
}

/** Base64url without padding (RFC 4648 §5). */
export const toBase64url = (bytes) => encode(bytes, URL_SAFE);

/** The bytes of canonical base64url without padding, at least one. */
export function fromBase64url(text, pointer = "") {
  const bytes = text.length > 0 ? decode(text, URL_SAFE) : null;
  if (bytes === null || toBase64url(bytes) !== text) throw new FormatError("not base64url without padding", pointer);
  return bytes;
}

/** Standard base64 with padding (RFC 4648 §4). */
export function toBase64(bytes) {
  const text = encode(bytes, PLAIN);
  return text + "=".repeat((4 - (text.length % 4)) % 4);
}

/** The bytes of canonical standard base64. */
export function fromBase64(text) {
  const bytes = decode(text.replace(/={1,2}$/, ""), PLAIN);
  if (bytes === null || toBase64(bytes) !== text) throw new FormatError("not canonical base64");
  return bytes;
}

/** One array of several. */
export function concat(...parts) {
  const joined = new Uint8Array(parts.reduce((size, part) => size + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Whether two arrays hold the same bytes. */
export function same(left, right) {
  return left.length === right.length && left.every((byte, n) => byte === right[n]);
}

/** A big-endian integer of `size` bytes. */
export function uint(value, size) {
  let rest = BigInt(value);
  const bytes = new Uint8Array(size);
  for (let n = size - 1; n >= 0; n--) {
    bytes[n] = Number(rest & 255n);
    rest >>= 8n;
  }
  if (rest !== 0n || BigInt(value) < 0n) throw new FormatError(`not a uint${8 * size}`);
  return bytes;
}

/** The big-endian integer of some bytes. */
export function toBigInt(bytes) {
  return bytes.length === 0 ? 0n : BigInt(toHex(bytes));
}
