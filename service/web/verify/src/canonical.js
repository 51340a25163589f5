/**
 * Canonical JSON (RFC 8785) on a domain where it is simple, and a strict reader of that domain: null,
 * booleans, integers up to 2^53-1, texts without lone surrogates, arrays, objects with ASCII names, nested
 * at most 16 deep. JSON.parse keeps the last of two equal names and takes floats, so the text is read here.
 */
import { fromUtf8, utf8 } from "./bytes.js";
import { FormatError } from "./errors.js";

export const MAX_BYTES = 65536;
const MAX_DEPTH = 16;
const SPACE = /[ \t\n\r]*/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
const LONE = /[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/;
// eslint-disable-next-line no-control-regex
const ASCII = /^[\x00-\x7f]*$/;

/** The value of a JSON text in any layout; objects are Maps-like plain objects without prototype. */
export function parse(bytes, maxBytes = MAX_BYTES, maxDepth = MAX_DEPTH) {
  if (bytes.length > maxBytes) throw new FormatError(`${bytes.length} bytes, more than ${maxBytes}`);
  return new Reader(fromUtf8(bytes), maxDepth).document();
}

/** The RFC 8785 text of a value of the domain. */
export function canonicalize(value) {
  if (Array.isArray(value)) return `[${value.map(canonicalize).join(",")}]`;
  if (value !== null && typeof value === "object") {
    const names = Object.keys(value).sort();
    return `{${names.map((name) => `${JSON.stringify(name)}:${canonicalize(value[name])}`).join(",")}}`;
  }
  return JSON.stringify(value);
}

/** The RFC 8785 bytes of a value of the domain. */
export const canonicalBytes = (value) => utf8(canonicalize(value));

/** Where in a document something is (RFC 6901). */
export const pointer = (steps) => steps.map((step) => "/" + String(step).replace(/~/g, "~0").replace(/\//g, "~1")).join("");

class Reader {
  constructor(text, maxDepth) {
    this.text = text;
    this.maxDepth = maxDepth;
    this.at = 0;
    this.path = [];
  }

  document() {
    const value = this.value();
    this.skip();
    if (this.at !== this.text.length) throw new FormatError(`not JSON at character ${this.at}`);
    return value;
  }

  value() {
    this.skip();
    const first = this.text[this.at];
    if (first === "{") return this.object();
    if (first === "[") return this.array();
    if (first === '"') return this.string();
    for (const [word, value] of [["true", true], ["false", false], ["null", null]])
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    if (/(?:NaN|-?Infinity)/y.test(this.text.slice(this.at, this.at + 9))) this.refuse("not a number of JSON");
    return this.number();
  }

  object() {
    this.enter();
    const members = Object.create(null);
    this.at++;
    if (this.next("}")) return this.leave(members);
    do {
      this.skip();
      const name = this.string();
      if (!ASCII.test(name)) this.refuse(`member name ${JSON.stringify(name)} is not ASCII`);
      this.path.push(name);
      if (name in members) this.refuse("duplicate member name");
      if (!this.next(":")) this.fail();
      members[name] = this.value();
      this.path.pop();
    } while (this.next(","));
    if (!this.next("}")) this.fail();
    return this.leave(members);
  }

  array() {
    this.enter();
    const items = [];
    this.at++;
    if (this.next("]")) return this.leave(items);
    do {
      this.path.push(items.length);
      items.push(this.value());
      this.path.pop();
    } while (this.next(","));
    if (!this.next("]")) this.fail();
    return this.leave(items);
  }

  /** Looked for by its end and not by a pattern: strings of some megabytes exhaust a pattern's stack. */
  string() {
    if (this.text[this.at] !== '"') this.fail();
    let end = this.at;
    do {
      end = this.text.indexOf('"', end + 1);
      if (end < 0) this.fail();
    } while (this.isEscaped(end));
    const text = this.unescaped(this.text.slice(this.at, end + 1));
    if (LONE.test(text)) this.refuse("lone surrogate");
    this.at = end + 1;
    return text;
  }

  /** Whether an odd number of backslashes stands before a place. */
  isEscaped(place) {
    let before = place;
    while (this.text[before - 1] === "\\") before--;
    return (place - before) % 2 === 1;
  }

  unescaped(text) {
    try {
      return JSON.parse(text);
    } catch {
      this.fail();
    }
  }

  number() {
    const text = this.take(NUMBER);
    if (/[.eE]/.test(text)) this.refuse("floats are not accepted: use integer minor units or basis points");
    if (text === "-0") this.refuse("-0 is not accepted");
    if (text.length > 17 || !Number.isSafeInteger(Number(text))) this.refuse("integer beyond 2^53-1");
    return Number(text);
  }

  take(pattern) {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found === null) this.fail();
    this.at = pattern.lastIndex;
    return found[0];
  }

  enter() {
    this.depth = (this.depth ?? 0) + 1;
    if (this.depth > this.maxDepth) this.refuse("nested too deeply");
  }

  leave(value) {
    this.depth--;
    return value;
  }

  next(character) {
    this.skip();
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  skip() {
    SPACE.lastIndex = this.at;
    SPACE.exec(this.text);
    this.at = SPACE.lastIndex;
  }

  fail() {
    throw new FormatError(`not JSON at character ${this.at}`);
  }

  refuse(reason) {
    throw new FormatError(reason, pointer(this.path));
  }
}
