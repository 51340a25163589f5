/** The summary to take away: as a picture (WeChat saves one by a long press), as text, on paper. What it says, the page says. */
import { el } from "../dom.js";

const WIDTH = 750;
const MARGIN = 44;
const FONT = '"PingFang SC", "HarmonyOS Sans SC", "Microsoft YaHei", "Noto Sans CJK SC", "Noto Sans SC", system-ui, sans-serif';
const COLOURS = { bad: "#a11212", good: "#14653a", plain: "#1c1b1a", ink: "#1c1b1a", soft: "#5b5752", line: "#d9d3ca", seal: "#9c2b22" };

/** Bring the buttons to life. */
export function start(texts) {
  document.getElementById("save-image").addEventListener("click", () => picture(texts));
  document.getElementById("save-text").addEventListener("click", (event) => copy(event.currentTarget, texts));
  document.getElementById("print").addEventListener("click", () => print());
}

const words = (selector, root = document) => [...root.querySelectorAll(selector)].map((each) => each.textContent.trim().replace(/\u2060/g, "").replace(/\s+/g, " ")).filter((each) => each !== "");

/** What the page says, in the order of importance. */
function summary() {
  const [heading] = words("#heading");
  const [id] = words(".top .id");
  const [asOf] = words(".top > p:has(small)");
  const sentences = words(".top .difference");
  return {
    heading, id, asOf,
    headline: words("#headline")[0],
    look: ["bad", "good"].find((each) => document.getElementById("headline").classList.contains(each)) ?? "plain",
    figures: [...document.querySelectorAll("[data-figure]")].map((each) => [words(".label", each)[0], words(".value", each)[0]]),
    sentences,
    findings: words("#findings > .finding.proved > p:first-child").filter((each) => !sentences.includes(each)),
    disputes: words(".dispute > .headline, .dispute > .difference"),
    entries: [...document.querySelectorAll("#timeline li")].map((each) => [words("time", each)[0] ?? "—", words("strong", each)[0], words(".state", each)[0] ?? ""]),
  };
}

function asText() {
  const told = summary();
  return [
    told.heading, told.id, "", told.headline, ...told.figures.map((each) => each.join(document.documentElement.lang === "en" ? ": " : "：")), ...told.sentences, "",
    ...told.findings.map((each) => `• ${each}`), ...told.disputes, "",
    ...told.entries.map((each) => each.filter(Boolean).join("  ")), "", told.asOf, location.href.split("#")[0].split("?")[0],
  ].join("\n").replace(/\n{3,}/g, "\n\n");
}

async function copy(button, texts) {
  const text = asText();
  try {
    await navigator.clipboard.writeText(text);
    const said = button.textContent;
    button.textContent = texts.js_copied;
    setTimeout(() => (button.textContent = said), 2000);
  } catch {
    // No clipboard for pages in this browser: the text, to be selected by hand.
    const field = el("textarea", { readonly: true, "aria-label": texts.js_copy_hint });
    field.value = text;
    show(el("p", {}, texts.js_copy_hint), field);
    field.select();
  }
}

function show(...children) {
  const dialog = document.getElementById("picture");
  dialog.querySelector("div").replaceChildren(...children);
  dialog.showModal();
}

async function picture(texts) {
  const qr = document.getElementById("qr");
  await qr.decode();
  const measured = draw(document.createElement("canvas").getContext("2d"), summary(), qr, texts);
  const canvas = el("canvas", { width: WIDTH, height: Math.ceil(measured) });
  draw(canvas.getContext("2d"), summary(), qr, texts, measured);
  const source = canvas.toDataURL("image/png");
  show(
    el("p", {}, texts.js_image_hint),
    el("img", { src: source, alt: texts.js_image_alt, width: WIDTH, height: canvas.height }),
    el("p", {}, el("a", { class: "button", href: source, download: "tallystick.png" }, texts.js_image_download)),
  );
}

/** Draws from top to bottom and returns the height; without `height` only to measure. */
function draw(context, told, qr, texts, height = 0) {
  context.fillStyle = "#fff";
  context.fillRect(0, 0, WIDTH, height);
  context.fillStyle = COLOURS.seal;
  context.fillRect(0, 0, WIDTH, 10);
  const pen = new Pen(context, 34);
  pen.write(texts.js_image_brand, 24, COLOURS.seal, true);
  pen.write(told.heading, 30, COLOURS.ink, true);
  pen.write(told.id, 22, COLOURS.soft);
  pen.skip(8);
  pen.write(told.headline, 52, COLOURS[told.look], true);
  pen.skip(8);
  pen.columns(told.figures, told.look);
  for (const each of told.sentences) pen.write(each, 26, COLOURS.ink);
  for (const each of [...told.findings.slice(0, 4), ...told.disputes]) pen.write(`• ${each}`, 24, COLOURS.ink);
  pen.rule();
  for (const [time, what, state] of told.entries.slice(0, 14)) pen.write(`${time}  ${what}  ${state}`, 21, COLOURS.soft);
  if (told.entries.length > 14) pen.write("……", 21, COLOURS.soft);
  pen.rule();
  context.drawImage(qr, MARGIN, pen.y, 220, 220);
  const beside = new Pen(context, pen.y + 40, MARGIN + 250);
  beside.write(texts.js_image_scan, 26, COLOURS.ink, true);
  beside.write(told.asOf, 21, COLOURS.soft);
  return Math.max(pen.y + 220, beside.y) + MARGIN;
}

class Pen {
  constructor(context, y, x = MARGIN) {
    Object.assign(this, { context, y, x });
  }

  write(text, size, colour, bold = false) {
    this.context.font = `${bold ? "700 " : ""}${size}px ${FONT}`;
    this.context.fillStyle = colour;
    this.context.textBaseline = "top";
    for (const line of lines(this.context, text, WIDTH - MARGIN - this.x)) {
      this.context.fillText(line, this.x, this.y);
      this.y += size * 1.45;
    }
    this.y += size * 0.3;
  }

  columns(figures, look) {
    const width = (WIDTH - 2 * MARGIN) / figures.length;
    figures.forEach(([label, value], n) => {
      const x = MARGIN + n * width;
      this.context.strokeStyle = n === figures.length - 1 && look === "bad" ? COLOURS.bad : COLOURS.line;
      this.context.lineWidth = 2;
      this.context.strokeRect(x + 1, this.y, width - 12, 104);
      this.context.fillStyle = COLOURS.soft;
      this.context.font = `22px ${FONT}`;
      this.context.textBaseline = "top";
      this.context.fillText(label, x + 14, this.y + 14);
      this.context.fillStyle = COLOURS.ink;
      this.context.font = `700 30px ${FONT}`;
      this.context.fillText(value, x + 14, this.y + 50, width - 40);
    });
    this.y += 128;
  }

  rule() {
    this.y += 10;
    this.context.fillStyle = COLOURS.line;
    this.context.fillRect(MARGIN, this.y, WIDTH - 2 * MARGIN, 2);
    this.y += 22;
  }

  skip(height) {
    this.y += height;
  }
}

/** Lines that fit: words stay whole, Chinese breaks anywhere but before its punctuation. */
function lines(context, text, width) {
  const found = [];
  let line = "";
  for (const piece of text.match(/[\u2e80-\u9fff\uff00-\uffef](?:[，。；：！？、）」』”])*|\s+|[^\s\u2e80-\u9fff\uff00-\uffef]+/gu) ?? []) {
    if (line !== "" && context.measureText(line + piece).width > width) {
      found.push(line.trimEnd());
      line = piece.trimStart();
    } else line += piece;
  }
  return [...found, line];
}
