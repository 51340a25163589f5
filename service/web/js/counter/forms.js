/** What the counter's forms share: choices under a thumb, and problems shown where they are. */
import { el } from "../dom.js";

/** Big buttons of which one is chosen; `options` are [value, text]. */
export function choice(name, legend, options, chosen) {
  return el(
    "fieldset", { class: "choice", "aria-describedby": `${name}-problem` },
    el("legend", {}, legend),
    options.map(([value, text]) => el("label", {}, el("input", { type: "radio", name, value, checked: value === chosen }), el("span", {}, text))),
    el("p", { class: "problem", id: `${name}-problem`, hidden: true }),
  );
}

/** A text field with its label and a place for its problem. */
export const textField = (id, label, attributes = {}) => [
  el("label", { for: id }, label),
  el("input", { id, autocomplete: "off", spellcheck: "false", "aria-describedby": `${id}-problem`, ...attributes }),
  el("p", { class: "problem", id: `${id}-problem`, hidden: true }),
];

/** A drop-down; `options` are [value, text]. */
export const select = (id, label, options, chosen) => [
  el("label", { for: id }, label),
  el("select", { id }, options.map(([value, text]) => el("option", { value, selected: value === chosen }, text))),
];

/** The value of the chosen radio button, or "". */
export const chosen = (form, name) => form.querySelector(`input[name="${name}"]:checked`)?.value ?? "";

/** Show each problem at its field, and go to the first. Texts are `js_problem_<reason>`. */
export function showProblems(form, problems, texts) {
  for (const place of form.querySelectorAll(".problem[id]")) place.hidden = true;
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
  problems.forEach(({ field, reason }, n) => {
    const place = form.querySelector(`#${field}-problem`);
    if (place === null) return;
    place.textContent = texts[`js_problem_${reason}`];
    place.hidden = false;
    const input = form.querySelector(`#${field}`) ?? form.querySelector(`input[name="${field}"]`);
    input?.setAttribute("aria-invalid", "true");
    if (n === 0) (input ?? place).focus?.();
  });
}

/** A form whose submission is `submit(form)`; while that works its buttons rest. */
export function form(attributes, submit, ...children) {
  const made = el("form", { novalidate: true, ...attributes }, ...children);
  made.addEventListener("input", ({ target }) => {
    const place = made.querySelector(`#${CSS.escape(target.type === "radio" ? target.name : target.id)}-problem`);
    if (place !== null) place.hidden = true; // told until something is done about it
    target.removeAttribute("aria-invalid");
  });
  made.addEventListener("submit", async (event) => {
    event.preventDefault();
    const buttons = [...made.querySelectorAll("button")].filter((button) => !button.disabled);
    for (const button of buttons) button.disabled = true;
    try {
      await submit(made);
    } finally {
      for (const button of buttons) button.disabled = false;
    }
  });
  return made;
}
