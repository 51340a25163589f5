/** A verification shown to a person: one verdict first, then the steps, then the facts. */
import { copyButton, el, filled, time } from "./dom.js";
import { toHex } from "../verify/src/bytes.js";

/** Border and sign of each verdict. Signs are of fonts that every phone has, and none is drawn as a coloured picture. */
const LOOKS = {
  good: ["good", "✓"], tampered: ["bad", "✗"], promise_broken: ["bad", "≠"], consent_invalid: ["bad", "✎"], log_not_trusted: ["open", "?"],
  not_anchored_yet: ["open", "…"], anchor_not_checked: ["open", "½"], cannot_reach_node: ["plain", "⇄"], wrong_file: ["plain", "∅"], internal_error: ["plain", "!"],
};

/** The verifier's sentences where this site chose list and node: they speak of the site's, not of the reader's own. */
export function ofSite(messages, texts) {
  const said = (part) => Object.fromEntries(Object.entries(part).map(([key, [title, sentence]]) => [key, [title, texts[`js_site_${key}`] ?? sentence]]));
  return { ...messages, evidence_verdict: said(messages.evidence_verdict), step: said(messages.step) };
}

/** The card of a verdict: `texts` are the page's sentences, `messages` the verifier's. */
export function verdictCard(report, texts, messages, { trust, heading = "h2" }) {
  const [look, sign] = LOOKS[report.verdict];
  const [title, sentence] = messages[report.problems ? "evidence_verdict" : "verdict"][report.verdict];
  const why = report.verdict === "good" ? null : (texts[`js_${report.reason}`] ?? messages.reason[report.reason]);
  const vouched = report.facts?.checkpoint || report.head;
  const known = vouched && trust !== "none" ? texts[`js_trusted_${trust}`] : null;
  return el(
    "div", { class: `verdict ${look}`, "data-verdict": report.verdict, "data-reason": report.reason },
    el("span", { class: "sign", "aria-hidden": "true" }, sign),
    el("div", {}, el(heading, {}, title)),
    el("p", {}, sentence),
    why && el("p", {}, why),
    known && el("p", { class: "soft" }, known),
  );
}

/** The numbered steps. */
export function stepList(report, texts, messages) {
  return el(
    "ol", { class: "steps" },
    report.steps.map((step) => {
      const [name, meaning] = messages.step[step.title];
      const why = step.status === "ok" ? meaning : (texts[`js_${step.reason}`] ?? messages.reason[step.reason] ?? step.reason);
      return el(
        "li", { "data-step": step.number, "data-status": step.status },
        el("span", { class: "number" }, step.number),
        el("span", {}, name),
        el("span", { class: `mark ${step.status}` }, texts[`js_${step.status}`]),
        el("small", {}, why),
      );
    }),
  );
}

/** Who, what, received when, in which block, by which contract. */
export function factList(report, texts, messages) {
  const { entry, anchor, promise } = report.facts;
  if (entry === null) return null;
  const beijing = messages.label.beijing;
  const rows = [
    [texts.js_who, entry.log_name === null ? entry.origin : `${entry.log_name} (${entry.origin})`],
    [texts.js_what, messages.type[entry.type] ?? entry.type],
    [texts.js_event, el("code", {}, entry.event)],
    [texts.js_trade, el("code", {}, entry.trade)],
    [texts.js_occurred, time(Date.parse(entry.occurred), beijing)],
    [texts.js_received, time(Date.parse(entry.received), beijing)],
  ];
  if (anchor !== null) {
    rows.push([texts.js_bounds, time(anchor.timestamp * 1000, beijing)]);
    if (anchor.not_before !== null) rows.push([texts.js_not_before, time(anchor.not_before * 1000, beijing)]);
    rows.push([texts.js_block, el("code", {}, `${anchor.header_number ?? anchor.block_number}${anchor.header_hash ? ` ${toHex(anchor.header_hash)}` : ""}`)]);
    rows.push([texts.js_basis, messages.basis[anchor.basis]]);
  }
  rows.push([texts.js_contract, el("code", {}, entry.registry)], [texts.js_chain, String(entry.chain_id)], [texts.js_promise, messages.promise[promise]]);
  for (const { role, address } of entry.signatures) rows.push([texts.js_signatures, el("code", {}, `${role} ${address}`)]);
  for (const consent of entry.consents) rows.push([texts.js_consent, consentText(consent, texts)]);
  const withheld = entry.withheld - 1;
  rows.push([texts.js_withheld, withheld > 0 ? filled(texts.js_withheld_count, { count: withheld }) : texts.js_withheld_none]);
  return el("dl", { class: "facts" }, rows.map(([name, value]) => [el("dt", {}, name), el("dd", {}, value)]));
}

