/** Verification of a trade's evidence in the numbered steps of docs/protocol.md §17. */
import { same, toHex, utf8 } from "./bytes.js";
import { identityOf, parseSigned } from "./checkpoint.js";
import { recover, typedDigest } from "./eip712.js";
import * as entries from "./entry.js";
import { FormatError, TallyError } from "./errors.js";
import * as evidences from "./evidence.js";
import { leafHash, verifyConsistency, verifyInclusion } from "./merkle.js";
import { checkByTrustedKey, checkSelfConsistent, inUseAt, trustedLog } from "./promise.js";
import { joinTrades } from "./trade.js";
import { StepFailed, VERDICTS, exitCode, mostSevere, undecided } from "./verdict.js";
import { verifyParsed } from "./verify.js";

const TOLERANCE = 120;
const MOST_NAMED = 20;
export const EVIDENCE_STEPS = [
  "evidence_format", "evidence_receipts", "evidence_trade", "evidence_checkpoint", "evidence_head", "evidence_context", "evidence_stamps", "evidence_anchors",
];

/**
 * Verify one `evidence.json`; options as verifyReceipt's, and `held`: reports on receipts that somebody else holds. A genuine
 * one that is missing here, or contradicts what is shown here, convicts whoever signed the head. {verdict, exitCode, reason, steps, problems, evidence, receipts, head}.
 */
export async function verifyEvidence(bytes, options) {
  let evidence;
  try {
    evidence = evidences.parse(bytes);
  } catch (error) {
    if (error instanceof evidences.NotEvidence) return unreadable("wrong_file", "not_evidence", error);
    if (error instanceof FormatError) return unreadable("tampered", "evidence_malformed", error);
    throw error;
  }
  const own = [];
  for (const { receipt } of evidence.entries) if (receipt !== null) own.push(await verifyParsed(receipt, options));
  const context = [];
  for (const receipt of evidence.context) context.push(await verifyParsed(receipt, options));
  const joined = joinTrades([...own, ...context]);
  const held = options.held ?? [];
  const confronted = joinTrades([...own, ...context, ...held]).slice(0, joined.length);
  return new Run(evidence, joined.slice(0, own.length), joined.slice(own.length), { held, confronted }, options).report();
}

function unreadable(verdict, reason, { message }) {
  const step = { number: 1, title: EVIDENCE_STEPS[0], status: "bad", reason, detail: message };
  return { verdict, exitCode: exitCode(verdict), reason, steps: [step], problems: [{ reason, detail: message }], evidence: null, receipts: [], head: null };
}

const problem = (reason, detail = "") => ({ reason, detail });

class Run {
  constructor(evidence, own, context, { held, confronted }, { trust = null, now }) {
    Object.assign(this, { evidence, own, context, held, confronted, trust, now, identity: identityOf(evidence.log) });
    this.steps = [{ number: 1, title: EVIDENCE_STEPS[0], status: "ok", reason: "ok", detail: "" }];
    this.problems = [];
    this.objections = [];
    this.head = null;
    this.signedAt = null; // of the checkpoint, once it is proven: the trade is complete as of then
  }

  report() {
    const shown = places(this.evidence);
    this.step(2, () => this.altered(this.own, "entry_altered"));
    this.step(3, () => this.whole(shown));
    this.step(4, () => this.checkpoint(shown));
    this.step(5, () => this.headStep(shown));
    this.step(6, () => this.others());
    this.step(7, () => this.stamps());
    this.steps.push(this.anchors());
    const verdict = mostSevere([...this.objections, ...(this.own.length === 0 && this.problems.length === 0 ? ["anchor_not_checked"] : this.own.map((each) => each.verdict))]);
    return { verdict, exitCode: exitCode(verdict), reason: this.reason(verdict), steps: this.steps, problems: this.problems, evidence: this.evidence, receipts: this.own, head: this.head };
  }

  reason(verdict) {
    if (this.problems.length > 0) return this.problems[0].reason;
    const receipt = verdict === "good" ? undefined : this.own.find((each) => each.verdict === verdict);
    return receipt?.reason ?? this.steps.find((each) => each.status === "bad" || each.status === "undecided")?.reason ?? verdict;
  }

