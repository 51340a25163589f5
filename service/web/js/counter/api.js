/** The service, asked with the platform's key. The key goes into a header of a request to this site and nowhere else. */
const PATIENCE_MS = 20_000;
export const KEY = /^tally_(live|test)_[A-Za-z0-9_-]{20,100}$/;

/** `(method, path, body, type)` → {ok, status (0: nobody answered), text, slug, errors}. */
export const caller = (apiKey) => async (method, path, body, type) => {
  const headers = { authorization: `Bearer ${apiKey}`, accept: "application/json", ...(type ? { "content-type": type } : {}) };
  let status = 0;
  let text = "";
  try {
    const answer = await fetch(path, {
      method, headers, body, cache: "no-store", credentials: "omit", referrerPolicy: "no-referrer", signal: AbortSignal.timeout(PATIENCE_MS),
    });
    text = await answer.text(); // cut off: as if nobody had answered
    status = answer.status;
  } catch {
    return { ok: false, status: 0, text: "", slug: "unreachable", errors: [] };
  }
  const problem = status < 400 ? {} : problemOf(text);
  return { ok: status >= 200 && status < 300, status, text, ...problem };
};

function problemOf(text) {
  try {
    const { type, errors } = JSON.parse(text);
    return { slug: String(type).split(":").at(-1), errors: Array.isArray(errors) ? errors : [] };
  } catch {
    return { slug: "unknown", errors: [] };
  }
}

/** What a key is good for: {log} of its platform, or {problem}: `unreachable`, `refused`. */
export async function logOf(apiKey) {
  const answer = await caller(apiKey)("GET", "/v1/entries?event=none&limit=1");
  if (answer.ok) return { log: JSON.parse(answer.text).log };
  return { problem: answer.status === 0 || answer.status >= 500 ? "unreachable" : "refused" };
}

/** Register an address for a role. */
export const register = (api, address, role) => api("POST", "/v1/signers", JSON.stringify({ address, role }), "application/json");

/** The trust file that this site publishes: its text, or null. */
export async function trustText() {
  try {
    const answer = await fetch("/trust.json", { cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(PATIENCE_MS) });
    return answer.ok ? await answer.text() : null;
  } catch {
    return null;
  }
}
