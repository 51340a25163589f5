/*
 * The counter's service worker: it serves the shell, and nothing but the shell, from a cache that is named by its
 * content. Requests to the API pass by untouched, so no key and no answer is ever cached. `SHELL` is written above
 * by the service: {version, pages: {language: address}, assets: [address]}.
 */
const CACHE = `tally-counter-${SHELL.version}`;
const CHOICE = "tally-counter-choice";
const CHOSEN = "/counter/language";
const SCOPE = "/counter";

self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));

self.addEventListener("activate", (event) => event.waitUntil(forgetOlder().then(() => self.clients.claim())));

self.addEventListener("message", (event) => {
  const { language } = event.data ?? {};
  if (language in SHELL.pages) event.waitUntil(choose(language));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname === SCOPE) event.respondWith(page(url));
  } else if (SHELL.assets.includes(url.pathname + url.search)) event.respondWith(asset(request));
});

/** All or nothing; without cookies, so that fetching a language chooses none. */
async function fill() {
  const cache = await caches.open(CACHE);
  const wanted = [...Object.values(SHELL.pages), ...SHELL.assets].map((address) => new Request(address, { cache: "reload", credentials: "omit" }));
  await Promise.all(
    wanted.map(async (request) => {
      const answer = await fetch(request);
      if (!answer.ok) throw new Error(`${request.url}: ${answer.status}`);
      await cache.put(request, answer);
    }),
  );
}

async function forgetOlder() {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith("tally-counter-") && name !== CACHE && name !== CHOICE).map((name) => caches.delete(name)));
}

async function choose(language) {
  await (await caches.open(CHOICE)).put(CHOSEN, new Response(language));
}

async function chosen() {
  const kept = await (await caches.open(CHOICE)).match(CHOSEN);
  const language = kept ? await kept.text() : self.navigator.language.slice(0, 2);
  return language in SHELL.pages ? language : "zh";
}

async function page(url) {
  const asked = url.searchParams.get("lang");
  if (asked in SHELL.pages) await choose(asked);
  const kept = await (await caches.open(CACHE)).match(SHELL.pages[await chosen()]);
  return kept ?? fetch(url.href);
}

async function asset(request) {
  return (await (await caches.open(CACHE)).match(request)) ?? fetch(request);
}
