/** What is on the screen: pairing, the day's list, one trade. */
import { el, filled } from "../dom.js";
import { KEY, logOf, trustText } from "./api.js";
import { form, showProblems, textField } from "./forms.js";
import { money } from "./money.js";
import { waits } from "./queue.js";
import { settings } from "./settings.js";
import { fitPaper, moment, slip } from "./slip.js";
import { figures, stepForm } from "./steps.js";
import { STEPS, stateOf } from "./trade.js";

export const testBanner = ({ texts, device }) => device.test && el("p", { class: "banner" }, texts.js_test_banner);

/** The first screen on a new device: whose counter is this? */
export function pairing(app) {
  const { texts } = app;
  const made = form(
    { class: "step", id: "pair" },
    async (self) => {
      const field = self.querySelector("#api-key");
      const problem = await pair(app, field.value.trim());
      if (problem === null) return app.home();
      showProblems(self, [{ field: "api-key", reason: problem }], texts);
    },
    el("h1", {}, texts.js_pair_title),
    el("p", {}, texts.js_pair_lead),
    textField("api-key", texts.js_pair_key, { type: "password", autocapitalize: "none", maxlength: 128 }),
    el("div", { class: "row" }, el("button", { class: "primary big", id: "do-pair" }, texts.js_pair_do), el("button", { type: "button", id: "scan-key", onclick: ({ currentTarget }) => scanKey(app, made, currentTarget) }, texts.js_pair_scan)),
    el("div", { id: "pair-camera", hidden: true }, el("p", { role: "status", class: "soft" }, texts.js_pair_camera), el("video", { playsinline: true, muted: true })),
    el("p", { class: "warning" }, texts.js_pair_warning),
  );
  return made;
}

async function pair(app, apiKey) {
  if (!KEY.test(apiKey)) return "key_form";
  const [found, trust] = await Promise.all([logOf(apiKey), trustText()]);
  if (found.problem) return found.problem === "refused" ? "key_refused" : "unreachable";
  if (trust === null) return "unreachable";
  await app.store.keep("trust", trust);
  await app.store.keep("pairing", { apiKey, log: found.log, test: apiKey.startsWith("tally_test_") });
  await app.load();
  return null;
}

async function scanKey(app, made, button) {
  button.disabled = true; // one camera at a time
  const camera = made.querySelector("#pair-camera");
  camera.hidden = false;
  try {
    const { watch } = await import(app.site.scanner);
    await watch(camera.querySelector("video"), (bytes) => {
      const text = new TextDecoder().decode(bytes).trim();
      if (!KEY.test(text)) return false;
      made.querySelector("#api-key").value = text;
      camera.hidden = true;
      button.disabled = false;
      made.requestSubmit();
      return true;
    });
  } catch {
    camera.querySelector("p").textContent = app.texts.js_no_camera;
    button.disabled = false;
  }
}

/** The day: a large button, the queue, the trades. */
export function home(app) {
  const { texts } = app;
  return el(
    "div", {},
    testBanner(app),
    el("div", { class: "row" }, el("h1", {}, app.device.shop || texts.js_title), el("button", { type: "button", class: "push", id: "to-settings", onclick: () => app.show("settings") }, texts.js_settings)),
    queueState(app),
    !app.device.registered && el("p", { class: "warning" }, texts.js_not_registered),
    el("button", { type: "button", class: "primary big", id: "new-trade", onclick: () => app.newTrade() }, texts.js_new_trade),
    tradeList(app),
  );
}

/** One line: is there a network, and how much waits. */
export function queueState(app) {
  const { texts } = app;
  const count = app.waiting().length;
  const offline = !navigator.onLine || !app.reachable;
  const text = offline ? filled(texts[count ? "js_offline_waiting" : "js_offline"], { count }) : count ? filled(texts.js_waiting, { count }) : texts.js_all_posted;
  return el("p", { class: `queue ${offline ? "off" : count ? "waiting" : "clear"}`, role: "status", "data-live": "queueState", "data-waiting": count, "data-offline": String(offline) }, text);
}

