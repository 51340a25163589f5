/** What a verification concludes. Codes are stable and name the sentences of the catalogues. */
import { TallyError } from "./errors.js";

/** Most severe first. */
export const VERDICTS = [
  "internal_error", "wrong_file", "tampered", "promise_broken", "log_not_trusted", "consent_invalid",
  "not_anchored_yet", "cannot_reach_node", "anchor_not_checked", "good",
];
const EXIT_CODES = { good: 0, tampered: 1, promise_broken: 1, consent_invalid: 1, wrong_file: 3, internal_error: 4 };

/** 0 good, 1 bad, 2 undecided, 3 not a receipt, 4 an error of ours. */
export const exitCode = (verdict) => EXIT_CODES[verdict] ?? 2;

/** The verdict that wins when several steps object. */
export const mostSevere = (verdicts) => VERDICTS.find((each) => verdicts.includes(each)) ?? "good";

/** The reasons with which a consent is invalid. */
export const CONSENT_PROBLEMS = ["consent_wrong", "consent_malformed"];

export const STEP_TITLES = ["format", "entry", "disclosures", "signatures", "inclusion", "checkpoint", "anchor", "block", "trade"];

/** A step that did not end well: `status` bad, undecided or skipped; `reason` is the stable code. */
export class StepFailed extends TallyError {
  constructor(reason, detail = "", verdict = "tampered", status = "bad") {
    super(detail || reason);
    Object.assign(this, { reason, detail, verdict, status });
  }
}

/** The file is not a receipt. */
export const wrongFile = (reason, detail) => new StepFailed(reason, detail, "wrong_file");

/** The receipt is genuine and the log did not keep the promise in it. */
export const promiseBroken = (reason, detail) => new StepFailed(reason, detail, "promise_broken");

/** The record is genuine, and the consent in it was not given by the key that it names. */
export const consentInvalid = (reason, detail) => new StepFailed(reason, detail, "consent_invalid");

/** A step that cannot be decided with what the caller gave; `verdict` says what is missing. */
export const undecided = (verdict, reason, detail = "") => new StepFailed(reason, detail, verdict, "undecided");

/** A step with nothing to look at. */
export const skipped = (reason, detail = "") => new StepFailed(reason, detail, "good", "skipped");

/** No node answered as a node should: this says nothing about a receipt. */
export class NodeUnreachable extends TallyError {}

/** Two nodes that the caller named answered differently. */
export class NodesDisagree extends TallyError {}