  /** Run one step: a generator of problems that may end in an error. */
  step(number, check) {
    let outcome = { status: "ok", reason: "ok", detail: "" };
    const found = [];
    try {
      for (const each of check()) found.push(each);
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      if (error instanceof StepFailed && error.status === "undecided") {
        outcome = { status: "undecided", reason: error.reason, detail: error.detail };
        this.objections.push(error.verdict);
      } else found.push(problem(error.reason ?? "malformed", error.message));
    }
    if (found.length > 0) {
      this.problems.push(...found);
      this.objections.push("tampered");
      outcome = { status: "bad", ...found[0] };
    }
    this.steps.push({ number, title: EVIDENCE_STEPS[number - 1], ...outcome });
  }

  *altered(reports, reason) {
    for (const report of reports) {
      if (!isAltered(report)) continue;
      const step = report.steps.find((each) => each.status === "bad");
      yield problem(reason, `${named(report)}: step ${step.number}, ${step.reason}`);
    }
  }

  *whole(shown) {
    yield* foreign(this.evidence);
    yield* checkOrder(shown, this.evidence.head.count);
    for (const report of [...this.own, ...this.context]) {
      const nine = report.steps.at(-1);
      if (nine?.number === 9 && nine.status === "bad") yield problem(nine.reason, `${named(report)}: ${nine.detail}`);
    }
  }

  *checkpoint(shown) {
    const { evidence, identity } = this;
    let checkpoint;
    try {
      checkpoint = parseSigned(evidence.checkpoint);
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      yield problem("checkpoint_malformed", error.message);
      return;
    }
    for (const place of shown) {
      try {
        verifyInclusion(place.leaf, place.index, checkpoint.size, place.inclusion, checkpoint.root);
      } catch (error) {
        if (!(error instanceof TallyError)) throw error;
        yield problem("entry_not_in_checkpoint", `seq ${place.seq}: ${error.message}`);
      }
    }
    yield* forks(checkpoint, evidence);
    if (evidence.taken > this.now + TOLERANCE * 1000) yield problem("taken_in_the_future", `taken at ${evidence.taken} ms`);
    if (BigInt(evidence.taken) < (checkpoint.signedAt - BigInt(TOLERANCE)) * 1000n)
      yield problem("taken_before_checkpoint", `signed at ${checkpoint.signedAt}, taken at ${evidence.taken} ms`);
    const address = checkSelfConsistent(checkpoint, identity, this.now);
    checkByTrustedKey(checkpoint, address, trustedLog(this.trust, identity));
    this.signedAt = Number(checkpoint.signedAt);
  }

  *headStep(shown) {
    const { head, taken } = this.evidence;
    yield* headProblems(this.evidence, shown);
    yield* hidden(this.evidence, shown, this.held);
    yield* contradicted([...this.own, ...this.context], this.confronted);
    let address;
    try {
      const members = [head.log, head.trade, head.count, head.leaf, head.size, head.root];
      address = recover(typedDigest(this.identity.domain, "TradeHead", members), head.signature);
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      throw new StepFailed("head_signature_wrong", error.message);
    }
    const keys = trustedLog(this.trust, this.identity).keys.filter((each) => each.address === address);
    if (keys.length === 0) throw new StepFailed("head_signature_wrong", `signed by ${address}, which the trust file does not list`);
    if (!keys.some((key) => inUseAt(key, taken)))
      throw undecided("log_not_trusted", "key_not_active", `${address} was not in use then`);
    this.head = { ...head, address, signedAt: this.signedAt };
  }

  *others() {
    const leaves = new Set();
    for (const [n, receipt] of this.evidence.context.entries()) {
      const report = this.context[n];
      if (isAltered(report)) yield* this.altered([report], "context_altered");
      else if (!sameLog(receipt.log, this.evidence.log)) yield problem("context_of_other_log", `index ${receipt.index} of ${receipt.log.origin}`);
      else if (report.facts.entry?.trade === this.evidence.trade)
        yield problem("entry_omitted", `${named(report)} of this trade stands in the context`);
      if (leaves.has(receipt.entry)) yield problem("context_twice", `index ${receipt.index}`);
      leaves.add(receipt.entry);
    }
  }

