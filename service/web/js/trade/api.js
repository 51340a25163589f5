/** The API with the share of this page: the token stands in the page's own address and goes nowhere else. */
const token = decodeURIComponent(location.pathname.split("/")[2] ?? "");

const KINDS = {
  "not-authenticated": "js_error_link", "not-found": "js_error_link", "too-many-requests": "js_error_busy", overloaded: "js_error_busy", "dispute-state": "js_error_state",
  "invalid-parameter": "js_error_state", "idempotency-conflict": "js_error_state", "attachments-full": "js_error_full", "body-too-large": "js_file_large",
};

/** What stands in the way, by the key of its sentence. */
export class Refused extends Error {
  constructor(key) {
    super(key);
    this.key = key;
  }
}

/** One request; the answer, or Refused. */
export async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, cache: "no-store", headers: { ...options.headers, authorization: `Bearer ${token}` } });
  } catch {
    throw new Refused("js_error_network");
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  throw new Refused(KINDS[String(problem.type).split(":").pop()] ?? (answer.status === 503 ? "js_error_busy" : "js_error"));
}

/** A JSON answer. */
export const get = async (path) => (await ask(path)).json();

/** Post JSON; the same `key` with the same body is the same request, however often it is sent. */
export const post = async (path, body, key) =>
  (await ask(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...(key ? { "idempotency-key": key } : {}) } })).json();

/** Random bytes as hex; `crypto.randomUUID` is not there on every page. */
export const randomHex = (size) => Array.from(crypto.getRandomValues(new Uint8Array(size)), (byte) => byte.toString(16).padStart(2, "0")).join("");
