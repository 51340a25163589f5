/** Steps taken in a dispute: files handed in, then the step, each refusal in words. */
const MAX_FILE = 10 * 1024 * 1024;
const TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;

/** What stands in the way, in the reader's language. */
export class StepRefused extends Error {}

/** A dispute as the holder of a token may change it. */
export class Dispute {
  constructor(id, token, texts) {
    Object.assign(this, { address: `/v1/disputes/${encodeURIComponent(id)}`, token, texts });
  }

  /** Hand in a file: its digest. Handing in the same file twice keeps it once. */
  async handIn(file, label) {
    if (file.size > MAX_FILE) throw new StepRefused(this.texts.js_file_large);
    const name = clean(label || file.name);
    const query = name === "" ? "" : `?label=${encodeURIComponent(name)}`;
    const type = TYPE.test(file.type.toLowerCase()) ? file.type.toLowerCase() : "application/octet-stream";
    return (await this.ask(`/attachments${query}`, file, { "content-type": type })).digest;
  }

  /** Take a step; the same `key` with the same body is the same step, however often it is sent. */
  step(name, body, key) {
    return this.ask(`/${name}`, JSON.stringify(body), { "content-type": "application/json", "idempotency-key": key });
  }

  async ask(path, body, headers) {
    let answer;
    try {
      answer = await fetch(this.address + path, { method: "POST", body, headers: { ...headers, authorization: `Bearer ${this.token}` } });
    } catch {
      throw new StepRefused(this.texts.js_offline);
    }
    const document = await answer.json().catch(() => ({}));
    if (answer.ok) return document;
    throw new StepRefused(this.told(document));
  }

  told(problem) {
    const known = this.texts[`js_problem_${String(problem.type).split(":").pop()}`];
    const detail = (problem.errors ?? []).map((each) => [each.pointer, each.detail].filter(Boolean).join(" ")).join("; ");
    return (known ?? this.texts.js_problem_other).replace("{detail}", detail || problem.detail || "");
  }
}

const clean = (text) => text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, " ").trim().slice(0, 200);
