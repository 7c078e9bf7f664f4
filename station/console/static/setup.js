// Set-up: a walk from left to right. What is green and what comes next, the station says.

import { $, put } from "/feed.js";
import { shown } from "/keymap.js";
import { ask, pages, say } from "/page.js";
import { Cones, NAMES } from "/setup-cones.js";

const LOOK_MS = 1000, SOON_MS = 300, TYPING_MS = 200, LIVE_MS = 120;
const STEPS = [["see", "See"], ["place", "Place"], ["try", "Try"], ["hear", "Hear"]];
let state = null, devices = null, step = "", frozen = null, timer = 0, lookTimer = 0, filled = false;
let leftwards = false; // which way runs go
let judged = 0; // how often the cones were judged
let touched = false; // whether the coach has moved a cone

pages();
const cones = new Cones($("picture"), $("magnifier"), () => { touched = true; moved(); });
for (const [at, [name, word]] of STEPS.entries()) {
  const item = document.createElement("li"), button = document.createElement("button");
  button.id = `step-${name}`;
  button.dataset.key = String(at + 1);
  const [title, said] = [document.createElement("b"), document.createElement("small")];
  title.innerHTML = `<kbd>${at + 1}</kbd> ${word}`;
  button.append(title, said);
  button.addEventListener("click", () => go(name));
  item.append(button);
  $("steps").append(item);
}

// The state

async function look() {
  clearTimeout(timer);
  take(await ask("/api/setup"));
  timer = setTimeout(look, state?.try.on || state?.hear.on ? SOON_MS : LOOK_MS);
}

function take(got) {
  if (!got) return false;
  state = got;
  $("again").hidden = !state.last;
  put($("again-said"), state.last);
  put($("chosen"), state.session ? "A session is on: after a bump the cones are placed anew here." : `Next session: ${state.chosen}`);
  for (const one of state.steps) {
    const button = $(`step-${one.name}`);
    button.className = one.state;
    put(button.lastChild, one.said);
  }
  if (!filled) fillFields();
  lines($("tried"), state.try.lines);
  lines($("sounds"), state.hear.lines);
  $("walk").innerHTML = `<kbd>${shown("s")}</kbd> ${state.try.on ? "enough" : "watch me walk through"}`;
  $("walk").classList.toggle("first", !isGood("try"));
  $("play").disabled = state.hear.on;
  $("heard").setAttribute("aria-pressed", isGood("hear"));
  if (!step) go(state.session ? "place" : state.urged === "place" && state.camera ? "place" : "see");
  next();
  return true;
}

const isGood = (name) => state.steps.find((one) => one.name === name)?.state === "good";

function lines(list, said) {
  if (list.childElementCount === said.length) return;
  list.replaceChildren(...said.map((one) => {
    const item = document.createElement("li");
    item.textContent = one;
    return item;
  }));
}

// The steps

function go(name) {
  step = name;
  for (const [one] of STEPS) {
    $(one).hidden = one !== name;
    $(`step-${one}`).toggleAttribute("aria-current", one === name);
  }
  if (name === "place" && !frozen) freeze();
  if (name === "see") site();
  live();
  naming();
  next();
}

function next() {
  const after = STEPS[STEPS.findIndex(([name]) => name === step) + 1];
  const done = state && isGood(step);
  $("stands").hidden = step !== "place";
  $("stands").classList.toggle("first", !done);
  $("next").hidden = !after || state?.session;
  if (after) $("next").innerHTML = `<kbd>&gt;</kbd> next: ${after[1].toLowerCase()}`;
  $("next").classList.toggle("first", Boolean(done));
  $("to-workout").classList.toggle("first", !after && Boolean(done));
  $("to-workout").href = state?.session ? "/" : "/workout";
  $("to-workout").innerHTML = state?.session ? "<kbd>⇧T</kbd> Trackside" : "<kbd>⇧W</kbd> to the workout";
}

$("next").addEventListener("click", () => go(STEPS[STEPS.findIndex(([name]) => name === step) + 1][0]));
$("as-last").addEventListener("click", async () => {
  frozen = null;
  filled = false;
  if (take(await ask("/api/setup/last", {}))) go(state.camera ? "place" : "hear");
});

// See

async function plugged(path, sent) {
  devices = await ask(path, sent) ?? devices;
  choices();
}

