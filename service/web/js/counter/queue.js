/**
 * From the device to the log. What waits of a trade is sealed again with the time of sending (a reader takes the
 * clock's error out by it), kept, and posted as one batch: all or nothing. An attempt is kept before it is sent, so
 * that after a lost answer the log is asked which one it took; nothing is ever posted twice under two contents.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { fromHex, toHex, utf8 } from "../../verify/src/bytes.js";
import { canonicalize } from "../../verify/src/canonical.js";
import { identityOf } from "../../verify/src/checkpoint.js";
import { parse as parseEntry } from "../../verify/src/entry.js";
import { TallyError } from "../../verify/src/errors.js";
import { verifyReceipt } from "../../verify/src/index.js";
import { REFERENCES, commitment, seal } from "./seal.js";
import { timeText } from "./trade.js";

const SYSTEM = "tally-counter";
const PROMPT_MS = 60_000;
const QUEUED = "柜台当时连不上服务";
/** Verdicts of a receipt that is as good as it can be at this moment. */
const SOUND = ["good", "not_anchored_yet", "anchor_not_checked", "cannot_reach_node"];

/** Whether anything of the trade is on this device alone. */
export const waits = (record) => record.events.some((each) => each.receipt === null);

/** The log in which this device's platform writes, as the verifier names it. */
export const identity = ({ log }) => identityOf({ ...log, id: fromHex(log.id) });

/**
 * Seal one event of a trade with what it refers to. `sentAt` (ms) null: nobody knows when it will be sent, and then
 * it says no such time.
 */
export function sealed(record, each, { device, random, version }, sentAt) {
  const digests = new Map(record.events.map((event) => [event.id, event.sealed?.digest]));
  const claims = structuredClone(each.claims);
  for (const name of REFERENCES[each.type] ?? []) if (name in claims) claims[name] = { event: claims[name].event, digest: digests.get(claims[name].event) };
  const late = each.offline || sentAt === null || each.attempts.length > 0 || sentAt - Date.parse(each.occurred) > PROMPT_MS;
  claims.capture = { mode: late ? "offline" : "online", system: SYSTEM, version };
  if (device.key) claims.capture.device = commitment(record.salt, "device", device.address);
  if (late) claims.capture.queued_reason = QUEUED;
  if (sentAt !== null) claims.capture.sent_at = timeText(sentAt);
  const bare = { event: each.id, trade: record.trade, type: each.type, occurred: each.occurred, claims };
  return seal(bare, identity(device), device.registered ? device.key : null, random);
}

/** Fix an event for good, so that somebody may sign its digest; what it refers to is fixed with it. */
export function fix(record, each, context) {
  if (each.receipt !== null || each.fixed) return;
  for (const name of REFERENCES[each.type] ?? [])
    if (name in each.claims) fix(record, record.events.find((event) => event.id === each.claims[name].event), context);
  // An attempt that may have arrived is what the log has: then that is the one to sign.
  each.sealed = each.attempts.at(-1) ?? sealed(record, each, context, null);
  each.fixed = true;
}

/** Add a step's events to the trade, sealed. `context.online`: whether the service could be reached just now. */
export function add(record, { changes, drafts }, context) {
  Object.assign(record, changes);
  for (const each of drafts) {
    record.events.push(each);
    each.offline = !context.online;
    each.sealed = sealed(record, each, context, null);
  }
}

/**
 * Post what waits of one trade. `posted`: every event has its receipt; `later`: nothing is lost, try again; `trouble`:
 * record.conflict or record.refused says what stands against it. Saves the record whenever it changes.
 */
