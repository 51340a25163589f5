/** Step 9: receipts of one log and trade, given together, fit together. A hole is named, a contradiction is bad. */
import { toHex } from "./bytes.js";
import { canonicalize } from "./canonical.js";
import { parseTime } from "./times.js";
import { mostSevere } from "./verdict.js";
import { reportOf } from "./verify.js";

const MOST_NAMED = 20;

/** The reports with step 9 decided, in order. */
export function joinTrades(reports) {
  if (reports.length < 2) return reports;
  const groups = new Map();
  for (const report of reports) {
    const { entry, checkpoint } = report.facts;
    if (entry === null) continue;
    const key = [toHex(entry.log_id), entry.chain_id, entry.registry, checkpoint !== null].join();
    if (!groups.has(key)) groups.set(key, []);
    groups.get(key).push(report);
  }
  const steps = new Map();
  for (const group of groups.values()) {
    const shown = new Shown(group);
    for (const report of group) steps.set(report, shown.step(report));
  }
  return reports.map((report) => (steps.has(report) ? withStep(report, steps.get(report)) : report));
}

function withStep(report, step) {
  const steps = report.steps.map((each) => (each.number === 9 ? step : each));
  const verdict = step.status === "bad" ? mostSevere([report.verdict, "tampered"]) : report.verdict;
  return reportOf(verdict, steps, report.facts);
}

const step9 = (status, reason, detail = "") => ({ number: 9, title: "trade", status, reason, detail });

/** What a log may have only one of. */
const uniqueKeys = (entry) => [["index", entry.index], ["event", entry.event], ["seq", entry.trade, entry.seq]];

/** The trees (size and root) that the log signed at the POST, and that of the confirmed anchor. */
const rooted = ({ checkpoint, anchor }) => [checkpoint, anchor].filter((each) => each !== null);

/** The receipts shown of one log. */
class Shown {
  constructor(reports) {
    this.leaves = new Map();
    this.indexes = new Map();
    this.roots = new Map();
    this.seqs = new Map();
    this.claims = new Map();
    const received = new Map();
    const add = (map, key, value) => map.set(key, (map.get(key) ?? new Set()).add(value));
    for (const { facts } of reports) {
      const { entry } = facts;
      const leaf = toHex(entry.leaf);
      for (const key of uniqueKeys(entry)) add(this.leaves, key.join(" "), leaf);
      add(this.indexes, leaf, entry.index);
      if (!this.claims.has(leaf)) this.claims.set(leaf, new Map());
      for (const [name, value] of entry.claims) add(this.claims.get(leaf), name, canonicalize(value));
      if (!this.seqs.has(entry.trade)) this.seqs.set(entry.trade, new Map());
      this.seqs.get(entry.trade).set(entry.seq, entry.index);
      received.set(entry.index, parseTime(entry.received));
      for (const { size, root } of rooted(facts)) add(this.roots, size, toHex(root));
    }
    this.latest = new Map();
    let latest = 0;
    for (const index of [...received.keys()].sort((a, b) => a - b)) this.latest.set(index, (latest = Math.max(latest, received.get(index))));
  }

  step({ facts }) {
    const { entry } = facts;
    for (const [reason, detail] of this.contradictions(facts)) return step9("bad", reason, detail);
    const seqs = this.seqs.get(entry.trade);
    const missing = [];
    for (let seq = 0; seq < Math.max(...seqs.keys()) && missing.length <= MOST_NAMED; seq++) if (!seqs.has(seq)) missing.push(seq);
    if (missing.length > 0) return step9("skipped", "not_shown", `of trade ${entry.trade}: seq ${missing.slice(0, MOST_NAMED).join(", ")}`);
    return step9("ok", "ok");
  }

  *contradictions(facts) {
    const { entry } = facts;
    for (const { size } of rooted(facts)) if (this.roots.get(size).size > 1) yield ["fork", `two roots of size ${size}`];
    for (const key of uniqueKeys(entry)) if (this.leaves.get(key.join(" ")).size > 1) yield [`${key[0]}_twice`, `two entries of ${key.join(" ")}`];
    if (this.indexes.get(toHex(entry.leaf)).size > 1) yield ["leaf_twice", "one entry at two indexes"];
    // Whoever made the salts can have committed to two values of one claim, the second in the decoy's place.
    for (const [name, values] of this.claims.get(toHex(entry.leaf)))
      if (values.size > 1) yield ["claim_differs", `the claim ${name} is shown with different values`];
    const before = this.leaves.get(["seq", entry.trade, entry.seq - 1].join(" "));
    if (before !== undefined && (entry.prev === null || !before.has(toHex(entry.prev))))
      yield ["prev_differs", `seq ${entry.seq} does not continue seq ${entry.seq - 1}`];
    if (this.latest.get(entry.index) > parseTime(entry.received)) yield ["time_runs_back", `a lower index was received after index ${entry.index}`];
    const place = this.seqs.get(entry.trade).get(entry.seq - 1);
    if (place !== undefined && place >= entry.index) yield ["seq_out_of_order", `seq ${entry.seq - 1} has a higher index than seq ${entry.seq}`];
  }
}
