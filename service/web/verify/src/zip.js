/** Opening a bundle that anybody may have made: nothing is inflated beyond what the archive itself says, and limits. */
import { FormatError } from "./errors.js";
import { safePath } from "./manifest.js";

const MAX_BUNDLE = 256 * 1024 * 1024;
const MAX_CONTENT = 512 * 1024 * 1024;
const MAX_FILES = 8192;
const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;

/** Whether bytes begin as an archive does. */
export const isArchive = (bytes) => bytes.length > 4 && bytes[0] === 0x50 && bytes[1] === 0x4b && bytes[2] === 3 && bytes[3] === 4;

/** The archive is none of ours, or made to do harm. */
export class BundleRefused extends FormatError {}

/** The files of an archive by path; null for one that is damaged. */
export async function openBundle(bytes) {
  if (bytes.length > MAX_BUNDLE) throw new BundleRefused("an archive that is too large");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let listed;
  try {
    listed = central(view, bytes);
  } catch (error) {
    if (error instanceof RangeError) throw new BundleRefused("not an archive that can be read");
    throw error;
  }
  check(listed);
  const files = new Map();
  for (const each of listed) files.set(each.name, await content(view, bytes, each));
  return files;
}

function central(view, bytes) {
  let end = bytes.length - 22;
  while (end >= 0 && end > bytes.length - 22 - 65_536 && view.getUint32(end, true) !== END) end--;
  if (end < 0 || view.getUint32(end, true) !== END) throw new BundleRefused("not an archive that can be read");
  const count = view.getUint16(end + 10, true);
  let at = view.getUint32(end + 16, true);
  const listed = [];
  for (let n = 0; n < count; n++) {
    if (view.getUint32(at, true) !== CENTRAL) throw new BundleRefused("not an archive that can be read");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((place) => view.getUint16(at + place, true));
    const name = new TextDecoder("latin1").decode(bytes.subarray(at + 46, at + 46 + nameLength));
    const kind = (view.getUint32(at + 38, true) >>> 28) & 0xf;
    const one = {
      name, kind,
      flags: view.getUint16(at + 8, true),
      method: view.getUint16(at + 10, true),
      crc: view.getUint32(at + 16, true),
      packed: view.getUint32(at + 20, true),
      size: view.getUint32(at + 24, true),
      offset: view.getUint32(at + 42, true),
    };
    if (!(name.endsWith("/") && one.size === 0 && safePath(name.slice(0, -1)))) listed.push(one);
    at += 46 + nameLength + extraLength + commentLength;
  }
  return listed;
}

function check(listed) {
  if (listed.length > MAX_FILES) throw new BundleRefused("too many files");
  if (listed.reduce((sum, each) => sum + each.size, 0) > MAX_CONTENT) throw new BundleRefused("contents that are too large");
  const seen = new Set();
  for (const { name, kind, flags, method } of listed) {
    if (!safePath(name)) throw new BundleRefused("a name that leaves the folder");
    if (seen.has(name.toLowerCase())) throw new BundleRefused(`two files of the name ${name}`);
    seen.add(name.toLowerCase());
    if (kind !== 0 && kind !== 8) throw new BundleRefused(`${name} is a link or device`);
    if (flags & 1 || (method !== 0 && method !== 8)) throw new BundleRefused(`${name} is encrypted, or packed by an unusual method`);
  }
}

async function content(view, bytes, { method, packed, size, offset, crc }) {
  try {
    if (view.getUint32(offset, true) !== LOCAL) return null;
    const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true);
    if (start + packed > bytes.length) return null;
    const raw = bytes.subarray(start, start + packed);
    const plain = method === 0 ? raw : await inflate(raw, size);
    return plain !== null && plain.length === size && crc32(plain) === crc ? plain : null;
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}

async function inflate(raw, size) {
  const plain = new Uint8Array(size);
  let at = 0;
  try {
    const reader = new Blob([raw]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return plain.subarray(0, at);
      if (at + value.length > size) return null;
      plain.set(value, at);
      at += value.length;
    }
  } catch {
    return null;
  }
}

const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
  let word = n;
  for (let bit = 0; bit < 8; bit++) word = word & 1 ? (word >>> 1) ^ 0xedb88320 : word >>> 1;
  return word;
});

function crc32(bytes) {
  let word = 0xffffffff;
  for (const byte of bytes) word = TABLE[(word ^ byte) & 255] ^ (word >>> 8);
  return (word ^ 0xffffffff) >>> 0;
}
