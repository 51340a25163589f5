/** Elements without strings of HTML: every text is text. */

/** Characters that turn the direction of writing: named, not obeyed, as the server does (service/web/rendering.py). */
const TURNING = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const told = (child) => (typeof child === "string" ? child.replace(TURNING, (found) => `[U+${found.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}]`) : child);

/** An element with attributes and children; children are nodes, texts, or nothing (null, false). */
export function el(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value === true) made.setAttribute(key, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(key, value);
  }
  made.append(...children.flat(2).filter((child) => child !== null && child !== false && child !== undefined).map(told));
  return made;
}

/** What only scripts can do rests in the page until they are there: a form that nobody listens to would seem to be sent. */
export function awake() {
  for (const each of document.querySelectorAll("button[data-script]")) each.disabled = false;
}

/** The JSON of a data block, or null where the page has none. */
export function data(id) {
  const found = document.getElementById(id);
  return found === null ? null : JSON.parse(found.textContent);
}

/** A sentence with its figures put in. */
export function filled(sentence, figures = {}) {
  return sentence.replace(/\{(\w+)\}/g, (whole, name) => (name in figures ? String(figures[name]) : whole));
}

/** Into the clipboard: browsers give pages without TLS no `navigator.clipboard`, but let them copy what is selected. */
async function copy(text, button) {
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    const field = el("textarea", { readonly: true, class: "visually-hidden" });
    field.value = text;
    button.after(field);
    field.select();
    document.execCommand("copy");
    field.remove();
    button.focus();
  }
}

/** A button that copies a text and says so. */
export function copyButton(texts, text) {
  const button = el("button", { type: "button" }, texts.js_copy);
  button.addEventListener("click", async () => {
    await copy(text, button);
    button.textContent = texts.js_copied;
    setTimeout(() => (button.textContent = texts.js_copy), 2000);
  });
  return button;
}

const BEIJING = new Intl.DateTimeFormat("sv-SE", {
  timeZone: "Asia/Shanghai", year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", second: "2-digit",
});

/** A time (ms) in Beijing time, with UTC beside it. */
export function time(ms, label) {
  const date = new Date(ms);
  if (Number.isNaN(date.getTime())) return String(ms);
  const utc = date.toISOString().replace("T", " ").slice(0, 19);
  return el("time", { datetime: date.toISOString() }, `${BEIJING.format(date)} ${label}`, el("small", {}, ` · ${utc} UTC`));
}
