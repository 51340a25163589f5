/** The growth of a log as a picture: time across, records up. Drawn in the size that it is shown at, so letters stay letters. */
const SVG = "http://www.w3.org/2000/svg";
const HEIGHT = 220;
const EDGE = { left: 14, right: 14, top: 26, bottom: 30 };
const MOST_POINTS_MARKED = 24;

function shape(name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  return made;
}

/** The picture of checkpoints [{size, signed_at}], with the part that is on chain marked. */
export function picture(points, { width, label, anchored, anchoredLabel, number, moment }) {
  const [first, last] = [points[0], points.at(-1)];
  const time = Math.max(1, last.signed_at - first.signed_at);
  const x = (at) => EDGE.left + ((at - first.signed_at) / time) * (width - EDGE.left - EDGE.right);
  const y = (size) => HEIGHT - EDGE.bottom - (size / last.size) * (HEIGHT - EDGE.top - EDGE.bottom);
  const base = y(0);
  const drawn = shape("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label": label });
  let path = `M${x(first.signed_at)} ${y(first.size)}`;
  for (const point of points.slice(1)) path += `H${x(point.signed_at).toFixed(1)}V${y(point.size).toFixed(1)}`;
  drawn.append(
    shape("path", { class: "area", d: `${path}V${base}H${x(first.signed_at)}Z` }),
    shape("line", { class: "grid-line", x1: EDGE.left, x2: width - EDGE.right, y1: base, y2: base }),
    shape("path", { class: "line", d: path }),
  );
  if (points.length <= MOST_POINTS_MARKED)
    for (const point of points) drawn.append(shape("circle", { class: "point", r: 3.5, cx: x(point.signed_at).toFixed(1), cy: y(point.size).toFixed(1) }));
  if (anchored > 0 && anchored < last.size) {
    const at = y(anchored);
    drawn.append(shape("line", { class: "anchored", x1: EDGE.left, x2: width - EDGE.right, y1: at, y2: at }));
    drawn.append(shape("text", { class: "anchored-label", x: width / 2, "text-anchor": "middle", y: at > 60 ? at - 6 : at + 16 }, anchoredLabel));
  }
  drawn.append(
    shape("text", { x: width - EDGE.right, y: EDGE.top - 10, "text-anchor": "end" }, number(last.size)),
    shape("text", { x: EDGE.left, y: HEIGHT - 9 }, moment(first.signed_at)),
    shape("text", { x: width - EDGE.right, y: HEIGHT - 9, "text-anchor": "end" }, moment(last.signed_at)),
  );
  return drawn;
}

/** Draw into a box, and again whenever its width changes. */
export function keepDrawn(box, draw) {
  let width = 0;
  new ResizeObserver(() => {
    const now = Math.round(box.clientWidth);
    if (now === width || now === 0) return;
    width = now;
    box.replaceChildren(draw(width));
  }).observe(box);
}
