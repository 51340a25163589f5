/** /counter: a shop's counter, with and without a network. */
import { App } from "./counter/app.js";
import { openStore } from "./counter/store.js";
import * as views from "./counter/views.js";
import { fitPaper } from "./counter/slip.js";
import { data } from "./dom.js";

const WORKER = "/counter/sw.js";
const LOCK_PATIENCE_MS = 3_000;
const language = document.documentElement.lang.startsWith("zh") ? "zh" : "en";
const app = new App({ store: null, texts: data("texts"), language, site: data("site"), views, place: document.getElementById("counter") });

/** Two tabs would post one queue twice: whoever comes second waits a moment, then says so. */
function alone() {
  const held = new Promise((resolve, reject) => {
    navigator.locks.request("tally-counter", { signal: AbortSignal.timeout(LOCK_PATIENCE_MS) }, () => {
      resolve(true);
      return new Promise(() => {});
    }).catch((error) => (error.name === "TimeoutError" || error.name === "AbortError" ? resolve(false) : reject(error)));
  });
  return held;
}

/** The one address of a script that this page may name. */
function workerAddress() {
  if (!window.trustedTypes) return WORKER;
  return window.trustedTypes.createPolicy("tally-counter", { createScriptURL: () => WORKER }).createScriptURL(WORKER);
}

async function install() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register(workerAddress(), { scope: "/counter" });
  const ready = await navigator.serviceWorker.ready;
  ready.active.postMessage({ language });
}

async function start() {
  if (!window.isSecureContext) return app.show("insecure");
  await install().catch(() => {}); // without it the page works, only not offline
  if (!(await alone())) return app.show("elsewhere");
  app.store = await openStore();
  await navigator.storage?.persist?.();
  await app.load();
  app.home();
  for (const event of ["online", "offline"]) window.addEventListener(event, () => void app.sync().then(() => app.refresh()));
  document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && void app.sync());
  window.addEventListener("beforeprint", fitPaper);
  void app.sync();
}

void start();
