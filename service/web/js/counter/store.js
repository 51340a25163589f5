/** What the device keeps, in IndexedDB: its settings and keys, the trades, the photographs of readings. */
const NAME = "tally-counter";
const STORES = { settings: undefined, trades: "trade", photos: undefined };

const done = (request) =>
  new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });

/** The opened store. A put is durable when its promise is kept: what is on the screen survives a power cut. */
export async function openStore() {
  const opening = indexedDB.open(NAME, 1);
  opening.onupgradeneeded = () => {
    for (const [name, keyPath] of Object.entries(STORES)) opening.result.createObjectStore(name, keyPath ? { keyPath } : undefined);
  };
  const database = await done(opening);
  const write = (store, work) =>
    new Promise((resolve, reject) => {
      const transaction = database.transaction(store, "readwrite", { durability: "strict" });
      transaction.oncomplete = () => resolve();
      transaction.onabort = transaction.onerror = () => reject(transaction.error);
      work(transaction.objectStore(store));
    });
  const read = (store, work) => done(work(database.transaction(store).objectStore(store)));
  return {
    setting: (name) => read("settings", (store) => store.get(name)),
    keep: (name, value) => write("settings", (store) => store.put(value, name)),
    forget: (name) => write("settings", (store) => store.delete(name)),
    trades: () => read("trades", (store) => store.getAll()),
    saveTrade: (record) => write("trades", (store) => store.put(record)),
    savePhoto: (digest, blob) => write("photos", (store) => store.put(blob, digest)),
  };
}
