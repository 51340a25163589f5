/** What a browser can check of a log without trusting whoever serves it. No element of a page in here. */
import { checkByTrustedKey, checkSelfConsistent, trustedLog } from "../../verify/src/promise.js";
import { fromHex, same } from "../../verify/src/bytes.js";
import { identityOf, parseSigned } from "../../verify/src/checkpoint.js";
import { FormatError, TallyError, VerificationError } from "../../verify/src/errors.js";
import { verifyConsistency, verifyInclusion } from "../../verify/src/merkle.js";

/** A checkpoint that does not hold: `reason` names a sentence. */
export class NoteRefused extends TallyError {
  constructor(reason, figures = {}) {
    super(reason);
    Object.assign(this, { reason, figures });
  }
}

/** A signed note taken apart and judged: {parsed, note, doubt}; `doubt` is null when a trusted key of this log signed it. */
export function judge(note, log, trust, now) {
  const text = note.replace(/\r\n/g, "\n").trimEnd() + "\n";
  const identity = identityOf({ ...log, id: fromHex(log.id) });
  let parsed;
  try {
    parsed = parseSigned(text);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new NoteRefused("malformed");
  }
  if (parsed.origin !== log.origin) throw new NoteRefused("other_log", { origin: parsed.origin });
  try {
    const address = checkSelfConsistent(parsed, identity, now);
    checkByTrustedKey(parsed, address, trustedLog(trust, identity));
  } catch (error) {
    if (error.status === "undecided") return { parsed, note: text, doubt: error.reason };
    if (error.status === "bad") throw new NoteRefused(error.reason);
    throw error;
  }
  return { parsed, note: text, doubt: null };
}

/** Whether the later checkpoint extends the earlier one: good, same, open (signer unknown) or bad. */
export function compare(old, later, proof) {
  const [a, b] = [old.parsed, later.parsed];
  try {
    verifyConsistency(a.size, b.size, a.root, b.root, proof.map((node) => fromHex(node)));
  } catch (error) {
    if (!(error instanceof VerificationError || error instanceof FormatError)) throw error;
    return { verdict: "bad", doubt: old.doubt ?? later.doubt, detail: error.message };
  }
  const doubt = old.doubt ?? later.doubt;
  if (doubt !== null) return { verdict: "open", doubt };
  return { verdict: a.size === b.size && same(a.root, b.root) ? "same" : "good", doubt };
}

/** Whether a leaf stands where the proof says, under a judged checkpoint: good, open or bad. */
export function included(judged, leaf, { index, inclusion }) {
  const { size, root } = judged.parsed;
  try {
    verifyInclusion(leaf, index, size, inclusion.map((node) => fromHex(node)), root);
  } catch (error) {
    if (!(error instanceof VerificationError || error instanceof FormatError)) throw error;
    return { verdict: "bad", doubt: judged.doubt, detail: error.message };
  }
  return { verdict: judged.doubt === null ? "good" : "open", doubt: judged.doubt };
}