export function tradeList(app) {
  const { texts } = app;
  const { today, older } = app.listed();
  return el(
    "section", { "data-live": "tradeList" },
    el("h2", {}, texts.js_today),
    today.length === 0 ? el("p", { class: "soft" }, texts.js_no_trades) : list(app, today),
    older.length > 0 && el("details", { open: older.some(waits) }, el("summary", {}, filled(texts.js_older, { count: older.length })), list(app, older)),
  );
}

const list = (app, records) => el("ul", { class: "trades" }, records.map((record) => el("li", {}, listItem(app, record))));

function listItem(app, record) {
  const { texts, language } = app;
  const state = stateOf(record);
  const sums = figures(record);
  const amount = sums.paid ?? record.due ?? sums.accepted ?? sums.offered;
  const what = record.cards.map((card) => card.brand).join("、") || texts.js_unfinished;
  return el(
    "button", { type: "button", class: "trade", "data-trade": record.trade, "data-state": state, onclick: () => app.open(record) },
    el("span", { class: "when" }, moment(new Date(record.created).toISOString()).slice(11, 16)),
    el("span", { class: "what" }, what, el("small", {}, texts[record.closed ? `js_closed_${record.closed}` : `js_at_${record.step}`])),
    el("span", { class: "amount" }, amount === null ? "" : money(amount, language)),
    badge(texts, state),
  );
}

const badge = (texts, state) => el("span", { class: `badge state-${state}` }, texts[`js_state_${state}`]);

/** One trade: where it is, what was recorded, the next step, the slip. */
export function trade(app, record) {
  const { texts } = app;
  const next = blocked(app, record) ? null : stepForm(app, record);
  return el(
    "div", {},
    testBanner(app),
    el("div", { class: "row" }, el("button", { type: "button", id: "to-home", onclick: () => app.home() }, texts.js_back), el("h1", { class: "trade-id" }, el("code", {}, record.trade))),
    progress(texts, record),
    tradeState(app, record),
    next,
    record.step === "done" && el("p", { class: "done", "data-done": true }, texts[record.closed ? `js_closed_${record.closed}` : "js_done"]),
    record.events.length > 0 && el("p", {}, el("button", { type: "button", id: "to-slip", class: next === null ? "primary big" : null, onclick: () => app.show("slipView", record) }, texts.js_show_slip)),
    record.events.length > 0 && el("details", { id: "records" }, el("summary", {}, filled(texts.js_records, { count: record.events.length })), recordList(app, record), exportButton(app, record)),
  );
}

/** No step is added to a trade that the log contradicts, or that belongs to another platform than this counter does now. */
const blocked = (app, record) => record.conflict !== null || app.foreign(record);

const progress = (texts, record) => {
  const at = STEPS.indexOf(record.step);
  return el("ol", { class: "progress", "aria-label": texts.js_progress }, STEPS.slice(0, -1).map((step, n) => el("li", { class: n < at ? "past" : null, "aria-current": n === at ? "step" : null }, texts[`js_short_${step}`])));
};

/** Where the trade is, and what to do when something stands against it. */
export function tradeState(app, record) {
  const { texts } = app;
  const state = stateOf(record);
  if (record.events.length === 0) return el("div", { "data-live": "tradeState" });
  const trouble = state === "trouble" && [...troubles(app, record), el("div", { class: "row" }, el("button", { type: "button", id: "retry", onclick: () => app.retry(record) }, texts.js_retry), exportButton(app, record))];
  return el(
    "div", { class: `where ${state}`, role: "status", "data-live": "tradeState", "data-state": state },
    el("p", {}, badge(texts, state), " ", texts[`js_state_${state}_means`]),
    app.foreign(record) && waits(record) && el("p", { class: "problem" }, texts.js_foreign),
    trouble,
  );
}

