/** Step 4: platform signatures over the statement, and users' consents as typed messages. */
import { fromHex } from "./bytes.js";
import { recover, typedDigest } from "./eip712.js";
import { FormatError, TallyError } from "./errors.js";
import { isObject } from "./shape.js";
import { StepFailed, consentInvalid } from "./verdict.js";

class Withheld extends Error {
  constructor(name) {
    super(name);
    this.claim = name;
  }
}

/** Each signature of the entry recovers to its address. */
export function checkSignatures(identity, entry) {
  if (entry.signatures.length === 0) return [];
  const digest = typedDigest(identity.domain, "Statement", [identity.logId, entry.digest]);
  for (const each of entry.signatures) checkRecovers(digest, each.signature, each.address, "signature_wrong");
  return entry.signatures.map(({ role, address }) => ({ role, address }));
}

/**
 * The consent claim, if it carries a typed message: [{type, address, missing, problem, detail}]. A consent that does not
 * hold (`problem`) is a fact about what the platform posted, and makes the record of it no less genuine.
 */
export function checkConsents(identity, statement, claims) {
  const consent = claims.consent;
  if (!isObject(consent) || !("signature" in consent) || (consent.method ?? "eip712") !== "eip712") return [];
  const told = { type: String(consent.type), address: String(consent.address) };
  const message = Object.hasOwn(MESSAGES, consent.type) ? MESSAGES[consent.type] : null;
  const consented = (missing, problem = null, detail = "") => [{ ...told, missing, problem, detail }];
  if (message === null) return consented(["type"]);
  try {
    const address = text(consent, "address");
    const digest = typedDigest(identity.domain, consent.type, [identity.logId, ...message(statement, claims, consent)]);
    checkRecovers(digest, consent.signature, address, "consent_wrong");
  } catch (error) {
    if (error instanceof Withheld) return consented([error.claim]);
    if (error instanceof StepFailed) return consented([], error.reason, error.detail);
    if (error instanceof FormatError) return consented([], "consent_malformed", error.message);
    throw error;
  }
  return consented([]);
}

/** Throws for the first consent that does not hold. */
export function requireValid(consents) {
  const bad = consents.find((each) => each.problem !== null);
  if (bad !== undefined) throw consentInvalid(bad.problem, bad.detail);
}

const MESSAGES = {
  Acceptance: (statement, claims, consent) => [
    text(consent, "platform"), statement.trade, reference(claims, "quote"), integer(claims, "amount"), text(claims, "currency"),
    text(consent, "channel"), integer(consent, "validUntil"), fromHex(text(consent, "salt")),
  ],
  Acknowledgement: (statement, claims, consent) => [
    statement.trade, reference(claims, "payout"), integer(claims, "amount"), text(claims, "currency"), fromHex(text(consent, "salt")),
  ],
  Endorsement: (_statement, claims, consent) => {
    const actor = member(claims, "actor");
    if (!isObject(actor) || typeof actor.role !== "string") throw new Withheld("actor");
    return [actor.role, reference(consent, "ref"), fromHex(text(consent, "salt"))];
  },
};

function member(claims, name) {
  if (!(name in claims)) throw new Withheld(name);
  return claims[name];
}

function text(claims, name) {
  const value = member(claims, name);
  if (typeof value !== "string") throw new StepFailed("consent_malformed", `${name} is not a string`);
  return value;
}

function integer(claims, name) {
  const value = member(claims, name);
  if (typeof value !== "number") throw new StepFailed("consent_malformed", `${name} is not an integer`);
  return value;
}

function reference(claims, name) {
  const value = member(claims, name);
  if (!isObject(value) || !("digest" in value)) throw new StepFailed("consent_malformed", `${name} names no digest`);
  return fromHex(value.digest);
}

function checkRecovers(digest, signature, address, reason) {
  let recovered;
  try {
    recovered = recover(digest, fromHex(signature, 65));
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    throw new StepFailed(reason, error.message);
  }
  if (recovered !== address) throw new StepFailed(reason, `claimed ${address}, recovers to ${recovered}`);
}
