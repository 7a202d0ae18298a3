// The page: shots, candidates, regions and what is said; the picture and the captions have modules of their own.
import { current, edit, listen, load, preview } from "./server.js";
import * as viewer from "./viewer.js";
import "./captions.js";

const find = (id) => document.getElementById(id);
let shot = 0, picked = null, drawn = "";

const element = (tag, words = "", name = "") => {
  const one = document.createElement(tag);
  one.textContent = words;
  if (name) one.className = name;
  return one;
};
const button = (words, action, pressed) => {
  const one = element("button", words);
  one.type = "button";
  if (pressed !== undefined) one.setAttribute("aria-pressed", String(pressed));
  one.addEventListener("click", action);
  return one;
};
const say = (words, bad = false) => {
  find("said").textContent = words;
  find("said").classList.toggle("bad", bad);
};
const nav = () => {
  find("shots").replaceChildren(
    ...current().shots.map((one, n) => {
      const tab = button("", () => open(n));
      const image = element("img");
      image.src = `frame/${n}/0?v=${encodeURIComponent(one.clip)}`;
      image.alt = "";
      tab.append(image, element("span", one.name + (one.accepted ? " ✓" : "")));
      tab.setAttribute("aria-current", String(n === shot));
      return tab;
    }),
  );
};
const candidates = (one) => {
  const cards = element("div", "", "cards");
  if (one.candidates.length > 1) {
    one.candidates.forEach((candidate, n) => {
      const card = button("", () => edit({ kind: "choose", shot, clip: n }), candidate.taken);
      const image = element("img");
      image.src = `frame/${shot}/${Math.floor(one.frames / 2)}?candidate=${n}`;
      image.alt = "";
      const score = candidate.score === null ? "" : ` ${candidate.score.toFixed(1)}`;
      card.append(image, element("span", candidate.name + score));
      if (candidate.by_person) card.append(element("span", "your choice", "tag person"));
      card.title = candidate.reasons.join("; ");
      cards.append(card);
    });
    if (one.candidates.some((each) => each.by_person)) {
      cards.append(button("leave it to the ranking", () => edit({ kind: "choose", shot, clip: null })));
    }
  }
  find("candidates").replaceChildren(cards, element("p", one.why, "soft"));
};
const decisions = (region) => {
  const group = element("fieldset");
  group.append(element("legend", `Decision about ${region.id}`, "hide"));
  for (const decision of ["keep", "restore", "erase", "cover", "reject"]) {
    const label = element("label"), choice = element("input");
    choice.type = "radio";
    choice.name = `decision-${region.id}`;
    choice.value = decision;
    choice.checked = region.decision === decision;
    choice.disabled = region.protected && ["restore", "erase", "cover"].includes(decision);
    choice.addEventListener("change", () => edit({ kind: "decide", shot, region: region.id, decision }));
    label.append(choice, ` ${decision}`);
    group.append(label);
  }
  return group;
};
const reads = (region) => {
  const line = element("div", "", "bar"), text = element("input");
  text.type = "text";
  text.value = region.expected ?? "";
  text.setAttribute("aria-label", `What ${region.id} should read`);
  const set = () => {
    if (text.value && text.value !== region.expected) edit({ kind: "expect", shot, region: region.id, text: text.value });
  };
  text.addEventListener("change", set);
  line.append(element("span", "should read"), text);
  return line;
};
const placing = (region) => {
  const line = element("div", "", "bar");
  const by = (words, dx, dy) => {
    const one = button(words, (event) => {
      const far = event.shiftKey ? 10 : 2;
      edit({ kind: "place", shot, region: region.id, dx: dx * far, dy: dy * far });
    });
    one.setAttribute("aria-label", `nudge ${region.id} ${{ "←": "left", "→": "right", "↑": "up", "↓": "down" }[words]}`);
    return one;
  };
  line.append(by("←", -1, 0), by("→", 1, 0), by("↑", 0, -1), by("↓", 0, 1));
  if (region.edit) {
    const times = ["from", "to"].map((word, n) => {
      const one = element("input");
      one.type = "number";
      one.min = 0;
      one.value = region.edit[n];
      one.setAttribute("aria-label", `${region.id} ${word} frame`);
      one.addEventListener("change", () =>
        edit({
          kind: "place", shot, region: region.id, start: Number(times[0].value), end: Number(times[1].value),
        }),
      );
      return one;
    });
    line.append(element("span", "frames"), ...times);
  }
  return line;
};
const regionOf = (region) => {
  const whole = element("div", "", `region${region.id === picked ? " picked" : ""}`);
  whole.dataset.region = region.id;
  const head = element("h3");
  head.append(
    button(region.id, () => {
      picked = region.id;
      viewer.pick(picked);
      viewer.show(region.onset_frame ?? region.span[0]);
      side(true);
    }),
    element("span", region.state, `tag ${region.state === "stable" ? "good" : "bad"}`),
  );
  if (region.protected) head.append(element("span", "protected", "tag"));
  if (region.decided_by === "person") head.append(element("span", "yours", "tag person"));
  whole.append(head, element("p", region.reason, "soft"), decisions(region));
  if (!region.id.startsWith("area-")) whole.append(reads(region));
  whole.append(placing(region));
  const line = element("div", "", "bar");
  line.append(button(`preview ${region.id}`, () => preview(shot, region.id)));
  if (region.decided_by === "person") {
    const words = region.id.startsWith("area-") ? `remove ${region.id}` : `leave ${region.id} to the rules`;
    line.append(button(words, () => edit({ kind: "reset", shot, region: region.id })));
  }
  whole.append(line);
  return whole;
};
const side = (anew) => {
  const one = current().shots[shot];
  const said = JSON.stringify([one, shot, picked]);
  if (!anew && said === drawn) return;
  drawn = said;
  find("shot").textContent = `${one.name}: ${one.clip}`;
  candidates(one);
  const none = one.error || (one.ready ? "No lettering was found." : "It is being analysed…");
  const rows = one.regions.map(regionOf);
  find("regions").replaceChildren(...(rows.length ? rows : [element("p", none, one.error ? "tag bad" : "soft")]));
  find("preview").disabled = find("accept").disabled = !one.ready;
  find("accept").setAttribute("aria-pressed", String(one.accepted));
  find("accept").textContent = one.accepted ? "accepted" : "accept";
};
const open = async (number) => {
  shot = number;
  picked = null;
  nav();
  side(true);
  await viewer.open(number);
};
find("preview").addEventListener("click", () => preview(shot, null));
find("accept").addEventListener("click", () =>
  edit({ kind: "accept", shot, accepted: !current().shots[shot].accepted }),
);
let first = true;
listen((kind, what) => {
  if (kind === "state") {
    find("name").textContent = what.name;
    document.title = `${what.name} · review`;
    nav();
    side(false);
    if (first) {
      first = false;
      open(0);
    }
  } else if (kind === "progress") {
    const bar = find("progress");
    bar.hidden = false;
    if (what.total) bar.value = what.done / what.total;
    else bar.removeAttribute("value");
    say(`${what.label} ${what.done}${what.total ? ` of ${what.total}` : ""}${what.rate ? `, ${what.rate.toFixed(0)} fps` : ""}`);
    if (what.total && what.done >= what.total) bar.hidden = true;
  } else if (kind === "previewed") {
    find("progress").hidden = true;
    say("the preview is ready");
    load().then(() => what.shot === shot && viewer.previewed());
  } else if (kind === "said" || kind === "failed") {
    say(what.text ?? what, kind === "failed");
  }
});