function troubles({ texts }, record) {
  const told = [];
  if (record.conflict) told.push(el("p", { class: "problem", "data-conflict": record.conflict.kind }, filled(texts[`js_conflict_${record.conflict.kind}`], { event: record.conflict.event })));
  if (record.refused) {
    const codes = record.refused.errors.map((each) => each.code);
    const key = record.refused.status === 401 || record.refused.status === 403 ? "key" : codes.includes("signer_unknown") ? "signer" : "content";
    told.push(el("p", { class: "problem", "data-refused": record.refused.slug }, texts[`js_refused_${key}`]));
    if (key === "content") told.push(el("ul", {}, record.refused.errors.slice(0, 5).map((each) => el("li", {}, el("code", {}, `${each.pointer ?? ""} ${each.detail ?? ""}`)))));
  }
  for (const each of record.events.filter((event) => event.problem)) told.push(el("p", { class: "problem", "data-receipt": each.problem.verdict }, filled(texts.js_receipt_bad, { event: each.id, verdict: each.problem.reason })));
  return told;
}

function exportButton({ texts }, record) {
  const address = URL.createObjectURL(new Blob([JSON.stringify(record, null, 1)], { type: "application/json" }));
  return el("a", { class: "button", download: `${record.trade}.json`, href: address }, texts.js_export);
}

/** What was recorded, and how far each record has got. */
export function recordList({ texts }, record) {
  const mark = (each) => (each.problem ? "trouble" : each.anchored ? "anchored" : each.receipt ? "posted" : "device");
  return el(
    "ol", { class: "timeline", "data-live": "recordList" },
    record.events.map((each) => el("li", { "data-event": each.id, "data-mark": mark(each) }, el("strong", {}, texts[`js_event_${each.type}`]), " ", el("span", { class: "soft" }, texts[`js_mark_${mark(each)}`]), el("div", {}, el("small", {}, moment(each.occurred))))),
  );
}

/** The slip with its buttons. */
export function slipView(app, record) {
  const { texts } = app;
  const posted = record.events.filter((each) => each.receipt !== null);
  const wanted = record.printed ?? posted.find((each) => each.type === "acceptance")?.id ?? posted[0]?.id ?? null;
  const place = el("div", { class: "paper", "aria-busy": "true" });
  const event = posted.find((each) => each.id === wanted) ?? null;
  void slip(app, record, event).then((made) => {
    place.replaceChildren(made);
    place.removeAttribute("aria-busy");
  });
  const again = () => app.show("slipView", record);
  return el(
    "div", { class: "slip-view" },
    el("div", { class: "row noprint" }, el("button", { type: "button", id: "to-trade", onclick: () => app.open(record) }, texts.js_back_to_trade), el("button", { type: "button", class: "primary", id: "print", onclick: () => printed() }, texts.js_print), exportButton(app, record)),
    el("h1", { class: "visually-hidden" }, texts.js_slip),
    posted.length > 1 && el("div", { class: "noprint" }, el("label", { for: "which" }, texts.js_which), el("select", { id: "which", onchange: (change) => { record.printed = change.target.value; void app.save(record); again(); } }, posted.map((each) => el("option", { value: each.id, selected: each.id === wanted }, texts[`js_event_${each.type}`])))),
    posted.length > 0 && record.share === null && el("p", { class: "noprint" }, el("button", { type: "button", id: "share", onclick: (click) => share(app, record, click.target, again) }, texts.js_do_share)),
    place,
  );
}

function printed() {
  fitPaper();
  window.print();
}

/** A link for the customer: made once, by the service, and printed as a code. */
async function share(app, record, button, again) {
  button.disabled = true;
  const answer = await app.api("POST", "/v1/shares", JSON.stringify({ trade: record.trade }), "application/json");
  button.disabled = false;
  if (!answer.ok) return void (button.textContent = app.texts.js_share_failed);
  const { url, code } = JSON.parse(answer.text);
  record.share = { url, code };
  await app.save(record);
  again();
}

/** Another tab has the counter. */
export const elsewhere = ({ texts }) => el("div", {}, el("h1", {}, texts.js_title), el("p", { class: "warning" }, texts.js_elsewhere));

/** Keys are made and kept on secure origins only. */
export const insecure = ({ texts }) => el("div", {}, el("h1", {}, texts.js_title), el("p", { class: "warning" }, texts.js_insecure));

export { settings };
