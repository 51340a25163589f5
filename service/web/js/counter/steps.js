/** The forms of a trade's steps: one at a time, from the price to the guarantor. */
import { el, filled } from "../dom.js";
import { choice, chosen, form, select, showProblems, textField } from "./forms.js";
import { unlock } from "./guarantor.js";
import { amountField, keypad } from "./keypad.js";
import { money, net, rate, toFen, toRate } from "./money.js";
import { digestOf, fix, post } from "./queue.js";
import { endorsement } from "./seal.js";
import { CHANNELS, KINDS, OUTCOMES, MOST_CARDS, accept, cancel, guarantee, inspect, offered, owed, pay, quote, said, stands } from "./trade.js";

const primary = (text, attributes = {}) => el("button", { class: "primary big", ...attributes }, text);

/** The form of the step that a trade is at, or null when it is done. */
export function stepForm(app, record) {
  const forms = { quote: quoteForm, accept: acceptForm, inspect: inspectForm, pay: payForm, guarantor: guarantorForm };
  return forms[record.step]?.(app, record) ?? null;
}

const finish = (app, record, made, result) => (result.problems ? showProblems(made, result.problems, app.texts) : app.record(record, result));

// --- The price -------------------------------------------------------------------------------------------

function quoteForm(app, record) {
  const { texts, language } = app;
  const entering = record.entering ?? { cards: [{ brand: "", kind: "physical", face: "", rate: "" }] };
  const total = el("output", { class: "total", "aria-live": "polite" });
  const cards = el("div", { class: "cards" });
  const made = form(
    { class: "step", "aria-labelledby": "step-title" },
    (self) => finish(app, record, self, quote(record, read(self, texts, language), app.now())),
    el("h2", { id: "step-title" }, texts.js_step_quote),
    cards,
    el("p", {}, el("button", { type: "button", id: "another", onclick: () => addCard() }, texts.js_another_card)),
    el(
      "details", {}, el("summary", {}, texts.js_more_terms),
      select("valid", texts.js_valid, [["10", texts.js_valid_10], ["30", texts.js_valid_30], ["120", texts.js_valid_120], ["1440", texts.js_valid_1440]], "30"),
      select("within", texts.js_within, [["1800", texts.js_within_1800], ["86400", texts.js_within_86400], ["", texts.js_within_none]], "1800"),
      select("delivery", texts.js_delivery, [["print", texts.js_delivery_print], ["qr", texts.js_delivery_qr], ["none", texts.js_delivery_none]], "print"),
    ),
    el("p", { class: "sum" }, texts.js_you_get, " ", total),
    primary(texts.js_do_quote, { id: "do-quote" }),
  );
  const addCard = (card = { brand: "", kind: "physical", face: "", rate: cards.querySelector("[id^=rate]")?.value ?? "" }) => {
    const n = cards.childElementCount;
    cards.append(cardFields(app, n, card));
    made.querySelector("#another").hidden = n + 1 >= MOST_CARDS;
  };
  entering.cards.forEach((card) => addCard(card));
  const changed = () => {
    const { cards: read_cards } = read(made, texts, language);
    total.textContent = money(read_cards.reduce((sum, card) => sum + (card.face > 0 && card.rate ? net(card.face, card.rate) : 0), 0), language);
    for (const [n, card] of read_cards.entries())
      made.querySelector(`#net-${n}`).textContent = card.face > 0 && card.rate ? filled(texts.js_card_net, { amount: money(net(card.face, card.rate), language) }) : "";
  };
  made.addEventListener("input", () => {
    record.entering = { cards: [...cards.children].map((_, n) => typed(made, n)) };
    void app.save(record); // with every key: a battery may be empty at any moment
    changed();
  });
  made.append(keypad(made, texts));
  changed();
  return made;
}

function cardFields(app, n, card) {
  const { texts } = app;
  return el(
    "fieldset", { class: "a-card" },
    el("legend", {}, filled(texts.js_card, { n: n + 1 })),
    textField(`brand-${n}`, texts.js_brand, { list: "brands", maxlength: 64, value: card.brand }),
    choice(`kind-${n}`, texts.js_kind, KINDS.map((kind) => [kind, texts[`js_kind_${kind}`]]), card.kind),
    el("div", { class: "pair" }, el("div", {}, amountField(`face-${n}`, texts.js_face, { value: card.face })), el("div", {}, amountField(`rate-${n}`, texts.js_rate, { value: card.rate }))),
    el("p", { class: "soft", id: `net-${n}`, "aria-live": "polite" }),
  );
}

