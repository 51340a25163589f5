/** The counter's queue against a small log in memory that loses answers on command; one JSON line a scenario. */
import { fromHex, toHex } from "../../../service/web/verify/src/bytes.js";
import { canonicalize, parse } from "../../../service/web/verify/src/canonical.js";
import { utf8 } from "../../../service/web/verify/src/bytes.js";
import { identityOf } from "../../../service/web/verify/src/checkpoint.js";
import * as disclosure from "../../../service/web/verify/src/disclosure.js";
import { buildStatement, statementDigest } from "../../../service/web/verify/src/entry.js";
import { addressOf } from "../../../service/web/verify/src/signing.js";
import { add, fix, post } from "../../../service/web/js/counter/queue.js";
import { endorsement } from "../../../service/web/js/counter/seal.js";
import * as trade from "../../../service/web/js/counter/trade.js";

const LOG = { origin: "example.com/logs/bendi", id: "0x" + "55".repeat(32), chain_id: 31337, registry: "0x" + "5f".repeat(20) };
const KEY = fromHex("0x" + "11".repeat(32));
const random = (size) => crypto.getRandomValues(new Uint8Array(size));
const QUOTE = { cards: [{ brand: "京东E卡", kind: "code", face: 50_000, rate: 9_200 }], valid_minutes: 30, pay_within: null, delivery: "qr" };
const PASS = { items: [{ line: 1, outcome: "pass", found: null, reading: null }] };

/**
 * All or nothing, one content an id. `next`: what happens to the next POST: lose (taken, no answer), drop, delay (taken
 * only after it was asked for in vain), refuse. `down`: nobody answers.
 */
class MemoryLog {
  stored = new Map();
  posts = [];
  next = null;
  down = false;
  delayed = [];

  api = async (method, path, body) => {
    if (this.down) return { ok: false, status: 0, text: "" };
    if (path === "/healthz") return { ok: true, status: 200, text: "{}" };
    if (method === "GET") return this.receipt(decodeURIComponent(path.split("/").at(-1)));
    const events = body.split("\n").map((line) => parse(utf8(line)));
    this.posts.push(events);
    const fate = this.next;
    this.next = null;
    if (fate === "drop") return { ok: false, status: 0, text: "" };
    if (fate === "delay") {
      this.delayed = events;
      return { ok: false, status: 0, text: "" };
    }
    if (fate === "refuse") return { ok: false, status: 422, slug: "invalid-event", errors: [{ code: "signer_unknown" }], text: "{}" };
    const known = events.filter((event) => this.stored.has(event.event));
    if (known.some((event) => canonicalize(this.stored.get(event.event)) !== canonicalize(event)) || (known.length > 0 && known.length < events.length))
      return { ok: false, status: 409, slug: "event-conflict", errors: [], text: "{}" };
    for (const event of events) this.stored.set(event.event, event);
    if (fate === "lose") return { ok: false, status: 0, text: "" };
    return { ...(await this.receipt(events[0].event)), status: 201 };
  };

  async receipt(id) {
    const event = this.stored.get(id);
    if (event === undefined) {
      for (const late of this.delayed) this.stored.set(late.event, late);
      this.delayed = [];
      return { ok: false, status: 404, text: "{}" };
    }
    const statement = JSON.parse(new TextDecoder().decode(this.statement(event)));
    const entry = canonicalize({ prev: null, received: "2026-11-22T04:00:00.000Z", seq: 0, signatures: event.signatures ?? [], statement, v: 1 });
    return { ok: true, status: 200, text: JSON.stringify({ entry, disclosures: event.disclosures, anchors: [] }) };
  }

  statement = (event) => buildStatement(LOG.origin, event, [...event.disclosures.map(disclosure.digest), event.decoy]);
  digest = (id) => toHex(statementDigest(this.statement(this.stored.get(id))));
}

function counter(online = true) {
  const log = new MemoryLog();
  const saved = [];
  let clock = 1_795_320_000_000;
  const device = { log: LOG, key: KEY, address: addressOf(KEY), registered: true };
  const context = {
    api: log.api, device, trust: null, random, online, version: "0.1.0", now: () => (clock += 1_000), identity: identityOf({ ...LOG, id: fromHex(LOG.id) }),
    save: async (record) => void saved.push(structuredClone(record)),
  };
  const record = trade.begin(clock, random);
  const step = (result) => add(record, result, context);
  return { log, saved, context, record, step, later: (ms) => (clock += ms), now: () => clock };
}

