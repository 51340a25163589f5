/** The device: its name, its key, the guarantor's key, and how to leave. */
import { el, filled } from "../dom.js";
import { register } from "./api.js";
import { form, showProblems, textField } from "./forms.js";
import { PIN, create } from "./guarantor.js";

export function settings(app) {
  const { texts } = app;
  return el(
    "div", {},
    app.device.test && el("p", { class: "banner" }, texts.js_test_banner),
    el("div", { class: "row" }, el("button", { type: "button", id: "to-home", onclick: () => app.home() }, texts.js_back), el("h1", {}, texts.js_settings)),
    shopName(app), deviceKey(app), guarantorKey(app), leaving(app),
  );
}

const again = (app) => app.show("settings");

function shopName(app) {
  const { texts, device, store } = app;
  return form(
    { class: "card" },
    async (self) => {
      device.shop = self.querySelector("#shop").value.trim();
      await store.keep("shop", device.shop);
      app.home();
    },
    el("h2", {}, texts.js_shop),
    textField("shop", texts.js_shop_label, { maxlength: 40, value: device.shop }),
    el("button", { class: "primary" }, texts.js_keep),
  );
}

function deviceKey(app) {
  const { texts, device } = app;
  return form(
    { class: "card", id: "device-key" },
    async (self) => {
      const answer = await register(app.api, device.address, "platform");
      if (!answer.ok) return showProblems(self, [{ field: "register", reason: answer.status === 0 ? "unreachable" : "key_refused" }], texts);
      device.registered = true;
      await app.store.keep("key", { secret: device.key, registered: true });
      again(app);
    },
    el("h2", {}, texts.js_device_key),
    el("p", {}, texts.js_device_key_is, " ", el("code", { id: "address" }, device.address)),
    el("p", { class: "soft" }, texts.js_device_key_limits),
    el("p", { class: "problem", id: "register-problem", hidden: true }),
    device.registered ? el("p", { class: "state-posted", "data-registered": true }, texts.js_registered) : el("button", { class: "primary", id: "register" }, texts.js_register),
  );
}

function guarantorKey(app) {
  const { texts, device } = app;
  const key = device.guarantor;
  if (key)
    return form(
      { class: "card", id: "guarantor-key" },
      (self) => forget(app, self),
      el("h2", {}, texts.js_guarantor),
      el("p", {}, texts.js_guarantor_key_is, " ", el("code", {}, key.address)),
      el("p", { class: "soft" }, texts.js_guarantor_limits),
      el("p", { class: "problem", id: "forget-problem", hidden: true }),
      el("button", { id: "forget" }, texts.js_guarantor_forget),
    );
  return form(
    { class: "card", id: "guarantor-key" },
    async (self) => {
      const [pin, repeated] = ["#new-pin", "#new-pin-again"].map((id) => self.querySelector(id).value);
      if (!PIN.test(pin)) return showProblems(self, [{ field: "new-pin", reason: "pin_form" }], texts);
      if (pin !== repeated) return showProblems(self, [{ field: "new-pin-again", reason: "pin_differs" }], texts);
      const made = await create(pin, app.random);
      const answer = await register(app.api, made.address, "guarantor");
      if (!answer.ok) return showProblems(self, [{ field: "new-pin", reason: answer.status === 0 ? "unreachable" : "key_refused" }], texts);
      device.guarantor = made;
      await app.store.keep("guarantor", made);
      again(app);
    },
    el("h2", {}, texts.js_guarantor),
    el("p", {}, texts.js_guarantor_make),
    el("p", { class: "soft" }, texts.js_guarantor_limits),
    textField("new-pin", texts.js_new_pin, { type: "password", inputmode: "numeric", maxlength: 12 }),
    textField("new-pin-again", texts.js_new_pin_again, { type: "password", inputmode: "numeric", maxlength: 12 }),
    el("button", { class: "primary", id: "make-guarantor" }, texts.js_guarantor_do),
  );
}

/** The key's registration ends, then the key goes; what it signed stays signed. */
async function forget(app, self) {
  const answer = await app.api("DELETE", `/v1/signers/${app.device.guarantor.address}/guarantor`);
  if (!answer.ok && answer.status !== 404) return showProblems(self, [{ field: "forget", reason: answer.status === 401 ? "key_refused" : "unreachable" }], app.texts);
  await app.store.forget("guarantor");
  app.device.guarantor = undefined;
  again(app);
}

function leaving(app) {
  const { texts } = app;
  const waiting = app.waiting().length;
  return form(
    { class: "card", id: "leave" },
    async (self) => {
      if (!self.querySelector("#sure").checked) return showProblems(self, [{ field: "sure", reason: "sure" }], texts);
      for (const name of ["pairing", "trust"]) await app.store.forget(name);
      location.reload();
    },
    el("h2", {}, texts.js_leave),
    el("p", {}, waiting > 0 ? filled(texts.js_leave_waiting, { count: waiting }) : texts.js_leave_clear),
    el("p", {}, el("label", { class: "check" }, el("input", { type: "checkbox", id: "sure", "aria-describedby": "sure-problem" }), " ", texts.js_leave_sure)),
    el("p", { class: "problem", id: "sure-problem", hidden: true }),
    el("button", { id: "do-leave" }, texts.js_leave_do),
  );
}
