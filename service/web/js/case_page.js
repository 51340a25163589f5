/** /case: the evidence verified here and now, and the steps that an arbitrator or mediator may take. */
import { Refused, randomHex } from "./api.js";
import { awake, data, el, filled } from "./dom.js";
import { completeAsOf, ofSite, stepList, verdictCard } from "./report.js";
import { handIn, step } from "./steps.js";
import { capital, figure, parseYuan } from "./yuan.js";
import { NodeView, parseTrust, verifyEvidence } from "../verify/src/index.js";

const $ = (id) => document.getElementById(id);
const texts = data("texts");
const messages = ofSite(data("messages"), texts);
const site = data("site");
const WAITING = new Set(["not_anchored_yet", "anchor_not_checked", "cannot_reach_node"]);

async function fetched(address) {
  const answer = await fetch(address, { credentials: "omit", cache: "no-store" });
  if (!answer.ok) throw new Error(String(answer.status));
  return new Uint8Array(await answer.arrayBuffer());
}

async function verified() {
  const [bytes, trust] = await Promise.all([fetched($("check").dataset.evidence), fetched(site.trust).then(parseTrust).catch(() => null)]);
  const view = site.node === null ? null : new NodeView([new URL(site.node, location.href).href]);
  return { report: await verifyEvidence(bytes, { trust, view, now: Date.now() }), trust };
}

async function check() {
  const place = $("check");
  try {
    const { report, trust } = await verified();
    const card = verdictCard(report, texts, messages, { trust: trust === null ? "none" : "site" });
    if (site.node !== null && report.exitCode === 0) card.append(el("p", { class: "soft" }, texts.js_node_site));
    place.replaceChildren(card, completeAsOf(report, messages) ?? "", ...details(report));
    if (WAITING.has(report.verdict)) place.append(el("p", { class: "noprint" }, el("button", { type: "button", onclick: () => void check() }, texts.js_again)));
  } catch {
    place.replaceChildren(el("div", { class: "verdict plain", "data-verdict": "unreachable" }, el("span", { class: "sign", "aria-hidden": "true" }, "!"), el("p", {}, texts.js_unreachable)));
  }
}

function details(report) {
  const wrong = report.problems.map(({ reason, detail }) => el("li", { "data-problem": reason }, `${messages.reason[reason] ?? reason} `, el("small", {}, detail)));
  const steps = el("details", {}, el("summary", {}, texts.js_steps), stepList(report, texts, messages));
  return wrong.length > 0 ? [el("ul", { class: "problems", "aria-label": texts.js_problems }, wrong), steps] : [steps];
}

/** A form whose every submission is one step: sent again after a failure, it is recorded once. */
function form(id, take) {
  const own = $(id);
  const told = own.querySelector(".told");
  let key = randomHex(16);
  own.addEventListener("input", () => (key = randomHex(16)));
  own.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = own.querySelector("[type=submit]");
    button.disabled = true;
    told.className = "told";
    told.textContent = texts.js_sending;
    try {
      await take($("acts").dataset.dispute, key);
      told.textContent = texts.js_sent;
      location.hash = "state";
      location.reload();
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      told.className = "told problem";
      told.textContent = texts[`js_problem_${error.kind}`] ?? texts.js_problem_other;
      button.disabled = false;
      button.focus(); // while it rested it lost the focus
    }
  });
}

async function fileEvidence(dispute, key) {
  const [file] = $("evidence-file").files;
  const label = $("evidence-label").value.trim();
  const digest = await handIn(dispute, file, label);
  await step(dispute, "evidence", { item: { digest }, proves: $("evidence-proves").value.trim(), audience: $("evidence-audience").value }, key);
}

async function recordAward(dispute, key) {
  const outcome = $("award-form").querySelector("[name=outcome]:checked").value;
  const typed = $("award-amount").value.trim();
  const amount = typed === "" ? null : parseYuan(typed);
  if (typed !== "" && amount === null) throw new Refused("amount");
  const [file] = $("award-document").files;
  const award = { outcome, body: {}, binding: $("award-binding").checked };
  if ($("award-body").value.trim() !== "") award.body.name = $("award-body").value.trim();
  if (amount !== null) award.amount = amount;
  if ($("award-pay-by").value !== "") award.pay_by = `${$("award-pay-by").value}T15:59:59.999Z`; // 24:00 in Beijing
  if (file) award.document = await handIn(dispute, file);
  await step(dispute, "awards", award, key);
}

/** What was typed, read back in figures and in capitals, so that a slip of the finger shows. */
function readAmount() {
  const input = $("award-amount");
  const fen = parseYuan(input.value);
  const bad = input.value.trim() !== "" && fen === null;
  const needed = input.value.trim() === "" && $("award-pay-by").value !== "";
  input.setCustomValidity(bad ? texts.js_problem_amount : needed ? texts.js_amount_needed : "");
  const unit = document.documentElement.lang === "en" ? `CNY ${fen === null ? "" : figure(fen)}` : `${fen === null ? "" : figure(fen)} 元`;
  $("amount-read").textContent = bad ? texts.js_problem_amount : fen === null ? "" : filled(texts.js_amount_read, { figure: unit, capital: `人民币${capital(fen)}` });
}

/** A link to an entry leads into its content, too. */
function openTarget() {
  const target = location.hash.startsWith("#entry-") ? $(location.hash.slice(1)) : null;
  target?.querySelector("details")?.setAttribute("open", "");
}

form("evidence-form", fileEvidence);
form("award-form", recordAward);
for (const id of ["award-amount", "award-pay-by"]) $(id).addEventListener("input", readAmount);
addEventListener("hashchange", openTarget);
$("print").addEventListener("click", () => window.print());
openTarget();
awake();
void check();