function choices() {
  const chosen = state?.camera ?? "";
  if (!devices) return;
  const cameras = devices.cameras.map((one) => choice(one.name, one.camera === chosen, () =>
    see({ camera: one.camera === chosen ? "" : one.camera })));
  const typed = chosen && !devices.cameras.some((one) => one.camera === chosen);
  if (typed) cameras.push(choice(chosen, true, () => see({ camera: "" })));
  $("cameras").replaceChildren(...(cameras.length ? cameras : [faint("No camera is plugged in.")]));
  const gates = devices.gates.map((one) => {
    const used = state?.gates.includes(one.port);
    const ports = used ? state.gates.filter((port) => port !== one.port) : [...(state?.gates ?? []), one.port];
    return choice(one.said, used, () => see({ ports, protocol: one.protocol }));
  });
  $("gates-said").hidden = gates.length < 2;
  $("gates").replaceChildren(...(gates.length ? gates : [faint("No gate is plugged in.")]));
}

function choice(text, used, act) {
  const button = document.createElement("button");
  button.textContent = text;
  button.setAttribute("aria-pressed", Boolean(used));
  button.addEventListener("click", act);
  return button;
}

function faint(text) {
  const said = document.createElement("p");
  said.className = "faint";
  said.textContent = text;
  return said;
}

async function see(given) {
  frozen = null;
  const sent = { camera: state?.camera ?? "", ports: state?.gates ?? [], ...given };
  if (take(await ask("/api/setup/see", sent))) { choices(); live(); say(""); }
}

$("other").addEventListener("submit", (event) => {
  event.preventDefault();
  see({ camera: $("address").value.trim() });
});
$("ask").addEventListener("click", async () => {
  say("Asking each port what it is: some seconds…");
  await plugged("/api/setup/ask", {});
  say("");
});

let shows = 0; // which of the pictures asked for is the newest
function live() {
  const wanted = { see: $("live"), try: $("watched") }[step];
  shows += 1;
  for (const image of [$("live"), $("watched")]) if (image !== wanted) image.removeAttribute("src");
  $("nothing").hidden = Boolean(state?.camera);
  if (!wanted || !state?.camera) { $("live").hidden = true; return; }
  const turn = shows;
  const again = () => {
    if (turn !== shows) return;
    const loading = new Image();
    loading.onload = () => {
      if (turn !== shows) return;
      wanted.src = loading.src;
      wanted.hidden = false;
      setTimeout(again, LIVE_MS);
    };
    loading.onerror = () => setTimeout(again, LOOK_MS);
    loading.src = `/api/setup/picture.jpg?${performance.now()}`;
  };
  again();
}

async function site() {
  const wide = Math.floor($("site").clientWidth);
  if (!wide || !$("site-fly").value || !$("view").value) return;
  const got = await ask(`/api/setup/site?wide=${wide}&fly=${$("site-fly").value}&view=${$("view").value}`);
  if (!got) return;
  say("");
  $("site").innerHTML = got.drawing;
  put($("stand"), got.said);
}

$("lens").addEventListener("change", () => { if ($("lens").value) $("view").value = $("lens").value; site(); });
$("view").addEventListener("input", () => { $("lens").value = ""; site(); });
$("site-fly").addEventListener("input", () => { $("fly").value = $("site-fly").value; site(); });
new ResizeObserver(site).observe($("site"));

// Place

function fillFields() {
  filled = true;
  const { place } = state;
  const option = (value, text) => new Option(text, value);
  $("lens").replaceChildren(...state.lenses.map((one) => option(one.view_deg, `${one.name}: ${one.view_deg}°`)), option("", "another"));
  $("by").replaceChildren(...state.measured.map((one) => option(one.by, `${one.name} (${one.share})`)));
  $("view").value ||= $("lens").value;
  $("fly").value = $("site-fly").value = place.fly_m;
  $("by").value = place.fly_by;
  $("distance").value = place.camera_distance_m ?? "";
  $("height").value = place.camera_height_m ?? "";
  $("width").value = place.lane_width_m ?? 1.22;
}

