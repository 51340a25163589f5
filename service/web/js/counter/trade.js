/**
 * A trade at the counter, step by step: what each step says in the log. Pure: times (ms), salts and ids are given.
 * Every function answers {problems: [{field, reason}]} or {drafts}; a draft refers to others by their ids alone.
 */
import { commitment } from "./seal.js";
import { net, proRata } from "./money.js";

export const CHANNELS = ["cash", "alipay", "wechat", "bank", "ecny"];
export const KINDS = ["physical", "code"];
export const OUTCOMES = ["pass", "balance_short", "invalid", "used", "expired", "damaged", "frozen", "duplicate"];
export const STEPS = ["quote", "accept", "inspect", "pay", "guarantor", "done"];
export const MOST_CARDS = 20;
const BRAND = 64;
const LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ";

export const timeText = (ms) => new Date(ms).toISOString();

/** A new trade: its id says the day and nothing about anybody. */
export function begin(now, random) {
  const day = new Date(now + 8 * 3_600_000).toISOString().slice(0, 10).replace(/-/g, "");
  const name = [...random(10)].map((byte) => LETTERS[byte % LETTERS.length]).join("");
  const salt = [...random(16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return {
    trade: `c-${day}-${name}`, salt, created: now, step: "quote", cards: [], channel: null, due: null, closed: null,
    events: [], share: null, conflict: null, refused: null,
  };
}

const draft = (record, offset, type, now, role, claims) => ({
  id: `${record.trade}.${record.events.length + 1 + offset}.${type}`,
  type,
  occurred: timeText(now),
  claims: { ...claims, actor: { role, party: commitment(record.salt, "party", role) } },
  fixed: false, sealed: null, attempts: [], digest: null, receipt: null, anchored: false, problem: null,
});

const said = (record, type) => record.events.find((each) => each.type === type);
export const offered = (record) => record.cards.reduce((sum, card) => sum + card.net, 0);

/** The price: `form` {cards: [{brand, kind, face, rate}], valid_minutes, pay_within (s or null), delivery}. */
export function quote(record, form, now) {
  const problems = [];
  const require = (holds, field, reason) => holds || problems.push({ field, reason });
  require(form.cards.length >= 1 && form.cards.length <= MOST_CARDS, "cards", "cards");
  form.cards.forEach((card, n) => {
    const brand = card.brand.trim();
    require(brand.length > 0 && brand.length <= BRAND, `brand-${n}`, "brand");
    require(Number.isSafeInteger(card.face) && card.face > 0, `face-${n}`, "face");
    require(card.rate !== null, `rate-${n}`, "rate");
    if (card.face > 0 && card.rate !== null) require(net(card.face, card.rate) > 0, `face-${n}`, "face");
  });
  if (problems.length > 0) return { problems };
  const cards = form.cards.map((card, n) => ({ line: n + 1, brand: card.brand.trim(), kind: card.kind, face: card.face, rate: card.rate, net: net(card.face, card.rate) }));
  const total = cards.reduce((sum, card) => sum + card.net, 0);
  const rates = new Set(cards.map((card) => card.rate));
  const terms = { valid_until: timeText(now + form.valid_minutes * 60_000), settlement: CHANNELS };
  if (form.pay_within !== null) terms.payout_clock = { start: "inspection", seconds: form.pay_within };
  const offer = { currency: "CNY", gross: total, net: total, fees: [], rate_base: "face" };
  if (rates.size === 1) offer.headline_rate_bp = cards[0].rate; // several rates have no one headline
  const claims = {
    items: cards.map(({ line, brand, kind, face, net: price }) => ({ line, brand, kind, face, net: price })),
    offer, terms, firmness: "firm", on_balance_mismatch: "pro_rata", pricing: { method: "manual" },
    receipt_delivery: { method: form.delivery, at: timeText(now) },
  };
  return { changes: { cards, step: "accept" }, drafts: [draft(record, 0, "quote", now, "platform", claims)] };
}

/** Whether the price still stands. */
export const stands = (record, now) => Date.parse(said(record, "quote").claims.terms.valid_until) >= now;

/** The customer agrees: `form` {channel, consent: paper|none}. */
export function accept(record, form, now) {
  const problems = [];
  if (!CHANNELS.includes(form.channel)) problems.push({ field: "channel", reason: "channel" });
  if (!["paper", "none"].includes(form.consent)) problems.push({ field: "consent", reason: "consent" });
  if (!stands(record, now)) problems.push({ field: "channel", reason: "expired_quote" });
  if (problems.length > 0) return { problems };
  const amount = offered(record);
  const claims = {
    quote: { event: said(record, "quote").id }, amount, currency: "CNY", items: record.cards.map((card) => card.line),
    settlement: [{ channel: form.channel, share: amount }],
    consent: { method: form.consent, subject: commitment(record.salt, "party", "user"), shown_at: said(record, "quote").occurred },
  };
  return { changes: { channel: form.channel, step: "inspect" }, drafts: [draft(record, 0, "acceptance", now, "user", claims)] };
}

/** The customer does not agree, or either side calls it off before the cards change hands. */
export function cancel(record, by, reason, now) {
  const quoted = said(record, "acceptance") ?? said(record, "quote");
  const claims = { by, reason, cause: { event: quoted.id } };
  return { changes: { step: "done", closed: "cancelled" }, drafts: [draft(record, 0, "cancellation", now, by, claims)] };
}

/** What is owed for a card after its inspection. */
export function owed(card, found) {
  if (found.outcome === "pass") return card.net;
  return found.outcome === "balance_short" ? proRata(card.net, found.found, card.face) : 0;
}

/** The cards are handed over and looked at: `form` {items: [{line, outcome, found (fen or null), reading (digest or null)}]}. */
export function inspect(record, form, now) {
  const problems = [];
  form.items.forEach((item, n) => {
    const card = record.cards[n];
    if (!OUTCOMES.includes(item.outcome)) problems.push({ field: `outcome-${n}`, reason: "outcome" });
    else if (item.outcome === "balance_short" && !(Number.isSafeInteger(item.found) && item.found >= 0 && item.found < card.face))
      problems.push({ field: `found-${n}`, reason: "found" });
  });
  if (problems.length > 0) return { problems };
  const due = form.items.reduce((sum, item, n) => sum + owed(record.cards[n], item), 0);
  const lines = record.cards.map((card) => card.line);
  const items = form.items.map(({ line, outcome, found, reading }) => ({
    line, outcome, method: "manual", ...(outcome === "balance_short" ? { balance_found: found } : {}), ...(reading === null ? {} : { reading }),
  }));
  const drafts = [
    draft(record, 0, "handover", now, "user", { mode: "counter", items: lines, received_by: commitment(record.salt, "clerk") }),
    draft(record, 1, "inspection", now, "platform", { items, inspector: commitment(record.salt, "clerk"), user_present: true }),
  ];
  const back = form.items.filter((item) => !["pass", "balance_short"].includes(item.outcome)).map((item) => item.line);
  if (back.length > 0) {
    const given = { refund: `${record.trade}.back`, direction: "to_user", kind: "card", state: "succeeded", items: back, cause: { event: drafts[1].id } };
    drafts.push(draft(record, 2, "refund", now, "platform", given));
  }
  return { changes: { due, found: form.items, step: due > 0 ? "pay" : "done", closed: due > 0 ? null : "nothing_due" }, drafts };
}

/** The money is paid: `form` {reference (text), confirmed (the customer counted and signed), place (text)}. */
export function pay(record, form, now) {
  const reference = form.reference.trim();
  if (reference.length > 128) return { problems: [{ field: "reference", reason: "reference" }] };
  const leg = { leg: 1, channel: record.channel, amount: record.due, kind: "money", currency: "CNY" };
  if (reference) leg.channel_ref = reference;
  const claims = { payout: `${record.trade}.p1`, state: "succeeded", attempt: 1, final: true, legs: [leg] };
  if (form.place.trim()) claims.counter = { place: form.place.trim() };
  const drafts = [draft(record, 0, "payout", now, "platform", claims)];
  if (form.confirmed)
    drafts.push(
      draft(record, 1, "payout_ack", now, "user", {
        payout: { event: drafts[0].id }, result: "received", amount: record.due, currency: "CNY", received_at: timeText(now),
        by: commitment(record.salt, "party", "user"), consent: { method: "paper", subject: commitment(record.salt, "party", "user") },
      }),
    );
  return { changes: { step: "guarantor" }, drafts };
}

/** The guarantor stands behind the payment: `consent` is an Endorsement by a key, or null for a signature on paper (grade C). */
export function guarantee(record, consent, now) {
  const claims = {
    coverage: `${record.trade}.cover`, kind: "guarantor", state: "bound", limit: record.due, from: timeText(now),
    provider: commitment(record.salt, "party", "guarantor"), consent: consent ?? { method: "paper" },
  };
  return { changes: { step: "done" }, drafts: [draft(record, 0, "coverage", now, "guarantor", claims)] };
}

export { said };

/** Where a trade is: on this device only, in the log, on the chain, or in need of somebody. */
export function stateOf(record) {
  if (record.conflict || record.refused || record.events.some((each) => each.problem)) return "trouble";
  if (record.events.length === 0 || record.events.some((each) => each.receipt === null)) return "device";
  return record.events.every((each) => each.anchored) ? "anchored" : "posted";
}
