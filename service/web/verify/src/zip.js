/**
 * Opening a bundle that anybody may have made: nothing is inflated beyond what the archive itself says, and limits. Nothing
 * may be in it but its files, one after the other, and a directory that says the same of them, so that every program unpacks
 * the files that were checked.
 */
import { FormatError } from "./errors.js";
import { safePath } from "./manifest.js";

const MAX_BUNDLE = 256 * 1024 * 1024;
const MAX_CONTENT = 512 * 1024 * 1024;
const MAX_FILES = 8192;
const END = 0x06054b50;
const CENTRAL = 0x02014b50;
const LOCAL = 0x04034b50;
const DESCRIPTOR = 0x08074b50;
const END_LENGTH = 22;
const NEWEST = 63; // of the format's versions, 6.3
const [ZIP64, OTHER_NAME] = [0x0001, 0x7075]; // extra fields; the second has a name that some programs unpack under

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
  for (const each of listed) files.set(each.name, await content(bytes, each));
  return files;
}

/** The directory's records {name, kind, flags, method, crc, packed, size, offset, extra}; folders are left in. */
function central(view, bytes) {
  const end = bytes.length - END_LENGTH;
  if (end < 0 || view.getUint32(end, true) !== END) throw strange();
  const count = view.getUint16(end + 10, true);
  const place = view.getUint32(end + 16, true);
  let at = place;
  const listed = [];
  for (let n = 0; n < count; n++) {
    if (view.getUint32(at, true) !== CENTRAL || bytes[at + 6] > NEWEST) throw new BundleRefused("not an archive that can be read");
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) => view.getUint16(at + offset, true));
    listed.push({
      name: latin1(bytes.subarray(at + 46, at + 46 + nameLength)),
      kind: (view.getUint32(at + 38, true) >>> 28) & 0xf,
      ...told(view, at + 8),
      offset: view.getUint32(at + 42, true),
      extra: bytes.subarray(at + 46 + nameLength, at + 46 + nameLength + extraLength),
    });
    at += 46 + nameLength + extraLength + commentLength;
  }
  const about = [4, 6, 8, 20].map((offset) => view.getUint16(end + offset, true));
  if (at !== end || place + view.getUint32(end + 12, true) !== end || about.join() !== [0, 0, count, 0].join()) throw strange();
  checkLayout(view, bytes, listed, place);
  return listed.filter(({ name, size, packed }) => !(name.endsWith("/") && size === 0 && packed <= 2 && safePath(name.slice(0, -1))));
}

const latin1 = (bytes) => Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
const strange = () => new BundleRefused("there are bytes in the archive that belong to no file");
const contradiction = () => new BundleRefused("what the archive says of a file contradicts itself");

/** What the header before a file and the directory both say, from its flags on. */
function told(view, at) {
  return {
    flags: view.getUint16(at, true),
    method: view.getUint16(at + 2, true),
    crc: view.getUint32(at + 8, true),
    packed: view.getUint32(at + 12, true),
    size: view.getUint32(at + 16, true),
  };
}

/** Files fill the archive up to its directory, each with a header that says what the directory says; `start` is noted. */
function checkLayout(view, bytes, listed, directory) {
  let at = 0;
  for (const each of [...listed].sort((left, right) => left.offset - right.offset)) {
    if (each.offset !== at || at + 30 > bytes.length) throw strange();
    const here = told(view, at + 6);
    const nameLength = view.getUint16(at + 26, true);
    const follows = (each.flags & 8) !== 0;
    const same = (...what) => what.every((one) => here[one] === each[one]);
    const sized = same("crc", "packed", "size") || (follows && here.crc === 0 && here.packed === 0 && here.size === 0);
    const named = latin1(bytes.subarray(at + 30, at + 30 + nameLength)) === each.name;
    if (view.getUint32(at, true) !== LOCAL || !same("flags", "method") || !sized || !named) throw contradiction();
    each.start = at + 30 + nameLength + view.getUint16(at + 28, true);
    for (const extra of [each.extra, bytes.subarray(at + 30 + nameLength, each.start)]) checkExtra(extra);
    if (follows && each.method === 0 && each.size !== 0) throw new BundleRefused(`nothing says where ${each.name} ends to who reads it from the beginning`);
    at = each.start + each.packed;
    if (follows) at += descriptorLength(view, at, each);
  }
  if (at !== directory) throw strange();
}

/** Neither sizes nor names stand in extra fields, where some programs look for them and others do not. */
function checkExtra(extra) {
  for (let n = 0; n + 4 <= extra.length; ) {
    const identity = extra[n] | (extra[n + 1] << 8);
    n += 4 + (extra[n + 2] | (extra[n + 3] << 8));
    if (identity === ZIP64 || identity === OTHER_NAME || n > extra.length) throw new BundleRefused("an extra field that no bundle needs, or that is cut short");
  }
}

/** CRC and sizes may follow a file that was packed as it came, with a signature or without. */
function descriptorLength(view, at, { crc, packed, size }) {
  const is = (place) => [crc, packed, size].every((value, n) => view.getUint32(place + 4 * n, true) === value);
  if (view.getUint32(at, true) === DESCRIPTOR && is(at + 4)) return 16;
  if (is(at)) return 12;
  throw contradiction();
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

async function content(bytes, { method, packed, size, crc, start }) {
  const raw = bytes.subarray(start, start + packed);
  const plain = method === 0 ? raw : await inflate(raw, size);
  return plain !== null && plain.length === size && crc32(plain) === crc ? plain : null;
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