const captured = (event) => event.claims.capture;
const summary = ({ log, record }) => ({
  digests: record.events.map((each) => each.digest),
  stored: record.events.map((each) => (log.stored.has(each.id) ? log.digest(each.id) : null)),
  captures: record.events.map((each) => (log.stored.has(each.id) ? captured(log.stored.get(each.id)) : null)),
  references: [...log.stored.values()].filter((event) => event.claims.quote).map((event) => event.claims.quote.digest),
  conflict: record.conflict, refused: record.refused, posts: log.posts.length,
});

const SCENARIOS = {
  async lost() {
    const at = counter();
    at.step(trade.quote(at.record, QUOTE, at.now()));
    at.log.next = "lose";
    const first = await post(at.record, at.context);
    const keptBefore = at.saved.some((each) => each.events[0].attempts.length === 1);
    at.later(7_200_000);
    return { outcomes: [first, await post(at.record, at.context)], keptBefore, ...summary(at) };
  },
  async dropped() {
    const at = counter();
    at.step(trade.quote(at.record, QUOTE, at.now()));
    at.log.next = "drop";
    const first = await post(at.record, at.context);
    at.later(7_200_000);
    const sent = at.now();
    return { outcomes: [first, await post(at.record, at.context)], sent, ...summary(at) };
  },
  async late() {
    const at = counter();
    at.step(trade.quote(at.record, QUOTE, at.now()));
    at.log.next = "delay";
    const first = await post(at.record, at.context);
    at.step(trade.accept(at.record, { channel: "cash", consent: "paper" }, at.now()));
    return { outcomes: [first, await post(at.record, at.context), await post(at.record, at.context)], ...summary(at) };
  },
  async meanwhile() {
    const at = counter();
    at.step(trade.quote(at.record, QUOTE, at.now()));
    const answer = at.context.api;
    at.context.api = async (...asked) => {
      const answered = await answer(...asked);
      if (asked[0] === "POST" && at.record.events.length === 1) at.step(trade.accept(at.record, { channel: "cash", consent: "paper" }, at.now()));
      return answered;
    };
    return { outcomes: [await post(at.record, at.context), await post(at.record, at.context)], ...summary(at) };
  },
  async nobody() {
    const at = counter(false);
    at.step(trade.quote(at.record, QUOTE, at.now()));
    at.log.down = true;
    const first = await post(at.record, at.context);
    const attempts = at.record.events[0].attempts.length;
    at.log.down = false;
    return { outcomes: [first, await post(at.record, at.context)], attempts, ...summary(at) };
  },
  async mixed() {
    const at = counter();
    at.step(trade.quote(at.record, QUOTE, at.now()));
    at.log.next = "lose";
    const first = await post(at.record, at.context);
    at.step(trade.accept(at.record, { channel: "cash", consent: "paper" }, at.now()));
    return { outcomes: [first, await post(at.record, at.context)], ...summary(at) };
  },
  async fixed() {
    const at = counter(false);
    paid(at);
    return { ...(await endorsed(at)), ...summary(at) };
  },
  async fixed_after_a_lost_answer() {
    const at = counter();
    paid(at);
    at.log.next = "lose";
    await post(at.record, at.context);
    return { ...(await endorsed(at)), ...summary(at) };
  },
  async taken() {
    const at = counter();
    at.step(trade.quote(at.record, QUOTE, at.now()));
    const other = counter();
    other.record.trade = at.record.trade;
    other.step(trade.quote(other.record, QUOTE, other.now()));
    at.log.stored.set(at.record.events[0].id, other.record.events[0].sealed.event);
    return { outcomes: [await post(at.record, at.context)], ...summary(at) };
  },
  async refused() {
    const at = counter();
    at.step(trade.quote(at.record, QUOTE, at.now()));
    at.log.next = "refuse";
    const first = await post(at.record, at.context);
    const refused = at.record.refused;
    const outcomes = [first, await post(at.record, at.context)];
    return { first_refusal: refused, outcomes, ...summary(at) };
  },
};

function paid(at) {
  at.step(trade.quote(at.record, QUOTE, at.now()));
  at.step(trade.accept(at.record, { channel: "cash", consent: "paper" }, at.now()));
  at.step(trade.inspect(at.record, PASS, at.now()));
  at.step(trade.pay(at.record, { reference: "", confirmed: false, place: "" }, at.now()));
}

async function endorsed(at) {
  const payout = trade.said(at.record, "payout");
  fix(at.record, payout, at.context);
  const consent = endorsement(at.context.identity, KEY, { role: "guarantor", event: payout.id, digest: payout.sealed.digest }, random);
  at.step(trade.guarantee(at.record, consent, at.now()));
  at.later(7_200_000);
  const outcomes = [await post(at.record, at.context), await post(at.record, at.context)];
  return { outcomes, endorsed: consent.ref.digest, payout: at.log.digest(payout.id) };
}

for (const [name, run] of Object.entries(SCENARIOS)) console.log(JSON.stringify({ name, ...(await run()) }));
