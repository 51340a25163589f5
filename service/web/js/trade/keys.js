/** A key of the user's own, made in this browser and kept in it (IndexedDB). */
import { newKey } from "../../verify/src/signing.js";

const DATABASE = "tallystick-keys";
const STORE = "keys";
const NAME = "user";

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

async function open() {
  const request = indexedDB.open(DATABASE, 1);
  request.onupgradeneeded = () => request.result.createObjectStore(STORE);
  return done(request);
}

/** This device's key, 32 bytes; made at the first need. Of two tabs that make one at once, one wins. */
export async function deviceKey() {
  const database = await open();
  try {
    const found = await done(database.transaction(STORE).objectStore(STORE).get(NAME));
    if (found !== undefined) return found;
    const made = newKey((size) => crypto.getRandomValues(new Uint8Array(size)));
    const store = database.transaction(STORE, "readwrite").objectStore(STORE);
    try {
      await done(store.add(made, NAME));
      return made;
    } catch {
      return await done(database.transaction(STORE).objectStore(STORE).get(NAME));
    }
  } finally {
    database.close();
  }
}
