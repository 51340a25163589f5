/** Files given together: told apart, each checked as what it is, receipts held against each other and against evidence. */
import { TallyError } from "./errors.js";
import { NotAReceipt, parse as parseReceipt } from "./receipt.js";
import { joinTrades } from "./trade.js";
import { exitCode } from "./verdict.js";
import { verifyReceipt } from "./verify.js";
import { verifyBundle } from "./verify_bundle.js";
import { verifyEvidence } from "./verify_evidence.js";
import { isArchive } from "./zip.js";

const MARK = '"tallystick-evidence/1"';

/** The result for each file's bytes, in order: {kind: "receipt" | "evidence" | "bundle", report}; options as verifyReceipt's. */
export async function verifyFiles(contents, options) {
  const kinds = contents.map(kindOf);
  const checked = [];
  for (const [n, bytes] of contents.entries()) if (kinds[n] === "receipt") checked.push(await checkedBy(verifyReceipt, bytes, options));
  const receipts = joinTrades(checked);
  const found = [];
  let next = 0;
  for (const [n, bytes] of contents.entries()) {
    if (kinds[n] === "receipt") found.push({ kind: kinds[n], report: receipts[next++] });
    else {
      const verify = kinds[n] === "bundle" ? verifyBundle : verifyEvidence;
      found.push({ kind: kinds[n], report: await checkedBy(verify, bytes, { ...options, held: receipts }) });
    }
  }
  return found;
}

/** A bug of ours with one file, or too little memory for it, must not hide what is wrong with another. */
async function checkedBy(verify, bytes, options) {
  try {
    return await verify(bytes, options);
  } catch (error) {
    console.error(error);
    const unknown = { verdict: "internal_error", exitCode: exitCode("internal_error"), reason: "internal_error", steps: [] };
    if (verify === verifyReceipt) return { ...unknown, facts: { entry: null, checkpoint: null, anchor: null, promise: "unknown" } };
    return { ...unknown, problems: [], evidence: null, receipts: [], head: null };
  }
}

function kindOf(bytes) {
  if (isArchive(bytes)) return "bundle";
  return new TextDecoder().decode(bytes).includes(MARK) && !readsAsReceipt(bytes) ? "evidence" : "receipt";
}

/** A receipt may quote the mark. */
function readsAsReceipt(bytes) {
  try {
    parseReceipt(bytes);
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    return !(error instanceof NotAReceipt);
  }
  return true;
}