const typed = (made, n) => ({
  brand: made.querySelector(`#brand-${n}`).value, kind: chosen(made, `kind-${n}`), face: made.querySelector(`#face-${n}`).value, rate: made.querySelector(`#rate-${n}`).value,
});

function read(made, texts, language) {
  const cards = [...made.querySelectorAll(".a-card")].map((_, n) => {
    const { brand, kind, face, rate } = typed(made, n);
    return { brand, kind, face: toFen(face) ?? 0, rate: toRate(rate, language) };
  });
  const within = made.querySelector("#within").value;
  return { cards, valid_minutes: Number(made.querySelector("#valid").value), pay_within: within ? Number(within) : null, delivery: made.querySelector("#delivery").value };
}

// --- The customer agrees ---------------------------------------------------------------------------------

function acceptForm(app, record) {
  const { texts, language } = app;
  const channels = CHANNELS.map((each) => [each, texts[`js_channel_${each}`]]);
  return form(
    { class: "step", "aria-labelledby": "step-title" },
    (self) => finish(app, record, self, accept(record, { channel: chosen(self, "channel"), consent: chosen(self, "consent") }, app.now())),
    el("h2", { id: "step-title" }, texts.js_step_accept),
    el("table", {}, el("caption", { class: "visually-hidden" }, texts.js_cards_table), el("tbody", {}, record.cards.map((card) => el("tr", {}, el("th", { scope: "row" }, card.brand, " ", el("small", {}, `${money(card.face, language)} · ${rate(card.rate, language)}`)), el("td", { class: "amount" }, money(card.net, language)))))),
    el("p", { class: "sum" }, texts.js_you_get, " ", el("strong", { class: "total" }, money(offered(record), language))),
    !stands(record, app.now()) && el("p", { class: "problem" }, texts.js_problem_expired_quote),
    choice("channel", texts.js_channel, channels, null),
    choice("consent", texts.js_consent, [["paper", texts.js_consent_paper], ["none", texts.js_consent_none]], null), // what is recorded of a customer is said, never assumed
    primary(texts.js_do_accept, { id: "do-accept" }),
    el("button", { type: "button", id: "do-refuse", onclick: () => app.record(record, cancel(record, "user", texts.js_reason_refused, app.now())) }, texts.js_do_refuse),
  );
}

// --- The cards are looked at -----------------------------------------------------------------------------

function inspectForm(app, record) {
  const { texts, language } = app;
  const readings = new Map();
  const total = el("output", { class: "total", "aria-live": "polite" }, money(offered(record), language));
  const items = (self) => record.cards.map(({ line }, n) => {
    const outcome = chosen(self, `outcome-${n}`) === "other" ? self.querySelector(`#why-${n}`).value : chosen(self, `outcome-${n}`);
    return { line, outcome, found: toFen(self.querySelector(`#found-${n}`).value), reading: readings.get(n) ?? null };
  });
  const made = form(
    { class: "step", "aria-labelledby": "step-title" },
    (self) => finish(app, record, self, inspect(record, { items: items(self) }, app.now())),
    el("h2", { id: "step-title" }, texts.js_step_inspect),
    record.cards.map((card, n) => inspected(app, card, n, readings)),
    el("p", { class: "sum" }, texts.js_to_pay, " ", total),
    primary(texts.js_do_inspect, { id: "do-inspect" }),
    el("button", { type: "button", onclick: () => app.record(record, cancel(record, "platform", texts.js_reason_called_off, app.now())) }, texts.js_do_call_off),
  );
  made.addEventListener("input", () => {
    for (const [n, item] of items(made).entries()) {
      made.querySelector(`#short-${n}`).hidden = item.outcome !== "balance_short";
      made.querySelector(`#other-${n}`).hidden = chosen(made, `outcome-${n}`) !== "other";
      made.querySelector(`#evidence-${n}`).hidden = item.outcome === "pass";
    }
    total.textContent = money(items(made).reduce((sum, item, n) => sum + owed(record.cards[n], { ...item, found: item.found ?? 0 }), 0), language);
  });
  made.append(keypad(made, texts));
  return made;
}