  *stamps() {
    for (const stamp of this.evidence.timestamps) {
      let stamped;
      try {
        const newest = parseSigned(this.evidence.checkpoint);
        stamped = parseSigned(stamp.checkpoint);
        verifyConsistency(stamp.size, newest.size, stamp.root, newest.root, stamp.consistency);
      } catch (error) {
        if (!(error instanceof TallyError)) throw error;
        yield problem("stamp_of_nothing", `of size ${stamp.size}: ${error.message}`);
        continue;
      }
      if (stamped.size !== stamp.size || !same(stamped.root, stamp.root)) {
        yield problem("stamp_of_nothing", `of size ${stamp.size}, its note is of ${stamped.size}`);
        continue;
      }
      const address = checkSelfConsistent(stamped, this.identity, this.now);
      checkByTrustedKey(stamped, address, trustedLog(this.trust, this.identity));
    }
  }

  /** 8: what the receipts say of promises, consents and anchors, the most severe first. */
  anchors() {
    const title = EVIDENCE_STEPS[7];
    const step = (status, reason, detail = "") => ({ number: 8, title, status, reason, detail });
    if (this.problems.length > 0) return step("skipped", "needs_earlier_step");
    if (this.own.length === 0) return step("undecided", "nothing_shown");
    const worst = this.own.reduce((found, each) => (VERDICTS.indexOf(each.verdict) < VERDICTS.indexOf(found.verdict) ? each : found));
    if (worst.verdict === "good") return step("ok", "ok");
    const count = this.own.filter((each) => each.verdict === worst.verdict).length;
    return step(worst.exitCode === 1 ? "bad" : "undecided", worst.reason, `${count} of ${this.own.length} entries`);
  }
}

/** Where each entry stands: {seq, index, leaf, prev, sealed, inclusion}; those of another log or trade are left out. */
function places(evidence) {
  const found = [];
  for (const { receipt, sealed, inclusion } of evidence.entries) {
    if (sealed !== null) {
      found.push({ ...sealed, prev: null, sealed: true, inclusion });
      continue;
    }
    const entry = readEntry(receipt);
    if (entry === null || !sameLog(receipt.log, evidence.log) || entry.statement.trade !== evidence.trade) continue;
    found.push({ seq: entry.seq, index: receipt.index, leaf: leafHash(utf8(receipt.entry)), prev: entry.prev, sealed: false, inclusion });
  }
  return found;
}

function readEntry(receipt) {
  try {
    return entries.parse(receipt.entry);
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    return null; // altered, which its own verification says
  }
}

function* foreign(evidence) {
  for (const { receipt } of evidence.entries) {
    if (receipt === null) continue;
    if (!sameLog(receipt.log, evidence.log)) {
      yield problem("entry_of_other_log", `index ${receipt.index} of ${receipt.log.origin}`);
      continue;
    }
    const trade = readEntry(receipt)?.statement.trade;
    if (trade !== undefined && trade !== evidence.trade) yield problem("entry_of_other_trade", `index ${receipt.index} of trade ${trade}`);
  }
}

