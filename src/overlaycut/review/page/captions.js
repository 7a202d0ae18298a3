// Captions: a list, a waveform on which they are moved, and each as it will look.
import { current, edit, get, listen } from "./server.js";

const find = (id) => document.getElementById(id);
const wave = find("wave"), pen = wave.getContext("2d");
let cue = 0, peaks = null, drag = null, stamp = 0, shown = "";

const table = () => current().captions;
const colour = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const x = (seconds) => (seconds / table().duration) * wave.width;

const draw = () => {
  if (!table()) return;
  pen.clearRect(0, 0, wave.width, wave.height);
  pen.fillStyle = colour("--soft");
  if (peaks) {
    const most = Math.max(...peaks.peaks, 0.01);
    peaks.peaks.forEach((peak, n) => {
      const high = (peak / most) * (wave.height - 8);
      pen.fillRect(x(n / peaks.per_second), (wave.height - high) / 2, Math.max(x(1 / peaks.per_second) - 0.5, 1), high);
    });
  }
  table().cues.forEach((one, n) => {
    const [start, end] = drag && drag.cue === n ? [drag.start, drag.end] : [one.start, one.end];
    pen.globalAlpha = n === cue ? 0.45 : 0.22;
    pen.fillStyle = colour("--accent");
    pen.fillRect(x(start), 0, Math.max(x(end - start), 2), wave.height);
    pen.globalAlpha = 1;
    pen.fillRect(x(start), 0, 2, wave.height);
    pen.fillRect(x(end) - 2, 0, 2, wave.height);
  });
};
const picture = () => {
  const style = find("style").value;
  const address = `caption/${cue}?style=${encodeURIComponent(style)}&v=${stamp}`;
  if (find("cue-picture").getAttribute("src") !== address) find("cue-picture").src = address;
};
const send = (change) => {
  const one = table().cues[cue];
  return edit({ kind: "caption", cue, start: one.start, end: one.end, text: one.text, anchor: one.anchor, ...change });
};
const field = (label, input) => {
  const whole = document.createElement("label");
  whole.append(`${label} `, input);
  return whole;
};
const input = (type, value, attributes = {}) => {
  const one = document.createElement(type === "textarea" ? "textarea" : "input");
  if (type !== "textarea") one.type = type;
  Object.entries(attributes).forEach(([name, what]) => one.setAttribute(name, what));
  one.value = value;
  return one;
};
const form = () => {
  const one = table().cues[cue], step = { step: "0.01", min: "0" };
  const text = input("textarea", one.text, { "aria-label": "Text" });
  const start = input("number", one.start.toFixed(2), step), end = input("number", one.end.toFixed(2), step);
  const anchor = document.createElement("select");
  for (const [value, words] of [["", "as the style has it"], ["top", "top"], ["middle", "middle"], ["bottom", "bottom"]]) {
    anchor.append(new Option(words, value, false, (one.anchor ?? "") === value));
  }
  const words = document.createElement("div");
  words.className = "words";
  const times = one.words.map((word) => {
    const when = input("number", word.start.toFixed(2), { ...step, "aria-label": `${word.text} begins at` });
    const whole = document.createElement("label");
    whole.append(word.text, when);
    words.append(whole);
    return when;
  });
  const save = document.createElement("button");
  save.type = "button";
  save.textContent = "save the caption";
  save.addEventListener("click", () => {
    const change = {
      text: text.value, start: Number(start.value), end: Number(end.value), anchor: anchor.value || null,
    };
    const moved = times.some((when, n) => Math.abs(Number(when.value) - one.words[n].start) > 0.004);
    if (moved && text.value === one.text) {
      const begins = times.map((when) => Number(when.value));
      change.words = one.words.map((word, n) => ({
        text: word.text, start: begins[n], end: n + 1 < begins.length ? Math.max(begins[n + 1], begins[n]) : change.end,
      }));
    }
    send(change);
  });
  find("cue-form").replaceChildren(text, field("from", start), field("to", end), field("stands", anchor), words, save);
};
const list = () => {
  find("cues").replaceChildren(
    ...table().cues.map((one, n) => {
      const row = document.createElement("li"), button = document.createElement("button");
      const when = document.createElement("span"), what = document.createElement("span");
      button.type = "button";
      button.setAttribute("aria-current", String(n === cue));
      when.textContent = `${one.start.toFixed(2)}–${one.end.toFixed(2)}`;
      what.textContent = one.text;
      button.append(when, what);
      button.addEventListener("click", () => {
        cue = n;
        all(true);
      });
      row.append(button);
      return row;
    }),
  );
};
const all = (anew) => {
  const captions = table();
  find("captions").hidden = captions === null || captions.cues.length === 0;
  if (find("captions").hidden) return;
  cue = Math.min(cue, captions.cues.length - 1);
  const said = JSON.stringify([captions.cues, captions.style, cue]);
  if (!anew && said === shown) return;
  shown = said;
  stamp += 1;
  const style = find("style");
  if (style.options.length !== captions.styles.length) {
    style.replaceChildren(...captions.styles.map((name) => new Option(name, name)));
  }
  style.value = captions.style;
  list();
  form();
  draw();
  picture();
};
find("style").addEventListener("input", picture);
find("style").addEventListener("change", () => edit({ kind: "style", style: find("style").value }));

const seconds = (event) => {
  const box = wave.getBoundingClientRect();
  return Math.min(Math.max((event.clientX - box.left) / box.width, 0), 1) * table().duration;
};
wave.addEventListener("pointerdown", (event) => {
  const when = seconds(event), near = (8 / wave.getBoundingClientRect().width) * table().duration;
  const n = table().cues.findIndex((one) => when > one.start - near && when < one.end + near);
  if (n < 0) return;
  wave.setPointerCapture(event.pointerId);
  cue = n;
  const { start, end } = table().cues[n];
  const part = Math.abs(when - start) < near ? "start" : Math.abs(when - end) < near ? "end" : "both";
  drag = { cue: n, part, from: when, start, end };
});
wave.addEventListener("pointermove", (event) => {
  if (!drag) return;
  const { start, end } = table().cues[drag.cue], by = seconds(event) - drag.from;
  if (drag.part !== "end") drag.start = Math.max(start + by, 0);
  if (drag.part !== "start") drag.end = end + by;
  draw();
});
wave.addEventListener("pointerup", async () => {
  if (!drag) return;
  const { start, end, cue: n } = drag, before = table().cues[n];
  drag = null;
  if (Math.abs(start - before.start) + Math.abs(end - before.end) > 0.01 && end > start) await send({ start, end });
  all(true);
});
listen((kind) => {
  if (kind !== "state") return;
  all(false);
  if (table() && peaks === null) {
    peaks = { peaks: [], per_second: 1 };
    get("waveform").then((found) => {
      peaks = found;
      draw();
    });
  }
});