export async function post(record, context) {
  const { api, save, now } = context;
  const asked = await adopt(record, context);
  if (asked !== "asked") return asked;
  const waiting = record.events.filter((each) => each.receipt === null);
  if (waiting.length === 0) return "posted";
  const sentAt = now();
  for (const each of waiting) {
    if (!each.fixed) each.sealed = sealed(record, each, context, sentAt);
    if (!each.attempts.some((attempt) => attempt.digest === each.sealed.digest)) each.attempts.push(each.sealed);
  }
  record.refused = null;
  await save(record);
  const answer = waiting.length === 1
    ? await api("POST", "/v1/events", canonicalize(waiting[0].sealed.event), "application/json")
    : await api("POST", "/v1/events/batch", waiting.map((each) => canonicalize(each.sealed.event)).join("\n"), "application/x-ndjson");
  if (answer.ok) return await collect(record, waiting, context, waiting.length === 1 ? answer.text : null);
  if (answer.status === 409 || answer.status === 410) {
    const taken = await adopt(record, context);
    if (taken !== "asked") return taken;
    return waits(record) ? "later" : "posted"; // what was taken is known now; the rest goes with the next turn
  }
  if (answer.status === 0 || answer.status === 429 || answer.status >= 500) return "later";
  record.refused = { status: answer.status, slug: answer.slug, errors: answer.errors ?? [] };
  await save(record);
  return "trouble";
}

/** Ask the log which attempt it took, event by event; with none made yet, whether anybody answers. */
async function adopt(record, context) {
  const attempted = record.events.filter((event) => event.receipt === null && event.attempts.length > 0);
  if (attempted.length === 0) return (await context.api("GET", "/healthz")).ok ? "asked" : "later";
  for (const each of attempted) {
    const answer = await context.api("GET", `/v1/events/${encodeURIComponent(each.id)}`);
    if (answer.status === 404) continue;
    if (answer.status === 410) return conflict(record, each, "erased", context);
    if (!answer.ok) return "later";
    if (!(await take(each, answer.text, context))) return conflict(record, each, "other_content", context);
    await context.save(record);
  }
  return "asked";
}

async function conflict(record, each, kind, context) {
  record.conflict = { event: each.id, kind };
  await context.save(record);
  return "trouble";
}

/** The receipts of what was posted; a step that was added meanwhile is for the next turn. */
async function collect(record, posted, context, first) {
  for (const each of posted) {
    const text = first ?? (await fetched(each, context));
    if (text === null) return "later";
    if (!(await take(each, text, context))) return await conflict(record, each, "other_content", context);
    await context.save(record);
  }
  return "posted";
}

async function fetched(each, { api }) {
  const answer = await api("GET", `/v1/events/${encodeURIComponent(each.id)}`);
  return answer.ok ? answer.text : null;
}

/** Keep a receipt that says what one of our attempts said; the verifier's verdict on it is kept beside it. */
async function take(each, text, context) {
  const attempt = each.attempts.find((one) => saysTheSame(one, text));
  if (attempt === undefined) return false;
  each.digest = attempt.digest;
  each.sealed = attempt;
  await judge(each, text, context);
  each.attempts = [];
  return true;
}

function saysTheSame(attempt, text) {
  try {
    const receipt = JSON.parse(text);
    return toHex(parseEntry(receipt.entry).digest) === attempt.digest && receipt.disclosures.join() === attempt.event.disclosures.join();
  } catch (error) {
    if (error instanceof TallyError || error instanceof SyntaxError || error instanceof TypeError) return false;
    throw error;
  }
}

/** Verify a receipt against the site's trust and keep it with the verdict. */
async function judge(each, text, { trust, now, device }) {
  const report = await verifyReceipt(utf8(text), { trust, now: now() });
  each.receipt = text;
  each.verdict = report.verdict;
  const practice = device.test && report.verdict === "log_not_trusted"; // nobody vouches for a test log
  each.problem = practice || SOUND.includes(report.verdict) ? null : { verdict: report.verdict, reason: report.reason };
  each.anchored = practice ? JSON.parse(text).anchors.length > 0 : report.steps[6]?.status === "ok";
}

/** Ask for the anchors of what is posted and not yet on the chain. True when anything changed. */
export async function complete(record, context) {
  let changed = false;
  for (const each of record.events.filter((event) => event.receipt !== null && !event.anchored && !event.problem)) {
    const text = await fetched(each, context);
    if (text === null || JSON.parse(text).anchors.length === 0) return changed;
    if (toHex(parseEntry(JSON.parse(text).entry).digest) !== each.digest) continue;
    await judge(each, text, context);
    await context.save(record);
    changed = true;
  }
  return changed;
}

/** The digest of a photograph, by which an inspection refers to it. */
export const digestOf = async (file) => toHex(sha256(new Uint8Array(await file.arrayBuffer())));