/** Each of the `count` entries once, in order of seq, each continuing the one before it. */
function* checkOrder(shown, count) {
  const times = new Map();
  for (const { leaf } of shown) times.set(toHex(leaf), (times.get(toHex(leaf)) ?? 0) + 1);
  for (const [leaf, number] of times) if (number > 1) yield problem("entry_twice", `${leaf} stands there ${number} times`);
  const first = new Map();
  for (const place of shown) {
    if (!first.has(place.seq)) first.set(place.seq, place);
    if (!same(first.get(place.seq).leaf, place.leaf)) yield problem("seq_twice", `two different entries of seq ${place.seq}`);
  }
  const highest = Math.max(-1, ...first.keys());
  const missing = [];
  for (let seq = 0; seq < Math.max(count, highest) && missing.length <= MOST_NAMED; seq++) if (!first.has(seq)) missing.push(seq);
  if (missing.length > 0) yield problem("entry_omitted", `seq ${missing.slice(0, MOST_NAMED).join(", ")} of ${count} entries`);
  if (highest >= count) yield problem("entry_beyond_head", `seq ${highest}, where the head counts ${count} entries`);
  const order = [...first.keys()];
  if (order.some((seq, n) => n > 0 && order[n - 1] > seq)) yield problem("entries_reordered", `in the order ${order.slice(0, MOST_NAMED).join(", ")}`);
  for (const seq of [...order].sort((a, b) => a - b)) {
    const place = first.get(seq);
    const before = first.get(seq - 1);
    if (before === undefined) continue;
    if (!place.sealed && (place.prev === null || !same(place.prev, before.leaf))) yield problem("prev_differs", `seq ${seq} does not continue seq ${seq - 1}`);
    if (place.index <= before.index) yield problem("seq_out_of_order", `seq ${seq} stands before seq ${seq - 1} in the log`);
  }
}

function* headProblems({ head, log, trade, checkpoint }, shown) {
  if (!same(head.log, log.id) || head.trade !== trade) yield problem("head_of_other_trade", `of trade ${head.trade}`);
  let signed;
  try {
    signed = parseSigned(checkpoint);
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    return; // step 4 says so
  }
  if (head.size !== signed.size || !same(head.root, signed.root)) yield problem("head_of_other_checkpoint", `of size ${head.size}`);
  const last = shown.find((each) => each.seq === head.count - 1);
  if (last !== undefined && !same(last.leaf, head.leaf)) yield problem("head_leaf_differs", "the last entry is another than the head's");
}

/** Genuine receipts of the trade below the head's size whose entries the head does not count. */
function* hidden(evidence, shown, held) {
  const known = new Set(shown.map(({ leaf }) => toHex(leaf)));
  for (const report of held) {
    const { entry, checkpoint } = report.facts;
    if (entry === null || checkpoint === null || known.has(toHex(entry.leaf)) || entry.index >= evidence.head.size) continue;
    const log = { origin: entry.origin, id: entry.log_id, chain_id: entry.chain_id, registry: entry.registry };
    if (sameLog(log, evidence.log) && entry.trade === evidence.trade)
      yield problem("entry_hidden", `${named(report)}: a genuine receipt exists, the head leaves it out`);
  }
}

/** What fits together by itself, and not with the genuine receipts that somebody holds. */
function* contradicted(alone, confronted) {
  for (const [n, report] of confronted.entries()) {
    const nine = report.steps.at(-1);
    if (nine?.number === 9 && nine.status === "bad" && alone[n].steps.at(-1).status !== "bad")
      yield problem(nine.reason, `${named(report)}, beside a receipt that is held: ${nine.detail}`);
  }
}

/** Roots of the checkpoint's size that are signed or anchored elsewhere in the evidence are the same root. */
function* forks(checkpoint, evidence) {
  for (const receipt of [...evidence.entries.map((each) => each.receipt).filter((each) => each !== null), ...evidence.context]) {
    const roots = receipt.anchors.map(({ size, root }) => ({ size, root }));
    try {
      roots.push(parseSigned(receipt.checkpoint));
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      continue; // step 2 says so
    }
    if (sameLog(receipt.log, evidence.log) && roots.some(({ size, root }) => size === checkpoint.size && !same(root, checkpoint.root)))
      yield problem("fork", `two roots at size ${checkpoint.size}`);
  }
}

const isAltered = ({ verdict, steps }) =>
  (verdict === "tampered" || verdict === "wrong_file") && steps.some((each) => each.status === "bad" && each.number !== 9);
const sameLog = (left, right) =>
  left.origin === right.origin && same(left.id, right.id) && left.chain_id === right.chain_id && left.registry === right.registry;
const named = ({ facts }) => (facts.entry === null ? "an entry" : `seq ${facts.entry.seq} of ${facts.entry.trade} (index ${facts.entry.index})`);