function inspected(app, card, n, readings) {
  const { texts, language } = app;
  const state = el("p", { class: "soft", role: "status" });
  const photo = el("input", { type: "file", id: `photo-${n}`, class: "visually-hidden", accept: "image/*", capture: "environment" });
  photo.addEventListener("change", async () => {
    const [file] = photo.files;
    if (file === undefined) return;
    const digest = await digestOf(file);
    await app.store.savePhoto(digest, file);
    readings.set(n, digest);
    state.textContent = texts.js_photo_taken;
  });
  const others = OUTCOMES.filter((each) => !["pass", "balance_short"].includes(each));
  return el(
    "fieldset", { class: "a-card" },
    el("legend", {}, `${card.brand} ${money(card.face, language)}`),
    choice(`outcome-${n}`, texts.js_outcome, [["pass", texts.js_outcome_pass], ["balance_short", texts.js_outcome_balance_short], ["other", texts.js_outcome_other]], "pass"),
    el("div", { id: `short-${n}`, hidden: true }, amountField(`found-${n}`, texts.js_found)),
    el("div", { id: `other-${n}`, hidden: true }, select(`why-${n}`, texts.js_why, others.map((each) => [each, texts[`js_outcome_${each}`]]), "invalid")),
    el("div", { id: `evidence-${n}`, hidden: true }, el("p", {}, texts.js_photo_why), el("p", {}, el("label", { class: "button", for: `photo-${n}` }, texts.js_photo), photo), state),
  );
}

// --- The money -------------------------------------------------------------------------------------------

function payForm(app, record) {
  const { texts, language } = app;
  return form(
    { class: "step", "aria-labelledby": "step-title" },
    (self) => finish(app, record, self, pay(record, { reference: self.querySelector("#reference")?.value ?? "", confirmed: self.querySelector("#confirmed").checked, place: app.device.shop ?? "" }, app.now())),
    el("h2", { id: "step-title" }, texts.js_step_pay),
    el("p", { class: "sum" }, filled(texts.js_pay_by, { channel: texts[`js_channel_${record.channel}`] }), " ", el("strong", { class: "total" }, money(record.due, language))),
    record.due !== offered(record) && el("p", { class: "soft" }, filled(texts.js_less, { offered: money(offered(record), language), less: money(offered(record) - record.due, language) })),
    record.channel !== "cash" && textField("reference", texts.js_reference, { maxlength: 128, inputmode: "text" }),
    el("p", {}, el("label", { class: "check" }, el("input", { type: "checkbox", id: "confirmed" }), " ", texts.js_confirmed)),
    primary(texts.js_do_pay, { id: "do-pay" }),
  );
}

// --- The guarantor ---------------------------------------------------------------------------------------

function guarantorForm(app, record) {
  const { texts, device, language } = app;
  const key = device.guarantor;
  const skip = el("button", { type: "button", id: "no-guarantor", onclick: () => app.record(record, { changes: { step: "done" }, drafts: [] }) }, texts.js_no_guarantor);
  const sum = el("p", { class: "sum" }, texts.js_guaranteed, " ", el("strong", { class: "total" }, money(record.due, language)));
  const paper = el("button", { type: "button", id: "on-paper", onclick: () => app.record(record, guarantee(record, null, app.now())) }, texts.js_guarantor_paper);
  if (!key) return form({ class: "step", "aria-labelledby": "step-title" }, async () => {}, el("h2", { id: "step-title" }, texts.js_step_guarantor), sum, el("p", {}, texts.js_guarantor_no_key), paper, skip);
  return form(
    { class: "step", "aria-labelledby": "step-title" },
    async (self) => {
      const secret = await unlock(key, self.querySelector("#pin").value);
      if (secret === null) return showProblems(self, [{ field: "pin", reason: "pin" }], texts);
      await signed(app, record, secret);
    },
    el("h2", { id: "step-title" }, texts.js_step_guarantor),
    sum,
    el("p", {}, texts.js_guarantor_key),
    textField("pin", texts.js_pin, { type: "password", inputmode: "numeric", maxlength: 12, autocomplete: "off" }),
    primary(texts.js_do_guarantee, { id: "do-guarantee" }),
    paper,
    skip,
  );
}

/** What the guarantor signs must not change afterwards: the payment is posted first if that works, else fixed as it is. */
async function signed(app, record, secret) {
  const context = app.context();
  const payout = said(record, "payout");
  await app.turn(async () => {
    if (payout.receipt === null && navigator.onLine) await post(record, context);
    fix(record, payout, context);
  });
  const stands_behind = { role: "guarantor", event: payout.id, digest: payout.digest ?? payout.sealed.digest };
  const consent = endorsement(context.identity, secret, stands_behind, app.random);
  await app.record(record, guarantee(record, consent, app.now()));
}

/** Sums of a trade for whoever looks at it: what was offered, agreed, paid (fen or null). */
export function figures(record) {
  const accepted = said(record, "acceptance");
  const paid = said(record, "payout");
  return { offered: record.cards.length ? offered(record) : null, accepted: accepted ? accepted.claims.amount : null, paid: paid ? paid.claims.legs[0].amount : null };
}
