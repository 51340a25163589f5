/** "当场查验": the trade's evidence, fetched with the share and checked in this browser, down to the chain where a node is offered. */
import { el } from "../dom.js";
import { evidenceCard, ofSite } from "../report.js";
import { NodeView, parseTrust, verifyEvidence } from "../../verify/src/index.js";
import { ask } from "../api.js";

/** Bring the button to life. */
export function start(facts, texts, { verifyTexts, messages, site }) {
  const button = document.getElementById("check");
  const place = document.getElementById("verdict");
  const words = { ...verifyTexts, js_no_view: texts.js_no_view };
  const told = ofSite(messages, texts);
  button.addEventListener("click", async () => {
    button.disabled = true;
    place.hidden = false;
    place.setAttribute("aria-busy", "true");
    place.replaceChildren(el("p", { class: "card", role: "status" }, texts.js_checking));
    try {
      const report = await check(facts, site);
      place.replaceChildren(
        evidenceCard(facts.file, report, words, told, { trust: "site", open: false, named: false }),
        el("p", { class: "soft" }, el("small", {}, texts.js_check_note)),
      );
    } catch {
      place.replaceChildren(el("p", { class: "problem", role: "alert" }, texts.js_check_failed));
    } finally {
      place.removeAttribute("aria-busy");
      button.disabled = false;
      place.scrollIntoView({ block: "nearest" });
    }
  });
}

async function check(facts, site) {
  const [evidence, list] = await Promise.all([
    ask(`/v1/trades/${encodeURIComponent(facts.trade)}/evidence.json`),
    fetch(site.trust, { credentials: "omit" }),
  ]);
  const trust = parseTrust(new Uint8Array(await list.arrayBuffer()));
  const view = site.node === null ? null : new NodeView([new URL(site.node, location.href).href]);
  return verifyEvidence(new Uint8Array(await evidence.arrayBuffer()), { trust, view, blockHashes: {}, now: Date.now() });
}
