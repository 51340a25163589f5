/** Amounts and rates as people write them; a test compares them with the service's own forms. */

/** 123450 → `1,234.50` */
export function figure(fen) {
  const sign = fen < 0 ? "-" : "";
  const whole = Math.floor(Math.abs(fen) / 100);
  return `${sign}${String(whole).replace(/\B(?=(\d{3})+$)/g, ",")}.${String(Math.abs(fen) % 100).padStart(2, "0")}`;
}

/** An amount with its unit: `1,234.50 元`, `CNY 1,234.50`. */
export const money = (fen, language) => (language === "zh" ? `${figure(fen)} 元` : `CNY ${figure(fen)}`);

const trimmed = (value, unit) => String(value / unit).replace(/(\.\d*?)0+$/, "$1").replace(/\.$/, "");

/** A price as a share of the face value: 9200 → `9.2 折`, `92%`. */
export const rate = (bp, language) => (language === "zh" ? `${trimmed(bp, 1000)} 折` : `${trimmed(bp, 100)}%`);

/** Fen of what somebody typed (`1,234.5`), or null. At most 99,999,999.99. */
export function toFen(text) {
  const bare = text.replace(/[,，\s]/g, "");
  if (!/^\d{1,8}(\.\d{0,2})?$/.test(bare)) return null;
  const [whole, rest = ""] = bare.split(".");
  return Number(whole) * 100 + Number(rest.padEnd(2, "0"));
}

/** Basis points of a typed rate: 折 (`9.2`) in Chinese, per cent (`92`) in English; null unless above 0 and at most the whole. */
export function toRate(text, language) {
  const bare = text.replace(/\s/g, "");
  if (!/^\d{1,3}(\.\d{0,3})?$/.test(bare)) return null;
  const bp = Math.round(Number(bare) * (language === "zh" ? 1000 : 100));
  return bp > 0 && bp <= 10_000 ? bp : null;
}

/** What a card of this face value brings at a rate, rounded down to the fen. */
export const net = (face, bp) => Number((BigInt(face) * BigInt(bp)) / 10_000n);

/** What is left of it when less was on the card. */
export const proRata = (price, found, face) => Number((BigInt(price) * BigInt(Math.min(found, face))) / BigInt(face));