function consentText({ address, missing, problem }, texts) {
  if (problem) return filled(texts.js_consent_bad, { address });
  return missing.length > 0 ? filled(texts.js_consent_missing, { missing: missing.join() }) : filled(texts.js_consent_ok, { address });
}

/** The claims that are shown, as they were posted. */
export function claimList(report, texts) {
  const claims = report.facts.entry?.claims ?? [];
  if (claims.length === 0) return null;
  return el(
    "details", {},
    el("summary", {}, texts.js_claims),
    el("dl", { class: "facts" }, claims.map(([name, value]) => [el("dt", {}, el("code", {}, name)), el("dd", {}, el("pre", {}, typeof value === "string" ? value : JSON.stringify(value, null, 1)))])),
  );
}

/** Everything about one receipt, in a card of its own. */
export function reportCard(name, report, raw, texts, messages, options) {
  const facts = report.facts ? factList(report, texts, messages) : null;
  return el(
    "article", { class: "card", "aria-label": filled(texts.js_verdict_for, { name }) },
    el("p", { class: "soft" }, name),
    verdictCard(report, texts, messages, options),
    report.steps.length > 0 && el("details", { open: options.open }, el("summary", {}, texts.js_steps), stepList(report, texts, messages)),
    facts && el("details", { open: options.open }, el("summary", {}, texts.js_facts), facts),
    facts && claimList(report, texts),
    facts && el("details", {}, el("summary", {}, texts.js_recheck), recheck(name)),
    raw !== null && el("details", {}, el("summary", {}, texts.js_raw), el("p", {}, copyButton(texts, raw)), el("pre", {}, raw)),
  );
}

/** How many entries there are, and as of when that is all; null where nobody signed that. */
export function completeAsOf({ verdict, head }, messages) {
  if (verdict === "tampered" || !head || head.signedAt === null) return null;
  return el("p", {}, filled(messages.label.complete_as_of, { count: head.count }), " ", time(head.signedAt * 1000, messages.label.beijing));
}

/** Everything about the evidence of one trade: its verdict, what is wrong, the steps, and each record's own verdict. */
export function evidenceCard(name, report, texts, messages, options) {
  const rows = (report.evidence?.entries ?? []).filter((each) => each.receipt !== null).map((_, n) => report.receipts[n]);
  const beijing = messages.label.beijing;
  return el(
    "article", { class: "card", "aria-label": filled(texts.js_verdict_for, { name }) },
    options.named !== false && el("p", { class: "soft" }, name),
    verdictCard(report, texts, messages, options),
    completeAsOf(report, messages),
    report.problems.length > 0 && el("ul", { class: "problems" }, report.problems.map(({ reason, detail }) => el("li", { "data-problem": reason }, `${messages.reason[reason] ?? reason} `, el("small", {}, detail)))),
    report.steps.length > 0 && el("details", { open: options.open }, el("summary", {}, texts.js_steps), stepList(report, texts, messages)),
    rows.length > 0 && el(
      "details", { open: options.open },
      el("summary", {}, texts.js_entries),
      el("ol", { class: "timeline" }, rows.map((each) => recordItem(each, texts, messages, beijing))),
    ),
    el("details", {}, el("summary", {}, texts.js_recheck), recheck(name)),
  );
}

function recordItem(report, texts, messages, beijing) {
  const { entry } = report.facts;
  if (entry === null) return el("li", {}, messages.verdict[report.verdict][0]);
  const status = report.exitCode === 0 ? "ok" : report.exitCode === 1 ? "bad" : "undecided";
  return el(
    "li", {},
    el("strong", {}, messages.type[entry.type] ?? entry.type), " ", el("span", { class: `mark ${status}` }, messages.verdict[report.verdict][0]),
    el("div", {}, time(Date.parse(entry.received), beijing)),
    claimList(report, texts),
  );
}

const recheck = (name) => el("pre", {}, `tally verify '${name.replace(/'/g, "")}' --trust trust.json --rpc https://NODE`);
