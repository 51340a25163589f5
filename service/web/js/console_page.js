/** /console: figures that stay current, curves, copying, handing in files. Everything else works without. */
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import "./console.css";
import { copyButton, data } from "./dom.js";
import { labelOf } from "./file_name.js";

const EVERY_MS = 5000;
const HEIGHT = 190;
const texts = data("texts");

document.querySelector(".tabs [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
for (const place of document.querySelectorAll(".copier")) place.append(copyButton(texts, place.previousElementSibling.textContent));

/** The colours of the page, as they are now: the scheme may change while it is open. */
function colours() {
  const style = getComputedStyle(document.documentElement);
  const named = (name) => style.getPropertyValue(name).trim();
  return { ink: named("--soft"), grid: named("--line"), line: named("--seal"), fill: named("--wash") };
}

function curve(place, unit) {
  let chart = null;
  let shown = [[], []];
  const make = () => {
    chart?.destroy();
    const { ink, grid, line, fill } = colours();
    const axis = { stroke: ink, grid: { stroke: grid, width: 1 }, ticks: { stroke: grid, width: 1 } };
    const options = {
      width: place.clientWidth, height: HEIGHT, legend: { show: false }, cursor: { drag: { x: false, y: false } }, tzDate: beijing,
      axes: [{ ...axis, values: "{HH}:{mm}:{ss}", space: 90 }, { ...axis, size: 56 }],
      scales: { y: { range: (_, low, high) => [0, Math.max(1, high * 1.1)] } },
      series: [{}, { label: unit, stroke: line, fill, width: 2 }],
    };
    chart = new uPlot(options, shown, place);
  };
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => chart && make());
  new ResizeObserver(() => chart?.setSize({ width: place.clientWidth, height: HEIGHT })).observe(place);
  return (at, values) => {
    if (at.length < 2) return;
    shown = [at, values];
    if (chart === null) make();
    else chart.setData(shown);
  };
}

const beijing = (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Asia/Shanghai");

function overview(first) {
  const rate = curve(document.getElementById("chart-rate"), texts.js_a_second);
  const lag = curve(document.getElementById("chart-lag"), texts.js_seconds);
  const live = document.getElementById("live");
  const draw = (figures) => {
    for (const place of document.querySelectorAll("[data-figure]")) place.textContent = figures.shown[place.dataset.figure];
    for (const name of ["halted", "faults", "late"]) document.getElementById(`alarm-${name}`).hidden = !figures[name];
    rate(figures.history.at, figures.history.rate);
    lag(figures.history.at, figures.history.lag);
  };
  const say = (text) => live.textContent !== text && (live.textContent = text);
  const poll = async () => {
    try {
      const answer = await fetch("/console/figures", { headers: { accept: "application/json" } });
      if (answer.status === 401) return say(texts.js_ended);
      if (!answer.ok) throw new Error(answer.status);
      draw(await answer.json());
      say(texts.js_live);
    } catch {
      say(texts.js_stale);
    }
    setTimeout(poll, EVERY_MS);
  };
  draw(first);
  say(texts.js_live);
  setTimeout(poll, EVERY_MS);
}

function uploading(place) {
  const file = document.getElementById("upload-file");
  const state = document.getElementById("upload-state");
  file.addEventListener("change", async () => {
    const chosen = file.files[0];
    if (!chosen) return;
    state.textContent = texts.js_uploading;
    try {
      const label = labelOf(chosen.name);
      const to = place.dataset.to + (label === "" ? "" : `?label=${encodeURIComponent(label)}`);
      const headers = { "x-tally-form": place.dataset.form, "content-type": chosen.type || "application/octet-stream", accept: "application/json" };
      const answer = await fetch(to, { method: "POST", body: chosen, headers });
      if (!answer.ok) return void (state.textContent = texts[`js_upload_${answer.status}`] ?? texts.js_upload_failed);
      location.assign(`${location.pathname}?done=file#files`);
    } catch {
      state.textContent = texts.js_upload_failed;
    }
  });
}

/** Fields that only one kind of answer has are shown for that kind alone. */
function answering(part) {
  const kinds = document.querySelectorAll("input[name=kind]");
  const show = () => (part.hidden = document.querySelector("input[name=kind]:checked")?.value !== part.dataset.only);
  for (const each of kinds) each.addEventListener("change", show);
  show();
}

const first = data("figures");
if (first !== null) overview(first);
const upload = document.getElementById("upload");
if (upload !== null) uploading(upload);
const only = document.querySelector("[data-only]");
if (only !== null) answering(only);
