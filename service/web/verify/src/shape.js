/** Parsed JSON read against a fixed shape. */
import { FormatError } from "./errors.js";

const ADDRESS = /^0x[0-9a-f]{40}$/;
const ORIGIN = /^[\x21-\x2a\x2c-\x7e]{1,255}$/;

/** An object with exactly these members. */
export function members(value, names, at) {
  const wanted = [...names].sort().join();
  if (!isObject(value) || Object.keys(value).sort().join() !== wanted)
    throw new FormatError(`expected an object with exactly ${wanted}`, at);
  return value;
}

/** Whether a value is an object (neither null nor an array). */
export const isObject = (value) => value !== null && typeof value === "object" && !Array.isArray(value);

/** An array of at most `most` elements. */
export function elements(value, at, most) {
  if (!Array.isArray(value) || value.length > most) throw new FormatError(`expected an array of at most ${most} elements`, at);
  return value;
}

/** A text. */
export function text(value, at) {
  if (typeof value !== "string") throw new FormatError("expected a string", at);
  return value;
}

/** An integer from `least` to 2^53-1. */
export function integer(value, at, least = 0) {
  if (typeof value !== "number" || value < least) throw new FormatError(`expected an integer from ${least} to 2^53-1`, at);
  return value;
}

/** Exactly this text or number. */
export function literal(value, expected, at) {
  if (value !== expected) throw new FormatError(`expected ${JSON.stringify(expected)}`, at);
}

/** `0x` and 40 lower-case digits. */
export function address(value, at = "") {
  if (typeof value !== "string" || !ADDRESS.test(value))
    throw new FormatError("an address is 0x and 40 lower-case hex digits", at);
  return value;
}

/** 1 to 255 printable ASCII characters without space and plus. */
export function origin(value, at = "") {
  if (typeof value !== "string" || !ORIGIN.test(value))
    throw new FormatError("an origin is 1 to 255 printable ASCII characters without spaces and plus", at);
  return value;
}
