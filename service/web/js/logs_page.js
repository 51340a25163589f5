/** /logs/{name}: growth, comparing, finding, faults. Checked here, with the site's trust list. */
import { copyButton, data, el, filled, time } from "./dom.js";
import { card, noteDetails, proofDetails } from "./logs/cards.js";
import { NoteRefused, compare, included, judge } from "./logs/checks.js";
import { keepDrawn, picture } from "./logs/growth.js";
import { NoData, served } from "./logs/served.js";
import { fromHex } from "../verify/src/index.js";

const $ = (id) => document.getElementById(id);
const texts = data("texts");
const messages = data("messages");
const { name, log, size, anchored } = data("log");
const service = served(name);
const number = new Intl.NumberFormat("en-US").format;
const POINTS = 60;
const BEIJING = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "short" });
const EXACT = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" });
const moment = (seconds) => BEIJING.format(new Date(seconds * 1000));
const HOUR = 3600;
const reason = (code) => messages.reason[code] ?? code;

/** Show what `work` makes in a place; what goes wrong on the way is a card, too. */
async function into(place, work) {
  place.setAttribute("aria-busy", "true");
  place.replaceChildren(el("p", { class: "soft" }, texts.js_working));
  try {
    place.replaceChildren(...[await work()].flat().filter(Boolean));
  } catch (error) {
    place.replaceChildren(failure(error));
  }
  place.removeAttribute("aria-busy");
}

function failure(error) {
  if (error instanceof NoteRefused) {
    const why = filled(texts[`js_${error.reason}`] ?? reason(error.reason), error.figures);
    return card("bad", texts.js_note_title, filled(texts.js_note, { why }));
  }
  if (error instanceof NoData) return card("plain", texts.js_no_data_title, texts.js_no_data);
  throw error;
}

const judged = async (note) => judge(note, log, await service.trust(), Date.now());

async function drawGrowth() {
  if (size === 0) return $("growth").closest("section").remove();
  let points;
  try {
    points = await service.spread(POINTS);
  } catch {
    $("growth-told").textContent = texts.js_growth_failed;
    return;
  }
  $("sizes").append(...points.map((point) => el("option", { value: point.size })));
  $("old").value = points[Math.floor((points.length - 1) / 2)].size;
  if (points[0].signed_at === points.at(-1).signed_at) {
    $("growth-told").textContent = texts.js_growth_few;
    return;
  }
  const young = points.at(-1).signed_at - points[0].signed_at < HOUR;
  const tick = young ? (seconds) => EXACT.format(new Date(seconds * 1000)) : moment;
  const label = filled(texts.js_growth, { from: tick(points[0].signed_at), to: tick(points.at(-1).signed_at), count: number(points.at(-1).size) });
  $("growth-told").prepend(`${label} `);
  keepDrawn($("growth"), (width) => picture(points, { width, label, anchored, anchoredLabel: filled(texts.js_anchored, { count: number(anchored) }), number, moment: tick }));
}

function wanted(field) {
  const text = field.value.trim();
  return /^[0-9]{1,15}$/.test(text) && Number(text) >= 1 && Number(text) <= size ? Number(text) : null;
}

/** The checkpoint of a size, or the next one that covers it. */
async function atSize(entries) {
  const found = await service.covering(entries);
  if (found === undefined) throw new NoData(404);
  return judged(found.checkpoint);
}

async function compareChosen() {
  const kept = $("kept").value.trim();
  if (kept !== "") return compared(await judged(kept), await judged(await service.newest()), true);
  const [old, later] = [wanted($("old")), wanted($("new"))];
  if (old === null || later === null) return el("p", { class: "problem" }, filled(texts.js_wrong_sizes, { size: number(size) }));
  const pair = await Promise.all([atSize(Math.min(old, later)), atSize(Math.max(old, later))]);
  const moved = [Math.min(old, later), Math.max(old, later)].some((each, n) => pair[n].parsed.size !== each);
  const told = moved && el("p", { class: "soft" }, filled(texts.js_nearest, { size: pair.map((each) => number(each.parsed.size)).join(", ") }));
  return [told, await compared(...pair, false)];
}

/** The verdict over two judged checkpoints. `kept`: the earlier one is the visitor's own. */
async function compared(old, later, kept) {
  const figures = { old: number(old.parsed.size), new: number(later.parsed.size) };
  const notes = (open) => [noteDetails(texts, texts.js_old_note, old, open), noteDetails(texts, texts.js_new_note, later, open)];
  if (kept && old.parsed.size > later.parsed.size) {
    if (old.doubt !== null) return card("open", texts.js_open_title, filled(texts.js_note, { why: reason(old.doubt) }), ...notes(false));
    return card("bad", texts.js_shorter_title, filled(texts.js_shorter, figures), ...notes(true));
  }
  const proof = await service.consistency(old.parsed.size, later.parsed.size);
  const { verdict, doubt, detail } = compare(old, later, proof);
  const why = doubt && reason(doubt);
  return card(
    verdict, texts[`js_${verdict}_title`], filled(texts[`js_${verdict}`], { ...figures, why }),
    detail && el("p", {}, el("code", {}, detail)),
    ...notes(verdict === "bad"),
    proofDetails(texts, proof),
  );
}

