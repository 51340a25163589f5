/** Times: outside `YYYY-MM-DDTHH:MM:SS.mmmZ`, inside milliseconds since 1970. */
import { FormatError } from "./errors.js";

const TIME = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

/** Milliseconds since 1970 of exactly this spelling; days that do not exist are refused. */
export function parseTime(text, at = "") {
  const ms = typeof text === "string" && TIME.test(text) && !text.startsWith("0000") ? Date.parse(text) : NaN;
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== text)
    throw new FormatError("expected a UTC time as YYYY-MM-DDTHH:MM:SS.mmmZ", at);
  return ms;
}
