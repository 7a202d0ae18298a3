"use strict";
for (const wipe of document.querySelectorAll(".wipe")) {
  const input = wipe.querySelector("input");
  const move = () => {
    wipe.style.setProperty("--at", `${input.value}%`);
    input.setAttribute("aria-valuetext", `${input.value} % before, ${100 - input.value} % after`);
  };
  input.addEventListener("input", move);
  move();
}
for (const loop of document.querySelectorAll(".loop")) {
  const button = loop.querySelector("button"), image = loop.querySelector("img");
  const moving = image.src;
  let still = null;
  const pause = () => {
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    canvas.getContext("2d").drawImage(image, 0, 0);
    still = canvas.toDataURL("image/png");
    image.src = still;
    button.textContent = "play";
  };
  const play = () => {
    still = null;
    image.src = moving;
    button.textContent = "pause";
  };
  button.hidden = false;
  button.addEventListener("click", () => (still === null ? pause() : play()));
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) image.decode().then(pause, () => {});
}
addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details:not([open])")) {
    one.open = true;
    one.dataset.closed = "";
  }
});
addEventListener("afterprint", () => {
  for (const one of document.querySelectorAll("details[data-closed]")) {
    one.open = false;
    delete one.dataset.closed;
  }
});
