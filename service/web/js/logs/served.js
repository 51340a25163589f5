/** What the service hands out about a log. Nothing of it is believed before it is checked. */
import { parseTrust } from "../../verify/src/index.js";

/** The service gave no data: nothing is said about the log. */
export class NoData extends Error {
  constructor(status, problem = {}) {
    super(`status ${status}`);
    Object.assign(this, { status, problem });
  }
}

async function fetched(address) {
  let answer;
  try {
    answer = await fetch(address, { credentials: "omit", headers: { accept: "application/json" }, cache: "no-store" });
  } catch {
    throw new NoData(0);
  }
  if (!answer.ok) throw new NoData(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

const json = async (address) => (await fetched(address)).json();

/** The endpoints of one log. */
export function served(name) {
  const at = `/logs/${encodeURIComponent(name)}`;
  let trust = null;
  return {
    trust: () => (trust ??= fetched("/trust.json").then(async (answer) => parseTrust(new Uint8Array(await answer.arrayBuffer())))),
    newest: async () => (await fetched(`${at}/checkpoint`)).text(),
    covering: async (size) => (await json(`${at}/checkpoints?after=${size - 1}&limit=1`)).checkpoints[0],
    spread: async (count) => (await json(`${at}/checkpoints?spread=${count}`)).checkpoints,
    consistency: async (old, later) => (await json(`${at}/consistency?old=${old}&new=${later}`)).proof,
    proof: (query, size) => json(`${at}/proof?${query}&size=${size}`),
    faults: async () => (await json(`${at}/faults`)).faults,
  };
}
