/** The slip: what happened, in figures, and what proves it. On the screen and on paper 80 mm wide. */
import { toHex, utf8 } from "../../verify/src/bytes.js";
import { leafHash } from "../../verify/src/merkle.js";
import { TallyError } from "../../verify/src/errors.js";
import { el, filled } from "../dom.js";
import { money, rate } from "./money.js";
import { encode } from "./paper.js";
import { drawn } from "./qr.js";
import { figures } from "./steps.js";
import { stateOf } from "./trade.js";

const PAPER_MM = 80;
const CSS_MM = 96 / 25.4;
const BEIJING = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", dateStyle: "short", timeStyle: "medium" });

/** A time of an event as it is printed. */
export const moment = (text) => BEIJING.format(new Date(text));

/** The slip of a trade; `chosen` is the event whose receipt goes on the paper. */
export async function slip(app, record, chosen) {
  const { texts, language, device } = app;
  const paper = chosen === null ? null : await encoded(chosen);
  const state = stateOf(record);
  return el(
    "article", { class: "slip", id: "slip", "aria-label": texts.js_slip },
    el("header", {}, el("strong", {}, device.shop || texts.js_title), device.test && el("p", { class: "stamp" }, texts.js_test_slip)),
    el("dl", { class: "lines" }, row(texts.js_trade, el("code", {}, record.trade)), record.events.map((each) => row(texts[`js_event_${each.type}`], moment(each.occurred))), row("", el("small", {}, texts.js_beijing))),
    el(
      "table", {}, el("caption", {}, texts.js_cards_table),
      el("tbody", {}, record.cards.map((card, n) => el("tr", {}, el("th", { scope: "row" }, card.brand, el("small", {}, ` ${money(card.face, language)} · ${rate(card.rate, language)}`), foundOf(app, record.found?.[n])), el("td", { class: "amount" }, money(card.net, language))))),
    ),
    el("dl", { class: "lines sums" }, sums(app, record)),
    el("p", { class: `state ${state}`, "data-state": state }, texts[`js_slip_${state}`]),
    paper && codes(app, chosen, paper),
    record.share && el(
      "section", { class: "share" },
      el("p", {}, texts.js_share),
      drawn(utf8(record.share.url), texts.js_share_label),
      el("p", {}, filled(texts.js_share_code, { code: record.share.code })),
    ),
    paper && el("p", { class: "small" }, filled(texts.js_slip_foot, { site: location.host })),
  );
}

/** What the inspection found, where it changed the price. */
function foundOf({ texts, language }, found) {
  if (found === undefined || found.outcome === "pass") return null;
  const short = found.outcome === "balance_short" ? filled(texts.js_found_short, { amount: money(found.found, language) }) : texts[`js_outcome_${found.outcome}`];
  return el("small", {}, filled(texts.js_found_is, { found: short }));
}

const row = (name, value) => el("div", {}, el("dt", {}, name), el("dd", {}, value));

function sums({ texts, language }, record) {
  const { offered, accepted, paid } = figures(record);
  const shown = [["js_sum_offered", offered], ["js_sum_accepted", accepted], ["js_sum_paid", paid]];
  return shown.filter(([, amount]) => amount !== null).map(([key, amount]) => row(texts[key], el("strong", {}, money(amount, language))));
}

async function encoded(event) {
  try {
    return await encode(utf8(event.receipt));
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    return { codes: [], dropped: [] };
  }
}

function codes({ texts }, event, { codes: all, dropped }) {
  const leaf = toHex(leafHash(utf8(JSON.parse(event.receipt).entry)));
  if (all.length === 0) return el("p", {}, texts.js_paper_too_large);
  return el(
    "section", { class: "codes", "data-event": event.id },
    el("p", {}, filled(texts.js_paper_of, { what: texts[`js_event_${event.type}`], count: all.length })),
    all.map((code, n) => el("figure", {}, drawn(code, filled(texts.js_code, { n: n + 1, count: all.length })), el("figcaption", {}, filled(texts.js_code, { n: n + 1, count: all.length })))),
    dropped.length > 0 && el("p", {}, filled(texts.js_dropped, { claims: dropped.join(", ") })),
    el("p", { class: "small" }, texts.js_leaf, " ", el("code", {}, leaf)),
  );
}

/** Give the paper the slip's own length: a roll has no pages. */
export function fitPaper() {
  const shown = document.getElementById("slip");
  if (shown === null) return;
  const copy = shown.cloneNode(true);
  copy.removeAttribute("id");
  copy.classList.add("measured");
  document.body.append(copy);
  const height = Math.ceil(copy.getBoundingClientRect().height / CSS_MM) + 6;
  copy.remove();
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`@page { size: ${PAPER_MM}mm ${height}mm; margin: 0; }`);
  document.adoptedStyleSheets = [sheet];
}
