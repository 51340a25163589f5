/** Verdicts about a log as cards. */
import { copyButton, el, filled, time } from "../dom.js";
import { toHex } from "../../verify/src/bytes.js";

const LOOKS = { good: ["good", "✓"], same: ["good", "＝"], open: ["open", "?"], bad: ["bad", "✗"], plain: ["plain", "∅"] };

/** A card: look, title, sentence, and what it rests on. */
export function card(verdict, title, sentence, ...rest) {
  const [look, sign] = LOOKS[verdict];
  return el(
    "div", {},
    el(
      "div", { class: `verdict ${look}`, "data-verdict": verdict },
      el("span", { class: "sign", "aria-hidden": "true" }, sign),
      el("div", {}, el("h3", {}, title)),
      el("p", {}, sentence),
    ),
    ...rest,
  );
}

/** A judged checkpoint to read, copy and keep. */
export function noteDetails(texts, title, { parsed, note }, open = false) {
  return el(
    "details", { open },
    el("summary", {}, `${title} · ${parsed.size}`),
    el(
      "dl", { class: "facts" },
      el("dt", {}, texts.js_signed_at), el("dd", {}, time(Number(parsed.signedAt) * 1000, texts.js_beijing)),
      el("dt", {}, texts.js_root), el("dd", {}, el("code", {}, toHex(parsed.root))),
    ),
    el("p", {}, copyButton(texts, note)),
    el("pre", { tabindex: "0", role: "region", "aria-label": title }, note),
  );
}

/** The hashes of a proof. */
export function proofDetails(texts, proof) {
  if (proof.length === 0) return null;
  const told = filled(texts.js_steps, { count: proof.length });
  return el("details", {}, el("summary", {}, told), el("pre", { tabindex: "0", role: "region", "aria-label": told }, proof.join("\n")));
}
