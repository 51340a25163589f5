/** Verification of receipts in the numbered steps of docs/protocol.md §13. The caller brings trust, clock and view. */
import { same, utf8 } from "./bytes.js";
import { identityOf, parseSigned } from "./checkpoint.js";
import { anchorFact, attempt, checkAnchor, confirm } from "./anchor.js";
import { checkConsents, checkSignatures, requireValid } from "./consent.js";
import * as disclosure from "./disclosure.js";
import * as entries from "./entry.js";
import { FormatError, TallyError } from "./errors.js";
import { leafHash, verifyInclusion } from "./merkle.js";
import { checkByTrustedKey, checkReceived, checkSelfConsistent, judgePromise, trustedLog } from "./promise.js";
import * as receipts from "./receipt.js";
import { parseTime } from "./times.js";
import { CONSENT_PROBLEMS, STEP_TITLES, StepFailed, exitCode, mostSevere, skipped, undecided, wrongFile } from "./verdict.js";

/**
 * Verify one receipt file's bytes. `trust`: a parsed trust file or null; `blockHashes`: {chainId: [hash]} of blocks that
 * the caller knows to be final; `view`: the caller's node or nodes, or null; `now`: ms. Never rejects for whatever the
 * bytes are: {verdict, exitCode, reason, steps: [{number, title, status, reason, detail}], facts}.
 */
export function verifyReceipt(bytes, { trust = null, blockHashes = {}, view = null, now }) {
  return new Run(trust, blockHashes, view, now).verify(() => parse(bytes));
}

/** The same for a receipt that has been read already. */
export function verifyParsed(receipt, { trust = null, blockHashes = {}, view = null, now }) {
  return new Run(trust, blockHashes, view, now).verify(() => receipt);
}

class Run {
  constructor(trust, blockHashes, view, now) {
    Object.assign(this, { trust, blockHashes, view, now });
    this.steps = [];
    this.objections = [];
    this.facts = { entry: null, checkpoint: null, anchor: null, promise: "unknown" };
  }

  async verify(read) {
    const receipt = await this.step(1, read);
    if (receipt === null) return this.report();
    const identity = identityOf(receipt.log);
    const entry = await this.step(2, () => checkEntry(receipt));
    const claims = await this.step(3, () => checkDisclosures(receipt.disclosures, need(entry).statement.digests));
    const signed = { signatures: [], consents: [] };
    await this.step(4, () => {
      const disclosed = Object.fromEntries(need(claims).map(({ name, value }) => [name, value]));
      signed.signatures = checkSignatures(identity, need(entry));
      signed.consents = checkConsents(identity, entry.statement, disclosed);
      requireValid(signed.consents); // last: what was signed is part of a genuine record
    });
    const [checkpoint, unreadable] = readCheckpoint(receipt);
    const leaf = leafHash(utf8(receipt.entry));
    const included = await this.step(5, () => checkInclusion(receipt, leaf, need(checkpoint)));
    const address = await this.step(6, () => this.checkpoint(checkpoint, unreadable, identity, need(entry)));
    if (entry && claims && checkpoint && included && !this.isBad()) {
      this.facts.entry = entryFact(receipt, entry, claims, signed, leaf, this.trust);
      if (address !== null) this.facts.checkpoint = checkpointFact(checkpoint, address);
    }
    await this.anchors({ receipt, identity, leaf, checkpoint, trust: this.trust, blockHashes: this.blockHashes, view: this.view, now: this.now });
    await this.step(9, () => {
      if (need(entry).seq > 0) throw skipped("only_one", `entries 0 to ${entry.seq - 1} of the trade were not given`);
      return true;
    });
    return this.report();
  }

  checkpoint(checkpoint, unreadable, identity, entry) {
    if (checkpoint === null) throw new StepFailed("checkpoint_malformed", unreadable);
    const address = checkSelfConsistent(checkpoint, identity, this.now);
    checkReceived(checkpoint, parseTime(entry.received));
    checkByTrustedKey(checkpoint, address, trustedLog(this.trust, identity));
    return address;
  }

  async anchors(context) {
    const evidences = await this.step(7, () => checkAll(need(context.checkpoint) && context));
    const confirmed = await this.step(8, () => this.confirmAll(need(context.checkpoint) && context, evidences ?? []));
    if (confirmed === null) return;
    const earliest = confirmed.reduce((first, each) => (isEarlier(each, first) ? each : first));
    this.facts.anchor = anchorFact(context, earliest);
  }

  async confirmAll(context, evidences) {
    if (this.isBad()) throw skipped("needs_earlier_step", "an earlier step failed");
    const confirmed = [];
    let objection = null;
    for (const evidence of evidences) {
      try {
        confirmed.push(await confirm(context, evidence));
      } catch (error) {
        if (error?.status !== "undecided") throw error;
        objection ??= error;
      }
    }
    if (!this.objections.includes("log_not_trusted")) this.facts.promise = await judgePromise(context, confirmed);
    if (objection !== null) throw objection;
    if (confirmed.length === 0) throw skipped("nothing_to_check", "no anchor passed step 7");
    return confirmed;
  }