async function freeze() {
  const camera = state?.camera || state?.session;
  $("frame").hidden = $("tools").hidden = !camera;
  put($("place-said"), camera ? "" : "Without a camera the zone's length is all there is to say.");
  naming();
  if (!camera) return;
  const got = await ask("/api/setup/freeze", {});
  if (!got) { setTimeout(() => step === "place" && !frozen && freeze(), LOOK_MS); return; }
  say("");
  frozen = got;
  const [width, height] = got.picture_px;
  const usual = [.1, .9].map((at) => [[at * width, .6 * height], [(at + .02) * width, .57 * height]]);
  const known = got.cones.length > 0;
  put($("place-said"), !known ? "Looking for cones…" : state.session ? "The cones as they are taken: were they or the camera moved?" : "The cones as they were placed: do they still stand there?");
  cones.show(`/api/setup/frozen.jpg?${got.picture}`, got.picture_px, pointsOf(known ? got.cones : usual));
  touched = known;
  naming();
  moved();
  if (known) return;
  const found = await ask("/api/setup/propose", {});
  if (!found || frozen !== got) return;
  put($("place-said"), found.cones.length ? "Cones that the picture seems to show: check each." : "Drag the four pins to the cones.");
  if (found.cones.length && !touched) cones.set(pointsOf(found.cones));
}

function pointsOf([first, last]) {
  leftwards = first[0][0] > last[0][0];
  $("far").checked = first.length > 1 || last.length > 1;
  return Object.fromEntries(NAMES.map((name, at) => [name, [first, last][at >> 1][at & 1] ?? null]));
}

function naming() {
  const doubt = state?.steps.find((one) => one.name === "place")?.state === "doubt";
  $("stands").innerHTML = `<kbd>Space</kbd> ${!frozen ? "that is the zone" : doubt ? "yes, the cones stand so" : "the cones stand so"}`;
  $("way").innerHTML = `<kbd>⇧D</kbd> runs go ${leftwards ? "← to the left" : "→ to the right"}`;
}

function placed() {
  const of = (marker) => ["near", "far"].map((one) => cones.points[`${marker} ${one}`]).filter(Boolean);
  const number = (id) => $(id).value === "" ? null : Number($(id).value);
  return {
    fly_m: number("fly") ?? 0,
    fly_by: $("by").value,
    marker2: frozen ? of(2) : [],
    marker3: frozen ? of(3) : [],
    lane_width_m: number("width") ?? 1.22,
    camera_distance_m: number("distance"),
    camera_height_m: number("height"),
  };
}

function moved() {
  const at = cones.points[cones.selected];
  put($("at"), at ? `${cones.selected}: ${at.map((one) => one.toFixed(1)).join(", ")}` : "");
  clearTimeout(lookTimer);
  lookTimer = setTimeout(judge, TYPING_MS);
}

async function judge() {
  if (!frozen || !$("fly").value) return;
  const asked = placed(), turn = judged += 1;
  let why = "";
  const got = await ask("/api/setup/look", asked, (said) => { why = said; });
  if (turn !== judged) return; // an answer to an earlier question
  if (!got) { put($("verdict"), ""); put($("good-to"), why); $("quality").replaceChildren(); return; }
  put($("verdict"), got.said);
  $("verdict").className = got.state;
  put($("good-to"), got.lines[0]);
  $("quality").replaceChildren();
  lines($("quality"), got.lines.slice(1));
}

$("freeze").addEventListener("click", freeze);
$("way").addEventListener("click", () => {
  leftwards = !leftwards;
  const { "2 near": a, "2 far": b, "3 near": c, "3 far": d } = cones.points;
  cones.set({ "2 near": c, "2 far": d, "3 near": a, "3 far": b });
  naming();
});
$("far").addEventListener("change", () => {
  const points = { ...cones.points };
  for (const marker of ["2", "3"]) {
    const [x, y] = points[`${marker} near`];
    points[`${marker} far`] = $("far").checked ? [x + 12, y - 4] : null;
  }
  cones.set(points);
});
$("measures").addEventListener("input", moved);
$("zone").addEventListener("input", () => { $("site-fly").value = $("fly").value; moved(); });
$("zone").addEventListener("submit", (event) => { event.preventDefault(); $("stands").click(); });
$("stands").addEventListener("click", async () => {
  if (!take(await ask("/api/setup/place", placed()))) return;
  if (state.session) say("From now on they count; what was doubted since is timed anew.");
  else go("try");
});

// Try and hear

$("walk").addEventListener("click", async () => { if (take(await ask("/api/setup/try", { on: !state.try.on }))) { live(); look(); } });
$("play").addEventListener("click", async () => { if (take(await ask("/api/setup/hear", {}))) look(); });
$("heard").addEventListener("click", async () => take(await ask("/api/setup/heard", { on: !isGood("hear") })));

await look();
plugged("/api/setup/devices");
