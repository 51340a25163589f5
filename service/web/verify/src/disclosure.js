/** Salted disclosures: base64url(JCS([salt, name, value])), one committed claim each (RFC 9901 §4.2). */
import { sha256 } from "@noble/hashes/sha2.js";
import { fromBase64url, toBase64url, utf8 } from "./bytes.js";
import { canonicalize, parse as parseJson } from "./canonical.js";
import { FormatError } from "./errors.js";

const SALT = /^[A-Za-z0-9_-]{21}[AQgw]$/;
const DIGEST = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const NAME = /^[!#-[\]-~]{1,128}$/;
const RESERVED = new Set(["_sd", "_sd_alg", "..."]);
const MAX_BYTES = 65536 + 256;

/** Whether a text is a disclosure's digest. */
export const isDigest = (text) => typeof text === "string" && DIGEST.test(text);

/** The digest that a statement commits to. */
export const digest = (disclosure) => toBase64url(sha256(utf8(disclosure)));

/** Open a disclosure: {salt, name, value}. Whatever would be written otherwise is refused. */
export function open(disclosure, at = "") {
  if (disclosure.length > 2 * MAX_BYTES) throw new FormatError("a disclosure that is too long", at);
  let members;
  try {
    members = parseJson(fromBase64url(disclosure, at), MAX_BYTES);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(`the disclosure is not canonical JSON: ${error.message}`, at);
  }
  if (!Array.isArray(members) || members.length !== 3) throw new FormatError("a disclosure holds exactly salt, name and value", at);
  const [salt, name, value] = members;
  if (typeof salt !== "string" || !SALT.test(salt)) throw new FormatError("a salt is 16 random bytes in base64url", at);
  if (typeof name !== "string" || !NAME.test(name) || RESERVED.has(name)) throw new FormatError("not a claim's name", at);
  if (toBase64url(utf8(canonicalize(members))) !== disclosure) throw new FormatError("the disclosure is not canonical JSON", at);
  return { salt, name, value };
}

/** The salt that 16 random bytes spell. */
export function newSalt(random16) {
  if (random16.length !== 16) throw new FormatError("a salt is 16 random bytes");
  return toBase64url(random16);
}

/** The disclosure of one claim, for whoever posts with salts of its own. */
export function make(salt, name, value) {
  const made = toBase64url(utf8(canonicalize([salt, name, value])));
  open(made); // whatever a reader would refuse is refused here
  return made;
}
