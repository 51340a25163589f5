/**
 * The guarantor's key: made on this device, readable only with the guarantor's PIN. The shop's staff cannot sign in
 * the guarantor's name by touching a button; whoever copies the device's storage can try all PINs, and the page says so.
 */
import { addressOf, newKey } from "../../verify/src/signing.js";

const ROUNDS = 600_000;
export const PIN = /^\d{6,12}$/;

/** A new key under a PIN: {address, salt, iv, data}. */
export async function create(pin, random) {
  const key = newKey(random);
  const [salt, iv] = [random(16), random(12)];
  const data = new Uint8Array(await crypto.subtle.encrypt({ name: "AES-GCM", iv }, await locked(pin, salt), key));
  return { address: addressOf(key), salt, iv, data };
}

/** The key, or null for a wrong PIN. */
export async function unlock({ salt, iv, data }, pin) {
  try {
    return new Uint8Array(await crypto.subtle.decrypt({ name: "AES-GCM", iv }, await locked(pin, salt), data));
  } catch (error) {
    if (error.name === "OperationError") return null;
    throw error;
  }
}

async function locked(pin, salt) {
  const material = await crypto.subtle.importKey("raw", new TextEncoder().encode(pin), "PBKDF2", false, ["deriveKey"]);
  const way = { name: "PBKDF2", hash: "SHA-256", salt, iterations: ROUNDS };
  return crypto.subtle.deriveKey(way, material, { name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);
}
