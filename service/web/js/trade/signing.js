/** Accepting a quote, or saying what came of a payment, signed with this device's key as a typed message. */
import { filled } from "../dom.js";
import { fromHex, toHex } from "../../verify/src/bytes.js";
import { domainSeparator, typedDigest } from "../../verify/src/eip712.js";
import { addressOf, sign } from "../../verify/src/signing.js";
import { Refused, post } from "../api.js";
import { confirmed, doing } from "./doing.js";
import { deviceKey } from "./keys.js";

/** Bring the forms to life. */
export function start(facts, texts) {
  for (const form of document.querySelectorAll("[data-offered]")) {
    const offered = facts.offered[Number(form.dataset.offered)];
    form.addEventListener("submit", async (event) => {
      event.preventDefault();
      const result = event.submitter?.value ?? "";
      if (!(await confirmed(question(form, offered, result, texts)))) return;
      await doing(form, texts, "timeline", async () => post("/v1/shares/consents", await signed(facts, offered, result, channelOf(form)?.value)));
    });
  }
}

const channelOf = (form) => form.querySelector("input[name=channel]:checked");

function question(form, offered, result, texts) {
  const key = offered.type === "acceptance" ? "js_confirm_accept" : `js_confirm_${result}`;
  const lower = offered.lower ? `\n${filled(texts.js_confirm_lower, { gap: offered.lower })}` : "";
  return filled(texts[key], { amount: offered.amount_text, channel: channelOf(form)?.closest("label").textContent.trim() }) + lower;
}

async function signed(facts, offered, result, channel) {
  let key;
  try {
    key = await deviceKey();
  } catch {
    throw new Refused("key");
  }
  const amount = result === "not_received" ? 0 : offered.amount;
  const salt = crypto.getRandomValues(new Uint8Array(32));
  const target = { event: offered.event, digest: offered.digest };
  const domain = domainSeparator(facts.log.chain_id, facts.log.registry);
  const accepts = offered.type === "acceptance";
  const type = accepts ? "Acceptance" : "Acknowledgement";
  const [log, digest] = [fromHex(facts.log.id), fromHex(offered.digest)];
  const members = accepts
    ? [log, facts.platform, facts.trade, digest, amount, offered.currency, channel, offered.valid_until, salt]
    : [log, facts.trade, digest, amount, offered.currency, salt];
  const signature = toHex(sign(key, typedDigest(domain, type, members)));
  const consent = { method: "eip712", type, address: addressOf(key), signature, salt: toHex(salt) };
  const body = { type: offered.type, amount, currency: offered.currency };
  if (accepts) return { ...body, quote: target, consent: { ...consent, platform: facts.platform, channel, validUntil: offered.valid_until } };
  return { ...body, payout: target, result, consent };
}
