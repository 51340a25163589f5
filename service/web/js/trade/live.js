/** What changes while somebody looks: entries are anchored, new ones come. Asked less and less often, and not in the background. */
import { filled } from "../dom.js";
import { fromHex } from "../../verify/src/bytes.js";
import { parseHeader } from "../../verify/src/state_proof.js";
import { Refused, get } from "../api.js";

const PAUSES = [2_000, 3_000, 5_000, 5_000, 10_000, 15_000, 30_000];
const BEIJING = new Intl.DateTimeFormat("sv-SE", { timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit" });

/** Begin to look. */
export function start(facts, texts) {
  let waiting = facts.waiting;
  let rounds = 0;
  const look = async () => {
    if (!document.hidden) {
      try {
        waiting = await anchors(waiting, texts);
        await news(facts, texts);
        rounds += 1;
      } catch (error) {
        if (!(error instanceof Refused)) throw error;
        if (["not-authenticated", "not-found"].includes(error.kind)) return; // the link has ended: nothing more to learn
        rounds += 1;
      }
    }
    setTimeout(look, PAUSES[Math.min(rounds, PAUSES.length - 1)]);
  };
  setTimeout(look, PAUSES[0]);
}

/** Ask for the first that waits; its anchor tells of all the others that it covers. */
async function anchors(waiting, texts) {
  if (waiting.length === 0) return waiting;
  const { anchors: found, hints } = await get(`/v1/receipts/${waiting[0].leaf}`);
  if (found.length === 0) return waiting;
  const [{ size, state_proof: proof }] = found;
  const covered = waiting.filter((each) => each.index < size);
  for (const each of covered) tell(each, proof, hints ?? {}, texts);
  return proof === null ? waiting : waiting.filter((each) => !covered.includes(each));
}

function tell({ seq }, proof, hints, texts) {
  const place = document.querySelector(`#e${seq} .state`);
  if (place === null) return;
  let text = filled(texts.js_proving, { block: hints.block ?? "…" });
  if (proof !== null) {
    const header = parseHeader(fromHex(proof.header, null));
    text = filled(texts.js_anchored, { block: header.number, time: BEIJING.format(new Date(Number(header.timestamp) * 1000)) });
  }
  place.className = `state ${proof === null ? "proving" : "anchored"}`;
  place.dataset.state = proof === null ? "proving" : "anchored";
  if (place.textContent !== text) place.textContent = text;
}

async function news(facts, texts) {
  const { entries } = await get(`/v1/trades/${encodeURIComponent(facts.trade)}?cursor=${facts.next}&limit=1`);
  if (entries.length === 0) return;
  const banner = document.getElementById("news");
  banner.querySelector("a").textContent = texts.js_new;
  banner.hidden = false;
}
