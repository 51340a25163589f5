/** Doing something that stays: a question first, one request at a time, and a plain word when it did not work. */
import { Refused } from "../api.js";

const TOLD = {
  network: "js_error_network", key: "js_key_failed", "not-authenticated": "js_error_link", "not-found": "js_error_link", "too-many-requests": "js_error_busy", overloaded: "js_error_busy",
  "dispute-state": "js_error_state", "invalid-parameter": "js_error_state", "idempotency-conflict": "js_error_state", "attachments-full": "js_error_full", "body-too-large": "js_file_large",
};
const dialog = document.getElementById("ask");

/** Ask; whether the answer was yes. */
export function confirmed(question) {
  document.getElementById("ask-text").textContent = question;
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true }));
}

for (const each of document.querySelectorAll("dialog"))
  each.addEventListener("click", (event) => {
    const button = event.target.closest("button[value]");
    if (button) each.close(button.value);
  });

/** Run `work` with the buttons of `place` resting; what went wrong is said there. Afterwards the page shows what came of it. */
export async function doing(place, texts, fragment, work) {
  const problem = place.querySelector(".refusal");
  const buttons = [...place.querySelectorAll("button, input")].filter((each) => !each.disabled);
  const pressed = document.activeElement; // a button that rests loses the focus
  problem.hidden = true;
  for (const each of buttons) each.disabled = true;
  place.setAttribute("aria-busy", "true");
  try {
    await work();
    history.replaceState(null, "", `#${fragment}`);
    location.reload();
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    problem.textContent = texts[TOLD[error.kind] ?? "js_error"];
    problem.hidden = false;
  } finally {
    place.removeAttribute("aria-busy");
    for (const each of buttons) each.disabled = false;
    if (place.contains(pressed)) pressed.focus();
  }
}