  async step(number, check) {
    let outcome = { status: "ok", reason: "ok", detail: "" };
    let value = null;
    try {
      value = await check();
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      if (error instanceof StepFailed) {
        outcome = { status: error.status, reason: error.reason, detail: error.detail };
        this.objections.push(error.verdict);
      } else {
        outcome = { status: "bad", reason: "malformed", detail: error.message };
        this.objections.push("tampered");
      }
    }
    this.steps.push({ number, title: STEP_TITLES[number - 1], ...outcome });
    return value;
  }

  /** Whether the receipt is refuted; a consent that does not hold refutes no record. */
  isBad() {
    return this.objections.includes("tampered") || this.objections.includes("wrong_file");
  }

  report() {
    let verdict = mostSevere(this.objections);
    if (verdict === "good" && this.steps.slice(0, 8).some((each) => each.status !== "ok")) verdict = "anchor_not_checked";
    return reportOf(verdict, this.steps, this.facts);
  }
}

/** A report with the code of the step that decided it. */
export function reportOf(verdict, steps, facts) {
  const code = exitCode(verdict);
  const wanted = code === 1 || code === 3 ? "bad" : "undecided";
  let reasons = steps.filter((each) => each.status === wanted).map((each) => each.reason);
  const worse = reasons.filter((each) => !CONSENT_PROBLEMS.includes(each));
  if (verdict !== "consent_invalid" && worse.length > 0) reasons = worse;
  return { verdict, exitCode: code, reason: reasons[0] ?? verdict, steps, facts };
}

const isEarlier = (left, right) =>
  left.slot.timestamp < right.slot.timestamp || (left.slot.timestamp === right.slot.timestamp && left.size < right.size);

function parse(bytes) {
  try {
    return receipts.parse(bytes);
  } catch (error) {
    if (error instanceof receipts.NotAReceipt) throw wrongFile("not_a_receipt", error.message);
    if (error instanceof FormatError) throw new StepFailed("receipt_malformed", error.message);
    throw error;
  }
}

function need(value) {
  if (value === null || value === undefined) throw skipped("needs_earlier_step", "an earlier step failed");
  return value;
}

function checkEntry(receipt) {
  const entry = attempt("entry_malformed", () => entries.parse(receipt.entry));
  if (entry.statement.log !== receipt.log.origin)
    throw new StepFailed("entry_of_other_log", `the statement's log is ${entry.statement.log}`);
  return entry;
}

function checkDisclosures(disclosures, digests) {
  const committed = new Set(digests);
  const names = new Set();
  return disclosures.map((text, number) => {
    const opened = attempt("disclosure_malformed", () => disclosure.open(text, `/disclosures/${number}`));
    if (!committed.delete(disclosure.digest(text))) throw new StepFailed("disclosure_not_committed", `disclosure ${number} (${opened.name})`);
    if (names.has(opened.name)) throw new StepFailed("claim_twice", `the claim ${opened.name} is disclosed twice`);
    names.add(opened.name);
    return opened;
  });
}

function checkInclusion(receipt, leaf, checkpoint) {
  attempt("not_included", () => verifyInclusion(leaf, receipt.index, checkpoint.size, receipt.inclusion, checkpoint.root));
  return true;
}

function readCheckpoint(receipt) {
  try {
    return [parseSigned(receipt.checkpoint), ""];
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    return [null, error.message];
  }
}

/** Step 7: every anchor is checked, for no member of a receipt goes unchecked; a bad one outweighs the rest. */
function checkAll(context) {
  if (context.receipt.anchors.length === 0) throw undecided("not_anchored_yet", "no_anchors", "the receipt holds no anchor yet");
  const evidences = [];
  let objection = null;
  for (const anchor of context.receipt.anchors) {
    try {
      evidences.push(checkAnchor(context, anchor));
    } catch (error) {
      if (error?.status !== "undecided") throw error;
      objection ??= error;
    }
  }
  if (objection !== null) throw objection;
  return evidences;
}

function entryFact(receipt, entry, claims, signed, leaf, trust) {
  const { statement } = entry;
  return {
    origin: receipt.log.origin,
    log_id: receipt.log.id,
    log_name: trust?.logs.find((each) => same(each.id, receipt.log.id))?.name ?? null,
    chain_id: receipt.log.chain_id,
    registry: receipt.log.registry,
    event: statement.event,
    trade: statement.trade,
    type: statement.type,
    seq: entry.seq,
    prev: entry.prev,
    index: receipt.index,
    leaf,
    statement_digest: entry.digest,
    occurred: statement.occurred,
    received: entry.received,
    claims: claims.map(({ name, value }) => [name, value]),
    withheld: statement.digests.length - claims.length,
    ...signed,
  };
}

const checkpointFact = ({ size, root, signedAt, anchorBy, via }, address) => ({
  size, root, via, address, signed_at: Number(signedAt), anchor_by: Number(anchorBy),
});
