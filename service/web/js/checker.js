/** The checker: whatever is put in is opened here, checked here, and goes nowhere. */
import { el, filled } from "./dom.js";
import { evidenceCard, reportCard } from "./report.js";
import { PaperError, decode as decodePaper, header, isPart, toReceipt } from "../verify/src/paper.js";
import { NodeView, fromHex, parseTrust, verifyFiles } from "../verify/src/index.js";
import { TallyError } from "../verify/src/errors.js";

const $ = (id) => document.getElementById(id);
const MAX_FILE = 64 * 1024 * 1024;

/** What was put in: {name, bytes} of a file, or {name, codes} of a paper receipt. */
let held = [];
let texts, messages, site, scanner;
let ownTrust = null;
let siteTrust = null;
const codesSeen = new Map();

const chosenTrust = () => document.querySelector('input[name="trust"]:checked').value;

async function trust() {
  if (chosenTrust() === "file") return ownTrust;
  if (siteTrust === null && site.trust !== null) {
    try {
      const answer = await fetch(site.trust, { credentials: "omit" });
      siteTrust = parseTrust(new Uint8Array(await answer.arrayBuffer()));
    } catch {
      $("trust-state").textContent = texts.js_site_unreachable;
    }
  }
  return siteTrust;
}

function view() {
  const urls = [$("node-1").value.trim(), $("node-2").value.trim()].filter((each) => each !== "");
  if (urls.some((each) => !/^https?:\/\/[^\s]+$/.test(each) || !URL.canParse(each))) throw new Error(texts.js_bad_node);
  return urls.length > 0 ? new NodeView(urls) : null;
}

function blockHashes(trusted) {
  const given = $("block-hash").value.trim().toLowerCase().split(/[\s,]+/).filter((each) => each !== "");
  if (!given.every((each) => /^0x[0-9a-f]{64}$/.test(each))) throw new Error(texts.js_bad_hash);
  const hashes = given.map((each) => fromHex(each));
  return Object.fromEntries((trusted?.chains ?? []).map((chain) => [chain.chain_id, hashes]));
}

async function readReceipt(item, trusted) {
  return item.codes ? toReceipt(await decodePaper(item.codes), trusted) : item.bytes;
}

async function showAll() {
  const results = $("results");
  if (held.length === 0) return;
  results.setAttribute("aria-busy", "true");
  results.replaceChildren(el("p", { role: "status" }, texts.js_checking));
  const cards = [];
  try {
    const trusted = await trust();
    const options = { trust: trusted, blockHashes: blockHashes(trusted), view: view(), now: Date.now() };
    cards.push(...(await show(held, trusted, options)));
  } catch (error) {
    cards.push(el("p", { class: "problem" }, error.message));
  }
  results.replaceChildren(...cards);
  results.removeAttribute("aria-busy");
  results.firstElementChild?.scrollIntoView({ block: "nearest" });
}

/** A card for each: receipts that are put in together are held against each other, and against evidence. */
async function show(items, trusted, options) {
  const told = { trust: trusted === null ? "none" : chosenTrust(), open: items.length === 1 };
  const cards = [];
  const read = [];
  for (const [n, item] of items.entries()) {
    try {
      read.push({ n, name: item.name, bytes: await readReceipt(item, trusted) });
    } catch (error) {
      if (!(error instanceof PaperError)) throw error;
      cards[n] = paperProblem(item, error);
    }
  }
  const results = await verifyFiles(read.map(({ bytes }) => bytes), options);
  for (const [at, { n, name, bytes }] of read.entries()) {
    const { kind, report } = results[at];
    const raw = bytes.length > 200_000 ? null : new TextDecoder().decode(bytes);
    cards[n] = kind === "receipt" ? reportCard(name, report, raw, texts, messages, told) : evidenceCard(name, report, texts, messages, told);
  }
  return cards;
}

