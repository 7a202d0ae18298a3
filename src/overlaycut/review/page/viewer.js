// The picture of a shot: scrubbing with regions drawn, before, after and under a wipe, and drawing areas.
import { current, edit, get, listen } from "./server.js";

const find = (id) => document.getElementById(id);
const picture = find("picture"), after = find("after"), overlay = find("overlay"), scrub = find("scrub");
const stage = find("stage"), drawn = find("drawn"), wipe = find("wipe");
let shot = 0, tracks = {}, picked = null, stamp = 0, area = null, asked = 0;

export const at = () => Number(scrub.value);
const facts = () => current().shots[shot];
const mode = () => document.querySelector("input[name=mode]:checked").value;

const outlines = () => {
  overlay.replaceChildren();
  if (!find("outlines").checked) return;
  for (const [name, frames] of Object.entries(tracks)) {
    const here = frames[at()];
    if (!here) continue;
    const shape = document.createElementNS("http://www.w3.org/2000/svg", "polygon");
    shape.setAttribute("points", here.quad.map((corner) => corner.join(",")).join(" "));
    shape.setAttribute("class", `${here.tone}${name === picked ? " picked" : ""}`);
    shape.dataset.region = name;
    overlay.append(shape);
  }
};
// The newest request wins; while a picture loads, the last one that is wanted waits.
let loading = false, wanted = null;
const put = async (image, address) => {
  const one = new Image();
  one.src = address;
  await one.decode();
  image.src = address;
};
const pictures = async () => {
  wanted = at();
  if (loading) return;
  loading = true;
  try {
    while (wanted !== null) {
      const frame = wanted;
      wanted = null;
      const begun = performance.now();
      const both = [];
      if (mode() !== "after" || after.hidden) both.push(put(picture, `frame/${shot}/${frame}?v=${stamp}`));
      if (mode() !== "before") both.push(put(after, `repaired/${shot}/${frame}?v=${stamp}`));
      await Promise.all(both);
      picture.dataset.frame = frame;
      picture.dataset.milliseconds = Math.round(performance.now() - begun);
    }
  } catch {
    // A picture that cannot be had leaves the last one; the server's words are in the status line.
  } finally {
    loading = false;
  }
};
export const show = (frame) => {
  if (frame !== undefined) scrub.value = frame;
  const one = facts();
  find("at").value = `${(at() / one.fps).toFixed(2)} s, frame ${at()}`;
  scrub.setAttribute("aria-valuetext", find("at").value);
  after.hidden = mode() === "before" || !one.previewed;
  wipe.hidden = mode() !== "wipe" || after.hidden;
  after.style.clipPath = mode() === "wipe" ? `inset(0 0 0 ${wipe.value}%)` : "";
  picture.alt = `${one.clip}, frame ${at()}`;
  outlines();
  pictures();
};
export const pick = (name) => {
  picked = name;
  outlines();
};
export const fresh = async () => {
  const number = ++asked;
  const found = await get(`tracks/${shot}`);
  if (number !== asked) return;
  tracks = found;
  stamp += 1;
  show();
};
export const open = async (number) => {
  shot = number;
  picked = null;
  const one = facts();
  scrub.max = one.frames - 1;
  scrub.value = 0;
  find("to").max = one.frames;
  find("to").value = one.frames;
  find("from").value = 0;
  stage.style.aspectRatio = `${one.width} / ${one.height}`;
  stage.style.width = `min(100%, calc(64vh * ${one.width / one.height}))`;
  picture.width = one.width;
  picture.height = one.height;
  await fresh();
};
export const previewed = () => {
  stamp += 1;
  document.querySelector("input[value=after]").checked = true;
  show();
};

scrub.addEventListener("input", () => show());
find("back").addEventListener("click", () => show(at() - 1));
find("on").addEventListener("click", () => show(at() + 1));
find("outlines").addEventListener("change", outlines);
wipe.addEventListener("input", () => show());
for (const one of document.querySelectorAll("input[name=mode]")) one.addEventListener("change", () => show());

const place = (event) => {
  const box = stage.getBoundingClientRect();
  const within = (value) => Math.min(Math.max(value, 0), 1);
  return [within((event.clientX - box.left) / box.width), within((event.clientY - box.top) / box.height)];
};
const drawing = () => find("draw").getAttribute("aria-pressed") === "true";
let start = null;
stage.addEventListener("pointerdown", (event) => {
  if (!drawing()) return;
  stage.setPointerCapture(event.pointerId);
  start = place(event);
});
stage.addEventListener("pointermove", (event) => {
  if (start === null) return;
  const [x, y] = place(event);
  area = [Math.min(x, start[0]), Math.min(y, start[1]), Math.abs(x - start[0]), Math.abs(y - start[1])];
  drawn.hidden = false;
  ["left", "top", "width", "height"].forEach((side, n) => (drawn.style[side] = `${100 * area[n]}%`));
});
stage.addEventListener("pointerup", () => (start = null));
const end = () => {
  area = null;
  drawn.hidden = true;
  find("draw").setAttribute("aria-pressed", "false");
  find("drawing").hidden = true;
  stage.classList.remove("drawing");
};
find("draw").addEventListener("click", () => {
  if (drawing()) return end();
  find("draw").setAttribute("aria-pressed", "true");
  find("drawing").hidden = false;
  stage.classList.add("drawing");
});
for (const decision of ["erase", "cover"]) {
  find(decision).addEventListener("click", async () => {
    if (area === null) return;
    const one = facts(), [x, y, w, h] = area;
    const box = [x * one.width, y * one.height, w * one.width, h * one.height].map(Math.round);
    const done = await edit({
      kind: "draw", shot, box, at: at(), start: Number(find("from").value), end: Number(find("to").value),
      decision, track: find("track").checked,
    });
    if (done) end();
  });
}
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, textarea, select, button, canvas")) return;
  const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
  if (by) {
    event.preventDefault();
    show(Math.min(Math.max(at() + by, 0), Number(scrub.max)));
  }
});
listen((kind) => kind === "state" && current().shots[shot] && fresh().catch(() => {}));
