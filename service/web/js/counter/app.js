/** The counter's state and its turns: what is on this device, what is shown, and when the queue goes to the log. */
import { utf8 } from "../../verify/src/bytes.js";
import { parseTrust } from "../../verify/src/index.js";
import { addressOf, newKey } from "../../verify/src/signing.js";
import { caller, trustText } from "./api.js";
import { add, complete, identity, post, waits } from "./queue.js";
import { begin } from "./trade.js";

const FIRST_WAIT = 2_000;
const LONGEST_WAIT = 60_000;
const ANCHOR_WAIT = 15_000;
const DAY = 86_400_000;
const BEIJING = 8 * 3_600_000;

export class App {
  constructor({ store, texts, language, site, views, place }) {
    Object.assign(this, { store, texts, language, site, views, place });
    this.now = () => Date.now();
    this.random = (size) => crypto.getRandomValues(new Uint8Array(size));
    this.trades = new Map();
    this.device = { paired: false };
    this.tail = Promise.resolve();
    this.wait = FIRST_WAIT;
    this.reachable = navigator.onLine;
  }

  /** Read what the device keeps; the device's own key is made the first time. */
  async load() {
    for (const record of await this.store.trades()) this.trades.set(record.trade, record);
    let key = await this.store.setting("key");
    if (key === undefined) {
      key = { secret: newKey(this.random), registered: false };
      await this.store.keep("key", key);
    }
    this.device = { key: key.secret, address: addressOf(key.secret), registered: key.registered, shop: (await this.store.setting("shop")) ?? "", guarantor: await this.store.setting("guarantor") };
    const pairing = await this.store.setting("pairing");
    this.device.paired = pairing !== undefined;
    if (pairing === undefined) return;
    Object.assign(this.device, { log: pairing.log, test: pairing.test });
    this.api = caller(pairing.apiKey);
    await this.believe(await this.store.setting("trust"));
  }

  async believe(text) {
    if (!text) return;
    this.trust = parseTrust(utf8(text));
    await this.store.keep("trust", text);
  }

  /** What sealing and posting need. */
  context() {
    const { api, device, trust, random, now } = this;
    return { api, device, trust: trust ?? null, random, now, online: navigator.onLine && this.reachable, version: this.site.version, identity: identity(device), save: (record) => this.save(record) };
  }

  async save(record) {
    this.trades.set(record.trade, record);
    await this.store.saveTrade(record);
  }

  newTrade() {
    const record = { ...begin(this.now(), this.random), log: this.device.log.id };
    this.trades.set(record.trade, record);
    this.open(record);
  }

  /** Record a step: sealed and kept on the device before anything else happens. */
  async record(record, result) {
    add(record, result, this.context());
    delete record.entering;
    await this.save(record);
    this.open(record);
    void this.sync();
  }

  /** Today's trades and older ones that are not done with, newest first. */
  listed() {
    const today = Math.floor((this.now() + BEIJING) / DAY);
    const all = [...this.trades.values()].filter((record) => record.events.length > 0 || record.entering);
    const isToday = (record) => Math.floor((record.created + BEIJING) / DAY) === today;
    return { today: all.filter(isToday).sort(newest), older: all.filter((record) => !isToday(record)).sort(newest) };
  }

  /** Whether a trade was begun for another log than this counter's. */
  foreign(record) {
    return record.log !== this.device.log.id;
  }

  waiting() {
    return [...this.trades.values()].filter((record) => waits(record) && record.events.length > 0);
  }

  /** One thing at a time with the service. */
  turn(work) {
    const done = this.tail.then(work);
    this.tail = done.catch(() => {});
    return done;
  }

  /** Post what waits, oldest trade first; then ask for anchors. Tries again later, ever more patiently. */
  sync() {
    if (!this.device.paired) return Promise.resolve();
    clearTimeout(this.timer);
    return this.turn(async () => {
      const later = await this.postAll();
      this.reachable = !later;
      const pending = later ? false : await this.completeAll();
      if (later) this.timer = setTimeout(() => void this.sync(), this.wait * (0.75 + Math.random() / 2));
      else if (pending) this.timer = setTimeout(() => void this.sync(), ANCHOR_WAIT);
      this.wait = later ? Math.min(this.wait * 2, LONGEST_WAIT) : FIRST_WAIT;
      this.refresh();
    });
  }

  async postAll() {
    if (!navigator.onLine) return this.waiting().length > 0;
    if (this.trust === undefined || this.trustAsked !== true) {
      const text = await trustText();
      this.trustAsked = text !== null;
      await this.believe(text);
    }
    for (const record of this.waiting().sort((left, right) => left.created - right.created)) {
      if (record.conflict || record.refused || this.foreign(record)) continue;
      if ((await post(record, this.context())) === "later") return true;
      this.refresh();
    }
    return false;
  }

  async completeAll() {
    if (!navigator.onLine) return false;
    const since = this.now() - 3 * DAY;
    let pending = false;
    for (const record of [...this.trades.values()].filter((each) => each.created > since && each.events.length > 0 && !this.foreign(each))) {
      await complete(record, this.context());
      pending ||= record.events.some((each) => each.receipt !== null && !each.anchored);
    }
    return pending;
  }

  /** Clear what stood against a trade and try again. */
  async retry(record) {
    Object.assign(record, { conflict: null, refused: null });
    await this.save(record);
    this.wait = FIRST_WAIT;
    await this.sync();
    this.open(record);
  }

  // --- What is shown -----------------------------------------------------------------------------------

  home() {
    this.opened = null;
    this.show(this.device.paired ? "home" : "pairing");
  }

  open(record) {
    this.opened = record;
    this.show("trade", record);
  }

  show(view, ...given) {
    this.view = view;
    this.given = given;
    this.place.replaceChildren(...[this.views[view](this, ...given)].flat());
    this.place.dataset.view = view;
    window.scrollTo(0, 0);
    const heading = this.place.querySelector("h1, h2");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus({ preventScroll: true });
  }

  /** Show news of the queue without disturbing whoever is typing: only places that say they are live change. */
  refresh() {
    for (const place of this.place.querySelectorAll("[data-live]")) place.replaceWith(this.views[place.dataset.live](this, ...this.given));
  }
}

const newest = (left, right) => right.created - left.created;