async function findEntered() {
  const text = $("place").value.trim().toLowerCase();
  const byIndex = /^[0-9]{1,15}$/.test(text);
  if (!byIndex && !/^0x[0-9a-f]{64}$/.test(text)) return el("p", { class: "problem" }, texts.js_find_input);
  if (size === 0) return card("plain", texts.js_find_none_title, texts.js_find_empty);
  const newest = await judged(await service.newest());
  const entries = newest.parsed.size;
  if (byIndex && Number(text) >= entries) return card("plain", texts.js_find_none_title, filled(texts.js_find_beyond, { size: number(entries), last: number(entries - 1) }));
  let proof;
  try {
    proof = await service.proof(byIndex ? `index=${Number(text)}` : `leaf=${text}`, entries);
  } catch (error) {
    if (error.status === 404 && !byIndex) return card("plain", texts.js_find_none_title, texts.js_find_none);
    throw error;
  }
  const leaf = byIndex ? proof.leaf : text; // what was asked about, never what was answered
  const asked = byIndex ? { ...proof, index: Number(text) } : proof;
  const { verdict, doubt, detail } = included(newest, fromHex(leaf), asked);
  const figures = { index: number(asked.index), count: proof.inclusion.length, size: number(entries), why: doubt && reason(doubt) };
  return card(
    verdict, texts[`js_find_${verdict}_title`], filled(texts[`js_find_${verdict}`], figures),
    detail && el("p", {}, el("code", {}, detail)),
    el("dl", { class: "facts" }, el("dt", {}, texts.js_index), el("dd", {}, number(asked.index)), el("dt", {}, texts.js_leaf), el("dd", {}, el("code", {}, leaf))),
    noteDetails(texts, texts.js_signed_note, newest),
    proofDetails(texts, proof.inclusion),
  );
}

/** The checkpoint that this device saw last is compared with today's: a log that shows two faces is found out by those who come back. */
async function compareWithLastVisit() {
  if ($("note") === null) return;
  const key = `tally-checkpoint-${log.id}`;
  const now = $("note").textContent;
  let before;
  try {
    before = localStorage.getItem(key);
  } catch {
    return; // nothing may be kept here
  }
  const later = await judged(now);
  if (later.doubt !== null) return;
  if (before === null) {
    localStorage.setItem(key, now);
    $("since").replaceChildren(el("p", { class: "soft" }, texts.js_since_first));
    return;
  }
  if (before === now) return;
  let old;
  try {
    old = await judged(before);
  } catch (error) {
    if (error instanceof NoteRefused) return localStorage.setItem(key, now); // not ours, or spoilt
    throw error;
  }
  const found = old.doubt === null && old.parsed.size <= later.parsed.size && compare(old, later, await service.consistency(old.parsed.size, later.parsed.size));
  if (found && found.verdict !== "bad") {
    localStorage.setItem(key, now);
    const figures = { time: moment(Number(old.parsed.signedAt)), old: number(old.parsed.size), new: number(later.parsed.size) };
    $("since").replaceChildren(card("good", texts.js_since_good_title, filled(texts.js_since_good, figures)));
  } else if (old.doubt === null) $("since").replaceChildren(await compared(old, later, true));
}

async function showFaults() {
  const place = $("faults");
  try {
    const faults = await service.faults();
    place.replaceChildren(
      el("p", {}, el("strong", {}, faults.length === 0 ? texts.js_faults_none : filled(texts.js_faults_some, { count: faults.length }))),
      ...faults.map((fault) =>
        el(
          "div", { class: "fault" },
          el("p", {}, el("strong", {}, texts[`js_fault_${fault.kind}`])),
          el("p", { class: "soft" }, filled(texts.js_fault_reported, { time: moment(fault.reported_at) }), fault.compromised_at && ` · ${texts.js_fault_compromised}`),
          el("p", {}, el("code", {}, fault.digest)),
        ),
      ),
    );
  } catch (error) {
    if (!(error instanceof NoData)) throw error;
    place.replaceChildren(el("p", {}, texts.js_faults_unknown));
  }
}

async function askNode(button) {
  const told = $("node-told");
  told.textContent = texts.js_working;
  try {
    const answer = await fetch(button.dataset.node, { method: "POST", headers: { "content-type": "application/json" }, body: button.dataset.question, credentials: "omit" });
    const { result } = await answer.json();
    if (!/^0x[0-9a-f]{64}$/.test(result)) throw new Error("no number");
    told.textContent = BigInt(result) === 0n ? texts.js_node_none : filled(texts.js_node_some, { count: BigInt(result) });
  } catch {
    told.textContent = texts.js_node_failed;
  }
}

function start() {
  $("new").value = size || "";
  if ($("note") !== null) $("copy-note").append(copyButton(texts, $("note").textContent));
  for (const [form, place, work] of [["compare", "compared", compareChosen], ["find", "found", findEntered]])
    $(form).addEventListener("submit", (event) => {
      event.preventDefault();
      void into($(place), work);
    });
  $("kept").addEventListener("input", () => {
    for (const field of ["old", "new"]) $(field).required = $("kept").value.trim() === "";
  });
  $("ask-node")?.addEventListener("click", (event) => askNode(event.currentTarget));
  void drawGrowth();
  void showFaults();
  compareWithLastVisit().catch((error) => {
    if (!(error instanceof NoData)) throw error;
  });
}

start();
