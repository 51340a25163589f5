/** Steps taken in a dispute, by its user or by whoever decides it. */
import { Refused, ask, post } from "./api.js";
import { labelOf } from "./file_name.js";

const MAX_FILE = 10 * 1024 * 1024;
const TYPE = /^[a-z0-9][a-z0-9!#$&^_.+-]{0,62}\/[a-z0-9][a-z0-9!#$&^_.+-]{0,62}$/;
const address = (dispute) => `/v1/disputes/${encodeURIComponent(dispute)}`;

/** Take a step; the same `key` with the same body is the same step, however often it is sent. */
export const step = (dispute, name, body, key) => post(`${address(dispute)}/${name}`, body, key);

/** Hand in a file: its digest. Handing in the same file twice keeps it once. */
export async function handIn(dispute, file, label = "") {
  if (file.size > MAX_FILE) throw new Refused("body-too-large");
  const name = labelOf(label || file.name);
  const query = name === "" ? "" : `?label=${encodeURIComponent(name)}`;
  const type = TYPE.test(file.type.toLowerCase()) ? file.type.toLowerCase() : "application/octet-stream";
  const kept = await ask(`${address(dispute)}/attachments${query}`, { method: "POST", body: file, headers: { "content-type": type } });
  return (await kept.json()).digest;
}
