/** Fields for amounts and the large keys under the thumb that fill them. */
import { el } from "../dom.js";

const KEYS = ["1", "2", "3", "⌫", "4", "5", "6", "next", "7", "8", "9", ".", "0", "00"];
const NAMES = { "⌫": "js_delete", ".": "js_point" };

/** An amount's field: the phone's own keyboard stays away, a real one still works. */
export const amountField = (id, label, attributes = {}) => [
  el("label", { for: id }, label),
  el("input", { id, "data-keypad": true, inputmode: "none", autocomplete: "off", maxlength: 12, "aria-describedby": `${id}-problem`, ...attributes }),
  el("p", { class: "problem", id: `${id}-problem`, hidden: true }),
];

/** The keys. They write into whichever amount field has, or had, the focus inside `form`. */
export function keypad(form, texts) {
  let target = null;
  const pad = el(
    "div", { class: "keypad", role: "group", "aria-label": texts.js_keypad },
    KEYS.map((key) => (key === "next" ? el("button", { type: "button", class: "next primary", onclick: () => next() }, texts.js_next) : el("button", { type: "button", "aria-label": NAMES[key] ? texts[NAMES[key]] : null, onclick: () => press(key) }, key))),
  );
  const next = () => {
    const fields = [...form.querySelectorAll("[data-keypad]")].filter((field) => field.offsetParent !== null);
    const following = fields[fields.indexOf(target) + 1];
    if (following) return following.focus();
    pad.hidden = true;
    form.querySelector("button.big")?.focus();
  };
  const press = (key) => {
    if (target === null || !target.isConnected) target = form.querySelector("[data-keypad]");
    if (target === null) return;
    target.value = key === "⌫" ? target.value.slice(0, -1) : target.value + (key === "." && target.value.includes(".") ? "" : key);
    target.dispatchEvent(new Event("input", { bubbles: true }));
  };
  pad.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
  form.addEventListener("focusin", (event) => {
    if (!event.target.matches("input, textarea, select")) return;
    target = event.target.matches("[data-keypad]") ? event.target : null;
    for (const field of form.querySelectorAll("[data-keypad]")) field.classList.toggle("active", field === target);
    pad.hidden = target === null;
  });
  pad.hidden = true;
  return pad;
}
