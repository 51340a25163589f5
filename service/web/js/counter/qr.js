/** QR codes drawn as one path each: byte mode, level M. */
import qrcode from "qrcode-generator";

const SVG = "http://www.w3.org/2000/svg";
const QUIET = 4;

/** An SVG of the code of some bytes, black on white, with its quiet zone; `label` is what it is called. */
export function drawn(bytes, label) {
  const code = qrcode(0, "M");
  code.addData(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""), "Byte");
  code.make();
  const count = code.getModuleCount();
  let path = "";
  for (let row = 0; row < count; row++)
    for (let column = 0; column < count; column++) {
      if (!code.isDark(row, column)) continue;
      const start = column;
      while (column + 1 < count && code.isDark(row, column + 1)) column++;
      path += `M${start + QUIET} ${row + QUIET}h${column - start + 1}v1h-${column - start + 1}z`;
    }
  const side = count + 2 * QUIET;
  return node("svg", { viewBox: `0 0 ${side} ${side}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges", class: "code" }, [
    node("rect", { width: side, height: side, fill: "#fff" }),
    node("path", { d: path, fill: "#000" }),
  ]);
}

function node(name, attributes, children = []) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
}
