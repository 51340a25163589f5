/** The API with the token that stands in the page's own address (/t/…, /case/…), and goes nowhere else. */
const token = decodeURIComponent(location.pathname.split("/")[2] ?? "");

/** What stands in the way: the kind of problem ("network": nobody answered), and what was answered. */
export class Refused extends Error {
  constructor(kind, problem = {}) {
    super(kind);
    Object.assign(this, { kind, problem });
  }
}

/** One request; the answer, or Refused. */
export async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, cache: "no-store", headers: { ...options.headers, authorization: `Bearer ${token}` } });
  } catch {
    throw new Refused("network");
  }
  if (answer.ok) return answer;
  const problem = await answer.json().catch(() => ({}));
  const kind = String(problem.type ?? "").split(":").pop();
  throw new Refused(kind || (answer.status === 503 ? "overloaded" : "other"), problem);
}

/** A JSON answer. */
export const get = async (path) => (await ask(path)).json();

/** Post JSON; the same `key` with the same body is the same request, however often it is sent. */
export const post = async (path, body, key) =>
  (await ask(path, { method: "POST", body: JSON.stringify(body), headers: { "content-type": "application/json", ...(key ? { "idempotency-key": key } : {}) } })).json();

/** Random bytes as hex; `crypto.randomUUID` is not there on every page. */
export const randomHex = (size) => Array.from(crypto.getRandomValues(new Uint8Array(size)), (byte) => byte.toString(16).padStart(2, "0")).join("");
