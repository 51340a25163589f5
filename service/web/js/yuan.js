/** Amounts of renminbi: read from what is typed, written in figures and in capital numerals. */
const DIGITS = "零壹贰叁肆伍陆柒捌玖";
const PLACES = ["", "拾", "佰", "仟"];

/** Fen of "1,234.5", or null. Full-width figures are figures; below 10 000 亿 yuan. */
export function parseYuan(text) {
  const plain = text.normalize("NFKC").trim().replace(/,(?=\d{3}(\D|$))/g, "");
  const match = /^(\d{1,12})(?:\.(\d{1,2}))?$/.exec(plain);
  return match === null ? null : Number(match[1]) * 100 + Number((match[2] ?? "").padEnd(2, "0"));
}

/** 123450 is 1,234.50. */
export function figure(fen) {
  const whole = Math.floor(fen / 100).toString().replace(/\B(?=(\d{3})+$)/g, ",");
  return `${whole}.${String(fen % 100).padStart(2, "0")}`;
}

/** 123450 is 壹仟贰佰叁拾肆元伍角整, as cheques and contracts write it. */
export function capital(fen) {
  const yuan = Math.floor(fen / 100);
  const jiao = Math.floor((fen % 100) / 10);
  const rest = fen % 10;
  if (fen === 0) return "零元整";
  let text = yuan > 0 ? `${whole(yuan)}元` : "";
  if (jiao === 0 && rest === 0) return `${text}整`;
  if (jiao > 0) text += `${yuan > 0 && yuan % 10 === 0 ? "零" : ""}${DIGITS[jiao]}角`;
  else if (yuan > 0) text += "零";
  return text + (rest > 0 ? `${DIGITS[rest]}分` : "整");
}

const whole = (number) => joined(number, 1e8, "亿", belowYi);
const belowYi = (number) => joined(number, 1e4, "万", belowWan);

/** So many of a unit and a rest; 零 where figures between are zero. */
function joined(number, unit, name, spell) {
  const high = Math.floor(number / unit);
  const low = number % unit;
  if (high === 0) return spell(low);
  if (low === 0) return spell(high) + name;
  return spell(high) + name + (low < unit / 10 || high % 10 === 0 ? "零" : "") + spell(low);
}

function belowWan(group) {
  let text = "";
  let gap = false;
  for (let power = 3; power >= 0; power -= 1) {
    const digit = Math.floor(group / 10 ** power) % 10;
    if (digit === 0) {
      gap = text !== "";
      continue;
    }
    text += (gap ? "零" : "") + DIGITS[digit] + PLACES[power];
    gap = false;
  }
  return text;
}
