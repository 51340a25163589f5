/** Steps 9 and 10: a bundle's manifest and its signature, and every file against it. */
import { sha256 } from "@noble/hashes/sha2.js";
import { same, toHex } from "./bytes.js";
import { canonicalBytes } from "./canonical.js";
import { identityOf } from "./checkpoint.js";
import { TallyError } from "./errors.js";
import { MANIFEST, SIGNATURE, isOf, parse as parseManifest, signersOf } from "./manifest.js";
import { inUseAt, trustedLog } from "./promise.js";
import { logOf } from "./trust.js";
import { exitCode, mostSevere, undecided, wrongFile } from "./verdict.js";
import { verifyEvidence } from "./verify_evidence.js";
import { BundleRefused, openBundle } from "./zip.js";

const problem = (reason, detail) => ({ reason, detail });

/** Verify a bundle file's bytes; as verifyEvidence, with two further steps, and `files` by path. */
export async function verifyBundle(bytes, options) {
  let files;
  try {
    files = await openBundle(bytes);
    if (!files.has("evidence.json")) throw new BundleRefused("there is no evidence.json in it");
  } catch (error) {
    if (!(error instanceof BundleRefused)) throw error;
    return refused(error);
  }
  const content = files.get("evidence.json");
  const report = content === null ? damaged() : await verifyEvidence(content, options);
  return { ...withFiles(report, files, options.trust ?? null), files };
}

const refused = ({ message }) => ({ ...unopened(wrongFile("bundle_refused", message).reason, message, "wrong_file"), files: new Map() });
const damaged = () => unopened("file_altered", "evidence.json", "tampered");

function unopened(reason, detail, verdict) {
  const step = { number: 1, title: "evidence_format", status: "bad", reason, detail };
  const found = [problem(reason, detail)];
  return { verdict, exitCode: exitCode(verdict), reason, steps: [step], problems: found, evidence: null, receipts: [], head: null };
}

function withFiles(report, files, trust) {
  const problems = [];
  const objections = [];
  let manifest = null;
  let manifestStep = { number: 9, title: "evidence_manifest", status: "ok", reason: "ok", detail: "" };
  try {
    const [data, note] = [files.get(MANIFEST), files.get(SIGNATURE)];
    if (!data || !note) throw new TallyError(`${MANIFEST} or ${SIGNATURE} is not there, or damaged`);
    manifest = parseManifest(data);
    checkSame(manifest, report.evidence);
    checkSigned(manifest, data, note, trust);
  } catch (error) {
    if (!(error instanceof TallyError)) throw error;
    if (error.status === "undecided") {
      manifestStep = { ...manifestStep, status: "undecided", reason: error.reason, detail: error.detail };
      objections.push(error.verdict);
    } else {
      manifestStep = { ...manifestStep, status: "bad", reason: "manifest_wrong", detail: error.message };
      problems.push(problem("manifest_wrong", error.message));
    }
  }
  const found = [...listed(manifest, files), ...contents(report.evidence, files)];
  const filesStep = { number: 10, title: "evidence_files", status: "ok", reason: "ok", detail: "", ...(found.length > 0 && { status: "bad", ...found[0] }) };
  problems.push(...found);
  if (problems.length > 0) objections.push("tampered");
  const verdict = mostSevere([report.verdict, ...objections]);
  const all = [...report.problems, ...problems];
  const reason = all[0]?.reason ?? (verdict === report.verdict ? report.reason : manifestStep.reason);
  return { ...report, verdict, exitCode: exitCode(verdict), reason, steps: [...report.steps, manifestStep, filesStep], problems: all };
}

function checkSame(manifest, evidence) {
  if (evidence === null) return; // step 1 says so
  const sameLog = ["origin", "chain_id", "registry"].every((name) => manifest.log[name] === evidence.log[name]) && same(manifest.log.id, evidence.log.id);
  if (!sameLog || manifest.trade !== evidence.trade || manifest.taken !== evidence.taken)
    throw new TallyError(`the manifest is of other evidence, of trade ${manifest.trade}`);
}

function checkSigned(manifest, data, note, trust) {
  const known = trust === null ? undefined : logOf(trust, manifest.log.id);
  const signers = signersOf(note, manifest, data, known?.keys ?? []);
  const log = trustedLog(trust, identityOf(manifest.log));
  if (signers.length === 0) throw new TallyError("the manifest is signed by a key that the trust file does not list");
  if (!signers.some((key) => inUseAt(key, manifest.taken)))
    throw undecided("log_not_trusted", "key_not_active", `of ${log.origin}`);
}

/** Every file listed is there and unchanged, and no other is there. */
function* listed(manifest, files) {
  if (manifest === null) return;
  const lines = new Map(manifest.files.map((each) => [each.path, each]));
  if (lines.size !== manifest.files.length) yield problem("manifest_wrong", "a file is listed twice");
  for (const [path, line] of lines) {
    if (!files.has(path)) yield problem("file_missing", path);
    else if (files.get(path) === null || !isOf(line, files.get(path))) yield problem("file_altered", path);
  }
  for (const path of files.keys()) if (!lines.has(path) && path !== MANIFEST && path !== SIGNATURE) yield problem("file_unlisted", path);
}

/** Receipts and attachments are those of the evidence, whatever the manifest says. */
function* contents(evidence, files) {
  if (evidence === null) return;
  const own = new Set(evidence.entries.filter((each) => each.receipt !== null).map((each) => toHex(sha256(canonicalBytes(each.value)))));
  const known = new Set(evidence.attachments.map((each) => toHex(each.digest).slice(2)));
  for (const [path, content] of files) {
    if (path.startsWith("receipts/") && (content === null || !own.has(toHex(sha256(content)))))
      yield problem("receipt_file_differs", `${path} is no receipt of the evidence`);
    if (!path.startsWith("attachments/")) continue;
    const digest = path.slice("attachments/".length);
    if (!known.has(digest)) yield problem("attachment_unknown", `${path} is no attachment of the evidence`);
    else if (content === null || toHex(sha256(content)).slice(2) !== digest) yield problem("attachment_altered", path);
  }
}
