/** Tallystick's verifier: receipts checked in the browser, by the same numbered steps as `tally verify`. */
export { verifyReceipt } from "./verify.js";
export { EVIDENCE_STEPS, verifyEvidence } from "./verify_evidence.js";
export { parse as parseTrust } from "./trust.js";
export { fromHex, toHex } from "./bytes.js";
export { NodeUnreachable, NodesDisagree } from "./verdict.js";
export { NodeView } from "./node_view.js";
export { verifyBundle } from "./verify_bundle.js";
export { isArchive } from "./zip.js";
export { verifyFiles } from "./files.js";
