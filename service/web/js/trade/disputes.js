/** A dispute without typing: a reason, one tap, one question. Afterwards evidence, agreement, withdrawal. */
import { filled } from "../dom.js";
import { post, randomHex } from "../api.js";
import { handIn, step } from "../steps.js";
import { confirmed, doing } from "./doing.js";

/** Bring forms and buttons to life. */
export function start(facts, texts) {
  const form = document.getElementById("new-dispute");
  if (form !== null) opening(form, facts, texts);
  for (const card of document.querySelectorAll("[data-dispute]")) steps(card, texts);
}

function opening(form, facts, texts) {
  let sent = { body: "", key: "" }; // a second tap, or a retry of the same, opens no second dispute
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const chosen = facts.claims[new FormData(form).get("claim")];
    const problem = form.querySelector(".refusal");
    problem.hidden = chosen !== undefined;
    if (chosen === undefined) return void (problem.textContent = texts.js_choose);
    const amount = chosen.amount_text ? `\n${filled(texts.js_confirm_amount, { amount: chosen.amount_text })}` : "";
    if (!(await confirmed(filled(texts.js_confirm_dispute, { claim: chosen.label }) + amount))) return;
    const more = form.querySelector("#more").value.trim();
    const { claim } = chosen.body;
    const body = { ...chosen.body, claim: { ...claim, text: more === "" ? claim.text : `${claim.text}\n${more}` } };
    if (sent.body !== JSON.stringify(body)) sent = { body: JSON.stringify(body), key: randomHex(16) };
    await doing(form, texts, "dispute", () => post("/v1/disputes", body, sent.key));
  });
}

function steps(card, texts) {
  const { dispute } = card.dataset;
  const key = randomHex(16);
  const close = (button, question, body) =>
    button?.addEventListener("click", async () => {
      if (await confirmed(question)) await doing(card, texts, "dispute", () => step(dispute, "close", body, `${key}-${body.outcome}`));
    });
  const settle = card.querySelector("[data-act=settle]");
  close(card.querySelector("[data-act=withdraw]"), texts.js_confirm_withdraw, { outcome: "withdrawn" });
  if (settle) close(settle, filled(texts.js_confirm_settle, { amount: settle.dataset.amount }), { outcome: "settled", amount: Number(settle.dataset.offer) });
  card.querySelector("[data-act=evidence]")?.addEventListener("change", async ({ target }) => {
    const [file] = target.files;
    const filed = async () => step(dispute, "evidence", { item: { digest: await handIn(dispute, file) }, proves: texts.js_evidence_proves }, randomHex(16));
    if (file) await doing(card, texts, "dispute", filed);
    target.value = "";
  });
}

/** The time left of each running clock, told again every minute. */
export function clocks(texts) {
  const tell = () => {
    for (const place of document.querySelectorAll("[data-due]")) {
      const left = Number(place.dataset.due) - Date.now();
      const minutes = Math.floor(left / 60_000);
      const span = minutes < 60 ? filled(texts.js_minutes, { minutes }) : filled(texts.js_hours, { hours: Math.floor(minutes / 60), minutes: minutes % 60 });
      place.textContent = place.dataset.due !== "" && minutes > 0 ? filled(texts.js_left, { span }) : "";
    }
  };
  tell();
  setInterval(tell, 30_000);
}
