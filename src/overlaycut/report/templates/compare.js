"use strict";
const find = (id) => document.getElementById(id);
const video = find("both"), canvas = find("screen"), time = find("time"), wipe = find("wipe"), play = find("play");
const screen_ = canvas.parentElement, drawing = canvas.getContext("2d");
const rate = Number(video.dataset.rate), frames = Number(video.dataset.frames);
const width = canvas.width, height = canvas.height;
const side = () => document.querySelector("input[name=mode]:checked").value === "side";

const draw = () => {
  const wide = side() ? 2 * width : width;
  if (canvas.width !== wide) canvas.width = wide;
  screen_.classList.toggle("side", side());
  if (video.readyState < 2) return;
  if (side()) {
    drawing.drawImage(video, 0, 0, 2 * width, height);
    return;
  }
  const at = Math.round((width * wipe.value) / 1000);
  drawing.drawImage(video, width, 0, width, height, 0, 0, width, height);
  if (at > 0) drawing.drawImage(video, 0, 0, at, height, 0, 0, at, height);
  drawing.fillStyle = "#fff";
  drawing.fillRect(at - 1, 0, 2, height);
};
const show = (frame) => {
  const wanted = Math.min(Math.max(frame, 0), frames - 1);
  time.value = wanted;
  video.currentTime = (wanted + 0.5) / rate;
};
const say = () => {
  const frame = Math.min(Math.floor(video.currentTime * rate + 1e-6), frames - 1);
  time.value = frame;
  find("at").value = `${(frame / rate).toFixed(2)} s`;
  time.setAttribute("aria-valuetext", `frame ${frame}, ${(frame / rate).toFixed(2)} s`);
  draw();
};
const every = () => {
  say();
  video.requestVideoFrameCallback(every);
};
if (video.requestVideoFrameCallback) video.requestVideoFrameCallback(every);
for (const event of ["loadeddata", "seeked", "timeupdate"]) video.addEventListener(event, say);
const toggle = () => (video.paused ? video.play() : video.pause());
for (const event of ["play", "pause"]) {
  video.addEventListener(event, () => {
    play.textContent = video.paused ? "play" : "pause";
    play.setAttribute("aria-pressed", String(!video.paused));
  });
}
const step = (by) => {
  video.pause();
  show(Number(time.value) + by);
};
play.addEventListener("click", toggle);
find("back").addEventListener("click", () => step(-1));
find("on").addEventListener("click", () => step(1));
time.addEventListener("input", () => {
  video.pause();
  show(Number(time.value));
});
wipe.addEventListener("input", () => {
  wipe.setAttribute("aria-valuetext", `${Math.round(wipe.value / 10)} %`);
  draw();
});
for (const mode of document.querySelectorAll("input[name=mode]")) mode.addEventListener("change", draw);
document.addEventListener("keydown", (event) => {
  if (event.target.closest("input, button")) return;
  const does = { " ": toggle, ArrowLeft: () => step(-1), ArrowRight: () => step(1) }[event.key];
  if (does) {
    event.preventDefault();
    does();
  }
});
draw();