function paperProblem({ name, codes }, { code, parts, missing }) {
  const known = { paper_none: "js_not_readable", paper_incomplete: "js_paper_incomplete", paper_mixed: "js_paper_mixed", paper_unknown_log: "js_paper_unknown_log" };
  const sentence = filled(texts[known[code] ?? "js_paper_wrong"], { found: parts - missing.length, parts, missing: missing.join() });
  const look = code === "paper_wrong" ? "bad" : "plain";
  return el("article", { class: "card" }, el("p", { class: "soft" }, name), el("div", { class: `verdict ${look}`, "data-paper": code, "data-codes": codes.length }, el("span", { class: "sign", "aria-hidden": "true" }, "▦"), el("p", {}, sentence)));
}

async function take(files) {
  const items = [];
  const photographed = [];
  for (const file of files) {
    if (file.size > MAX_FILE) return $("results").replaceChildren(el("p", { class: "problem" }, texts.js_too_large));
    if (file.type.startsWith("image/")) photographed.push(file);
    else items.push({ name: file.name, bytes: new Uint8Array(await file.arrayBuffer()) });
  }
  if (photographed.length > 0) {
    const { codesInFile } = await scanner();
    const codes = (await Promise.all(photographed.map(codesInFile))).flat();
    items.push({ name: photographed.map((file) => file.name).join(", "), codes });
  }
  held = items;
  await showAll();
}

/** What a code says of itself; null where it is none of a paper receipt, or makes no sense: the camera looks on. */
function headerOf(code) {
  if (!isPart(code)) return null;
  try {
    return header(code);
  } catch (error) {
    if (!(error instanceof PaperError)) throw error;
    return null;
  }
}

async function scan() {
  let stop = null;
  let over = false;
  const end = () => {
    over = true;
    stop?.();
    $("camera").hidden = true;
    $("scan").disabled = false;
    $("scan").focus();
  };
  codesSeen.clear();
  $("scan").disabled = true; // one camera at a time
  $("camera").hidden = false;
  $("camera-stop").onclick = end;
  try {
    const { watch } = await scanner();
    stop = await watch($("video"), (code) => {
      const told = headerOf(code);
      if (told === null) return false;
      const { part, parts } = told;
      codesSeen.set(part, code);
      $("camera-state").textContent = filled(texts.js_paper_found, { part: codesSeen.size, parts });
      if (codesSeen.size < parts) return false;
      end();
      held = [{ name: texts.js_file, codes: [...codesSeen.values()] }];
      void showAll();
      return true;
    });
    if (over) stop(); // it was closed before it had opened
  } catch {
    $("camera-state").textContent = texts.js_no_camera;
  }
}

/** Bring the page to life: its sentences, the verifier's, what the site offers, and how to get the QR reader. */
export function start(given) {
  ({ texts, messages, site, scanner } = given);
  $("files").addEventListener("change", (event) => take([...event.target.files]));
  $("scan").addEventListener("click", scan);
  $("check-pasted").addEventListener("click", () => {
    held = [{ name: texts.js_file, bytes: new TextEncoder().encode($("pasted").value) }];
    void showAll();
  });
  $("recheck").addEventListener("click", showAll);
  $("trust-file").addEventListener("change", async (event) => {
    const [file] = event.target.files;
    document.querySelector('input[name="trust"][value="file"]').checked = true;
    try {
      ownTrust = parseTrust(new Uint8Array(await file.arrayBuffer()));
      $("trust-state").textContent = filled(texts.js_trust_ready, { count: ownTrust.logs.length });
    } catch (error) {
      if (!(error instanceof TallyError)) throw error;
      ownTrust = null;
      $("trust-state").textContent = filled(texts.js_trust_bad, { problem: error.message });
    }
    await showAll();
  });
  for (const radio of document.querySelectorAll('input[name="trust"]'))
    radio.addEventListener("change", () => {
      if (chosenTrust() === "file" && ownTrust === null) $("trust-state").textContent = texts.js_trust_none;
      void showAll();
    });
  if (site.node !== null) {
    $("own-node").hidden = false;
    $("use-own-node").addEventListener("click", () => {
      $("node-1").value = new URL(site.node, location.href).href;
      void showAll();
    });
  }
  const drop = $("drop");
  for (const name of ["dragover", "dragenter"])
    drop.addEventListener(name, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  drop.addEventListener("dragleave", () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    drop.classList.remove("over");
    void take([...event.dataTransfer.files]);
  });
  document.addEventListener("paste", (event) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) void take(files);
  });
}
